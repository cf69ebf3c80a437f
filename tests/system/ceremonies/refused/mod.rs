//! What is refused, through the whole gateway: each hostile input with the status, the problem and the code that its
//! author hears, and nothing changed by it: no table, no coin at the operator, nothing submitted.

mod answers;
mod bindings;
mod book;
mod building;
mod codes;
mod events;
mod forge;
mod intents;
mod known;
mod late;
mod operator;
mod orders;
mod questions;
mod requests;
mod seeds;
mod sessions;
mod signatures;
mod submitting;
mod swaps;
mod tags;
mod watch;
