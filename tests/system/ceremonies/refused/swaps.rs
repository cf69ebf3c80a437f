//! Swaps whose parties do not fit together, and those who come to them uninvited, twice or too late.

use std::time::Duration;

use bitcoin::Amount;
use http::{Method, StatusCode};
use nanoark_ark_verifier::intent::{Action, Intent, Leg, Swap};
use nanoark_domain::ceremony::FailureCode::{
    ActionIdReused, BatchInvalid, Expired, InsufficientBalance, Malformed, Terminated,
};
use nanoark_domain::ceremony::Stage;
use nanoark_http::wire::gateway::SessionView;

use super::book::{Group, Why};
use super::watch::{Watch, posted};
use crate::ceremonies::house::House;
use crate::ceremonies::wallet::Wallet;

pub(super) const PARTIES: Group = Group {
    name: "parties to swaps",
    rows: 11,
    reasons: &[Why::Session(BatchInvalid), Why::Session(Malformed)],
};

pub(super) const JOINING: Group = Group {
    name: "joining swaps",
    rows: 8,
    reasons: &[
        Why::Session(ActionIdReused),
        Why::Session(BatchInvalid),
        Why::Session(Expired),
        Why::Session(InsufficientBalance),
        Why::Session(Terminated),
    ],
};

fn leg(from: &Wallet<'_>, to: &Wallet<'_>, satoshi: u64) -> Leg {
    Leg {
        from: from.nostr(),
        to: to.nostr(),
        amount: Amount::from_sat(satoshi),
        assets: Vec::new(),
    }
}

async fn swap(author: &Wallet<'_>, name: &str, legs: Vec<Leg>) -> Action {
    Action::Swap(Swap {
        swap_id: name.parse().unwrap(),
        legs,
        fee: author.fee().await,
    })
}

#[tokio::test]
async fn a_swap_whose_parties_do_not_all_give_and_get_is_refused() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let people: Vec<Wallet<'_>> = (1..=6).map(|number| house.wallet(number)).collect();
    let [alice, bob, carol] = [&people[0], &people[1], &people[2]];
    let round: Vec<Leg> = (0..6)
        .map(|from| leg(&people[from], &people[(from + 1) % 6], 1_000))
        .collect();
    let there_and_back = || [leg(alice, bob, 1_000), leg(bob, alice, 1_000)];
    let rows = [
        ("a swap without legs", vec![], BatchInvalid),
        ("a swap with oneself", vec![leg(alice, alice, 1_000)], BatchInvalid),
        (
            "a swap with a leg to oneself",
            [there_and_back().to_vec(), vec![leg(bob, bob, 1)]].concat(),
            BatchInvalid,
        ),
        (
            "a swap in which one only gives",
            vec![leg(alice, bob, 1_000)],
            BatchInvalid,
        ),
        (
            "a swap of three, one of whom gets nothing",
            [there_and_back().to_vec(), vec![leg(carol, bob, 1_000)]].concat(),
            BatchInvalid,
        ),
        ("a swap of six", round, BatchInvalid),
        (
            "a swap between others",
            vec![leg(bob, carol, 1_000), leg(carol, bob, 1_000)],
            BatchInvalid,
        ),
        (
            "a swap that its author only gains by",
            vec![leg(bob, carol, 1_000), leg(carol, bob, 1_000), leg(bob, alice, 1)],
            BatchInvalid,
        ),
        (
            "a swap of nothing",
            vec![leg(alice, bob, 0), leg(bob, alice, 1_000)],
            Malformed,
        ),
        (
            "a swap of 22 legs",
            std::iter::repeat_with(there_and_back).take(11).flatten().collect(),
            Malformed,
        ),
        (
            "a swap of all there is, twice",
            vec![leg(alice, bob, u64::MAX), leg(bob, alice, u64::MAX)],
            Malformed,
        ),
    ];
    for (name, legs, code) in rows {
        let intent = alice.intent("swap", swap(alice, "swap-0001", legs).await);
        watch
            .event(name, alice.signed(&intent).json().to_owned(), Why::Session(code))
            .await;
    }
    watch.close().is(&PARTIES);
}

