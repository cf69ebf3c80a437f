//! The wallet against the strict ledger.

mod confirming;
mod contests;
mod invoicing;
mod lying;
mod receiving;
mod sending;
mod voiding;
mod world;
