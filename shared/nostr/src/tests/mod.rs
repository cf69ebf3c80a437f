//! Whole events, both ways.

mod composed;
mod docs;
mod forge;
mod hostile;
mod http_auth;
mod refused;
mod samples;
