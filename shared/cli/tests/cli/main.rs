//! The real binary, as people and programs use it.
//!
//! `cfg(test)` on the modules tells the linter that their helpers are tests too.

#[cfg(test)]
mod ark;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod outputs;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod refused_by_the_world;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod skills;
#[cfg(test)]
mod trade;
#[cfg(test)]
mod world;
