use bitcoin::{Amount, OutPoint};
use nanoark_ark_verifier::asset::AssetAmount;
use proptest::prelude::*;

use super::{Selection, SelectionRefusal, Wanted, select, take_all};
use crate::ceremony::coin::{Coin, TooManyAssets};
use crate::ceremony::order::samples::{coin, sat, units};
use crate::time::Timestamp;

const MINIMUM: u64 = 330;

fn wanted(amount: u64, assets: &[(u8, u64)]) -> Wanted {
    Wanted {
        amount: sat(amount),
        assets: assets.iter().map(|(asset, amount)| units(*asset, *amount)).collect(),
        minimum_change: sat(MINIMUM),
        max_inputs: 10,
    }
}

/// Coins with these amounts, which expire one after the other.
fn plain(amounts: &[u64]) -> Vec<Coin> {
    let coins = (0_u32..).zip(amounts);
    coins
        .map(|(number, amount)| coin(number, 1, *amount, 1_000 + u64::from(number), &[]))
        .collect()
}

fn amounts(selection: &Selection) -> Vec<u64> {
    selection.coins.iter().map(|coin| coin.amount.to_sat()).collect()
}

#[test]
fn few_inputs_come_before_little_change_and_no_change_before_some() {
    // What there is, what is wanted, what is spent in the order of expiry, what comes back.
    let table: &[(&[u64], u64, &[u64], u64)] = &[
        (&[1_000], 1_000, &[1_000], 0),
        (&[5_000, 1_000], 1_000, &[1_000], 0),
        // One coin with much change, not two with none.
        (&[9_000, 400, 600], 1_000, &[9_000], 8_000),
        // Of those that are enough, the smallest.
        (&[9_000, 1_330, 2_000], 1_000, &[1_330], 330),
        // 1,200 would leave 200, which no output may hold.
        (&[9_000, 1_200], 1_000, &[9_000], 8_000),
        // Two where one leaves what is not allowed.
        (&[1_200, 500], 1_000, &[1_200, 500], 700),
        // An exact pair before one with change.
        (&[700, 900, 600, 300], 1_000, &[700, 300], 0),
        // Three of four.
        (&[400, 400, 400, 400], 1_200, &[400, 400, 400], 0),
    ];
    for (coins, amount, spent, change) in table {
        let selection = select(&plain(coins), &wanted(*amount, &[])).unwrap();
        assert_eq!(
            (amounts(&selection), selection.change),
            (spent.to_vec(), sat(*change)),
            "{coins:?}"
        );
        assert!(selection.change_assets.is_empty());
    }
}

#[test]
fn what_expires_first_is_spent_first_and_then_the_outpoint_decides() {
    let coins = [
        coin(1, 1, 1_000, 50, &[]),
        coin(2, 1, 1_000, 40, &[]),
        coin(3, 1, 1_000, 60, &[]),
        coin(4, 1, 1_000, 50, &[]),
    ];
    let selection = select(&coins, &wanted(2_000, &[])).unwrap();
    assert_eq!(selection.coins, [coins[1].clone(), coins[0].clone()]);
}

#[test]
fn assets_are_covered_and_what_is_left_of_them_needs_change_to_carry_it() {
    let coins = [
        coin(1, 1, 1_000, 10, &[(1, 5)]),
        coin(2, 1, 1_000, 20, &[(1, 20), (2, 7)]),
        coin(3, 1, 3_000, 30, &[]),
        coin(4, 1, 1_000, 40, &[(1, 5)]),
    ];
    // What is wanted in satoshi and of the first asset, which coins are spent, and what comes back.
    type Row<'a> = (u64, u64, &'a [usize], u64, &'a [(u8, u64)]);
    let table: &[Row<'_>] = &[
        (1_000, 5, &[0], 0, &[]),
        (600, 20, &[1], 400, &[(2, 7)]),
        // Nothing would be left to carry the rest of the second coin.
        (1_000, 6, &[0, 1], 1_000, &[(1, 19), (2, 7)]),
        (2_000, 10, &[0, 3], 0, &[]),
        (4_000, 5, &[0, 2], 0, &[]),
        (3_000, 30, &[0, 1, 2, 3], 3_000, &[(2, 7)]),
    ];
    for (amount, first, spent, change, left) in table {
        let selection = select(&coins, &wanted(*amount, &[(1, *first)])).unwrap();
        let expected: Vec<Coin> = spent.iter().map(|place| coins[*place].clone()).collect();
        let left: Vec<AssetAmount> = left.iter().map(|(asset, amount)| units(*asset, *amount)).collect();
        assert_eq!(
            (selection.coins, selection.change),
            (expected, sat(*change)),
            "{amount} and {first}"
        );
        assert_eq!(selection.change_assets, left, "{amount} and {first}");
    }
    // Bitcoin only, from coins that all carry assets.
    let selection = select(&coins[..2], &wanted(1_000, &[])).unwrap();
    assert_eq!(selection.coins, coins[..2]);
    assert_eq!(
        (selection.change, selection.change_assets),
        (sat(1_000), vec![units(1, 25), units(2, 7)])
    );
}

