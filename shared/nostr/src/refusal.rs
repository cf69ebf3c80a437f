//! Why an event is refused, and the codes by which a wallet learns of it.

use std::fmt::Write as _;

use nanoark_domain::time::Timestamp;

/// A code from 1001 to 1099: the event itself is at fault. Stable; the table is in `docs/nostr.md`. Where a session fails for
/// the same reason, [`nanoark_domain::ceremony::FailureCode`] has the same number and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventCode {
    /// 1001.
    InvalidEvent,
    /// 1002.
    ActionIdReused,
    /// 1003.
    Malformed,
    /// 1004.
    TooLarge,
    /// 1005.
    WrongKind,
    /// 1006.
    NotAddressed,
    /// 1007.
    WrongTag,
    /// 1008.
    OutsideWindow,
    /// 1009.
    Expired,
    /// 1010.
    NotDecryptable,
    /// 1011.
    EncryptionNotAllowed,
    /// 1012.
    ContentMalformed,
}

impl EventCode {
    /// Every code there is, by number.
    pub const ALL: [Self; 12] = [
        Self::InvalidEvent,
        Self::ActionIdReused,
        Self::Malformed,
        Self::TooLarge,
        Self::WrongKind,
        Self::NotAddressed,
        Self::WrongTag,
        Self::OutsideWindow,
        Self::Expired,
        Self::NotDecryptable,
        Self::EncryptionNotAllowed,
        Self::ContentMalformed,
    ];

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::InvalidEvent => 1_001,
            Self::ActionIdReused => 1_002,
            Self::Malformed => 1_003,
            Self::TooLarge => 1_004,
            Self::WrongKind => 1_005,
            Self::NotAddressed => 1_006,
            Self::WrongTag => 1_007,
            Self::OutsideWindow => 1_008,
            Self::Expired => 1_009,
            Self::NotDecryptable => 1_010,
            Self::EncryptionNotAllowed => 1_011,
            Self::ContentMalformed => 1_012,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidEvent => "invalid_signature",
            Self::ActionIdReused => "action_id_reused",
            Self::Malformed => "malformed_event",
            Self::TooLarge => "event_too_large",
            Self::WrongKind => "wrong_kind",
            Self::NotAddressed => "not_addressed_to_gateway",
            Self::WrongTag => "wrong_tag",
            Self::OutsideWindow => "outside_time_window",
            Self::Expired => "event_expired",
            Self::NotDecryptable => "not_decryptable",
            Self::EncryptionNotAllowed => "encryption_not_allowed",
            Self::ContentMalformed => "malformed",
        }
    }

    /// What it means, in one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::InvalidEvent => "The event's id does not follow from its fields, or its signature does not hold.",
            Self::ActionIdReused => "The author has used this `action_id` for something else before.",
            Self::Malformed => "It is no event of NIP-01: one JSON object with exactly its seven fields.",
            Self::TooLarge => "The event is larger than 65,536 bytes.",
            Self::WrongKind => "It is no kind that wallets send to the gateway.",
            Self::NotAddressed => "No `p` tag names a key of this gateway.",
            Self::WrongTag => "A tag is missing, there twice, malformed, or contradicts the content.",
            Self::OutsideWindow => "`created_at` is too old or in the future, or `expires_at` is too far ahead.",
            Self::Expired => "The `expiration` tag or the content's `expires_at` has passed.",
            Self::NotDecryptable => "The content cannot be decrypted with the keys of author and gateway.",
            Self::EncryptionNotAllowed => "The content is not encrypted in a way that is allowed for this kind.",
            Self::ContentMalformed => "The content is not what the kind's schema asks for.",
        }
    }
}

