//! Transactions and proofs are byte for byte those of ark-core.

use alloc::vec::Vec;

use ark_core::intent::IntentMessage;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bitcoin::{Psbt, Sequence};
use proptest::prelude::*;

use super::gateway::{Pay, Plan, Spend, address, ark_sighash, checkpoint_sighash, event, public, terms};
use super::scene::{coin, sat};
use crate::asset::{AssetAmount, AssetId};
use crate::check::Coin;
use crate::packet::Extension;
use crate::proof::{Proof, message};
use crate::script::{LeafPair, payment};
use crate::transaction::{Input, Transactions};

/// Inputs of up to ten VTXOs of several owners and delays, and outputs that spend all of it, down to below dust.
fn plan() -> impl Strategy<Value = Plan> {
    let inputs = prop::collection::vec((1_u8..6, 1_000_u64..1_000_000, 1_u16..5_000, 0_u64..3), 1..=10);
    let outputs = prop::collection::vec((1_u8..9, 1_u64..90), 0..8);
    (inputs, outputs, 1_u8..5).prop_map(|(inputs, outputs, intents)| {
        let gold = |amount| AssetAmount {
            asset_id: AssetId::from_bytes([7; 34]),
            amount,
        };
        let spends: Vec<Spend> = (10_u8..)
            .zip(inputs)
            .map(|(byte, (owner, amount, delay, units))| Spend {
                owner,
                coin: Coin {
                    exit_delay: Sequence::from_height(delay).to_consensus_u32(),
                    assets: (units > 0).then(|| gold(units)).into_iter().collect(),
                    ..coin(byte, amount, &[])
                },
            })
            .collect();
        let pay = |to, amount, units: u64| Pay {
            to: address(to),
            amount: sat(amount),
            assets: (units > 0).then(|| gold(units)).into_iter().collect(),
        };
        let mut outputs: Vec<Pay> = outputs.into_iter().map(|(to, amount)| pay(to, amount, 0)).collect();
        let spent: u64 = spends.iter().map(|spend| spend.coin.amount.to_sat()).sum();
        let paid: u64 = outputs.iter().map(|pay| pay.amount.to_sat()).sum();
        let units = spends
            .iter()
            .flat_map(|spend| &spend.coin.assets)
            .map(|asset| asset.amount)
            .sum();
        outputs.push(pay(1, spent.saturating_sub(paid), units));
        Plan {
            terms: terms(),
            asks: spends[0].owner,
            inputs: spends,
            outputs,
            intents: (0..intents).map(event).collect(),
            bindings: Vec::new(),
        }
    })
}

fn inputs(plan: &Plan) -> Vec<Input> {
    let input = |spend: &Spend| {
        let script = LeafPair::vtxo(plan.terms.signer, public(spend.owner), spend.coin.exit_delay);
        Input {
            outpoint: spend.coin.outpoint,
            amount: spend.coin.amount,
            script_pubkey: script.script_pubkey(),
            leaf: script.collaborative().clone(),
        }
    };
    plan.inputs.iter().map(input).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn transactions_are_those_of_ark_core(plan in plan()) {
        let mut theirs = plan.build();
        let at = theirs.ark_tx.unsigned_tx.output.len().saturating_sub(2);
        let extension = Extension::parse(&theirs.ark_tx.unsigned_tx.output[at].script_pubkey).unwrap();
        prop_assert_eq!(&extension.intents, &plan.intents);
        let outputs = plan.outputs.iter().map(|pay| payment(&pay.to, pay.amount, plan.terms.dust));
        let ours = Transactions::new(&inputs(&plan), outputs.collect(), &extension, &plan.terms);
        prop_assert_eq!(&ours.ark_tx, &theirs.ark_tx.unsigned_tx);
        prop_assert_eq!(ours.checkpoints.len(), theirs.checkpoint_txs.len());
        for (input, (our, their)) in ours.checkpoints.iter().zip(&mut theirs.checkpoint_txs).enumerate() {
            prop_assert_eq!(&our.tx, &their.unsigned_tx);
            prop_assert_eq!(Some(&our.spends), their.inputs[0].witness_utxo.as_ref());
            prop_assert_eq!(Some(&our.pays), theirs.ark_tx.inputs[input].witness_utxo.as_ref());
            prop_assert_eq!(Some(&our.leaf), their.inputs[0].witness_script.as_ref());
            prop_assert_eq!(our.sighash(), Ok(checkpoint_sighash(their)));
            let (control_block, leaf) = theirs.ark_tx.inputs[input].tap_scripts.first_key_value().unwrap();
            let script = LeafPair::checkpoint(our.leaf.clone(), plan.terms.checkpoint_tapscript.clone());
            prop_assert_eq!(&script.control_block(), control_block);
            prop_assert_eq!(script.collaborative(), &leaf.0);
            let place = u32::try_from(input).unwrap();
            prop_assert_eq!(ours.ark_sighash(input), Ok(ark_sighash(&mut theirs.ark_tx, place)));
        }
        prop_assert!(ours.ark_sighash(ours.checkpoints.len()).is_err());
    }

    #[test]
    fn proofs_are_those_of_ark_core(plan in plan(), expire_at: u64) {
        let all: Vec<u32> = (0..).zip(&plan.inputs).map(|(input, _)| input).collect();
        let (theirs, sighashes) = plan.recovery(&all, IntentMessage::GetPendingTx { expire_at });
        let proof = Psbt::deserialize(&STANDARD.decode(theirs.proof).unwrap()).unwrap();
        prop_assert_eq!(&theirs.message, &message(expire_at));
        let ours = Proof::new(&theirs.message, &inputs(&plan)).unwrap();
        prop_assert_eq!(&ours.tx, &proof.unsigned_tx);
        for (our, their) in ours.spends.iter().zip(&proof.inputs) {
            prop_assert_eq!(Some(our), their.witness_utxo.as_ref());
        }
        prop_assert_eq!(ours.sighashes(), Ok(sighashes));
    }
}

#[test]
fn nothing_is_proven_over_nothing() {
    assert_eq!(Proof::new(&message(1), &[]), None);
}
