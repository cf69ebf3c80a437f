use bitcoin::{Amount, XOnlyPublicKey};
use nanoark_ark_verifier::address::Network;
use nanoark_ark_verifier::intent::{Action, Destination, Intent};

use super::samples::{
    FEE, LegOf, address, address_at, consolidate, fee, key, named, operator, outpoint, quote, sat, send_assets, split,
    swap, to, transfer, units,
};
use super::{FeePart, Order, OrderRefusal, Ordered, Orderer, Payout};
use crate::ceremony::{FailureCode, Quote, TooManyAssets};

fn npub(number: u8) -> Destination {
    Destination::Pubkey(key(number))
}

fn read(author: u8, intent: &Intent) -> Order {
    Order::read(&[(key(author), intent)], &quote()).unwrap()
}

fn payout(from: usize, to: Destination, amount: u64, assets: &[(u8, u64)]) -> Payout {
    Payout {
        from,
        to,
        amount: sat(amount),
        assets: assets.iter().map(|(asset, amount)| units(*asset, *amount)).collect(),
    }
}

fn check(intent: &Intent) -> Result<(), OrderRefusal> {
    Order::check_alone(&key(1), intent, Network::Regtest, operator())
}

#[test]
fn every_action_of_one_party_is_read_into_the_same_shape() {
    let table = [
        (
            transfer(named(&[5, 4]), &[(to(2), 1_000), (npub(3), 2_000)]),
            named(&[5, 4]),
            Ordered::Payouts(vec![payout(0, to(2), 1_000, &[]), payout(0, npub(3), 2_000, &[])]),
        ),
        (
            split(None, &[700, 800]),
            None,
            Ordered::Payouts(vec![payout(0, npub(1), 700, &[]), payout(0, npub(1), 800, &[])]),
        ),
        (consolidate(named(&[1, 2])), named(&[1, 2]), Ordered::Everything),
        (
            send_assets(&[(to(2), 330, &[(1, 5), (2, 6)])]),
            None,
            Ordered::Payouts(vec![payout(0, to(2), 330, &[(1, 5), (2, 6)])]),
        ),
    ];
    for (intent, inputs, ordered) in table {
        assert_eq!(check(&intent), Ok(()), "{intent:?}");
        let order = read(1, &intent);
        assert_eq!(order.parties, [Orderer { nostr: key(1), inputs }]);
        assert_eq!(order.ordered, ordered);
        let fee = FeePart {
            address: address(100),
            each: sat(FEE),
            total: sat(FEE),
        };
        assert_eq!(order.fee, fee);
    }
    let names = read(1, &transfer(None, &[(to(2), 1_000), (npub(3), 2_000)])).names();
    assert_eq!(names, [key(1), key(3)].into());
}

#[test]
fn a_swap_has_the_parties_who_give_in_the_order_of_its_legs() {
    // The fourth only gets.
    let intent = swap(&[
        (3, 1, 1_000, &[]),
        (1, 3, 330, &[(1, 9)]),
        (3, 4, 500, &[]),
        (2, 3, 400, &[]),
        (1, 2, 600, &[]),
    ]);
    assert_eq!(check(&intent), Ok(()));
    for author in 1..=3 {
        assert_eq!(Order::parties(&key(author), &intent), Ok(vec![key(3), key(1), key(2)]));
    }
    let order = Order::read(&[(key(3), &intent), (key(1), &intent), (key(2), &intent)], &quote()).unwrap();
    let expected = vec![
        payout(0, npub(1), 1_000, &[]),
        payout(1, npub(3), 330, &[(1, 9)]),
        payout(0, npub(4), 500, &[]),
        payout(2, npub(3), 400, &[]),
        payout(1, npub(2), 600, &[]),
    ];
    assert_eq!(order.ordered, Ordered::Payouts(expected));
    assert_eq!((order.fee.each, order.fee.total), (sat(FEE), sat(3 * FEE)));
    assert!(order.parties.iter().all(|party| party.inputs.is_none()));
    assert_eq!(order.names(), [key(1), key(2), key(3), key(4)].into());
}

