//! The taproot scripts of the Ark protocol, as arkd builds them (`pkg/ark-lib/script`): the default script of a VTXO, the
//! script of a checkpoint, and the anchor.

use bitcoin::key::{Parity, Secp256k1, TapTweak as _, TweakedPublicKey};
use bitcoin::opcodes::all::{OP_CHECKSIG, OP_CHECKSIGVERIFY, OP_CSV, OP_DROP};
use bitcoin::taproot::{ControlBlock, LeafVersion, TapLeafHash, TapNodeHash, TaprootMerkleBranch};
use bitcoin::{Amount, Script, ScriptBuf, TxOut, XOnlyPublicKey};

use crate::address::ArkAddress;
use crate::challenge::OperatorTerms;

/// A point whose private key nobody knows (BIP-341's `H`): no Ark output is ever spent by its key.
const UNSPENDABLE: [u8; 32] = [
    0x50, 0x92, 0x9b, 0x74, 0xc1, 0xa0, 0x49, 0x54, 0xb7, 0x8b, 0x4b, 0x60, 0x35, 0xe9, 0x7a, 0x5e, 0x07, 0x8a, 0x5a,
    0x0f, 0x28, 0xec, 0x96, 0xd5, 0x47, 0xbf, 0xee, 0x9a, 0xce, 0x80, 0x3a, 0xc0,
];

/// The script of a pay-to-anchor output: whoever wants to pays the fee of a transaction through it.
const ANCHOR: [u8; 4] = [0x51, 0x02, 0x4e, 0x73];

/// A taproot output with two leaves under the unspendable key. The parties spend it together by the first; the second is
/// for one of them alone, after a delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafPair {
    collaborative: ScriptBuf,
    alone: ScriptBuf,
    output_key: TweakedPublicKey,
    parity: Parity,
}

impl LeafPair {
    /// The default script of a VTXO: operator and owner together, or the owner alone once `exit_delay` (a sequence number)
    /// has passed.
    #[must_use]
    pub fn vtxo(operator: XOnlyPublicKey, owner: XOnlyPublicKey, exit_delay: u32) -> Self {
        Self::new(collaborative_leaf(operator, owner), exit_leaf(owner, exit_delay))
    }

    /// The script of a checkpoint of a VTXO that is spent by `collaborative`: the same leaf again, or the operator alone.
    #[must_use]
    pub fn checkpoint(collaborative: ScriptBuf, checkpoint_tapscript: ScriptBuf) -> Self {
        Self::new(collaborative, checkpoint_tapscript)
    }

    fn new(collaborative: ScriptBuf, alone: ScriptBuf) -> Self {
        let root = TapNodeHash::from_node_hashes(leaf_node(&collaborative), leaf_node(&alone));
        let (output_key, parity) = unspendable().tap_tweak(&Secp256k1::verification_only(), Some(root));
        Self {
            collaborative,
            alone,
            output_key,
            parity,
        }
    }

    /// The taproot output key.
    #[must_use]
    pub const fn output_key(&self) -> TweakedPublicKey {
        self.output_key
    }

    /// The script of the output.
    #[must_use]
    pub fn script_pubkey(&self) -> ScriptBuf {
        ScriptBuf::new_p2tr_tweaked(self.output_key)
    }

    /// The leaf by which the parties spend it together.
    #[must_use]
    pub const fn collaborative(&self) -> &ScriptBuf {
        &self.collaborative
    }

    /// Both leaves, the collaborative one first.
    #[must_use]
    pub fn leaves(&self) -> [ScriptBuf; 2] {
        [self.collaborative.clone(), self.alone.clone()]
    }

    /// The proof that the collaborative leaf is in the output.
    #[must_use]
    pub fn control_block(&self) -> ControlBlock {
        ControlBlock {
            leaf_version: LeafVersion::TapScript,
            output_key_parity: self.parity,
            internal_key: unspendable(),
            merkle_branch: TaprootMerkleBranch::from([leaf_node(&self.alone)]),
        }
    }
}

/// The leaf by which operator and owner spend together: `<operator> CHECKSIGVERIFY <owner> CHECKSIG`.
#[must_use]
pub fn collaborative_leaf(operator: XOnlyPublicKey, owner: XOnlyPublicKey) -> ScriptBuf {
    ScriptBuf::builder()
        .push_x_only_key(&operator)
        .push_opcode(OP_CHECKSIGVERIFY)
        .push_x_only_key(&owner)
        .push_opcode(OP_CHECKSIG)
        .into_script()
}

/// The leaf by which the owner leaves alone: `<delay> CHECKSEQUENCEVERIFY DROP <owner> CHECKSIG`.
#[must_use]
pub fn exit_leaf(owner: XOnlyPublicKey, exit_delay: u32) -> ScriptBuf {
    ScriptBuf::builder()
        .push_int(i64::from(exit_delay))
        .push_opcode(OP_CSV)
        .push_opcode(OP_DROP)
        .push_x_only_key(&owner)
        .push_opcode(OP_CHECKSIG)
        .into_script()
}

