//! Different commands that exclude each other, at once.

use nanoark_client::wire::jobs::{LockJob, Nothing, WithReason};
use nanoark_domain::job::Status;
use nanoark_domain::payment::OwedReason;

use super::tries::{Answer, BUYER, SELLER, Tries, job_path};
use super::{CROWD, assert_whole};
use crate::world::{Deal, Draft, World};

fn of_kind<'a>(answers: &'a [Answer], kind: &'a str) -> impl Iterator<Item = &'a Answer> {
    answers.iter().filter(move |answer| answer.key.starts_with(kind))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_is_accepted_at_most_once_and_cancelled_exactly_once() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.quoted(1).await.job_id;
    let tries = (0..CROWD).map(|number| {
        if number % 2 == 0 {
            Draft::post(BUYER, job_path(job, "accept"), format!("accept-{number}"), &Nothing {})
        } else {
            let body = WithReason { reason: None };
            Draft::post(BUYER, job_path(job, "cancel"), format!("cancel-{number}"), &body)
        }
    });
    let answers = Tries::send(&world, tries).await;
    let winners = answers.winners();
    assert_eq!(of_kind(&winners, "cancel").count(), 1);
    let accepted = of_kind(&winners, "accept").count();
    assert!(accepted <= 1);
    assert_eq!(answers.with_code("wrong_state").count(), CROWD - winners.len());
    let job = deal.job(job).await;
    assert_eq!((job.status, job.history.len()), (Status::Cancelled, 3 + accepted));
    assert_whole(&job);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_job_is_either_begun_or_withdrawn_and_the_money_is_never_forgotten() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    // Each job is one race; the order of the crowd differs, so that both sides win some.
    for number in 0..4 {
        let job = deal.paid(number).await.job_id;
        let tries = (0..CROWD).map(|place| {
            if (place + number as usize).is_multiple_of(2) {
                Draft::post(
                    SELLER,
                    job_path(job, "lock"),
                    format!("lock-{job}-{place}"),
                    &LockJob::default(),
                )
            } else {
                let body = WithReason { reason: None };
                Draft::post(BUYER, job_path(job, "cancel"), format!("cancel-{job}-{place}"), &body)
            }
        });
        let answers = Tries::send(&world, tries).await;
        let winner = answers.assert_one_winner(&["wrong_state", "locked"]);
        let job = deal.job(job).await;
        assert_whole(&job);
        if winner.key.starts_with("lock") {
            assert_eq!((job.status, job.refunds.owed), (Status::Running, None));
        } else {
            assert_eq!(job.status, Status::Cancelled);
            assert_eq!(job.refunds.owed.unwrap().reason, OwedReason::Cancelled);
            assert_eq!(answers.with_code("locked").count(), 0);
        }
        // A lease from the race before must not be in the way of the next.
        world.pass(std::time::Duration::from_secs(1));
    }
}
