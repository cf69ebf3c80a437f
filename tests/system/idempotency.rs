//! One intention, however often it is delivered, is done once and answered alike: for every mutation there is.
//!
//! `parallel_execution`, `ttl_cache_timeout` and `payload_tampering` are the cases of Powertools' end-to-end tests of
//! these names.

use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use http::Response;
use nanoark_client::wire::offers::OfferView;
use nanoark_domain::time::Seconds;
use nanoark_http::idempotency::IDEMPOTENCY_REPLAYED;
use nanoark_http::problem::Code;
use nanoark_testkit::dynamodb::Fault;
use serde_json::json;

use crate::calls::{BUYER, SELLER, STRANGER, Stage, bring, job_call, mutations, ready, usual_caller};
use crate::world::{Deal, Draft, World, problem};

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn replayed(answer: &Response<Bytes>) -> bool {
    answer
        .headers()
        .get(IDEMPOTENCY_REPLAYED)
        .is_some_and(|value| value == "true")
}

/// Every mutation, ready, with its function; numbers from `first` on are used.
async fn every_mutation(deal: &Deal<'_>, first: u32) -> Vec<(&'static str, Draft)> {
    let mut drafts = Vec::new();
    for (number, route) in (first..).zip(mutations()) {
        let draft = ready(deal, route.function, usual_caller(route.function), number).await;
        drafts.push((route.function, draft));
    }
    drafts
}

/// Delivers a draft that must be done and not have been done before.
async fn done_now(world: &World, case: &str, draft: &Draft) -> Response<Bytes> {
    let answer = world.send(draft.signed(world)).await;
    assert!(answer.status().is_success(), "{case}: {:?}", answer.body());
    assert!(!replayed(&answer), "{case}");
    answer
}

/// Delivers a draft that must be answered like the first time.
async fn done_before(world: &World, case: &str, draft: &Draft, first: &Response<Bytes>) {
    let stored = world.dump();
    let answer = world.send(draft.signed(world)).await;
    assert_eq!(
        (answer.status(), answer.body()),
        (first.status(), first.body()),
        "{case}"
    );
    assert!(replayed(&answer), "{case}");
    assert!(world.dump() == stored, "{case}: something was stored");
}

#[tokio::test]
async fn the_same_request_signed_anew_gets_the_same_bytes_and_is_marked() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (function, draft) in every_mutation(&deal, 0).await {
        let first = done_now(&world, function, &draft).await;
        world.pass(Duration::from_secs(7));
        done_before(&world, function, &draft, &first).await;
        // The draft of the header writes the key as a quoted string: it is the same key.
        let quoted = draft.clone().with_key(format!("\"{}\"", draft.key.clone().unwrap()));
        done_before(&world, function, &quoted, &first).await;
    }
}

#[tokio::test]
async fn payload_tampering() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (function, draft) in every_mutation(&deal, 0).await {
        let first = done_now(&world, function, &draft).await;
        // One byte of white space makes another request: what was signed is compared, not what it means.
        let mut other = draft.body.to_vec();
        other.push(b'\n');
        for changed in [
            draft.clone().with_body(other),
            draft.clone().with_target(format!("{}?a=1", draft.target)),
        ] {
            world
                .refused(function, changed.signed(&world), Code::IdempotencyConflict)
                .await;
        }
        done_before(&world, function, &draft, &first).await;
    }
    // The path is a part of the request too.
    let one = ready(&deal, "cancel-job", BUYER, 100).await;
    let two = ready(&deal, "cancel-job", BUYER, 101).await.with_key("cancel-job-100");
    done_now(&world, "one", &one).await;
    world
        .refused("another job", two.signed(&world), Code::IdempotencyConflict)
        .await;
}

#[tokio::test]
async fn a_key_counts_per_caller_and_function() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let publish = ready(&deal, "publish-offer", SELLER, 1).await.with_key("k");
    let mut offers = Vec::new();
    for bot in [SELLER, BUYER, STRANGER] {
        let answer = done_now(&world, "publish", &publish.clone().by(bot)).await;
        offers.push(serde_json::from_slice::<OfferView>(answer.body()).unwrap().offer_id);
    }
    offers.dedup();
    assert_eq!(offers.len(), 3, "each bot's offer is its own");
    let job = bring(&deal, Stage::Accepted, 1).await;
    for function in ["lock-job", "submit-payment", "record-refund"] {
        let draft = job_call(&deal, &job, function, usual_caller(function), 1).await;
        done_now(&world, function, &draft.with_key("k")).await;
    }
}