/// The owner in a leaf of the form of [`collaborative_leaf`] with this operator.
#[must_use]
pub fn owner_in(leaf: &Script, operator: XOnlyPublicKey) -> Option<XOnlyPublicKey> {
    // A push byte, the operator, CHECKSIGVERIFY, a push byte, the owner, CHECKSIG.
    let owner = XOnlyPublicKey::from_slice(leaf.as_bytes().get(35..67)?).ok()?;
    (collaborative_leaf(operator, owner).as_script() == leaf).then_some(owner)
}

/// The address of an owner at an operator: that of the default script of a VTXO.
#[must_use]
pub fn default_address(terms: &OperatorTerms, owner: XOnlyPublicKey) -> ArkAddress {
    let script = LeafPair::vtxo(terms.signer, owner, terms.exit_delay);
    ArkAddress::new(terms.network, terms.signer, script.output_key())
}

/// The output that pays an address. Below dust it is no VTXO of its own, but a note for the operator.
#[must_use]
pub fn payment(address: &ArkAddress, amount: Amount, dust: Amount) -> TxOut {
    TxOut {
        value: amount,
        script_pubkey: if amount >= dust {
            address.script_pubkey()
        } else {
            address.sub_dust_script_pubkey()
        },
    }
}

/// The last output of every transaction.
#[must_use]
pub fn anchor() -> TxOut {
    TxOut {
        value: Amount::ZERO,
        script_pubkey: ScriptBuf::from_bytes(ANCHOR.to_vec()),
    }
}

/// The hash by which a signature names a leaf.
#[must_use]
pub fn leaf_hash(leaf: &Script) -> TapLeafHash {
    TapLeafHash::from_script(leaf, LeafVersion::TapScript)
}

fn leaf_node(leaf: &Script) -> TapNodeHash {
    TapNodeHash::from(leaf_hash(leaf))
}

#[expect(clippy::expect_used, reason = "a constant of BIP-341, on the curve")]
fn unspendable() -> XOnlyPublicKey {
    XOnlyPublicKey::from_slice(&UNSPENDABLE).expect("a point of the curve")
}

#[cfg(test)]
mod tests {
    use bitcoin::secp256k1::{Keypair, Secp256k1, SecretKey};
    use bitcoin::{Sequence, XOnlyPublicKey};
    use proptest::prelude::*;

    use super::*;
    use crate::address::Network;
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    fn key() -> impl Strategy<Value = XOnlyPublicKey> {
        any::<[u8; 32]>().prop_filter_map("no key", |bytes| {
            let secret = SecretKey::from_slice(&bytes).ok()?;
            Some(
                Keypair::from_secret_key(&Secp256k1::new(), &secret)
                    .x_only_public_key()
                    .0,
            )
        })
    }

    fn delay() -> impl Strategy<Value = u32> {
        prop_oneof![
            (1_u16..).prop_map(|blocks| Sequence::from_height(blocks).to_consensus_u32()),
            (1_u16..).prop_map(|units| Sequence::from_512_second_intervals(units).to_consensus_u32()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_default_vtxo_is_that_of_ark_core(operator in key(), owner in key(), delay in delay(), network in 0_usize..4) {
            let network = [Network::Bitcoin, Network::Testnet, Network::Signet, Network::Regtest][network];
            let theirs = ark_core::Vtxo::new_default(
                &Secp256k1::new(), operator, owner, Sequence::from_consensus(delay), network.into(),
            ).unwrap();
            let ours = LeafPair::vtxo(operator, owner, delay);
            let (leaf, control_block) = theirs.forfeit_spend_info().unwrap();
            prop_assert_eq!(ours.script_pubkey(), theirs.script_pubkey());
            prop_assert_eq!(ours.leaves().to_vec(), theirs.tapscripts());
            prop_assert_eq!(ours.collaborative(), &leaf);
            prop_assert_eq!(ours.control_block(), control_block);
            let address = ArkAddress::new(network, operator, ours.output_key());
            prop_assert_eq!(address.to_string(), theirs.to_ark_address().encode());
            prop_assert_eq!(address.to_string().parse::<ArkAddress>(), Ok(address));
            prop_assert_eq!(owner_in(ours.collaborative(), operator), Some(owner));
        }

        #[test]
        fn a_control_block_proves_its_leaf(operator in key(), owner in key(), other in prop::collection::vec(any::<u8>(), 1..60)) {
            let script = LeafPair::checkpoint(collaborative_leaf(operator, owner), ScriptBuf::from_bytes(other));
            let proven = script.control_block().verify_taproot_commitment(
                &Secp256k1::new(), script.output_key().to_x_only_public_key(), script.collaborative(),
            );
            prop_assert!(proven);
        }

        #[test]
        fn only_a_collaborative_leaf_names_an_owner(operator in key(), owner in key(), at in 0_usize..68) {
            let leaf = collaborative_leaf(operator, owner);
            let mut bytes: Vec<u8> = leaf.to_bytes();
            bytes[at] ^= 1;
            prop_assert_ne!(owner_in(Script::from_bytes(&bytes), operator), Some(owner));
            prop_assert_eq!(owner_in(Script::from_bytes(&leaf.as_bytes()[..67]), operator), None);
            bytes = leaf.to_bytes();
            bytes.push(0x51);
            prop_assert_eq!(owner_in(Script::from_bytes(&bytes), operator), None);
        }
    }

    #[test]
    fn the_anchor_is_that_of_ark_core() {
        assert_eq!(anchor(), ark_core::anchor_output());
    }
}
