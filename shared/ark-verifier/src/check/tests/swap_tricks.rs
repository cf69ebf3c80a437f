//! Other outputs than those of a swap.

use alloc::vec;
use alloc::vec::Vec;

use super::gateway::address;
use super::scene::{BOB, BOBS_OWNER, MALLORY, pay, sat, swap};
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

#[test]
fn a_swap_of_something_else_is_refused() {
    let cases: Vec<Case> = vec![
        (
            "less for this wallet",
            Plan(|it| {
                it.plan.outputs[1].amount = sat(24_000);
                it.plan.outputs[4].amount = sat(5_500);
            }),
            amount(1, Role::Ordered, 25_000, 24_000),
        ),
        (
            "this wallet's gain to Mallory",
            Plan(|it| it.plan.outputs[1].to = address(MALLORY)),
            somebody_else(1, Role::Ordered),
        ),
        (
            "more from this wallet",
            Plan(|it| {
                it.plan.outputs[0].amount = sat(41_000);
                it.plan.outputs[3].amount = sat(18_500);
            }),
            amount(0, Role::Ordered, 40_000, 41_000),
        ),
        (
            "the other's gain to Mallory",
            Plan(|it| it.plan.outputs[0].to = address(MALLORY)),
            somebody_else(0, Role::Ordered),
        ),
        (
            "the other's default address although he is bound",
            Plan(|it| it.plan.outputs[0].to = address(BOB)),
            somebody_else(0, Role::Ordered),
        ),
        (
            "an address that is not bound",
            Plan(|it| it.plan.bindings.clear()),
            somebody_else(0, Role::Ordered),
        ),
        (
            "one fee of two",
            Plan(|it| {
                it.plan.outputs[2].amount = sat(500);
                it.plan.outputs[4].amount = sat(5_000);
            }),
            amount(2, Role::Fee, 1_000, 500),
        ),
        (
            "the other's fee from this wallet",
            Plan(|it| {
                it.plan.outputs[3].amount = sat(19_000);
                it.plan.outputs[4].amount = sat(5_000);
            }),
            amount(3, Role::Change, 19_500, 19_000),
        ),
        (
            "this wallet's change to the other",
            Plan(|it| it.plan.outputs[3].to = address(BOBS_OWNER)),
            somebody_else(3, Role::Change),
        ),
        (
            "the other's change in two parts",
            Plan(|it| {
                it.plan.outputs[4].amount = sat(3_000);
                it.plan.outputs.push(pay(MALLORY, 1_500));
            }),
            Refusal::ExtraOutput { output: 5 },
        ),
        (
            "value made up",
            Ark(|it| it.unsigned_tx.output[4].value = sat(4_501)),
            Refusal::Unbalanced {
                spent: sat(90_000),
                received: sat(90_001),
            },
        ),
        (
            "value lost",
            Ark(|it| it.unsigned_tx.output[4].value = sat(1)),
            Refusal::Unbalanced {
                spent: sat(90_000),
                received: sat(85_501),
            },
        ),
        (
            "this wallet's part paid by the other",
            Plan(|it| {
                it.coins[0].amount = sat(30_000);
                it.plan.inputs[0].coin.amount = sat(30_000);
                it.plan.inputs[1].coin.amount = sat(60_000);
            }),
            Refusal::InputsShort {
                needed: sat(40_500),
                found: sat(30_000),
            },
        ),
    ];
    refused_first(&swap(), &cases);
}
