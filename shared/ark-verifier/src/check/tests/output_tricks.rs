//! Other outputs than those of the order.

use alloc::vec;
use alloc::vec::Vec;

use bitcoin::Psbt;

use super::gateway::{address, note};
use super::scene::{ALICE, BOB, BOBS_OWNER, CAROL, MALLORY, binding, coin, consolidate, pay, sat, split, transfer};
use super::trick::Case;
use super::trick::Trick::{Ark, Plan};
use super::trick::refused_first;
use crate::check::{OutputFault, Refusal, Role};

fn amount(output: u32, role: Role, expected: u64, found: u64) -> Refusal {
    Refusal::Output {
        output,
        role,
        fault: OutputFault::Amount {
            expected: sat(expected),
            found: sat(found),
        },
    }
}

fn somebody_else(output: u32, role: Role) -> Refusal {
    Refusal::Output {
        output,
        role,
        fault: OutputFault::Script,
    }
}

fn missing(output: u32, role: Role) -> Refusal {
    Refusal::Output {
        output,
        role,
        fault: OutputFault::Missing,
    }
}

fn remove(psbt: &mut Psbt, output: usize) {
    psbt.unsigned_tx.output.remove(output);
    psbt.outputs.remove(output);
}

#[test]
fn a_transfer_of_something_else_is_refused() {
    let cases: Vec<Case> = vec![
        (
            "less to a receiver",
            Plan(|it| {
                it.plan.outputs[0].amount = sat(69_999);
                it.plan.outputs[3].amount = sat(34_501);
            }),
            amount(0, Role::Ordered, 70_000, 69_999),
        ),
        (
            "more to a receiver",
            Plan(|it| {
                it.plan.outputs[1].amount = sat(6_000);
                it.plan.outputs[3].amount = sat(33_500);
            }),
            amount(1, Role::Ordered, 5_000, 6_000),
        ),
        (
            "Mallory instead of an address",
            Plan(|it| it.plan.outputs[0].to = address(MALLORY)),
            somebody_else(0, Role::Ordered),
        ),
        (
            "Mallory instead of a key",
            Plan(|it| it.plan.outputs[1].to = address(MALLORY)),
            somebody_else(1, Role::Ordered),
        ),
        (
            "Mallory's binding for a key",
            Plan(|it| {
                it.plan.outputs[1].to = address(MALLORY);
                it.plan.bindings = vec![binding(MALLORY, MALLORY)];
            }),
            somebody_else(1, Role::Ordered),
        ),
        (
            "a key's default address although it is bound",
            Plan(|it| {
                it.plan.bindings = vec![binding(CAROL, BOBS_OWNER)];
            }),
            somebody_else(1, Role::Ordered),
        ),
        (
            "receivers out of order",
            Plan(|it| it.plan.outputs.swap(0, 1)),
            somebody_else(0, Role::Ordered),
        ),
        (
            "a receiver less",
            Plan(|it| {
                it.plan.outputs.remove(1);
                it.plan.outputs[2].amount = sat(39_500);
            }),
            somebody_else(1, Role::Ordered),
        ),
        (
            "a receiver who cannot spend",
            Ark(|it| {
                it.unsigned_tx.output[0].script_pubkey = address(BOB).sub_dust_script_pubkey();
            }),
            somebody_else(0, Role::Ordered),
        ),
        (
            "no outputs but the end",
            Ark(|it| {
                for _ in 0..4 {
                    remove(it, 0);
                }
            }),
            missing(0, Role::Ordered),
        ),
        (
            "no fee",
            Plan(|it| {
                it.plan.outputs.remove(2);
                it.plan.outputs[2].amount = sat(35_000);
            }),
            somebody_else(2, Role::Fee),
        ),
        (
            "a higher fee",
            Plan(|it| {
                it.plan.outputs[2].amount = sat(1_500);
                it.plan.outputs[3].amount = sat(33_500);
            }),
            amount(2, Role::Fee, 500, 1_500),
        ),
        (
            "a fee to Mallory",
            Plan(|it| it.plan.outputs[2].to = address(MALLORY)),
            somebody_else(2, Role::Fee),
        ),
        (
            "a fee before the receivers",
            Plan(|it| it.plan.outputs.rotate_right(2)),
            somebody_else(0, Role::Ordered),
        ),
        ("no change", Ark(|it| remove(it, 3)), missing(3, Role::Change)),
        (
            "less change",
            Ark(|it| it.unsigned_tx.output[3].value = sat(34_499)),
            amount(3, Role::Change, 34_500, 34_499),
        ),
        (
            "change to Mallory",
            Plan(|it| it.plan.outputs[3].to = address(MALLORY)),
            somebody_else(3, Role::Change),
        ),
        (
            "change that cannot be spent",
            Ark(|it| {
                it.unsigned_tx.output[3].script_pubkey = address(ALICE).sub_dust_script_pubkey();
            }),
            somebody_else(3, Role::Change),
        ),
        (
            "change in two parts",
            Plan(|it| {
                it.plan.outputs[3].amount = sat(30_000);
                it.plan.outputs.push(pay(ALICE, 4_500));
            }),
            amount(3, Role::Change, 34_500, 30_000),
        ),
        (
            "a part of the change to Mallory",
            Plan(|it| {
                it.plan.outputs[3].amount = sat(30_000);
                it.plan.outputs.push(pay(MALLORY, 4_500));
            }),
            amount(3, Role::Change, 34_500, 30_000),
        ),
        (
            "one more VTXO for Mallory",
            Plan(|it| {
                it.plan.inputs.push(super::gateway::Spend {
                    owner: ALICE,
                    coin: coin(40, 77_000, &[]),
                });
                it.plan.outputs.push(pay(MALLORY, 77_000));
            }),
            amount(3, Role::Change, 111_500, 34_500),
        ),
        (
            "change below dust",
            Plan(|it| {
                it.coins[1].amount = sat(15_829);
                it.plan.inputs[1].coin.amount = sat(15_829);
                it.plan.outputs[3].amount = sat(329);
            }),
            Refusal::ChangeBelowDust { amount: sat(329) },
        ),
        (
            "an output for nobody",
            Ark(|it| {
                it.unsigned_tx.output.insert(4, note(b"whatever"));
                it.outputs.insert(4, bitcoin::psbt::Output::default());
            }),
            Refusal::ExtraOutput { output: 4 },
        ),
        (
            "value made up",
            Ark(|it| {
                let mut extra = it.unsigned_tx.output[3].clone();
                extra.value = sat(1);
                it.unsigned_tx.output.insert(4, extra);
                it.outputs.insert(4, bitcoin::psbt::Output::default());
            }),
            Refusal::ExtraOutput { output: 4 },
        ),
        (
            "too little to pay with",
            Plan(|it| {
                it.coins[1].amount = sat(1_000);
                it.plan.inputs[1].coin.amount = sat(1_000);
                it.plan.outputs.truncate(1);
                it.plan.outputs[0].amount = sat(61_000);
            }),
            Refusal::InputsShort {
                needed: sat(75_500),
                found: sat(61_000),
            },
        ),
    ];
    refused_first(&transfer(), &cases);
}