#[tokio::test]
async fn a_refused_command_with_the_same_key_succeeds_once_the_state_allows_it() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = bring(&deal, Stage::Requested, 1).await;
    let accept = job_call(&deal, &job, "accept-job", BUYER, 1).await;
    for _ in 0..3 {
        world
            .refused("not quoted", accept.signed(&world), Code::WrongState)
            .await;
    }
    deal.quote(job.job_id, 1).await;
    let first = done_now(&world, "quoted", &accept).await;
    done_before(&world, "accepted", &accept, &first).await;
}

#[tokio::test]
async fn what_is_not_done_for_lack_of_service_is_not_stored_and_succeeds_later() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (function, draft) in every_mutation(&deal, 0).await {
        for (fault, code) in [
            (Fault::TransactionConflict, Code::ConcurrentRequest),
            (Fault::TransactionThrottled, Code::Unavailable),
        ] {
            world.faults(function).next("TransactWriteItems", fault);
            let case = format!("{function}: {fault:?}");
            let told = world.refused(&case, draft.signed(&world), code).await;
            assert_eq!(told["retry"]["kind"], "after", "{case}");
            assert_eq!(world.faults(function).outstanding(), 0, "{case}");
        }
        done_now(&world, function, &draft).await;
    }
}

/// The SDK tries three times, with waits that are real: the four run side by side, and only once.
#[tokio::test]
async fn a_database_that_stays_away_is_a_503_and_nothing_is_stored() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let cases = [
        ("pause-offer", Fault::Throttle),
        ("cancel-offer", Fault::InternalError),
        ("decline-job", Fault::TimeoutBeforeCommit),
        ("cancel-job", Fault::TransactionInProgress),
    ];
    let mut drafts = Vec::new();
    for (number, (function, fault)) in cases.into_iter().enumerate() {
        drafts.push((
            function,
            fault,
            ready(&deal, function, usual_caller(function), number as u32).await,
        ));
        world.faults(function).times(3, "TransactWriteItems", fault);
    }
    let stored = world.dump();
    join_all(drafts.iter().map(async |(function, fault, draft)| {
        let answer = world.send(draft.signed(&world)).await;
        // A transaction under way elsewhere is contention, not absence.
        let code = if *fault == Fault::TransactionInProgress {
            Code::ConcurrentRequest
        } else {
            Code::Unavailable
        };
        problem(function, &answer, code);
    }))
    .await;
    assert!(world.dump() == stored);
    for (function, _, draft) in &drafts {
        world.faults(function).clear();
        done_now(&world, function, draft).await;
    }
}

/// The commit happens and nobody hears of it. The waits between the SDK's tries are real, so all routes run side by side.
#[tokio::test]
async fn a_time_out_after_the_commit_and_a_retry_give_the_first_answer() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let drafts = every_mutation(&deal, 0).await;
    for (function, _) in &drafts {
        let faults = world.faults(function);
        faults.next("TransactWriteItems", Fault::TimeoutAfterCommit);
        faults.times(2, "TransactWriteItems", Fault::TimeoutBeforeCommit);
    }
    let before = world.dump();
    join_all(drafts.iter().map(async |(function, draft)| {
        problem(function, &world.send(draft.signed(&world)).await, Code::Unavailable);
    }))
    .await;
    let stored = world.dump();
    assert!(stored != before, "it was committed all the same");
    for (function, draft) in &drafts {
        assert_eq!(world.faults(function).outstanding(), 0, "{function}");
        let first = world.send(draft.signed(&world)).await;
        assert!(first.status().is_success() && replayed(&first), "{function}");
        done_before(&world, function, draft, &first).await;
    }
    assert!(world.dump() == stored, "each was done once");
}

#[tokio::test]
async fn a_time_out_that_the_sdk_mends_by_itself_is_not_seen() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let draft = ready(&deal, "cancel-job", BUYER, 1).await;
    world
        .faults("cancel-job")
        .next("TransactWriteItems", Fault::TimeoutAfterCommit);
    let first = world.send(draft.signed(&world)).await;
    assert!(first.status().is_success());
    done_before(&world, "retry", &draft, &first).await;
}

#[tokio::test]
async fn parallel_execution() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (function, draft) in every_mutation(&deal, 0).await {
        let answers = join_all((0..8).map(|_| world.send(draft.signed(&world)))).await;
        let done: Vec<&Response<Bytes>> = answers.iter().filter(|answer| answer.status().is_success()).collect();
        for refused in answers.iter().filter(|answer| !answer.status().is_success()) {
            problem(function, refused, Code::ConcurrentRequest);
        }
        assert_eq!(done.iter().filter(|answer| !replayed(answer)).count(), 1, "{function}");
        assert!(done.iter().all(|answer| answer.body() == done[0].body()), "{function}");
    }
}

