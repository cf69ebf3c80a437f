//! What the embedded engine never does by itself and DynamoDB does: conflicts between transactions, and commits whose
//! answer is lost on the way.

use nanoark_client::wire::jobs::Nothing;
use nanoark_domain::job::Status;
use nanoark_testkit::dynamodb::Fault;

use super::tries::{Answer, BUYER, Tries, job_path};
use super::{CROWD, assert_whole};
use crate::world::{Deal, Draft, World};

const TRANSACTION: &str = "TransactWriteItems";

/// How often the SDK tries a call before it gives up.
const SDK_TRIES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn who_meets_a_conflict_is_told_to_come_again_and_then_hears_the_truth() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.quoted(1).await.job_id;
    let conflicts = CROWD / 4;
    world
        .faults("accept-job")
        .times(conflicts, TRANSACTION, Fault::TransactionConflict);
    let drafts: Vec<Draft> = (0..CROWD)
        .map(|number| Draft::post(BUYER, job_path(job, "accept"), format!("try-{number}"), &Nothing {}))
        .collect();
    let answers = Tries::send(&world, drafts.iter().cloned()).await;
    answers.assert_one_winner(&["wrong_state", "concurrent_request"]);
    let mut again = Vec::new();
    for answer in answers.with_code("concurrent_request") {
        assert_eq!(answer.retry_after.as_deref(), Some("1"));
        again.extend(
            drafts
                .iter()
                .find(|draft| draft.key.as_ref() == Some(&answer.key))
                .cloned(),
        );
    }
    assert_eq!(again.len(), conflicts);
    assert_eq!(world.faults("accept-job").outstanding(), 0);

    // The same keys: a conflict is never remembered, so each of them is decided now.
    let answers = Tries::send(&world, again.into_iter()).await;
    assert_eq!(
        answers.with_code("wrong_state").count(),
        conflicts,
        "{:?}",
        answers.codes()
    );
    assert_whole(&deal.job(job).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn if_everybody_meets_a_conflict_nothing_happens_and_the_next_round_has_a_winner() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.quoted(1).await.job_id;
    world
        .faults("accept-job")
        .times(CROWD, TRANSACTION, Fault::TransactionConflict);
    let drafts =
        || (0..CROWD).map(|number| Draft::post(BUYER, job_path(job, "accept"), format!("{number}"), &Nothing {}));
    let answers = Tries::send(&world, drafts()).await;
    assert_eq!(answers.with_code("concurrent_request").count(), CROWD);
    assert_eq!(deal.job(job).await.status, Status::Quoted);
    let answers = Tries::send(&world, drafts()).await;
    answers.assert_one_winner(&["wrong_state"]);
    assert_whole(&deal.job(job).await);
}

/// Time stands still but for the SDK's own waits between its tries, which pass at once.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_after_the_commit_is_given_again_to_the_same_key() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (number, lost) in [(1, 1), (2, SDK_TRIES)] {
        let job = deal.quoted(number).await.job_id;
        let draft = Draft::post(BUYER, job_path(job, "accept"), format!("lost-{number}"), &Nothing {});
        world
            .faults("accept-job")
            .times(lost, TRANSACTION, Fault::TimeoutAfterCommit);
        let first = Answer::of("lost", world.send(draft.signed(&world)).await);
        assert_eq!(world.faults("accept-job").outstanding(), 0);
        let committed = deal.job(job).await;
        assert_eq!(
            committed.status,
            Status::Accepted,
            "it was done, whatever the caller heard"
        );
        if lost < SDK_TRIES {
            // The SDK's next try carries the same client token: DynamoDB knows that it was done.
            assert_eq!((first.code().as_str(), first.replayed), ("200", false));
        } else {
            assert_eq!(
                (first.code().as_str(), first.retry_after.as_deref()),
                ("unavailable", Some("2"))
            );
        }

        world.pass(std::time::Duration::from_secs(2));
        let again = Answer::of("again", world.send(draft.signed(&world)).await);
        assert_eq!((again.code().as_str(), again.replayed), ("200", true));
        let updated_at = committed.updated_at.to_string();
        assert_eq!(
            again.json()["updated_at"],
            updated_at,
            "the first answer, not a new one"
        );
        if lost < SDK_TRIES {
            assert_eq!(again.body, first.body);
        }
        assert_eq!(deal.job(job).await, committed);
        assert_whole(&committed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_arrived_is_carried_out_when_it_comes_again() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.quoted(1).await.job_id;
    let draft = Draft::post(BUYER, job_path(job, "accept"), "gone", &Nothing {});
    for fault in [
        Fault::TimeoutBeforeCommit,
        Fault::InternalError,
        Fault::Throttle,
        Fault::TransactionInProgress,
    ] {
        world.faults("accept-job").times(SDK_TRIES, TRANSACTION, fault);
        let answer = Answer::of("gone", world.send(draft.signed(&world)).await);
        let expected = if fault == Fault::TransactionInProgress {
            "concurrent_request"
        } else {
            "unavailable"
        };
        assert_eq!(answer.code(), expected, "{fault:?}");
        assert!(answer.retry_after.is_some(), "{fault:?}");
        assert_eq!(deal.job(job).await.status, Status::Quoted, "{fault:?}");
        assert_eq!(world.faults("accept-job").outstanding(), 0, "{fault:?}");
    }
    let answer = Answer::of("gone", world.send(draft.signed(&world)).await);
    assert_eq!((answer.code().as_str(), answer.replayed), ("200", false));
}
