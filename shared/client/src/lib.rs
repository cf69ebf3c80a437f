//! Typed client of the relay for bots: signs requests, keeps idempotency keys across retries.
//!
//! A [`Client`] speaks for one [`Bot`] with one relay over any [`Transport`]: [`HttpTransport`] in production, a function
//! call in tests. It has a method per endpoint. Every mutation takes the [`IdempotencyKey`] of the caller, who alone
//! knows what is a new intention and what is another try of an old one; whatever the client retries by itself it retries
//! with the same key and a fresh signature.
//!
//! What the parties promise each other is signed by their keys and can be checked by anybody, without asking the relay:
//! [`Bot::quote`] and [`Bot::delivery`] sign, [`verify_quote`] and [`verify_receipt`] check.

mod answer;
mod bot;
mod call;
mod client;
mod error;
mod jobs;
mod offers;
mod operations;
mod payments;
mod query;
mod retry;
mod statements;
mod surroundings;
mod transport;

pub use answer::{Answer, Polled};
pub use bot::Bot;
pub use client::{Client, InvalidBaseUrl};
pub use error::{ClientError, ProblemCode, ProblemReport, UnexpectedAnswer};
pub use query::{JobsQuery, OffersQuery, PricingKind, Since};
pub use retry::RetryPolicy;
pub use statements::{Unproved, offer_as_read, verify_quote, verify_receipt, verify_standing_quote};
pub use surroundings::{NoEntropy, Simulated, Surroundings, System};
pub use transport::{HttpTransport, NoTls, Pending, Transport, TransportError, TransportLimits};

pub use nanoark_http::idempotency::IdempotencyKey;
pub use nanoark_http::wire;

#[cfg(test)]
mod tests;
