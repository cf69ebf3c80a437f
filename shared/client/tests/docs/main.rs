//! The documentation, held against the code: examples are wire types, tables are generated, links lead somewhere.
//!
//! `UPDATE_DOCS=1 cargo test -p nanoark-client --test docs` writes the generated parts anew.

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod links;
#[cfg(test)]
mod page;
#[cfg(test)]
mod story;
#[cfg(test)]
mod vector;
