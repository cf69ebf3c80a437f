//! Whole ways through the crate, with an operator and wallets that hold keys.

mod building;
mod cosigned;
pub(crate) mod double;
mod endpoints;
pub(crate) mod engine;
mod http;
pub(crate) mod operator;
pub(crate) mod plan;
mod recovery;
mod resilience;
mod signing;
mod tls;
pub(crate) mod wallet;
