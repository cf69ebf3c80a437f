//! The local stack behaves as AWS does, wherever Nanoark depends on it.
//!
//! `cfg(test)` on the modules tells the linter that their helpers are tests too.

#[cfg(test)]
mod commands;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod queue_source;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod template;
#[cfg(test)]
mod toy;
#[cfg(test)]
mod websocket;
