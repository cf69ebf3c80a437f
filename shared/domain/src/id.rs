//! Names of jobs and offers.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::bot::BotId;
use crate::text::serde_as_text;

/// Why a text is no id of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id of this kind is {prefix:?} and 32 lower-case hex digits")]
pub struct InvalidId {
    /// What such an id begins with.
    pub prefix: &'static str,
}

macro_rules! id {
    ($(#[doc = $meaning:literal])+ $name:ident, $prefix:literal, $domain:literal) => {
        $(#[doc = $meaning])+
        ///
        /// It follows from its creator and the idempotency key of the creating request, so a creation that is tried
        /// again, however late, finds what it made before.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// What every such id begins with.
            pub const PREFIX: &'static str = $prefix;

            /// The id of what `creator` makes with this idempotency key.
            #[must_use]
            pub fn derive(creator: &BotId, idempotency_key: &str) -> Self {
                let digest: [u8; 32] = Sha256::new()
                    .chain_update($domain)
                    .chain_update(creator.as_bytes())
                    .chain_update(idempotency_key)
                    .finalize()
                    .into();
                let mut half = [0; 16];
                half.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
                Self(half)
            }

            /// The id whose bytes these are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                const WRONG: InvalidId = InvalidId { prefix: $prefix };
                let digits = text.strip_prefix($prefix).ok_or(WRONG)?;
                if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(WRONG);
                }
                let mut bytes = [0; 16];
                hex::decode_to_slice(digits, &mut bytes).map_err(|_| WRONG)?;
                Ok(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}{}", $prefix, hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }

        serde_as_text!($name);
    };
}

id!(
    /// A job's name, such as `job_6b86b273ff34fce19d6b804eff5a3f57`.
    JobId, "job_", "nanoark-job-v1:"
);
id!(
    /// An offer's name, such as `offer_6b86b273ff34fce19d6b804eff5a3f57`.
    OfferId, "offer_", "nanoark-offer-v1:"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_follows_from_its_creator_and_key_and_differs_between_kinds() {
        let (one, two) = (BotId::from_bytes([1; 32]), BotId::from_bytes([2; 32]));
        assert_eq!(JobId::derive(&one, "k"), JobId::derive(&one, "k"));
        assert_ne!(JobId::derive(&one, "k"), JobId::derive(&two, "k"));
        assert_ne!(JobId::derive(&one, "k"), JobId::derive(&one, "l"));
        assert_ne!(
            JobId::derive(&one, "k").as_bytes(),
            OfferId::derive(&one, "k").as_bytes()
        );
    }

    #[test]
    fn an_id_is_read_as_it_is_written_and_no_other_way() {
        let id = JobId::from_bytes([0xAB; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        let digits = "ab".repeat(16);
        for text in [
            digits.clone(),
            format!("offer_{digits}"),
            format!("job_{digits}0"),
            format!("job_{}", digits.to_uppercase()),
        ] {
            assert_eq!(text.parse::<JobId>(), Err(InvalidId { prefix: "job_" }), "{text}");
        }
    }
}
