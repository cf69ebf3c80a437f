//! What a client is told of each signature error.

use super::{Code, Problem};
use crate::digest::DigestError;
use crate::idempotency::IdempotencyKeyError;
use crate::signature::SignatureError;

impl From<&SignatureError> for Code {
    fn from(error: &SignatureError) -> Self {
        match error {
            SignatureError::Missing { .. } => Self::SignatureMissing,
            SignatureError::Header(_)
            | SignatureError::Malformed { .. }
            | SignatureError::TooManySignatures { .. }
            | SignatureError::SeveralSigners { .. }
            | SignatureError::LabelWithoutSignature { .. }
            | SignatureError::SignatureLength { .. }
            | SignatureError::UnknownComponent { .. }
            | SignatureError::ComponentParameters { .. }
            | SignatureError::DuplicateComponent { .. }
            | SignatureError::TooManyComponents { .. }
            | SignatureError::CoveredFieldAbsent { .. }
            | SignatureError::UnsignableValue { .. }
            | SignatureError::MissingParameter { .. }
            | SignatureError::InvalidParameter { .. }
            | SignatureError::UnknownParameter { .. }
            | SignatureError::Algorithm { .. } => Self::SignatureMalformed,
            SignatureError::MissingComponents { .. } => Self::SignatureComponentsMissing,
            SignatureError::KeyEncoding | SignatureError::Key(_) => Self::SignatureKeyInvalid,
            SignatureError::ClockOff { .. } => Self::SignatureClockOff,
            SignatureError::Expired { .. } => Self::SignatureExpired,
            SignatureError::Lifetime { .. } => Self::SignatureLifetime,
            SignatureError::WrongAuthority { .. } => Self::Misdirected,
            SignatureError::DigestMissing => Self::DigestMissing,
            SignatureError::Digest(
                DigestError::Malformed(_) | DigestError::NoKnownAlgorithm | DigestError::Mismatch { .. },
            ) => Self::DigestMismatch,
            SignatureError::IdempotencyKey(error) => Self::from(*error),
            SignatureError::WrongSignature => Self::SignatureInvalid,
        }
    }
}

impl From<IdempotencyKeyError> for Code {
    fn from(error: IdempotencyKeyError) -> Self {
        match error {
            IdempotencyKeyError::Missing => Self::IdempotencyKeyMissing,
            IdempotencyKeyError::Repeated | IdempotencyKeyError::Invalid => Self::IdempotencyKeyInvalid,
        }
    }
}

/// The sentence of the error, and for a client program the facts it can act on: the server's clock, or the names of
/// what the signature must also cover.
impl From<&SignatureError> for Problem {
    fn from(error: &SignatureError) -> Self {
        let problem = Self::new(Code::from(error), sentence(&error.to_string()));
        if let SignatureError::ClockOff { now, .. } | SignatureError::Expired { now, .. } = error {
            return problem.with_extra("server_time", *now);
        }
        if let SignatureError::MissingComponents { names } = error {
            return problem.with_extra("missing_components", names.clone());
        }
        problem
    }
}

impl From<SignatureError> for Problem {
    fn from(error: SignatureError) -> Self {
        Self::from(&error)
    }
}

/// An error's text as a sentence.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_the_right_time() {
        let problem = Problem::from(&SignatureError::ClockOff {
            created: 1_000,
            now: 2_000,
            allowed: 60,
        });
        assert_eq!(problem.code, Code::SignatureClockOff);
        assert_eq!(problem.extra["server_time"], 2_000);
        assert_eq!(
            problem.detail,
            "Created is 1000, the server's clock says 2000; they may differ by 60 s."
        );
    }

    #[test]
    fn too_little_coverage_is_told_all_that_is_missing() {
        let problem = Problem::from(SignatureError::MissingComponents {
            names: vec!["@query", "content-digest"],
        });
        assert_eq!(problem.extra["missing_components"], json!(["@query", "content-digest"]));
        assert_eq!(
            problem.detail,
            "The signature must also cover \"@query\", \"content-digest\"."
        );
    }
}
