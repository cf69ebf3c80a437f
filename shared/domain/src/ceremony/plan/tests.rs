use std::collections::BTreeSet;

use bitcoin::{Amount, OutPoint};
use nanoark_ark_verifier::intent::{Destination, Intent};
use proptest::prelude::*;

use super::{Addresses, Bounds, OutputRole, Plan, PlanRefusal};
use crate::ceremony::order::samples::{
    FEE, Units, address, coin, consolidate, key, named, outpoint, quote, sat, send_assets, split, swap, to, transfer,
    units,
};
use crate::ceremony::{Coin, FailureCode, Order, SelectionRefusal};

const BOUNDS: Bounds = Bounds {
    minimum_output: Amount::from_sat(330),
    maximum_output: None,
    max_inputs: 10,
};

/// The order of parties who have all signed this, and addresses: key `n` lives at address `50 + n`.
fn order(parties: &[u8], intent: &Intent) -> (Order, Addresses) {
    let intents: Vec<_> = parties.iter().map(|party| (key(*party), intent)).collect();
    let order = Order::read(&intents, &quote()).unwrap();
    let addresses = Addresses {
        homes: (1..=6)
            .zip(51..)
            .map(|(party, home)| (key(party), address(home)))
            .collect(),
        owners: parties.iter().map(|party| key(*party)).collect(),
    };
    (order, addresses)
}

fn make(parties: &[u8], intent: &Intent, coins: &[Vec<Coin>]) -> Result<Plan, PlanRefusal> {
    let (order, addresses) = order(parties, intent);
    Plan::make(&order, &addresses, coins, &BOUNDS)
}

/// An output in short: role, number of the address, satoshi, assets.
type Short<'a> = (OutputRole, u8, u64, Units<'a>);

