//! Strict Ed25519: one public key has one encoding, one message and key have one signature, and weak keys have none.

use ed25519_dalek::{Signature, VerifyingKey};
use nanoark_domain::bot::BotId;

use super::Signer;

/// Why a public key is refused whatever it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no point.
    #[error("the key is not a point on the Ed25519 curve")]
    NotOnCurve,
    /// The bytes are a second spelling of a point.
    #[error("the key is not in its canonical encoding")]
    NotCanonical,
    /// A signature of this key fits nearly every message.
    #[error("the key is a point of small order and can sign nothing")]
    SmallOrder,
}

/// Why a detached statement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The bytes could be the signature base of a request.
    #[error("a statement must not begin with a double quote, as the signature base of a request does")]
    CouldBeARequest,
    /// The key is one nobody should use.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signature is not that of this key over this statement.
    #[error("the signature does not fit this key and this statement")]
    WrongSignature,
}

/// The point of a bot's key.
pub(super) fn verifying_key(bot: &BotId) -> Result<VerifyingKey, KeyError> {
    let key = VerifyingKey::from_bytes(bot.as_bytes()).map_err(|_| KeyError::NotOnCurve)?;
    if key.is_weak() {
        return Err(KeyError::SmallOrder);
    }
    if !is_canonical(bot.as_bytes()) {
        return Err(KeyError::NotCanonical);
    }
    Ok(key)
}

/// Whether this is the signature of this key over this message. `S` at or above the group order, an `R` of small order
/// and a second spelling of `R` are all refused, so that a signature cannot be altered into another valid one.
pub(super) fn is_signature(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
}

/// Whether the y coordinate is below the field prime, 2^255 - 19. The library decodes larger ones modulo the prime,
/// which would give one bot several ids. (A sign bit on x = 0, the other second spelling, only occurs at small order.)
fn is_canonical([low, middle @ .., high]: &[u8; 32]) -> bool {
    let largest_high = high & 0x7f == 0x7f;
    !(largest_high && middle.iter().all(|byte| *byte == 0xff) && *low >= 0xed)
}

/// Signs a detached statement (a quote, a receipt): the bytes themselves, with no hash or prefix of ours.
///
/// # Errors
/// When the statement begins with a double quote: every signature base does, and no signature given for a statement
/// may ever pass for a request, or the reverse.
pub fn sign_statement<S: Signer + ?Sized>(signer: &S, statement: &[u8]) -> Result<[u8; 64], StatementError> {
    if statement.starts_with(b"\"") {
        return Err(StatementError::CouldBeARequest);
    }
    Ok(signer.sign(statement))
}

/// Checks a detached statement as strictly as a request.
///
/// # Errors
/// See [`StatementError`].
pub fn verify_statement(bot: &BotId, statement: &[u8], signature: &[u8; 64]) -> Result<(), StatementError> {
    if statement.starts_with(b"\"") {
        return Err(StatementError::CouldBeARequest);
    }
    let key = verifying_key(bot)?;
    if is_signature(&key, statement, signature) {
        Ok(())
    } else {
        Err(StatementError::WrongSignature)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Ed25519Signer;
    use super::*;

    fn bot(hex: &str) -> BotId {
        hex.parse().unwrap()
    }

    #[test]
    fn a_statement_fits_its_bot_and_its_bytes_only() {
        let signer = Ed25519Signer::from_seed(&[7; 32]);
        let signature = sign_statement(&signer, b"{\"amount\":\"1\"}").unwrap();
        assert_eq!(
            verify_statement(&signer.bot(), b"{\"amount\":\"1\"}", &signature),
            Ok(())
        );
        assert_eq!(
            verify_statement(&signer.bot(), b"{\"amount\":\"2\"}", &signature),
            Err(StatementError::WrongSignature)
        );
        let other = Ed25519Signer::from_seed(&[8; 32]).bot();
        assert_eq!(
            verify_statement(&other, b"{\"amount\":\"1\"}", &signature),
            Err(StatementError::WrongSignature)
        );
    }

    #[test]
    fn what_reads_like_a_signature_base_is_no_statement() {
        let signer = Ed25519Signer::from_seed(&[7; 32]);
        let base = b"\"@method\": POST";
        assert_eq!(sign_statement(&signer, base), Err(StatementError::CouldBeARequest));
        let signature = signer.sign(base);
        assert_eq!(
            verify_statement(&signer.bot(), base, &signature),
            Err(StatementError::CouldBeARequest)
        );
    }

    /// All encodings of the eight points of small order, canonical or not.
    const SMALL_ORDER: [&str; 14] = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];

    #[test]
    fn every_encoding_of_a_point_of_small_order_is_refused() {
        for key in SMALL_ORDER {
            assert_eq!(verifying_key(&bot(key)), Err(KeyError::SmallOrder), "{key}");
        }
    }

    #[test]
    fn a_key_off_the_curve_or_spelled_a_second_time_is_refused() {
        let mut refusals = [0, 0];
        for low in 0xed..=0xff_u8 {
            for high in [0x7f, 0xff] {
                let mut bytes = [0xff; 32];
                bytes[0] = low;
                bytes[31] = high;
                match verifying_key(&BotId::from_bytes(bytes)) {
                    Err(KeyError::NotOnCurve) => refusals[0] += 1,
                    Err(KeyError::NotCanonical) => refusals[1] += 1,
                    Err(KeyError::SmallOrder) => assert!(low <= 0xee),
                    Ok(_) => panic!("{low:x} {high:x} is accepted"),
                }
            }
        }
        // Of y = 0 to 18, seven are off the curve and two (0 and 1) of small order; each has two signs.
        assert_eq!(refusals, [14, 20]);
        assert_eq!(
            verifying_key(&bot("0200000000000000000000000000000000000000000000000000000000000000")),
            Err(KeyError::NotOnCurve)
        );
    }
}
