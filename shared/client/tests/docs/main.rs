//! The documentation, held against the code: examples are wire types, tables are generated, links lead somewhere.
//!
//! `UPDATE_DOCS=1 cargo test -p nanoark-client --test docs` writes the generated parts anew.

mod coverage;
mod examples;
mod generated;
mod links;
mod page;
mod story;
mod vector;
