//! What something is for.

use std::fmt;

/// Purposes that begin so are the wallet's own.
const SWEEP: &str = "sweep:";

/// What something is for, in the caller's words, such as `payment:job_…`. One purpose has at most one block, or one
/// invoice account, for ever. Those that begin with `sweep:` are the wallet's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(String);

/// The text is no purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a purpose has 1 to 200 characters, none of them a control character")]
pub struct InvalidPurpose;

impl Purpose {
    /// 1 to 200 characters, none of them a control character.
    ///
    /// # Errors
    /// [`InvalidPurpose`].
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPurpose> {
        let text = text.into();
        if (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(InvalidPurpose)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Emptying an account whose last block is this one: there is one such send for ever.
    pub(crate) fn sweep(head: nanoark_nano::BlockHash) -> Self {
        Self(format!("{SWEEP}{head}"))
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_a_short_text() {
        for (text, taken) in [
            ("payment:job_1", true),
            ("x", true),
            (&*"é".repeat(200), true),
            ("", false),
            (&*"x".repeat(201), false),
            ("a\nb", false),
            ("a\0", false),
        ] {
            assert_eq!(Purpose::new(text).is_ok(), taken, "{text:?}");
        }
    }
}