#[tokio::test]
async fn a_swap_is_joined_once_by_its_parties_in_time() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let [alice, bob, carol] = [1, 2, 3].map(|number| house.wallet(number));
    house.fund(&alice, 50_000);
    house.fund(&bob, 50_000);
    let legs = vec![leg(&alice, &bob, 10_000), leg(&bob, &alice, 20_000)];
    let action = swap(&alice, "swap-0001", legs).await;
    let hers = alice.intent("swap", action.clone());
    let session = alice.order(&hers).await;
    assert_eq!((session.stage, watch.holds()), (Stage::Gathering, 0));
    let post = |wallet: &Wallet<'_>, intent: &Intent| wallet.signed(intent).json().to_owned();
    watch.known("her own intent again", &post(&alice, &hers)).await;
    let stranger = carol.intent("swap", action.clone());
    watch
        .event(
            "a swap that a stranger joins",
            post(&carol, &stranger),
            Why::Session(BatchInvalid),
        )
        .await;
    let again = alice.intent("again", action.clone());
    watch
        .event(
            "a swap that one joins twice",
            post(&alice, &again),
            Why::Session(ActionIdReused),
        )
        .await;
    // In time by his own clock, too late by hers.
    house.pass(Duration::from_secs(600));
    let late = Intent {
        expires_at: house.now().as_seconds() + 60,
        ..bob.intent("swap", action.clone())
    };
    let event = bob.signed(&late);
    let joining = posted(event.json().to_owned());
    watch
        .refused_at_once("a swap that is joined too late", joining, Why::Session(Expired))
        .await;
    house.trigger("sweep-sessions").await;
    let session = alice.session(session.session_id).await;
    watch.failed("a swap that nobody joined", &alice, &session, Expired);
    watch
        .event(
            "a swap that has failed",
            event.json().to_owned(),
            Why::Session(BatchInvalid),
        )
        .await;
    terminated(&watch, &alice, &bob).await;
    poor(&watch, &alice, &bob).await;
    watch.close().is(&JOINING);
}

/// A party leaves before the other comes.
async fn terminated(watch: &Watch<'_>, alice: &Wallet<'_>, bob: &Wallet<'_>) {
    let legs = vec![leg(alice, bob, 10_000), leg(bob, alice, 20_000)];
    let action = swap(alice, "swap-0002", legs).await;
    let session = alice.order(&alice.intent("swap-2", action.clone())).await;
    let path = format!("/v1/sessions/{}", session.session_id);
    let ended: SessionView = alice.read(Method::DELETE, &path, StatusCode::OK).await;
    watch.failed("a swap that its first party left", alice, &ended, Terminated);
    let event = bob.signed(&bob.intent("swap-2", action));
    watch
        .event(
            "a swap that was left",
            event.json().to_owned(),
            Why::Session(BatchInvalid),
        )
        .await;
}

/// A party that cannot pay: nobody is told what it holds.
async fn poor(watch: &Watch<'_>, alice: &Wallet<'_>, bob: &Wallet<'_>) {
    let legs = vec![leg(alice, bob, 10_000), leg(bob, alice, 60_000)];
    let action = swap(alice, "swap-0003", legs).await;
    alice.order(&alice.intent("swap-3", action.clone())).await;
    let session = bob.order(&bob.intent("swap-3", action)).await;
    watch.failed("a swap that a party cannot pay for", bob, &session, InsufficientBalance);
    let seen = alice.session(session.session_id).await;
    let message = seen.failure.unwrap().message;
    assert!(!message.contains("50000") && !message.contains("50,000"), "{message}");
    assert_eq!(watch.holds(), 0);
}