#[test]
fn a_split_into_something_else_is_refused() {
    let cases: Vec<Case> = vec![
        (
            "a part to Mallory",
            Plan(|it| it.plan.outputs[1].to = address(MALLORY)),
            somebody_else(1, Role::Ordered),
        ),
        (
            "another part",
            Plan(|it| {
                it.plan.outputs[0].amount = sat(31_000);
                it.plan.outputs[1].amount = sat(19_000);
            }),
            amount(0, Role::Ordered, 30_000, 31_000),
        ),
        (
            "the rest to Mallory",
            Plan(|it| it.plan.outputs[3].to = address(MALLORY)),
            somebody_else(3, Role::Change),
        ),
        (
            "a part less",
            Plan(|it| {
                it.plan.outputs.remove(1);
                it.plan.outputs[2].amount = sat(69_500);
            }),
            somebody_else(1, Role::Ordered),
        ),
    ];
    refused_first(&split(), &cases);
}

#[test]
fn a_consolidation_into_something_else_is_refused() {
    let cases: Vec<Case> = vec![
        (
            "all to Mallory",
            Plan(|it| it.plan.outputs[0].to = address(MALLORY)),
            somebody_else(0, Role::Ordered),
        ),
        (
            "two VTXOs",
            Plan(|it| {
                it.plan.outputs[0].amount = sat(5_000);
                it.plan.outputs.push(pay(ALICE, 500));
            }),
            amount(0, Role::Ordered, 5_500, 5_000),
        ),
        (
            "an output for nobody",
            Ark(|it| {
                it.unsigned_tx.output.insert(2, note(b"whatever"));
                it.outputs.insert(2, bitcoin::psbt::Output::default());
            }),
            Refusal::ExtraOutput { output: 2 },
        ),
        ("no fee", Ark(|it| remove(it, 1)), missing(1, Role::Fee)),
        (
            "the fee first",
            Plan(|it| it.plan.outputs.reverse()),
            somebody_else(0, Role::Ordered),
        ),
        (
            "all for the fee",
            Plan(|it| {
                it.plan.outputs[0].amount = sat(500);
                it.plan.outputs[1].amount = sat(5_500);
            }),
            amount(0, Role::Ordered, 5_500, 500),
        ),
        (
            "nothing but dust left",
            Plan(|it| {
                for amount in [300, 200, 329] {
                    let at = it
                        .coins
                        .iter()
                        .position(|coin| coin.amount > sat(999) && coin.amount < sat(5_000))
                        .unwrap();
                    it.coins[at].amount = sat(amount);
                    it.plan.inputs[at].coin.amount = sat(amount);
                }
                it.plan.outputs[0].amount = sat(329);
            }),
            Refusal::ChangeBelowDust { amount: sat(329) },
        ),
    ];
    refused_first(&consolidate(), &cases);
}