#[test]
fn what_cannot_be_paid_is_refused_with_the_figures() {
    let asset = units(1, 0).asset_id;
    let table = [
        (
            plain(&[400, 500]),
            wanted(1_000, &[]),
            SelectionRefusal::Insufficient {
                available: sat(900),
                wanted: sat(1_000),
            },
        ),
        (
            vec![coin(1, 1, 5_000, 1, &[(1, 3)]), coin(2, 1, 5_000, 1, &[(1, 3), (2, 9)])],
            wanted(1_000, &[(1, 4), (1, 3)]),
            SelectionRefusal::InsufficientAsset {
                asset,
                available: 6,
                wanted: 7,
            },
        ),
        (
            plain(&[700, 500]),
            wanted(1_000, &[]),
            SelectionRefusal::ChangeBelowMinimum {
                change: sat(200),
                minimum: sat(330),
            },
        ),
        // An exact match in satoshi leaves no output for the asset.
        (
            vec![coin(1, 1, 1_000, 1, &[(1, 3)])],
            wanted(1_000, &[]),
            SelectionRefusal::ChangeBelowMinimum {
                change: Amount::ZERO,
                minimum: sat(330),
            },
        ),
        (
            plain(&[1_000; 12]),
            wanted(11_000, &[]),
            SelectionRefusal::TooManyInputs { needed: 11 },
        ),
        (
            vec![
                coin(1, 1, 9_000, 1, &[(1, u64::MAX), (2, 1)]),
                coin(2, 1, 9_000, 1, &[(1, 1)]),
            ],
            wanted(10_000, &[(2, 1)]),
            SelectionRefusal::TooManyAssets(TooManyAssets(asset)),
        ),
        (
            plain(&[1]),
            wanted(1, &[(1, u64::MAX), (1, 1)]),
            SelectionRefusal::TooManyAssets(TooManyAssets(asset)),
        ),
        (plain(&[u64::MAX, u64::MAX]), wanted(1, &[]), SelectionRefusal::TooMuch),
    ];
    for (coins, wanted, refusal) in table {
        assert_eq!(select(&coins, &wanted), Err(refusal), "{wanted:?}");
    }
}

#[test]
fn named_coins_are_all_taken_in_their_order_or_refused() {
    let coins = plain(&[500, 400, 900]);
    let selection = take_all(&coins, &wanted(1_000, &[])).unwrap();
    assert_eq!((selection.coins.clone(), selection.change), (coins.clone(), sat(800)));

    let refused = |amount, max_inputs| {
        let wanted = Wanted {
            max_inputs,
            ..wanted(amount, &[])
        };
        take_all(&coins, &wanted).unwrap_err()
    };
    assert_eq!(refused(1_000, 2), SelectionRefusal::TooManyInputs { needed: 3 });
    assert!(matches!(refused(1_801, 10), SelectionRefusal::Insufficient { .. }));
    // Two of them would do without change, but three are named.
    assert!(matches!(
        refused(1_500, 10),
        SelectionRefusal::ChangeBelowMinimum { .. }
    ));
    assert_eq!(take_all(&coins, &wanted(1_800, &[])).unwrap().change, Amount::ZERO);
}

#[test]
fn a_coin_that_is_given_twice_counts_once() {
    let coins = [plain(&[600]), plain(&[600])].concat();
    assert!(matches!(
        select(&coins, &wanted(1_200, &[])),
        Err(SelectionRefusal::Insufficient { available, .. }) if available == sat(600)
    ));
}

#[test]
fn among_thousands_of_coins_the_fewest_that_do_are_found() {
    // Sums of hardly any two are the same.
    let many: Vec<u64> = (1..5_000_u64).map(|number| 1_000 + number * number % 99_991).collect();
    let coins = plain(&many);
    let mut sorted = many.clone();
    sorted.sort_unstable();
    for count in 1..=10 {
        let largest: u64 = sorted.iter().rev().take(count).sum();
        let selection = select(&coins, &wanted(largest - MINIMUM - 50_000 / 7, &[])).unwrap();
        assert_eq!(selection.coins.len(), count);
        assert!(selection.change <= sat(MINIMUM + 50_000 / 7));
    }
    // Alike, so that there is nothing to choose.
    let alike = plain(&[1_000; 5_000]);
    let selection = select(&alike, &wanted(9_500, &[])).unwrap();
    assert_eq!((selection.coins, selection.change), (alike[..10].to_vec(), sat(500)));
}