#[test]
fn a_swap_needs_two_to_five_parties_who_all_give_and_get() {
    let round = |parties: u8| -> Intent {
        let legs: Vec<LegOf<'_>> = (1..=parties)
            .map(|party| (party, party % parties + 1, 1_000, [].as_slice()))
            .collect();
        swap(&legs)
    };
    let refused = |author, intent: &Intent| Order::parties(&key(author), intent).unwrap_err();

    assert_eq!(Order::parties(&key(1), &round(5)).unwrap().len(), 5);
    assert_eq!(refused(1, &round(6)), OrderRefusal::PartyCount { count: 6 });
    assert_eq!(
        refused(1, &swap(&[(1, 2, 1_000, &[])])),
        OrderRefusal::PartyCount { count: 1 }
    );
    assert_eq!(refused(1, &swap(&[])), OrderRefusal::PartyCount { count: 0 });
    assert_eq!(refused(3, &round(2)), OrderRefusal::AuthorGivesNothing);
    let selfish = swap(&[(1, 2, 1_000, &[]), (2, 1, 900, &[]), (2, 2, 500, &[])]);
    assert_eq!(refused(1, &selfish), OrderRefusal::GivesToItself { party: key(2) });
    let generous = swap(&[(1, 2, 1_000, &[]), (2, 1, 900, &[]), (3, 1, 500, &[])]);
    assert_eq!(refused(1, &generous), OrderRefusal::GetsNothing { party: key(3) });
}

#[test]
fn the_intents_of_a_swap_are_one_of_each_party_with_the_same_parameters() {
    let intent = swap(&[(1, 2, 1_000, &[]), (2, 1, 900, &[])]);
    let cheaper = swap(&[(1, 2, 1_000, &[]), (2, 1, 899, &[])]);
    let elsewhere = Intent {
        network: Network::Signet,
        ..intent.clone()
    };
    // An author's own name for it and its expiry are its own business.
    let alike = Intent {
        action_id: "another-name".parse().unwrap(),
        expires_at: 1,
        ..intent.clone()
    };
    let read = |intents: &[(u8, &Intent)]| {
        let intents: Vec<(XOnlyPublicKey, &Intent)> =
            intents.iter().map(|(party, intent)| (key(*party), *intent)).collect();
        Order::read(&intents, &quote()).map(|order| order.parties.len())
    };
    let differs = OrderRefusal::Disagreement { party: key(2) };

    assert_eq!(read(&[(1, &intent), (2, &alike)]), Ok(2));
    assert_eq!(read(&[(1, &intent), (2, &cheaper)]), Err(differs.clone()));
    assert_eq!(read(&[(1, &intent), (2, &elsewhere)]), Err(differs));
    for incomplete in [
        &[][..],
        &[(1, &intent)],
        &[(2, &intent), (1, &intent)],
        &[(1, &intent), (1, &intent)],
        &[(1, &intent), (2, &intent), (3, &intent)],
    ] {
        assert!(read(incomplete).is_err(), "{incomplete:?}");
    }
    let transfer = transfer(None, &[(to(2), 1_000)]);
    assert_eq!(
        read(&[(1, &transfer), (2, &transfer)]),
        Err(OrderRefusal::PartiesDiffer)
    );
}

#[test]
fn the_fee_is_the_quoted_one_or_more() {
    let intent = transfer(None, &[(to(2), 1_000)]);
    let read = |quote: &Quote| Order::read(&[(key(1), &intent)], quote).map(|order| order.fee.total);
    let asks = |amount| Quote {
        amount: sat(amount),
        ..quote()
    };
    assert_eq!(read(&asks(FEE)), Ok(sat(FEE)));
    assert_eq!(read(&asks(FEE - 1)), Ok(sat(FEE)));
    let low = OrderRefusal::FeeTooLow {
        amount: sat(FEE),
        quoted: sat(FEE + 1),
    };
    assert_eq!(read(&asks(FEE + 1)), Err(low.clone()));
    let moved = Quote {
        address: address(101),
        ..quote()
    };
    let elsewhere = OrderRefusal::FeeElsewhere {
        address: Box::new(address(100)),
        quoted: Box::new(address(101)),
    };
    assert_eq!(read(&moved), Err(elsewhere.clone()));
    for refusal in [low, elsewhere] {
        assert_eq!(refusal.failure().code, FailureCode::FeeWrong);
    }
}

