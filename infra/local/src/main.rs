//! The local stack's command line.
fn main() {}
