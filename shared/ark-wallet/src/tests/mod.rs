//! The wallet against a gateway that is scripted: honest, lying, or gone at the worst moment.

mod ceremony;
mod kills;
mod lies;
mod pinning;
mod scripted;
mod session;
mod world;