/// Why an event is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventRefusal {
    /// It is too large to be looked at.
    #[error("the event has {bytes} bytes, at most {most} are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The most that is read.
        most: usize,
    },
    /// It is no event of NIP-01.
    #[error("it is no event of NIP-01: {0}")]
    Malformed(String),
    /// Its id is not the hash of its fields.
    #[error("the id is not the hash of the event's fields")]
    WrongId,
    /// Its author is no point of the curve, or the signature is another's.
    #[error("the signature is not the author's")]
    WrongSignature,
    /// It is not what wallets send.
    #[error("kind {0} is not what wallets send")]
    WrongKind(u16),
    /// It is addressed to somebody else, or to nobody.
    #[error("no p tag names a key of this gateway")]
    NotAddressed,
    /// A tag is not there.
    #[error("there is no {0} tag")]
    NoTag(&'static str),
    /// A tag is there more than once.
    #[error("there is more than one {0} tag")]
    TagTwice(&'static str),
    /// A tag says something that cannot be.
    #[error("the {0} tag is malformed")]
    TagMalformed(&'static str),
    /// A tag says something else than the content.
    #[error("the {0} tag contradicts the content")]
    TagContradicts(&'static str),
    /// It was created too long ago to begin something.
    #[error("it was created at {created_at}, before {earliest}")]
    TooOld {
        /// When it says that it was created.
        created_at: Timestamp,
        /// The earliest that is accepted.
        earliest: Timestamp,
    },
    /// It was created in the future.
    #[error("it was created at {created_at}, after {latest}")]
    TooNew {
        /// When it says that it was created.
        created_at: Timestamp,
        /// The latest that is accepted.
        latest: Timestamp,
    },
    /// The intent is meant to hold for too long.
    #[error("it expires at {expires_at}, after {latest}")]
    TooLong {
        /// When it expires.
        expires_at: Timestamp,
        /// The latest that is accepted.
        latest: Timestamp,
    },
    /// It has expired.
    #[error("it expired at {0}")]
    Expired(Timestamp),
    /// Its content cannot be decrypted.
    #[error("the content cannot be decrypted")]
    NotDecryptable,
    /// Its content is encrypted in a way that is not allowed here.
    #[error("this encryption is not allowed here")]
    EncryptionNotAllowed,
    /// Its content is not what its kind asks for.
    #[error("the content is malformed: {0}")]
    ContentMalformed(String),
}

impl EventRefusal {
    /// The code by which the wallet learns of it.
    #[must_use]
    pub const fn code(&self) -> EventCode {
        match self {
            Self::TooLarge { .. } => EventCode::TooLarge,
            Self::Malformed(_) => EventCode::Malformed,
            Self::WrongId | Self::WrongSignature => EventCode::InvalidEvent,
            Self::WrongKind(_) => EventCode::WrongKind,
            Self::NotAddressed => EventCode::NotAddressed,
            Self::NoTag(_) | Self::TagTwice(_) | Self::TagMalformed(_) | Self::TagContradicts(_) => EventCode::WrongTag,
            Self::TooOld { .. } | Self::TooNew { .. } | Self::TooLong { .. } => EventCode::OutsideWindow,
            Self::Expired(_) => EventCode::Expired,
            Self::NotDecryptable => EventCode::NotDecryptable,
            Self::EncryptionNotAllowed => EventCode::EncryptionNotAllowed,
            Self::ContentMalformed(_) => EventCode::ContentMalformed,
        }
    }
}

/// The table of `docs/nostr.md`.
#[must_use]
pub fn reference_markdown() -> String {
    let mut table = String::from("| code | name | meaning |\n| --- | --- | --- |\n");
    for code in EventCode::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {} | `{}` | {} |", code.number(), code.name(), code.meaning());
    }
    table
}

#[cfg(test)]
mod tests {
    use nanoark_domain::ceremony::FailureCode;

    use super::*;

    #[test]
    fn a_number_that_sessions_use_too_has_the_same_name() {
        let mut shared = 0;
        for (event, session) in EventCode::ALL
            .into_iter()
            .flat_map(|event| FailureCode::ALL.iter().map(move |session| (event, session)))
        {
            if event.number() == session.number() {
                assert_eq!(event.name(), session.name());
                shared += 1;
            } else {
                assert_ne!(event.name(), session.name());
            }
        }
        assert_eq!(shared, 3);
    }

    #[test]
    fn codes_are_distinct_and_in_their_range() {
        let numbers = EventCode::ALL.map(EventCode::number);
        assert!(numbers.is_sorted() && numbers.iter().all(|number| (1_001..1_100).contains(number)));
        let mut names = EventCode::ALL.map(EventCode::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EventCode::ALL.len());
    }
}