#[test]
fn what_no_operator_could_carry_out_is_refused_before_anything_is_looked_up() {
    let many: Vec<(Destination, u64)> = (0..21).map(|_| (to(2), 1_000)).collect();
    let twelve: Vec<u32> = (0..12).collect();
    let other_network = Destination::Address(address_at(Network::Bitcoin, operator(), 2));
    let other_operator = Destination::Address(address_at(Network::Regtest, key(201), 2));
    let signet = Intent {
        network: Network::Signet,
        ..transfer(None, &[(to(2), 1_000)])
    };
    let expensive = {
        let mut intent = swap(&[(1, 2, 1_000, &[]), (2, 1, 900, &[])]);
        if let Action::Swap(swap) = &mut intent.action {
            swap.fee.amount = sat(u64::MAX / 2 + 1);
        }
        intent
    };
    let legs: Vec<LegOf<'_>> = (0..22)
        .map(|leg| (1 + leg % 2, 2 - leg % 2, 1_000, [].as_slice()))
        .collect();
    let asset = units(1, 0).asset_id;
    let wealth = Amount::MAX_MONEY.to_sat();
    let malformed = FailureCode::Malformed;
    let table = [
        (signet, FailureCode::WrongNetwork, "signet"),
        (
            transfer(None, &[(to(3), 1_000), (other_network, 1)]),
            FailureCode::WrongNetwork,
            "ark1",
        ),
        (
            transfer(None, &[(other_operator, 1_000)]),
            FailureCode::WrongNetwork,
            "tark1",
        ),
        (transfer(None, &[]), malformed, "at least one receiver"),
        (split(None, &[]), malformed, "at least one receiver"),
        (send_assets(&[]), malformed, "at least one receiver"),
        (transfer(None, &many), malformed, "20 outputs at most"),
        (split(None, &[1_000; 21]), malformed, "20 outputs at most"),
        (swap(&legs), malformed, "20 outputs at most"),
        (transfer(None, &[(to(2), 1_000), (to(3), 0)]), malformed, "one satoshi"),
        (
            swap(&[(1, 2, 0, &[(1, 1)]), (2, 1, 900, &[])]),
            malformed,
            "one satoshi",
        ),
        (send_assets(&[(to(2), 330, &[])]), malformed, "one unit"),
        (send_assets(&[(to(2), 330, &[(1, 0)])]), malformed, "one unit"),
        (
            send_assets(&[(to(2), 330, &[(1, 1), (2, 1), (1, 1)])]),
            malformed,
            "named twice",
        ),
        (
            send_assets(&[(to(2), 330, &[(1, u64::MAX)]), (to(3), 330, &[(1, 1)])]),
            malformed,
            "than can be counted",
        ),
        (transfer(named(&[]), &[(to(2), 1_000)]), malformed, "0 inputs are named"),
        (consolidate(named(&[1])), malformed, "1 inputs are named, and 2"),
        (transfer(named(&[1, 2, 1]), &[(to(2), 1_000)]), malformed, "named twice"),
        (consolidate(named(&twelve)), FailureCode::TooManyInputs, "12 are named"),
        (transfer(None, &[(to(2), wealth)]), malformed, "more bitcoin"),
        (
            transfer(None, &[(to(2), u64::MAX), (to(2), 1)]),
            malformed,
            "more bitcoin",
        ),
        (expensive, malformed, "more bitcoin"),
        (swap(&[(1, 2, 1_000, &[])]), FailureCode::BatchInvalid, "2 to 5 parties"),
    ];
    for (intent, code, says) in table {
        let failure = check(&intent).expect_err(says).failure();
        assert_eq!(failure.code, code, "{intent:?}");
        assert!(failure.message.contains(says), "{} says not: {says}", failure.message);
    }
    assert_eq!(
        check(&send_assets(&[(to(2), 330, &[(1, u64::MAX)]), (to(3), 330, &[(1, 1)])])),
        Err(OrderRefusal::TooManyAssets(TooManyAssets(asset)))
    );
}

#[test]
fn what_is_just_allowed_is_allowed() {
    let many: Vec<(Destination, u64)> = (0..20).map(|_| (to(2), 1)).collect();
    let ten: Vec<u32> = (0..10).collect();
    let wealth = Amount::MAX_MONEY.to_sat() - FEE;
    for intent in [
        transfer(named(&ten), &many),
        transfer(None, &[(to(2), wealth)]),
        send_assets(&[(to(2), 1, &[(1, u64::MAX)]), (to(2), 1, &[(2, u64::MAX)])]),
        consolidate(None),
    ] {
        assert_eq!(check(&intent), Ok(()), "{intent:?}");
    }
}

#[test]
fn a_refusal_names_the_input_that_it_is_about() {
    let twice = check(&transfer(named(&[3, 3]), &[(to(2), 1_000)])).unwrap_err();
    assert_eq!(twice.failure().outpoints, [outpoint(3)]);
    assert_eq!(check(&transfer(None, &[])).unwrap_err().failure().outpoints, []);
    assert_eq!(fee().amount, sat(FEE));
}
