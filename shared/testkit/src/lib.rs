//! Strict doubles: a Nano ledger behind a node's RPC, DynamoDB in process, clocks and faults.
//!
//! Everything a test (or the local stack) needs instead of the world outside, and no more lenient than the world is:
//! a block that a node would refuse is refused here, a condition that DynamoDB would refuse is refused here. What goes
//! wrong in production goes wrong here on command.

pub mod arkd;
pub mod clock;
pub mod dynamodb;
pub mod entropy;
pub mod nano_ledger;
pub mod outage;
