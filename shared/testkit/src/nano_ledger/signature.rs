//! Signatures as a node checks them, which is less strictly than our own code does.

use nanoark_nano::{Account, Signature, verify};

/// The order of the curve's base point, little-endian. A signature's scalar should be below it.
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A node only looks at the three highest bits of the scalar, so there is room to add the order once.
const HIGH_BITS: u8 = 0b1110_0000;

/// Whether a node takes the signature: also one whose scalar is not reduced, as long as its three highest bits are 0.
pub(super) fn node_accepts(account: &Account, message: &[u8], signature: &Signature) -> bool {
    let (point, scalar) = halves(signature);
    if scalar[31] & HIGH_BITS != 0 {
        return false;
    }
    let reduced = subtract(&scalar, &GROUP_ORDER).unwrap_or(scalar);
    verify(account, message, &join(&point, &reduced)).is_ok()
}

/// The same signature in the form that a node accepts and a strict verifier refuses: its scalar plus the group's order.
///
/// This is how a confirmed payment can come to carry a signature that `nanoark_nano` does not verify.
#[must_use]
pub fn malleated(signature: &Signature) -> Signature {
    let (point, scalar) = halves(signature);
    let mut carry = 0_u16;
    let mut sum = [0_u8; 32];
    for ((digit, left), right) in sum.iter_mut().zip(scalar).zip(GROUP_ORDER) {
        let [low, high] = u16::from(left)
            .wrapping_add(u16::from(right))
            .wrapping_add(carry)
            .to_le_bytes();
        *digit = low;
        carry = u16::from(high);
    }
    join(&point, &sum)
}

/// `left - right` in little-endian bytes, or nothing when `right` is larger.
fn subtract(left: &[u8; 32], right: &[u8; 32]) -> Option<[u8; 32]> {
    let mut borrow = false;
    let mut difference = [0_u8; 32];
    for ((digit, left), right) in difference.iter_mut().zip(left).zip(right) {
        let (first, under) = left.overflowing_sub(*right);
        let (second, under_again) = first.overflowing_sub(u8::from(borrow));
        *digit = second;
        borrow = under || under_again;
    }
    (!borrow).then_some(difference)
}

fn halves(signature: &Signature) -> ([u8; 32], [u8; 32]) {
    let mut halves = ([0; 32], [0; 32]);
    let bytes = signature.as_bytes().iter();
    for (place, byte) in halves.0.iter_mut().chain(halves.1.iter_mut()).zip(bytes) {
        *place = *byte;
    }
    halves
}

fn join(point: &[u8; 32], scalar: &[u8; 32]) -> Signature {
    let mut bytes = [0; 64];
    for (place, byte) in bytes.iter_mut().zip(point.iter().chain(scalar)) {
        *place = *byte;
    }
    Signature::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nano_ledger::genesis::{genesis_account, genesis_key};

    #[test]
    fn a_node_takes_a_scalar_that_is_not_reduced_and_strict_code_does_not() {
        let signature = genesis_key().sign(b"message");
        let odd = malleated(&signature);
        assert_ne!(odd, signature);
        assert!(verify(&genesis_account(), b"message", &odd).is_err());
        assert!(node_accepts(&genesis_account(), b"message", &signature));
        assert!(node_accepts(&genesis_account(), b"message", &odd));
        assert!(!node_accepts(&genesis_account(), b"another", &odd));
    }

    #[test]
    fn the_highest_bits_of_the_scalar_must_be_zero() {
        let mut bytes = *genesis_key().sign(b"message").as_bytes();
        bytes[63] |= 0x80;
        assert!(!node_accepts(
            &genesis_account(),
            b"message",
            &Signature::from_bytes(bytes)
        ));
    }
}
