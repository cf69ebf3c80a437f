//! Assets that go elsewhere.

use alloc::vec;
use alloc::vec::Vec;

use bitcoin::{Psbt, ScriptBuf};

use super::scene::{asset_transfer, consolidate, gold, silver, swap, transfer};
use super::trick::Case;
use super::trick::Trick::{Ark, Plan};
use super::trick::refused_first;
use crate::asset::AssetId;
use crate::check::Refusal;
use crate::intent::Action;
use crate::packet::{AssetEntry, AssetGroup, Extension, InvalidExtension};

fn the_gold() -> AssetId {
    gold(0).asset_id
}

fn the_silver() -> AssetId {
    silver(0).asset_id
}

/// Changes where assets go, in the transaction itself.
fn route(psbt: &mut Psbt, edit: impl FnOnce(&mut Vec<AssetGroup>)) {
    let at = psbt.unsigned_tx.output.len().saturating_sub(2);
    let mut extension = Extension::parse(&psbt.unsigned_tx.output[at].script_pubkey).unwrap();
    edit(&mut extension.assets.as_mut().unwrap().groups);
    psbt.unsigned_tx.output[at].script_pubkey = extension.to_script();
}

fn of(groups: &mut [AssetGroup], asset: AssetId) -> &mut AssetGroup {
    groups.iter_mut().find(|group| group.asset == asset).unwrap()
}

fn forget(psbt: &mut Psbt) {
    let at = psbt.unsigned_tx.output.len().saturating_sub(2);
    let mut extension = Extension::parse(&psbt.unsigned_tx.output[at].script_pubkey).unwrap();
    extension.assets = None;
    psbt.unsigned_tx.output[at].script_pubkey = extension.to_script();
}

fn output(output: u16, asset: AssetId) -> Refusal {
    Refusal::AssetOutput { output, asset }
}

fn input(input: u16, asset: AssetId) -> Refusal {
    Refusal::AssetInput { input, asset }
}

#[test]
fn assets_that_go_elsewhere_are_refused() {
    let repeated = Refusal::AssetRepeated { asset: the_gold() };
    let cases: Vec<Case> = vec![
        (
            "less to the receiver",
            Plan(|it| {
                it.plan.outputs[0].assets = vec![gold(200)];
                it.plan.outputs[2].assets = vec![gold(800), silver(7)];
            }),
            output(0, the_gold()),
        ),
        (
            "more to the receiver",
            Plan(|it| {
                it.plan.outputs[0].assets = vec![gold(301)];
                it.plan.outputs[2].assets = vec![gold(699), silver(7)];
            }),
            output(0, the_gold()),
        ),
        (
            "another asset besides",
            Plan(|it| {
                it.plan.outputs[0].assets = vec![gold(300), silver(7)];
                it.plan.outputs[2].assets = vec![gold(700)];
            }),
            output(0, the_silver()),
        ),
        (
            "some to the gateway",
            Plan(|it| {
                it.plan.outputs[1].assets = vec![gold(10)];
                it.plan.outputs[2].assets = vec![gold(690), silver(7)];
            }),
            output(2, the_gold()),
        ),
        (
            "all silver to the gateway",
            Plan(|it| {
                it.plan.outputs[1].assets = vec![silver(7)];
                it.plan.outputs[2].assets = vec![gold(700)];
            }),
            output(2, the_silver()),
        ),
        ("no word of them", Ark(forget), Refusal::AssetPacketMissing),
        (
            "no word of silver",
            Ark(|it| {
                route(it, |groups| {
                    groups.retain(|group| group.asset == the_gold());
                });
            }),
            input(1, the_silver()),
        ),
        (
            "gold made up",
            Plan(|it| {
                it.plan.inputs[0].coin.assets = vec![gold(1_250)];
                it.plan.outputs[2].assets = vec![gold(1_700), silver(7)];
            }),
            input(0, the_gold()),
        ),
        (
            "gold from another input",
            Ark(|it| {
                route(it, |groups| {
                    of(groups, the_gold()).inputs = vec![AssetEntry {
                        index: 1,
                        amount: 1_000,
                    }];
                });
            }),
            input(0, the_gold()),
        ),
        (
            "an input that is none",
            Ark(|it| {
                route(it, |groups| {
                    of(groups, the_gold()).inputs[0].index = 2;
                });
            }),
            Refusal::NoSuchInput { input: 2 },
        ),
        (
            "gold destroyed",
            Ark(|it| {
                route(it, |groups| {
                    of(groups, the_gold()).outputs.truncate(1);
                });
            }),
            Refusal::AssetUnbalanced { asset: the_gold() },
        ),
        (
            "silver multiplied",
            Ark(|it| {
                route(it, |groups| {
                    of(groups, the_silver()).outputs[0].amount = 8;
                });
            }),
            Refusal::AssetUnbalanced { asset: the_silver() },
        ),
        (
            "gold to the anchor",
            Ark(|it| {
                route(it, |groups| {
                    of(groups, the_gold()).outputs[1].index = 4;
                });
            }),
            output(2, the_gold()),
        ),
        (
            "gold said twice",
            Ark(|it| {
                route(it, |groups| {
                    let again = groups[0].clone();
                    groups.push(again);
                });
            }),
            Refusal::AssetRepeated { asset: the_silver() },
        ),
        (
            "an output twice",
            Ark(|it| {
                route(it, |groups| {
                    let group = of(groups, the_gold());
                    group.outputs = vec![
                        AssetEntry { index: 0, amount: 300 },
                        AssetEntry { index: 2, amount: 600 },
                        AssetEntry { index: 2, amount: 100 },
                    ];
                });
            }),
            repeated.clone(),
        ),
        (
            "an entry of nothing",
            Ark(|it| {
                route(it, |groups| {
                    of(groups, the_gold()).outputs.push(AssetEntry { index: 1, amount: 0 });
                });
            }),
            repeated,
        ),
        (
            "units beyond all numbers",
            Ark(|it| {
                route(it, |groups| {
                    of(groups, the_gold()).outputs[0].amount = u64::MAX;
                });
            }),
            Refusal::Overflow,
        ),
        (
            "an issuance",
            Ark(|it| {
                let at = it.unsigned_tx.output.len().saturating_sub(2);
                it.unsigned_tx.output[at].script_pubkey = ScriptBuf::new_op_return(b"ARK\x00\x04\x01\x00\x00\x00");
            }),
            Refusal::Extension(InvalidExtension::AssetGroup),
        ),
    ];
    refused_first(&asset_transfer(), &cases);
}

