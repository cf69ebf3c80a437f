//! Requests that are wrong, through the whole stack: each is refused in one form, with its code, and stores nothing.

mod authorisation;
mod bodies;
mod codes;
mod limits;
mod queries;
mod replays;
mod routes;
mod signatures;
mod signers;
mod stages;
