//! From plans to transactions that Bitcoin Core accepts, and that the wallets' own code would have built.

use bitcoin::{Amount, OutPoint, Sequence};
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::packet::Extension;
use nanoark_ark_verifier::script::{LeafPair, anchor, payment};
use nanoark_ark_verifier::transaction::{Input, Transactions};
use proptest::prelude::*;

use crate::assets::AssetError;
use crate::building::{BuildError, CoinInput, Unsigned};
use crate::cosigned::check_operator_signed;
use crate::info::OperatorInfo;
use crate::signing::{
    checkpoint_sighashes, insert_ark_signatures, insert_checkpoint_signatures, sighashes, verify_ark_signature,
    verify_checkpoint_signature,
};
use crate::tests::engine;
use crate::tests::operator::{Operator, raw_info};
use crate::tests::plan::Plan;
use crate::tests::wallet::Wallet;

/// The input as the wallets' code has it.
pub(crate) fn theirs(coin: &CoinInput) -> Input {
    let script = LeafPair::vtxo(coin.signer, coin.owner, coin.exit_delay.to_consensus_u32());
    Input {
        outpoint: coin.outpoint,
        amount: coin.amount,
        script_pubkey: script.script_pubkey(),
        leaf: script.collaborative().clone(),
    }
}

fn extension(unsigned: &Unsigned) -> Extension {
    let outputs = &unsigned.ark_tx.unsigned_tx.output;
    Extension::parse(&outputs[outputs.len() - 2].script_pubkey).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_built_and_signed_is_valid(seed: u64, inputs in 1_usize..=10, outputs in 1_usize..=10) {
        let plan = Plan::seeded(seed, inputs, outputs);
        let unsigned = plan.build();

        // The way of every ceremony.
        let first = plan.sign_ark(&unsigned.ark_tx);
        for (input, owner, signature) in &first {
            prop_assert_eq!(verify_ark_signature(&unsigned.ark_tx, *input, *owner, signature), Ok(()));
        }
        let signed = Unsigned {
            ark_tx: insert_ark_signatures(&unsigned.ark_tx, &first).unwrap(),
            checkpoints: unsigned.checkpoints.clone(),
        };
        let co_signed = check_operator_signed(&signed, &plan.operator.co_sign(&signed)).unwrap();
        let second = plan.sign_checkpoints(&co_signed.checkpoints);
        for (input, owner, signature) in &second {
            let verified = verify_checkpoint_signature(&unsigned.checkpoints, *input, *owner, signature);
            prop_assert_eq!(verified, Ok(()));
        }
        let last = insert_checkpoint_signatures(&co_signed.checkpoints, &second).unwrap();

        prop_assert_eq!(co_signed.ark_tx.unsigned_tx.compute_txid(), unsigned.ark_txid());
        prop_assert!(engine::accepts(&co_signed.ark_tx));
        prop_assert!(last.iter().all(engine::accepts));
    }

    #[test]
    fn wallets_build_the_same(seed: u64, inputs in 1_usize..=10, outputs in 1_usize..=10) {
        let plan = Plan::seeded(seed, inputs, outputs);
        let unsigned = plan.build();
        let paid = plan
            .outputs
            .iter()
            .map(|output| payment(&output.address, output.amount, plan.info.dust()))
            .collect();
        let spent: Vec<_> = plan.inputs.iter().map(theirs).collect();
        let anew = Transactions::new(&spent, paid, &extension(&unsigned), &plan.info.terms());

        prop_assert_eq!(&anew.ark_tx, &unsigned.ark_tx.unsigned_tx);
        let checkpoints = unsigned.checkpoints.iter().map(|psbt| &psbt.unsigned_tx);
        prop_assert!(anew.checkpoints.iter().map(|checkpoint| &checkpoint.tx).eq(checkpoints));
        let asked = sighashes(&unsigned.ark_tx).unwrap();
        let asked_of_checkpoints = checkpoint_sighashes(&unsigned.checkpoints).unwrap();
        for place in 0..inputs {
            prop_assert_eq!(anew.ark_sighash(place).unwrap(), asked[place]);
            prop_assert_eq!(anew.checkpoints[place].sighash().unwrap(), asked_of_checkpoints[place]);
        }
    }

    #[test]
    fn the_extension_names_intents_and_assets(seed: u64, inputs in 1_usize..=10, outputs in 1_usize..=10) {
        let plan = Plan::seeded(seed, inputs, outputs);
        let extension = extension(&plan.build());
        prop_assert_eq!(&extension.intents, &plan.intents);
        let mut told: Vec<(AssetId, u16, u64)> = Vec::new();
        for group in extension.assets.iter().flat_map(|packet| &packet.groups) {
            told.extend(group.outputs.iter().map(|entry| (group.asset, entry.index, entry.amount)));
        }
        let mut wanted: Vec<_> = (0_u16..)
            .zip(&plan.outputs)
            .flat_map(|(index, output)| output.assets.iter().map(move |held| (held.asset_id, index, held.amount)))
            .collect();
        wanted.sort_unstable();
        prop_assert_eq!(told, wanted);
    }
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let (one, two) = (Plan::seeded(7, 4, 3).build(), Plan::seeded(7, 4, 3).build());
    assert_eq!(one, two);
    assert_ne!(one.ark_txid(), Plan::seeded(8, 4, 3).build().ark_txid());
}