#[tokio::test]
async fn ttl_cache_timeout() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let pause = ready(&deal, "pause-offer", SELLER, 1).await;
    let accept = ready(&deal, "accept-job", BUYER, 2).await;
    let paused = done_now(&world, "pause", &pause).await;
    let accepted = done_now(&world, "accept", &accept).await;

    world.pass(DAY - Duration::from_secs(1));
    done_before(&world, "a second before", &pause, &paused).await;
    done_before(&world, "a second before", &accept, &accepted).await;

    world.pass(Duration::from_secs(1));
    let records = world.dump()["Idempotency"].len();
    // The records are still there, since TTL deletes lazily; they count no more.
    world
        .refused("accepted long ago", accept.signed(&world), Code::WrongState)
        .await;
    let again = done_now(&world, "paused again", &pause).await;
    assert_ne!(again.body(), paused.body(), "it was done at another time");
    done_before(&world, "from the new record", &pause, &again).await;
    assert_eq!(
        world.dump()["Idempotency"].len(),
        records,
        "the new record took the old one's place"
    );
}

/// What a body says of time is right when it comes first, and may be wrong when the retry comes.
#[tokio::test]
async fn a_retry_gets_its_answer_although_what_it_says_of_time_is_over() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let soon = json!(world.now().plus(Seconds(30)));
    let publish = ready(&deal, "publish-offer", SELLER, 1)
        .await
        .with_member("expires_at", soon.clone());
    let edit = ready(&deal, "edit-offer", SELLER, 2)
        .await
        .with_member("expires_at", soon);
    let standing = bring(&deal, Stage::Requested, 3).await;
    let quote = job_call(&deal, &standing, "quote-job", SELLER, 3).await;
    // Its expiry is left out, so it counts from the request's own `created`: 15 minutes, just as this one says.
    let mut body = quote.json();
    body.as_object_mut().unwrap().remove("expires_at");
    let by_default = quote.with_json(&body);
    let lapsing = bring(&deal, Stage::Requested, 4).await;
    let lapsing = job_call(&deal, &lapsing, "quote-job", SELLER, 4).await;
    let cases = [
        ("an offer that is over", publish, Code::InvalidField),
        ("an edit of what is over", edit, Code::InvalidField),
        ("a quote by default", by_default, Code::StatementSignatureInvalid),
        ("a quote that has expired", lapsing, Code::InvalidField),
    ];
    let mut firsts = Vec::new();
    for (case, draft, _) in &cases {
        firsts.push(done_now(&world, case, draft).await);
    }
    world.pass(Duration::from_secs(901));
    for ((case, draft, code), first) in cases.iter().zip(&firsts) {
        done_before(&world, case, draft, first).await;
        // Whoever asks for the first time is refused, and so is the same key for something else.
        world
            .refused(case, draft.clone().with_key("fresh").signed(&world), *code)
            .await;
        let other = draft.clone().with_body([draft.body.as_ref(), b" "].concat());
        world.refused(case, other.signed(&world), *code).await;
    }
    // A record that is over answers nobody.
    world.pass(DAY);
    for (case, draft, code) in &cases {
        world.refused(case, draft.signed(&world), *code).await;
    }
}

#[tokio::test]
async fn a_creation_tried_again_after_its_record_is_gone_makes_no_second_thing() {
    for swept in [false, true] {
        let world = World::new().await;
        let deal = Deal::new(&world).await;
        for (function, number) in [("publish-offer", 1), ("request-job", 2)] {
            let draft = ready(&deal, function, usual_caller(function), number).await;
            // What a body says of time would be wrong a day later, which is not what is looked at here.
            let mut body = draft.json();
            body.as_object_mut().unwrap().remove("expires_at");
            let draft = draft.with_json(&body);
            done_now(&world, function, &draft).await;
            world.pass(DAY);
            if swept {
                world.stack.database().sweep_ttl().unwrap();
            }
            for wait in [0, 86_400, 3 * 86_400] {
                world.pass(Duration::from_secs(wait));
                let case = format!("{function}, swept: {swept}");
                world
                    .refused(&case, draft.signed(&world), Code::IdempotencyConflict)
                    .await;
            }
            // Nor does another body under the same key.
            let other = draft.clone().with_body([draft.body.as_ref(), b" "].concat());
            world
                .refused(function, other.signed(&world), Code::IdempotencyConflict)
                .await;
            world.set_clock(world.now().minus(Seconds(5 * 86_400)));
        }
    }
}
