//! Accounts: a public key and its addresses.

use std::fmt;
use std::str::FromStr;

use crate::digest::blake2b_40;

/// The 32 digits of an address. It leaves out the letters and figures that are easily mistaken (0, 2, l, v).
const ALPHABET: &[u8; 32] = b"13456789abcdefghijkmnopqrstuwxyz";

/// Digits after the prefix: 52 for the key (4 zero bits, then 256) and 8 for the checksum.
const ADDRESS_DIGITS: usize = 60;

/// Key and checksum with 3 zero bytes in front, which makes 8 groups of 5 bytes: 64 digits, the first 4 always `1`.
const PADDED_BYTES: usize = 40;

/// An account: an Ed25519 public key, written as `nano_` with 60 digits, the last 8 of which are a checksum.
///
/// `xrb_`, `nano-` and `xrb-` addresses are read as well (nodes take them), so two texts may name one account: compare
/// `Account`s. The key may be no point on the curve; such an account can receive but nobody can sign for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account([u8; 32]);

/// Why a text is no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAccount {
    /// It does not begin with `nano_`, `xrb_`, `nano-` or `xrb-`.
    #[error("an account begins with nano_ or xrb_")]
    Prefix,
    /// It does not have 60 digits of the address alphabet after the prefix.
    #[error("an account has 60 digits of 13456789abcdefghijkmnopqrstuwxyz after its prefix")]
    Digits,
    /// Its first digit is neither 1 nor 3, so that it would need more than 256 bits.
    #[error("the first digit of an account is 1 or 3")]
    FirstDigit,
    /// The last 8 digits do not belong to the others: a typing error.
    #[error("the checksum of the account is wrong")]
    Checksum,
}

impl Account {
    /// The account of the all-zero key, which nobody can sign for. Also what a node shows as the destination of a block
    /// without link.
    pub const BURN: Self = Self([0; 32]);

    /// The account of this public key.
    #[must_use]
    pub const fn from_bytes(public_key: [u8; 32]) -> Self {
        Self(public_key)
    }

    /// The public key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The checksum in the order an address shows it.
    fn checksum(&self) -> [u8; 5] {
        let mut checksum = blake2b_40(&self.0);
        checksum.reverse();
        checksum
    }
}

impl FromStr for Account {
    type Err = InvalidAccount;

    fn from_str(text: &str) -> Result<Self, InvalidAccount> {
        let digits = ["nano_", "xrb_", "nano-", "xrb-"]
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .ok_or(InvalidAccount::Prefix)?;
        if digits.len() != ADDRESS_DIGITS {
            return Err(InvalidAccount::Digits);
        }
        let values = digits
            .bytes()
            .map(|digit| ALPHABET.iter().zip(0_u8..).find(|(known, _)| **known == digit));
        let values: Option<Vec<u8>> = values.map(|found| found.map(|(_, value)| value)).collect();
        let values = values.ok_or(InvalidAccount::Digits)?;
        if values.first().is_none_or(|first| *first > 1) {
            return Err(InvalidAccount::FirstDigit);
        }
        let padded: Vec<u8> = [0; 4].into_iter().chain(values).collect();
        let bytes: Vec<u8> = padded.chunks(8).flat_map(pack_digits).collect();
        let key = bytes
            .get(3..35)
            .and_then(|key| key.try_into().ok())
            .ok_or(InvalidAccount::Digits)?;
        let account = Self(key);
        if bytes.get(35..) == Some(&account.checksum()) {
            Ok(account)
        } else {
            Err(InvalidAccount::Checksum)
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut padded = Vec::with_capacity(PADDED_BYTES);
        padded.extend_from_slice(&[0; 3]);
        padded.extend_from_slice(&self.0);
        padded.extend_from_slice(&self.checksum());
        let digits: String = padded.chunks(5).flat_map(unpack_digits).skip(4).collect();
        write!(formatter, "nano_{digits}")
    }
}

/// Eight 5-bit values as five bytes.
fn pack_digits(values: &[u8]) -> [u8; 5] {
    let word = values.iter().fold(0_u64, |word, value| (word << 5) | u64::from(*value));
    let [_, _, _, bytes @ ..] = word.to_be_bytes();
    bytes
}

/// Five bytes as eight digits.
fn unpack_digits(bytes: &[u8]) -> impl Iterator<Item = char> {
    let word = bytes.iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
    [35_u32, 30, 25, 20, 15, 10, 5, 0].into_iter().map(move |shift| {
        let [.., low] = (word >> shift).to_be_bytes();
        #[expect(
            clippy::indexing_slicing,
            reason = "five bits are below 32, the length of the alphabet"
        )]
        char::from(ALPHABET[usize::from(low & 31)])
    })
}

impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Account({self})")
    }
}

crate::text::serde_as_text!(Account);
