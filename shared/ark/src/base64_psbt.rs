//! PSBTs as base64, their form in arkd's JSON and in challenges.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bitcoin::Psbt;

/// The most that one PSBT may take, in bytes before base64. Ten inputs with all their signatures take under 12 KiB.
pub const MAX_PSBT_BYTES: usize = 64 * 1024;

/// A text that is no PSBT in base64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPsbt {
    /// It is longer than the limit. It was not looked at.
    #[error("a PSBT takes at most {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It is no base64 with padding.
    #[error("it is no base64")]
    Base64,
    /// The bytes are no PSBT.
    #[error("it is no PSBT: {detail}")]
    Psbt {
        /// What is wrong with them.
        detail: String,
    },
}

/// The PSBT as base64 with padding.
#[must_use]
pub fn encode(psbt: &Psbt) -> String {
    STANDARD.encode(psbt.serialize())
}

/// The PSBT of this text, if it takes at most `limit` bytes.
///
/// # Errors
///
/// [`InvalidPsbt`].
pub fn decode(text: &str, limit: usize) -> Result<Psbt, InvalidPsbt> {
    // Four characters hold three bytes.
    let fits = text.len() / 4 <= limit.div_ceil(3);
    if !fits {
        return Err(InvalidPsbt::TooLarge { limit });
    }
    let bytes = STANDARD.decode(text).map_err(|_| InvalidPsbt::Base64)?;
    if bytes.len() > limit {
        return Err(InvalidPsbt::TooLarge { limit });
    }
    Psbt::deserialize(&bytes).map_err(|error| InvalidPsbt::Psbt {
        detail: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::plan::Plan;

    #[test]
    fn what_is_encoded_decodes_to_the_same() {
        let unsigned = Plan::seeded(1, 3, 2).build();
        for psbt in std::iter::once(&unsigned.ark_tx).chain(&unsigned.checkpoints) {
            assert_eq!(decode(&encode(psbt), MAX_PSBT_BYTES).as_ref(), Ok(psbt));
        }
    }

    #[test]
    fn refuses_by_size_before_it_reads() {
        let text = encode(&Plan::seeded(1, 1, 1).build().ark_tx);
        let bytes = STANDARD.decode(&text).unwrap().len();
        assert!(decode(&text, bytes).is_ok());
        for limit in [0, 1, bytes / 2, bytes - 1] {
            assert_eq!(decode(&text, limit), Err(InvalidPsbt::TooLarge { limit }), "{limit}");
        }
        assert_eq!(
            decode(&"!".repeat(1 << 20), 1024),
            Err(InvalidPsbt::TooLarge { limit: 1024 })
        );
    }

    #[test]
    fn refuses_what_is_no_psbt() {
        let good = encode(&Plan::seeded(1, 1, 1).build().ark_tx);
        for text in ["%%%%", "cHNidP8", &good[..good.len() - 1], &format!(" {good}")] {
            assert_eq!(decode(text, 1 << 16), Err(InvalidPsbt::Base64), "{text}");
        }
        for text in ["", "cHNidP8=", &good[4..], &good[..good.len() - 4]] {
            assert!(matches!(decode(text, 1 << 16), Err(InvalidPsbt::Psbt { .. })), "{text}");
        }
    }
}