#[test]
fn assets_are_found_among_thousands_of_carriers_that_no_search_gets_through() {
    // No two are alike.
    let mut coins: Vec<Coin> = (0_u32..3_000)
        .zip(330..)
        .map(|(number, amount)| coin(number, 1, amount, 1, &[(1 + (number % 3) as u8, 1)]))
        .collect();
    coins.push(coin(9_000, 1, 50_000, 1, &[]));
    coins.push(coin(9_001, 1, 60_000, 1, &[]));
    let selection = select(&coins, &wanted(100_000, &[(1, 1), (2, 1), (3, 1)])).unwrap();
    assert_eq!(selection.coins.len(), 5);
    assert!(selection.change_assets.is_empty() && selection.change >= sat(MINIMUM));
}

/// Everything that can be said of a set: how many, what comes back, when they expire, which they are.
type Merit = (usize, u64, Vec<Timestamp>, Vec<OutPoint>);

/// The best set by trying all of them.
fn by_brute_force(coins: &[Coin], wanted: &Wanted) -> Option<Merit> {
    let sets = 1_u32..1 << coins.len();
    let merit = |set: u32| {
        if set.count_ones() > u32::try_from(wanted.max_inputs).unwrap() {
            return None;
        }
        let chosen: Vec<Coin> = (0..coins.len())
            .filter(|place| set >> place & 1 == 1)
            .map(|place| coins[place].clone())
            .collect();
        take_all(&chosen, wanted).ok().map(|selection| merit_of(&selection))
    };
    sets.filter_map(merit).min()
}

fn merit_of(selection: &Selection) -> Merit {
    let mut expiries: Vec<Timestamp> = selection.coins.iter().map(|coin| coin.expires_at).collect();
    let mut outpoints: Vec<OutPoint> = selection.coins.iter().map(|coin| coin.outpoint).collect();
    expiries.sort_unstable();
    outpoints.sort_unstable();
    (selection.coins.len(), selection.change.to_sat(), expiries, outpoints)
}

/// Amounts with many equal sums.
fn hundreds(range: std::ops::Range<u64>) -> impl Strategy<Value = u64> {
    range.prop_map(|hundreds| hundreds.saturating_mul(100))
}

/// Coins of few different amounts, expiries and assets, so that many sets are equally good.
fn some_coins(most: usize) -> impl Strategy<Value = Vec<Coin>> {
    let one = (
        hundreds(1..12),
        0_u64..3,
        proptest::collection::vec((1_u8..4, 1_u64..4), 0..2),
    );
    proptest::collection::vec(one, 1..=most).prop_map(|coins| {
        let coins = (0_u32..).zip(coins);
        coins
            .map(|(number, (amount, expiry, assets))| coin(number, 1, amount, expiry, &assets))
            .collect()
    })
}

fn some_wanted() -> impl Strategy<Value = Wanted> {
    let assets = proptest::collection::vec((1_u8..3, 1_u64..5), 0..3);
    let amounts = (hundreds(1..45), hundreds(0..4));
    (amounts, assets, 1_usize..=10).prop_map(|((amount, minimum), assets, max_inputs)| Wanted {
        minimum_change: sat(minimum),
        max_inputs,
        ..wanted(amount, &assets)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_set_of_few_coins_is_better(coins in some_coins(12), wanted in some_wanted()) {
        let chosen = select(&coins, &wanted);
        prop_assert_eq!(chosen.as_ref().ok().map(merit_of), by_brute_force(&coins, &wanted), "{:?}", chosen);
    }

    #[test]
    fn the_order_of_the_coins_does_not_matter(
        (coins, shuffled) in some_coins(20).prop_flat_map(|coins| (Just(coins.clone()), Just(coins).prop_shuffle())),
        wanted in some_wanted(),
    ) {
        prop_assert_eq!(select(&coins, &wanted), select(&shuffled, &wanted));
    }

    #[test]
    fn a_choice_is_allowed_and_what_it_leaves_is_exact(coins in some_coins(30), wanted in some_wanted()) {
        if let Ok(selection) = select(&coins, &wanted) {
            // The same coins, if they are named, give the same.
            prop_assert_eq!(take_all(&selection.coins, &wanted), Ok(selection.clone()));
            let spent: Amount = selection.coins.iter().map(|coin| coin.amount).sum();
            prop_assert_eq!(spent.checked_sub(wanted.amount), Some(selection.change));
            prop_assert!(selection.coins.len() <= wanted.max_inputs);
            prop_assert!(selection.change == Amount::ZERO || selection.change >= wanted.minimum_change);
            prop_assert!(selection.change_assets.is_empty() || selection.change > Amount::ZERO);
        }
    }
}
