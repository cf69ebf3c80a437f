//! Environment variables that are no option of the command line.

/// The variable's value, unless it is unset or empty.
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
