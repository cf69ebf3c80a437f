//! A request that is recorded and sent again, byte for byte.

use std::time::Duration;

use nanoark_http::problem::Code;

use crate::calls::{mutations, ready, usual_caller};
use crate::world::{Deal, World};

#[tokio::test]
async fn a_recorded_mutation_is_answered_from_the_record_and_never_done_again() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (number, route) in mutations().enumerate() {
        let function = route.function;
        let draft = ready(&deal, function, usual_caller(function), number as u32).await;
        let recorded = draft.signed(&world);
        let first = world.send(recorded.clone()).await;
        assert!(first.status().is_success(), "{function}");
        let stored = world.dump();
        for _ in 0..3 {
            let again = world.send(recorded.clone()).await;
            assert_eq!(
                (again.status(), again.body()),
                (first.status(), first.body()),
                "{function}"
            );
            assert_eq!(again.headers()["idempotency-replayed"], "true", "{function}");
            assert!(!first.headers().contains_key("idempotency-replayed"), "{function}");
            assert!(world.dump() == stored, "{function}: something was stored");
        }
        // When its signature is over it proves nothing any more.
        world.pass(Duration::from_secs(61));
        world.refused(function, recorded, Code::SignatureClockOff).await;
    }
}

#[tokio::test]
async fn a_recorded_refusal_is_judged_again() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (number, route) in mutations().enumerate() {
        let function = route.function;
        let draft = ready(&deal, function, usual_caller(function), number as u32).await;
        let wrong = draft.with_body("{").signed(&world);
        for _ in 0..2 {
            let answer = world.send(wrong.clone()).await;
            crate::world::problem(function, &answer, Code::MalformedJson);
            assert!(!answer.headers().contains_key("idempotency-replayed"), "{function}");
        }
    }
}
