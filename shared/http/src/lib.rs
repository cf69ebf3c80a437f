//! The HTTP contract of Nanoark: signed requests, idempotency keys, problem documents, routes, strict bodies.
//!
//! Everything here is a pure function of its arguments. A front (API Gateway, the local stack, a test) makes a
//! [`request::Request`]; [`signature::verify`] turns it into a [`signature::Signed`], the only thing a command can be
//! made from; what goes wrong on the way is a [`problem::Problem`]. No AWS type, no clock and no randomness appear.

pub mod body;
pub mod digest;
pub mod idempotency;
pub mod problem;
pub mod request;
pub mod routes;
pub mod signature;
mod structured;
pub mod wire;
