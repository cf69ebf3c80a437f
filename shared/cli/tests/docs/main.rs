//! The parts of docs/cli.md that the binary itself knows.
//!
//! `cfg(test)` on the module tells the linter that its helpers are tests too.

#[cfg(test)]
mod generated;
