//! One name for all that a challenge asks to sign.

use bitcoin::hashes::{Hash as _, HashEngine as _};
use bitcoin::{Txid, XOnlyPublicKey};

use crate::challenge::{SessionId, Step};
use crate::hash::PayloadRef;

/// The [`PayloadRef`] of a challenge: the tagged hash (BIP-340) with the tag `nanoark/challenge/v1` over
///
/// | bytes | what |
/// |---|---|
/// | 16 | the session |
/// | 1 | the step, 1 or 2 |
/// | 32 | the txid of the ark transaction, in the order of its hash (not as it is displayed) |
/// | 4 | how many sighashes follow, big-endian |
/// | 36 each | the input of the ark transaction, 4 bytes big-endian, and the sighash |
/// | 4 | how many sighashes of the recovery proof follow, big-endian; none at step 2 |
/// | 32 each | the sighash of an input of the proof, in its order |
/// | 32 | the gateway's Nostr key, x-only |
/// | 1 | 0: the challenge does not expire; 1: it does, and the next 8 bytes follow |
/// | 8 | when it expires, in seconds since the Unix epoch, big-endian |
#[must_use]
pub fn payload_ref(
    session: SessionId,
    step: Step,
    ark_txid: Txid,
    sighashes: &[(u32, [u8; 32])],
    recovery: &[[u8; 32]],
    gateway: XOnlyPublicKey,
    expires_at: Option<u64>,
) -> PayloadRef {
    let mut engine = PayloadRef::engine();
    engine.input(session.as_bytes());
    engine.input(&[step.number()]);
    engine.input(ark_txid.as_byte_array());
    engine.input(&count(sighashes));
    for (input, sighash) in sighashes {
        engine.input(&input.to_be_bytes());
        engine.input(sighash);
    }
    engine.input(&count(recovery));
    for sighash in recovery {
        engine.input(sighash);
    }
    engine.input(&gateway.serialize());
    match expires_at {
        None => engine.input(&[0]),
        Some(seconds) => {
            engine.input(&[1]);
            engine.input(&seconds.to_be_bytes());
        }
    }
    PayloadRef::from_engine(engine)
}

/// There are never more than a dozen.
fn count<T>(items: &[T]) -> [u8; 4] {
    u32::try_from(items.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    use bitcoin::hashes::sha256;

    use super::*;

    const GATEWAY: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

    #[test]
    fn the_bytes_are_those_of_the_table() {
        let tag = sha256::Hash::hash(b"nanoark/challenge/v1").to_byte_array();
        let gateway: XOnlyPublicKey = GATEWAY.parse().unwrap();
        let bytes: Vec<u8> = [
            &tag[..],
            &tag,
            &[1; 16],
            &[1],
            &[2; 32],
            &[0, 0, 0, 2],
            &[0, 0, 0, 0],
            &[3; 32],
            &[0, 0, 1, 0],
            &[4; 32],
            &[0, 0, 0, 1],
            &[5; 32],
            &gateway.serialize(),
            &[1],
            &[0, 0, 0, 0, 0, 0, 1, 2],
        ]
        .concat();
        let made = payload_ref(
            SessionId::from_bytes([1; 16]),
            Step::ArkTransaction,
            Txid::from_byte_array([2; 32]),
            &[(0, [3; 32]), (256, [4; 32])],
            &[[5; 32]],
            gateway,
            Some(258),
        );
        assert_eq!(made.to_byte_array(), sha256::Hash::hash(&bytes).to_byte_array());
    }

    #[test]
    fn whatever_differs_has_another_name() {
        let gateway: XOnlyPublicKey = GATEWAY.parse().unwrap();
        let other: XOnlyPublicKey = "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"
            .parse()
            .unwrap();
        let (session, txid) = (SessionId::from_bytes([1; 16]), Txid::from_byte_array([2; 32]));
        let (first, second) = (Step::ArkTransaction, Step::Checkpoints);
        let (a, b) = ([3; 32], [4; 32]);
        let names: BTreeSet<PayloadRef> = [
            payload_ref(session, first, txid, &[(0, a)], &[b], gateway, Some(9)),
            payload_ref(
                SessionId::from_bytes([9; 16]),
                first,
                txid,
                &[(0, a)],
                &[b],
                gateway,
                Some(9),
            ),
            payload_ref(session, second, txid, &[(0, a)], &[b], gateway, Some(9)),
            payload_ref(
                session,
                first,
                Txid::from_byte_array([3; 32]),
                &[(0, a)],
                &[b],
                gateway,
                Some(9),
            ),
            payload_ref(session, first, txid, &[(1, a)], &[b], gateway, Some(9)),
            payload_ref(session, first, txid, &[(0, b)], &[b], gateway, Some(9)),
            payload_ref(session, first, txid, &[(0, a), (1, b)], &[], gateway, Some(9)),
            payload_ref(session, first, txid, &[(0, a)], &[b, b], gateway, Some(9)),
            payload_ref(session, first, txid, &[], &[a, b], gateway, Some(9)),
            payload_ref(session, first, txid, &[(0, a)], &[b], other, Some(9)),
            payload_ref(session, first, txid, &[(0, a)], &[b], gateway, Some(10)),
            payload_ref(session, first, txid, &[(0, a)], &[b], gateway, None),
        ]
        .into();
        assert_eq!(names.len(), 12);
    }
}
