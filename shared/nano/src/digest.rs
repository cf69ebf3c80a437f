//! Blake2b at the output sizes Nano uses.

use blake2::digest::consts::{U5, U8, U32};
use blake2::{Blake2b, Digest};

/// Blake2b with a 32-byte output: block hashes and private keys.
pub(crate) fn blake2b_256<const PARTS: usize>(parts: [&[u8]; PARTS]) -> [u8; 32] {
    parts
        .iter()
        .fold(Blake2b::<U32>::new(), Digest::chain_update)
        .finalize()
        .into()
}

/// Blake2b with an 8-byte output: the value of a work.
pub(crate) fn blake2b_64<const PARTS: usize>(parts: [&[u8]; PARTS]) -> [u8; 8] {
    parts
        .iter()
        .fold(Blake2b::<U8>::new(), Digest::chain_update)
        .finalize()
        .into()
}

/// Blake2b with a 5-byte output: the checksum of an account.
pub(crate) fn blake2b_40(data: &[u8]) -> [u8; 5] {
    Blake2b::<U5>::digest(data).into()
}