fn assert_plan(plan: &Plan, inputs: &[(usize, u32)], outputs: &[Short<'_>]) {
    let spent: Vec<(usize, OutPoint)> = plan
        .inputs
        .iter()
        .map(|input| (input.party, input.coin.outpoint))
        .collect();
    let expected: Vec<(usize, OutPoint)> = inputs
        .iter()
        .map(|(party, number)| (*party, outpoint(*number)))
        .collect();
    assert_eq!(spent, expected);
    assert_eq!(plan.outputs.len(), outputs.len(), "{:#?}", plan.outputs);
    for (output, (role, to, amount, assets)) in plan.outputs.iter().zip(outputs) {
        let assets: Vec<_> = assets.iter().map(|(asset, amount)| units(*asset, *amount)).collect();
        assert_eq!(
            (output.role, output.address, output.amount, &output.assets),
            (*role, address(*to), sat(*amount), &assets)
        );
    }
    assert!(plan.is_conserving());
}

use OutputRole::{Change, Fee, Ordered};

#[test]
fn a_transfer_pays_its_receivers_in_order_then_the_fee_then_the_change() {
    let intent = transfer(None, &[(to(9), 1_000), (Destination::Pubkey(key(2)), 700)]);
    let coins = [vec![
        coin(1, 1, 600, 9, &[]),
        coin(2, 1, 5_000, 5, &[]),
        coin(3, 1, 2_030, 7, &[]),
    ]];
    let outputs = [
        (Ordered, 9, 1_000, &[][..]),
        (Ordered, 52, 700, &[]),
        (Fee, 100, FEE, &[]),
    ];
    // One coin is just enough: nothing comes back.
    assert_plan(&make(&[1], &intent, &coins).unwrap(), &[(0, 3)], &outputs);
    // Named inputs are spent as they are named.
    let intent = transfer(named(&[2, 1]), &[(to(9), 1_000), (Destination::Pubkey(key(2)), 700)]);
    let with_change = [&outputs[..], &[(Change, 51, 3_570, &[])]].concat();
    assert_plan(&make(&[1], &intent, &coins).unwrap(), &[(0, 2), (0, 1)], &with_change);
}

#[test]
fn a_split_goes_back_to_its_author_with_what_is_left_over() {
    let plan = make(&[1], &split(None, &[1_000, 2_000]), &[vec![coin(1, 1, 9_000, 1, &[])]]).unwrap();
    let outputs = [
        (Ordered, 51, 1_000, &[][..]),
        (Ordered, 51, 2_000, &[]),
        (Fee, 100, FEE, &[]),
        (Change, 51, 5_670, &[]),
    ];
    assert_plan(&plan, &[(0, 1)], &outputs);
}

#[test]
fn a_consolidation_makes_one_of_the_smallest_with_all_their_assets() {
    let mut coins: Vec<Coin> = (1..=12)
        .map(|number| coin(number, 1, u64::from(13 - number) * 1_000, 1, &[]))
        .collect();
    coins[11].assets = vec![units(2, 4)];
    coins[10].assets = vec![units(1, 3), units(2, 5)];
    // From 1,000 to 10,000.
    let inputs: Vec<(usize, u32)> = (3..=12).rev().map(|number| (0, number)).collect();
    let outputs = [(Ordered, 51, 55_000 - FEE, &[(1, 3), (2, 9)][..]), (Fee, 100, FEE, &[])];
    assert_plan(
        &make(&[1], &consolidate(None), &[coins.clone()]).unwrap(),
        &inputs,
        &outputs,
    );

    let outputs = [(Ordered, 51, 23_000 - FEE, &[][..]), (Fee, 100, FEE, &[])];
    let plan = make(&[1], &consolidate(named(&[1, 2])), &[coins]).unwrap();
    assert_plan(&plan, &[(0, 1), (0, 2)], &outputs);
}

#[test]
fn sent_assets_ride_on_their_outputs_and_the_rest_on_the_change() {
    let intent = send_assets(&[(to(9), 330, &[(1, 5)]), (to(8), 400, &[(1, 1), (2, 2)])]);
    let coins = [vec![
        coin(1, 1, 2_000, 1, &[(1, 10), (3, 1)]),
        coin(2, 1, 330, 1, &[(2, 2)]),
    ]];
    let outputs = [
        (Ordered, 9, 330, &[(1, 5)][..]),
        (Ordered, 8, 400, &[(1, 1), (2, 2)]),
        (Fee, 100, FEE, &[]),
        (Change, 51, 1_270, &[(1, 4), (3, 1)]),
    ];
    let mut plan = make(&[1], &intent, &coins).unwrap();
    plan.inputs.sort_by_key(|input| input.coin.outpoint);
    assert_plan(&plan, &[(0, 1), (0, 2)], &outputs);
}

#[test]
fn a_swap_takes_from_each_party_what_it_gives_and_one_fee_output() {
    let intent = swap(&[(2, 1, 5_000, &[]), (1, 2, 330, &[(1, 7)])]);
    let coins = [
        vec![coin(1, 2, 9_000, 1, &[])],
        vec![coin(2, 1, 400, 1, &[(1, 7)]), coin(3, 1, 3_000, 1, &[(1, 1)])],
    ];
    let outputs = [
        (Ordered, 51, 5_000, &[][..]),
        (Ordered, 52, 330, &[(1, 7)]),
        (Fee, 100, 2 * FEE, &[]),
        (Change, 52, 3_670, &[]),
        (Change, 51, 2_740, &[(1, 1)]),
    ];
    let mut plan = make(&[2, 1], &intent, &coins).unwrap();
    assert_eq!((plan.owner_of(0), plan.owner_of(1)), (Some(key(2)), Some(key(1))));
    plan.inputs.sort_by_key(|input| (input.party, input.coin.outpoint));
    assert_plan(&plan, &[(0, 1), (1, 2), (1, 3)], &outputs);
}

#[test]
fn an_order_that_cannot_be_paid_is_refused_with_its_code() {
    let pay = |amount| transfer(None, &[(to(9), amount)]);
    let one = |amount| vec![vec![coin(1, 1, amount, 1, &[])]];
    type Row = (Intent, Vec<Vec<Coin>>, FailureCode, Vec<OutPoint>);
    let table: Vec<Row> = vec![
        (pay(1_000), one(1_329), FailureCode::InsufficientBalance, vec![]),
        (pay(1_000), vec![], FailureCode::InsufficientBalance, vec![]),
        // A coin of somebody else is none.
        (
            pay(1_000),
            vec![vec![coin(1, 2, 9_000, 1, &[])]],
            FailureCode::InsufficientBalance,
            vec![],
        ),
        (
            send_assets(&[(to(9), 330, &[(1, 5)])]),
            vec![vec![coin(1, 1, 9_000, 1, &[(1, 4)])]],
            FailureCode::InsufficientBalance,
            vec![],
        ),
        (consolidate(None), one(9_000), FailureCode::InsufficientBalance, vec![]),
        (
            consolidate(None),
            vec![vec![coin(1, 1, 100, 1, &[]), coin(2, 1, 200, 1, &[])]],
            FailureCode::InsufficientBalance,
            vec![],
        ),
        (
            transfer(named(&[1, 2, 3]), &[(to(9), 1_000)]),
            vec![vec![coin(1, 1, 9_000, 1, &[]), coin(3, 2, 9_000, 1, &[])]],
            FailureCode::InputNotOwned,
            vec![outpoint(2), outpoint(3)],
        ),
        (
            consolidate(named(&[7, 1])),
            one(9_000),
            FailureCode::InputNotOwned,
            vec![outpoint(7)],
        ),
        (pay(329), one(9_000), FailureCode::OutputOutOfBounds, vec![]),
        (pay(1_000), one(1_659), FailureCode::OutputOutOfBounds, vec![]),
        (
            consolidate(None),
            vec![vec![coin(1, 1, 330, 1, &[]), coin(2, 1, 329, 1, &[])]],
            FailureCode::OutputOutOfBounds,
            vec![],
        ),
        (
            consolidate(None),
            vec![vec![coin(1, 1, 165, 1, &[]), coin(2, 1, 165, 1, &[])]],
            FailureCode::OutputOutOfBounds,
            vec![],
        ),
        (
            pay(10_500),
            vec![(1..=12).map(|number| coin(number, 1, 1_000, 1, &[])).collect()],
            FailureCode::TooManyInputs,
            vec![],
        ),
    ];
    for (intent, coins, code, outpoints) in table {
        let failure = make(&[1], &intent, &coins).unwrap_err().failure();
        assert_eq!(
            (failure.code, failure.outpoints),
            (code, outpoints),
            "{}",
            failure.message
        );
    }
}

#[test]
fn no_output_is_above_the_maximum_either() {
    let coins = [vec![coin(1, 1, 9_000, 1, &[])]];
    let made = |amount, maximum| {
        let bounds = Bounds {
            maximum_output: Some(sat(maximum)),
            ..BOUNDS
        };
        let (order, addresses) = order(&[1], &transfer(None, &[(to(9), amount)]));
        Plan::make(&order, &addresses, &coins, &bounds).map(|plan| plan.outputs.len())
    };
    let refused = |role, amount, maximum| {
        Err(PlanRefusal::OutputOutOfBounds {
            role,
            amount: sat(amount),
            minimum: sat(330),
            maximum: Some(sat(maximum)),
        })
    };
    assert_eq!(made(4_000, 4_670), Ok(3));
    assert_eq!(made(4_000, 4_669), refused(Change, 4_670, 4_669));
    assert_eq!(made(5_000, 4_999), refused(Ordered, 5_000, 4_999));
    let message = made(5_000, 4_999).unwrap_err().failure().message;
    assert_eq!(
        message,
        "an output of 5000 satoshi is out of bounds: 330 at least, 4999 at most"
    );
}

#[test]
fn a_swap_that_fails_tells_nobody_what_another_holds() {
    let intent = swap(&[(1, 2, 5_000, &[]), (2, 1, 5_000, &[])]);
    let coins = [vec![coin(1, 1, 9_000, 1, &[])], vec![coin(2, 2, 1_234, 1, &[])]];
    let refusal = make(&[1, 2], &intent, &coins).unwrap_err();
    let insufficient = SelectionRefusal::Insufficient {
        available: sat(1_234),
        wanted: sat(5_330),
    };
    assert!(matches!(&refusal, PlanRefusal::Selection { party: 1, refusal, .. } if *refusal == insufficient));
    let failure = refusal.failure();
    assert_eq!(failure.code, FailureCode::InsufficientBalance);
    assert!(failure.message.starts_with("party 2 cannot pay"), "{}", failure.message);
    assert!(!failure.message.contains("1234") && failure.outpoints.is_empty());
}

#[test]
fn the_parties_of_a_swap_share_the_inputs_of_one_transaction() {
    let intent = swap(&[(1, 2, 5_000, &[]), (2, 1, 5_000, &[])]);
    let small = |owner: u8| -> Vec<Coin> {
        (0..10)
            .map(|number| coin(u32::from(owner) * 100 + number, owner, 1_000, 1, &[]))
            .collect()
    };
    let refusal = make(&[1, 2], &intent, &[small(1), small(2)]).unwrap_err();
    assert_eq!(refusal, PlanRefusal::TooManyInputs { needed: 12, most: 10 });
    assert_eq!(refusal.failure().code, FailureCode::TooManyInputs);
}

#[test]
fn nothing_is_spent_for_two_parties_at_once() {
    // Two Nostr keys that are bound to the same owner.
    let (order, mut addresses) = order(&[1, 2], &swap(&[(1, 2, 5_000, &[]), (2, 1, 5_000, &[])]));
    addresses.owners = vec![key(3), key(3)];
    let coins = vec![coin(1, 3, 9_000, 1, &[])];
    let refusal = Plan::make(&order, &addresses, &[coins.clone(), coins], &BOUNDS).unwrap_err();
    assert_eq!(refusal, PlanRefusal::SharedInput { outpoint: outpoint(1) });
    let failure = refusal.failure();
    assert_eq!(
        (failure.code, failure.outpoints),
        (FailureCode::BatchInvalid, vec![outpoint(1)])
    );
}

#[test]
fn a_key_without_an_address_gets_nothing() {
    let (order, mut addresses) = order(&[1], &transfer(None, &[(Destination::Pubkey(key(2)), 1_000)]));
    addresses.homes.remove(&key(2));
    let refusal = Plan::make(&order, &addresses, &[vec![coin(1, 1, 9_000, 1, &[])]], &BOUNDS).unwrap_err();
    assert_eq!(refusal, PlanRefusal::NoAddress { key: key(2) });
}

#[test]
fn a_plan_that_loses_a_satoshi_or_a_unit_does_not_conserve() {
    let intent = send_assets(&[(to(9), 330, &[(1, 5)])]);
    let plan = make(&[1], &intent, &[vec![coin(1, 1, 2_000, 1, &[(1, 10)])]]).unwrap();
    assert!(plan.is_conserving());
    for output in 0..plan.outputs.len() {
        let mut lossy = plan.clone();
        lossy.outputs[output].amount -= sat(1);
        assert!(!lossy.is_conserving());
        let mut lossy = plan.clone();
        lossy.outputs[output].assets.push(units(1, 1));
        assert!(!lossy.is_conserving());
    }
}

/// Coins of a party; no two parties' or coins' outpoints are the same.
fn some_coins(owner: u8) -> impl Strategy<Value = Vec<Coin>> {
    let one = (
        1_u64..9_000,
        0_u64..5,
        proptest::collection::vec((1_u8..3, 1_u64..9), 0..3),
    );
    proptest::collection::vec(one, 1..9).prop_map(move |coins| {
        let coins = (u32::from(owner) * 100..).zip(coins);
        coins
            .map(|(number, (amount, expiry, assets))| coin(number, owner, amount, expiry, &assets))
            .collect()
    })
}

/// A swap between the first two keys with up to four legs more.
fn some_swap() -> impl Strategy<Value = Intent> {
    let leg = || (any::<bool>(), 300_u64..3_000, 0_u64..4);
    (leg(), leg(), proptest::collection::vec(leg(), 0..4)).prop_map(|(first, second, more)| {
        let both = [(true, first.1, first.2), (false, second.1, second.2)];
        let parts: Vec<[(u8, u64); 1]> = both.iter().chain(&more).map(|leg| [(1, leg.2)]).collect();
        let legs = both
            .iter()
            .chain(&more)
            .zip(&parts)
            .map(|((forth, amount, units), part)| {
                let (from, to) = if *forth { (1, 2) } else { (2, 1) };
                (from, to, *amount, if *units == 0 { &[][..] } else { &part[..] })
            });
        swap(&legs.collect::<Vec<_>>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_plan_conserves_value_within_bounds_whoever_pays(
        intent in some_swap(),
        one in some_coins(1),
        two in some_coins(2),
    ) {
        let coins = [one, two];
        let Ok(plan) = make(&[1, 2], &intent, &coins) else {
            return Ok(());
        };
        prop_assert!(plan.is_conserving());
        prop_assert!(plan.inputs.len() <= BOUNDS.max_inputs);
        prop_assert!(plan.outputs.iter().all(|output| output.amount >= BOUNDS.minimum_output));
        let distinct: BTreeSet<OutPoint> = plan.outpoints().collect();
        prop_assert_eq!(distinct.len(), plan.inputs.len());
        let owners = [key(1), key(2)];
        prop_assert!(plan.inputs.iter().all(|input| input.coin.owner == owners[input.party]));
        // Nobody pays for anybody else: what a party puts in is what it gives, its fee, and its change.
        for (party, own) in [(0, address(51)), (1, address(52))] {
            let put_in: u64 = plan.inputs_of(party).map(|(_, input)| input.coin.amount.to_sat()).sum();
            let paid = plan.outputs.iter().filter(|output| match output.role {
                Ordered => output.address != own,
                Change => output.address == own,
                Fee => false,
            });
            let paid: Vec<u64> = paid.map(|output| output.amount.to_sat()).chain([FEE]).collect();
            prop_assert_eq!(put_in, paid.iter().sum::<u64>());
        }
        let shuffled = coins.map(|coins| coins.into_iter().rev().collect());
        prop_assert_eq!(make(&[1, 2], &intent, &shuffled), Ok(plan));
    }

    #[test]
    fn every_consolidation_leaves_the_same_value_in_one_place(coins in some_coins(1)) {
        if let Ok(plan) = make(&[1], &consolidate(None), std::slice::from_ref(&coins)) {
            prop_assert!(plan.is_conserving());
            prop_assert_eq!(plan.outputs.len(), 2);
            prop_assert_eq!(plan.inputs.len(), coins.len());
        }
    }
}
