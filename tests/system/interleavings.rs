//! Duplicates, lost answers and faults, in any order: one change, and one answer.

use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use http::Response;
use nanoark_http::problem::Code;
use nanoark_testkit::dynamodb::Fault;

use crate::calls::{mutations, ready, usual_caller};
use crate::dice::Dice;
use crate::idempotency::replayed;
use crate::world::{Deal, Draft, World, problem};

/// Random interleavings that are tried per route.
const INTERLEAVINGS: u32 = 6;

/// What becomes of one delivery.
#[derive(Clone, Copy, Debug)]
enum Delivery {
    /// It is answered.
    Plain,
    /// It is carried out, and the answer is lost on its way back.
    Lost,
    /// It comes twice at once.
    Twice,
    /// Another transaction holds the item: nothing is done.
    Conflict,
    /// The tables are too busy: nothing is done.
    Throttled,
    /// An older copy of the same request, recorded before the others were sent.
    Recorded,
}

const DELIVERIES: [Delivery; 6] = [
    Delivery::Plain,
    Delivery::Lost,
    Delivery::Twice,
    Delivery::Conflict,
    Delivery::Throttled,
    Delivery::Recorded,
];

#[tokio::test]
async fn any_interleaving_of_deliveries_is_one_change_and_one_answer() {
    let mut number = 0;
    for route in mutations() {
        // A world per route: everything that is stored is compared after every delivery.
        let world = World::new().await;
        let deal = Deal::new(&world).await;
        for seed in 0..INTERLEAVINGS {
            number += 1;
            let mut dice = Dice::seeded(u64::from(number));
            let length = 1 + dice.roll(5);
            // Every seed begins with another kind of delivery.
            let mut deliveries = vec![DELIVERIES[seed as usize % DELIVERIES.len()]];
            deliveries.extend((1..length).map(|_| *dice.pick(&DELIVERIES)));
            let draft = ready(&deal, route.function, usual_caller(route.function), number).await;
            deliver_all(&world, route.function, &draft, &deliveries).await;
        }
    }
}

async fn deliver_all(world: &World, function: &str, draft: &Draft, deliveries: &[Delivery]) {
    let case = format!("{function}: {deliveries:?}");
    let recorded = draft.signed(world);
    let before = world.dump();
    let mut seen: Vec<Response<Bytes>> = Vec::new();
    let mut after = None;
    // At last the client does hear.
    for delivery in deliveries.iter().chain([&Delivery::Plain]) {
        world.pass(Duration::from_millis(900));
        let faults = world.faults(function);
        let stored = world.dump();
        match delivery {
            Delivery::Plain => seen.push(world.send(draft.signed(world)).await),
            Delivery::Lost => {
                let lost = world.send(draft.signed(world)).await;
                assert_eq!(replayed(&lost), after.is_some(), "{case}");
                assert!(lost.status().is_success(), "{case}");
            }
            Delivery::Twice => {
                let both = join_all([world.send(draft.signed(world)), world.send(draft.signed(world))]).await;
                seen.extend(both);
            }
            Delivery::Recorded => seen.push(world.send(recorded.clone()).await),
            Delivery::Conflict | Delivery::Throttled => {
                let (fault, code) = if matches!(delivery, Delivery::Conflict) {
                    (Fault::TransactionConflict, Code::ConcurrentRequest)
                } else {
                    (Fault::TransactionThrottled, Code::Unavailable)
                };
                faults.next("TransactWriteItems", fault);
                problem(&case, &world.send(draft.signed(world)).await, code);
                assert!(world.dump() == stored, "{case}: a fault stored something");
                continue;
            }
        }
        let now = world.dump();
        match &after {
            None => {
                assert!(now != before, "{case}: nothing was done");
                after = Some(now);
            }
            Some(after) => assert!(now == *after, "{case}: it was done again"),
        }
    }
    let unmarked = seen.iter().filter(|answer| !replayed(answer)).count();
    let first_was_lost = deliveries
        .iter()
        .find(|delivery| !matches!(delivery, Delivery::Conflict | Delivery::Throttled))
        .is_some_and(|delivery| matches!(delivery, Delivery::Lost));
    assert_eq!(
        unmarked,
        usize::from(!first_was_lost),
        "{case}: all but the first are marked"
    );
    for answer in &seen {
        assert!(answer.status().is_success(), "{case}: {:?}", answer.body());
        assert_eq!(
            (answer.status(), answer.body()),
            (seen[0].status(), seen[0].body()),
            "{case}"
        );
    }
}