#[test]
fn assets_that_happen_to_be_on_a_coin_are_not_lost() {
    let cases: Vec<Case> = vec![
        (
            "silver to the gateway",
            Plan(|it| {
                it.plan.outputs[1].assets = vec![silver(9)];
                it.plan.outputs[0].assets.clear();
            }),
            output(0, the_silver()),
        ),
        ("no word of silver", Ark(forget), Refusal::AssetPacketMissing),
    ];
    refused_first(&consolidate(), &cases);

    let cases: Vec<Case> = vec![
        (
            "silver without change",
            Plan(|it| {
                it.coins[1].amount = bitcoin::Amount::from_sat(15_500);
                it.coins[1].assets = vec![silver(1)];
                it.plan.inputs[1].coin.amount = bitcoin::Amount::from_sat(15_500);
                it.plan.outputs.truncate(3);
            }),
            Refusal::AssetLost { asset: the_silver() },
        ),
        (
            "silver that the gateway keeps quiet about",
            Plan(|it| {
                it.coins[1].assets = vec![silver(1)];
            }),
            Refusal::AssetPacketMissing,
        ),
    ];
    refused_first(&transfer(), &cases);
}

#[test]
fn a_swap_of_other_assets_is_refused() {
    let cases: Vec<Case> = vec![
        (
            "less for this wallet",
            Plan(|it| {
                it.plan.outputs[1].assets = vec![gold(299)];
                it.plan.outputs[4].assets = vec![gold(701)];
            }),
            output(1, the_gold()),
        ),
        (
            "gold to the other instead",
            Plan(|it| {
                it.plan.outputs[1].assets.clear();
                it.plan.outputs[4].assets = vec![gold(1_000)];
            }),
            output(1, the_gold()),
        ),
        (
            "this wallet's silver to the other",
            Plan(|it| {
                it.plan.outputs[3].assets.clear();
                it.plan.outputs[4].assets = vec![gold(700), silver(3)];
            }),
            output(3, the_silver()),
        ),
        (
            "this wallet's silver with the leg",
            Plan(|it| {
                it.plan.outputs[3].assets.clear();
                it.plan.outputs[0].assets = vec![silver(3)];
            }),
            output(0, the_silver()),
        ),
        (
            "the other's gold to the gateway",
            Plan(|it| {
                it.plan.outputs[2].assets = vec![gold(100)];
                it.plan.outputs[4].assets = vec![gold(600)];
            }),
            Refusal::AssetMisrouted {
                output: 2,
                asset: the_gold(),
            },
        ),
        (
            "gold that this wallet does not have",
            Plan(|it| {
                if let Action::Swap(swap) = &mut it.intent.action {
                    swap.legs[0].assets = vec![gold(5)];
                }
                it.plan.outputs[0].assets = vec![gold(5)];
                it.plan.outputs[4].assets = vec![gold(695)];
            }),
            Refusal::AssetShort { asset: the_gold() },
        ),
        ("no word of assets", Ark(forget), Refusal::AssetPacketMissing),
    ];
    refused_first(&swap(), &cases);
}