#[test]
fn outputs_stand_in_their_order_before_extension_and_anchor() {
    let plan = Plan::seeded(3, 2, 4);
    let unsigned = plan.build();
    let outputs = &unsigned.ark_tx.unsigned_tx.output;
    assert_eq!(outputs.len(), 6);
    for (made, wanted) in outputs.iter().zip(&plan.outputs) {
        assert_eq!(made.value, wanted.amount);
        assert_eq!(made.script_pubkey, wanted.address.script_pubkey());
    }
    assert!(outputs[4].script_pubkey.is_op_return());
    assert_eq!(outputs[5], anchor());
    assert_eq!(unsigned.ark_tx.outputs.len(), outputs.len());
}

#[test]
fn without_intents_and_assets_there_is_no_extension() {
    let mut plan = Plan::seeded(3, 1, 1);
    plan.intents.clear();
    plan.inputs[0].assets.clear();
    plan.outputs[0].assets.clear();
    let outputs = plan.build().ark_tx.unsigned_tx.output;
    assert_eq!(outputs.len(), 2);
    assert_eq!(outputs[1], anchor());
}

#[test]
fn refuses_what_the_operator_would_refuse() {
    type Change = fn(&mut Plan);
    let foreign = BuildError::ForeignAddress { output: 1 };
    let asset = AssetId::from_bytes([9; 34]);
    let cases: [(Change, BuildError); 14] = [
        (|plan| plan.inputs.clear(), BuildError::Empty),
        (
            |plan| {
                let all: Amount = plan.outputs.drain(..).map(|output| output.amount).sum();
                assert!(all > Amount::ZERO);
            },
            BuildError::Unbalanced {
                spent: Amount::from_sat(60_000),
                received: Amount::ZERO,
            },
        ),
        (
            |plan| plan.inputs[2].outpoint = plan.inputs[0].outpoint,
            BuildError::DuplicateInput { input: 2 },
        ),
        (
            |plan| plan.inputs[1].signer = Wallet::new(99).key(),
            BuildError::UnknownSigner { input: 1 },
        ),
        (
            |plan| plan.inputs[1].exit_delay = Sequence::MAX,
            BuildError::ExitDelay { input: 1 },
        ),
        (
            |plan| {
                let address = plan.outputs[1].address;
                plan.outputs[1].address =
                    ArkAddress::new(Network::Regtest, Wallet::new(99).key(), address.output_key());
            },
            foreign.clone(),
        ),
        (
            |plan| {
                let address = plan.outputs[1].address;
                plan.outputs[1].address = ArkAddress::new(Network::Bitcoin, address.operator(), address.output_key());
            },
            foreign,
        ),
        (
            |plan| plan.outputs[0].amount = Amount::from_sat(329),
            BuildError::BelowMinimum {
                output: 0,
                minimum: Amount::from_sat(330),
            },
        ),
        (
            |plan| {
                let mut raw = plan.info.raw().clone();
                raw.vtxo_max_amount = Some(Amount::from_sat(19_999));
                plan.info = OperatorInfo::new(raw);
            },
            BuildError::AboveMaximum {
                output: 0,
                maximum: Amount::from_sat(19_999),
            },
        ),
        (
            |plan| plan.outputs[0].amount += Amount::ONE_SAT,
            BuildError::Unbalanced {
                spent: Amount::from_sat(60_000),
                received: Amount::from_sat(60_001),
            },
        ),
        (
            |plan| plan.inputs[0].amount -= Amount::ONE_SAT,
            BuildError::Unbalanced {
                spent: Amount::from_sat(59_999),
                received: Amount::from_sat(60_000),
            },
        ),
        (
            |plan| plan.outputs[0].amount = Amount::MAX_MONEY + Amount::ONE_SAT,
            BuildError::Overflow,
        ),
        (
            |plan| {
                plan.outputs[0].assets.push(AssetAmount {
                    asset_id: AssetId::from_bytes([9; 34]),
                    amount: 1,
                });
            },
            BuildError::Assets(AssetError::Unbalanced {
                asset,
                spent: 0,
                received: 1,
            }),
        ),
        (
            |plan| {
                plan.inputs = (0..11)
                    .map(|vout| CoinInput {
                        outpoint: OutPoint {
                            vout,
                            ..plan.inputs[0].outpoint
                        },
                        ..plan.inputs[0].clone()
                    })
                    .collect();
            },
            BuildError::TooManyInputs,
        ),
    ];
    for (place, (change, expected)) in cases.into_iter().enumerate() {
        let mut plan = Plan::seeded(1, 3, 3);
        for input in &mut plan.inputs {
            input.amount = Amount::from_sat(20_000);
            input.assets.clear();
        }
        for output in &mut plan.outputs {
            output.amount = Amount::from_sat(20_000);
            output.assets.clear();
        }
        assert!(plan.try_build().is_ok());
        change(&mut plan);
        assert_eq!(plan.try_build(), Err(expected), "case {place}");
    }
}

#[test]
fn refuses_what_weighs_too_much() {
    let weight = |limit| {
        let mut plan = Plan::seeded(5, 10, 10);
        let mut raw = raw_info(&Operator::rotated(1, 2));
        raw.max_tx_weight = limit;
        plan.info = OperatorInfo::new(raw);
        plan.try_build().map(|_| ())
    };
    assert_eq!(weight(40_000), Ok(()));
    assert_eq!(weight(0), Ok(()));
    let Err(BuildError::TooHeavy {
        weight: needed,
        limit: 1,
    }) = weight(1)
    else {
        panic!("a transaction weighs something");
    };
    let needed_signed = i64::try_from(needed).unwrap();
    assert_eq!(weight(needed_signed), Ok(()));
    assert_eq!(
        weight(needed_signed - 1),
        Err(BuildError::TooHeavy {
            weight: needed,
            limit: needed - 1
        })
    );
}
