//! The buyer: buys work within limits it cannot exceed, and never pays twice.
//!
//! A [`Buyer`] takes a [`Wish`] through a saga. The offer is read and held against the owner's [`Policy`]; the most that
//! it may cost is set aside in the [`Book`] before anybody hears of it; the job is requested, the seller's signed quote
//! checked ([`check_quote`]), the invoice account proved unused, the quote accepted, the wallet asked for one send, the
//! relay told of it, and the result taken with the seller's receipt. What comes next is a pure rule ([`next_step`]);
//! every step is written down before it is done and may be done twice. Kill it anywhere and ask again: the same job, the
//! same block.
//!
//! Where the money is at any time, whatever went wrong, [`money_report`] says.
//!
//! The lifetime budget of a policy bounds what ever left the wallet. What comes back is shown and verified, but makes no
//! room in the budget: a seller that refunds cannot make the buyer spend more than its owner allowed.

pub mod amount;
mod begin;
mod book;
mod ending;
mod error;
mod jobs;
mod ledger;
mod money;
mod naming;
mod next;
mod policy;
mod progress;
mod purchase;
mod purse;
mod quote;
mod record;
mod requesting;
mod session;
mod signing;
mod steps;
#[cfg(test)]
mod tests;
mod timeline;

pub use book::{Asked, Begun, Book, BookError};
pub use error::BuyError;
pub use jobs::{Cancelled, Shown};
pub use ledger::{Freshness, Seen};
pub use money::{MoneyCode, MoneyReport, OwnRecord, RefundReport, SentReport, Sightings, money_report};
pub use next::{Facts, Next, Signing, Waiting, next_step};
pub use policy::{AllowedSellers, Committed, InvalidPolicy, Policy, Proposal, Refusal};
pub use progress::{Outcome, Progress, Proof, Withdrawal};
pub use purchase::{InvalidPurchaseKey, Order, Payment, Purchase, PurchaseKey, SentPayment, Terms};
pub use purse::Purse;
pub use quote::{Margins, QuoteFault, check_quote};
pub use session::{Bought, Buyer, Patience, Settings, Standing, Until, Wish};
pub use timeline::{Happened, Observer, Silent, Step};
