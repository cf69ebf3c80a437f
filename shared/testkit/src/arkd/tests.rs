//! How strict the double is.

mod assets;
mod ceremony;
mod conserving;
mod faulty;
mod indexing;
mod recovering;
mod referee;
mod refusals;
mod requests;
mod serving;
mod wallet;
