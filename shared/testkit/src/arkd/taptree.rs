//! The PSBT input field in which arkd is shown all leaves of a script: key `0xde "taptree"`.

use ark_core::VTXO_TAPROOT_KEY;
use bitcoin::ScriptBuf;
use bitcoin::VarInt;
use bitcoin::consensus::{Decodable as _, Encodable as _};
use bitcoin::psbt;
use bitcoin::taproot::LeafVersion;

fn key() -> psbt::raw::Key {
    psbt::raw::Key {
        type_value: 0xde,
        key: VTXO_TAPROOT_KEY.to_vec(),
    }
}

/// The leaves that an input shows, if it has the field in a form that can be read.
pub(super) fn of(input: &psbt::Input) -> Option<Vec<ScriptBuf>> {
    parse(input.unknown.get(&key())?)
}

/// Shows these leaves.
pub(super) fn show(input: &mut psbt::Input, leaves: &[ScriptBuf]) {
    let mut bytes = Vec::new();
    for leaf in leaves {
        // The depth is not looked at: the tree is built from the order.
        bytes.extend_from_slice(&[1, LeafVersion::TapScript.to_consensus()]);
        // Writing to memory cannot fail.
        let _ = VarInt::from(leaf.len()).consensus_encode(&mut bytes);
        bytes.extend_from_slice(leaf.as_bytes());
    }
    input.unknown.insert(key(), bytes);
}

fn parse(mut bytes: &[u8]) -> Option<Vec<ScriptBuf>> {
    let mut leaves = Vec::new();
    while let [_depth, version, rest @ ..] = bytes {
        if *version != LeafVersion::TapScript.to_consensus() {
            return None;
        }
        let mut rest = rest;
        let length = VarInt::consensus_decode(&mut rest).ok()?;
        let (leaf, after) = rest.split_at_checked(usize::try_from(length.0).ok()?)?;
        leaves.push(ScriptBuf::from(leaf.to_vec()));
        bytes = after;
    }
    (bytes.is_empty() && !leaves.is_empty()).then_some(leaves)
}
