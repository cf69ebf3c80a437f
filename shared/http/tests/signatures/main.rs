//! Signed requests from outside: the RFC's vectors, ours, and everything that must be refused.

#[cfg(test)]
mod accepted;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod rfc9421;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod workshop;
