//! What is remembered over kills, and who may do what when several share a file.

use nanoark_client::System;
use nanoark_client::wire::jobs::DeliveredOutcome;
use nanoark_domain::bot::BotId;
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{JobSummary, Status};
use nanoark_domain::payload::Output;
use nanoark_domain::payment::PaymentStatus;
use serde_json::json;

use super::*;
use crate::seller::record::RunRecord;
use crate::seller::samples::at;

fn open(folder: &tempfile::TempDir, offer: &str) -> State {
    State::open(&folder.path().join("seller.sqlite"), offer, Durability::Full, &System).unwrap()
}

fn listed(number: u8, version: u64) -> JobSummary {
    JobSummary {
        job_id: JobId::from_bytes([number; 16]),
        offer_id: OfferId::from_bytes([2; 16]),
        buyer: BotId::from_bytes([3; 32]),
        seller: BotId::from_bytes([4; 32]),
        status: Status::Requested,
        payment_status: PaymentStatus::None,
        version,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn claimed(state: &State, most: usize, seconds: u64) -> Vec<u8> {
    let claimed = state.claim_due(most, 0, at(seconds)).unwrap();
    claimed.iter().map(|claimed| claimed.job_id.as_bytes()[0]).collect()
}

fn give_back(state: &State, number: u8, seen: u64, next: NextLook) {
    let job = JobId::from_bytes([number; 16]);
    state.give_back(job, seen, next, 0, at(50)).unwrap();
}

#[test]
fn due_jobs_are_taken_oldest_first_by_one_process_each() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(&folder, "a"), open(&folder, "a"));
    assert_eq!(one.worker(), two.worker());
    one.note(&[listed(3, 1)], None, at(1)).unwrap();
    one.note(&[listed(1, 1), listed(2, 1)], None, at(2)).unwrap();
    assert_eq!(claimed(&one, 2, 1), [3]);
    assert_eq!(claimed(&two, 1, 5), [1]);
    assert_eq!(claimed(&one, 9, 5), [2]);
    assert_eq!(claimed(&two, 9, 5), [0; 0]);
    // Given back for a later time, or for news only; not by a process that does not have it.
    give_back(&two, 2, 1, NextLook::At(at(10)));
    assert_eq!(claimed(&two, 9, 20), [0; 0]);
    give_back(&one, 2, 1, NextLook::At(at(30)));
    give_back(&one, 3, 1, NextLook::OnNews);
    assert_eq!(one.next_due().unwrap(), Some(at(30)));
    assert_eq!(claimed(&two, 9, 29), [0; 0]);
    assert_eq!(claimed(&two, 9, 30), [2]);
    assert_eq!(claimed(&one, 9, 9_000), [0; 0]);
}

#[test]
fn what_waits_for_a_tool_goes_to_whoever_has_one_longest_waiting_first() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(&folder, "a"), open(&folder, "a"));
    one.note(&[listed(1, 1), listed(2, 1), listed(3, 1)], None, at(1))
        .unwrap();
    assert_eq!(claimed(&one, 9, 1), [1, 2, 3]);
    let wait = |state: &State, number: u8, seconds| {
        let job = JobId::from_bytes([number; 16]);
        state
            .give_back(job, 1, NextLook::WhenToolIsFree, 0, at(seconds))
            .unwrap();
    };
    wait(&one, 2, 10);
    wait(&one, 1, 11);
    assert!(two.somebody_waits().unwrap());
    assert_eq!((two.next_due().unwrap(), claimed(&two, 9, 20)), (None, vec![]));
    let with_tools = |state: &State, tools, seconds| {
        let claimed = state.claim_due(9, tools, at(seconds)).unwrap();
        claimed
            .iter()
            .map(|claimed| claimed.job_id.as_bytes()[0])
            .collect::<Vec<u8>>()
    };
    assert_eq!(with_tools(&two, 1, 20), [2]);
    // Whoever waits again keeps its place.
    wait(&two, 2, 30);
    assert_eq!(with_tools(&one, 1, 30), [2]);
    // News is looked at without a tool.
    one.note(&[listed(1, 2)], None, at(40)).unwrap();
    assert_eq!(claimed(&two, 9, 40), [1]);
    assert!(!two.somebody_waits().unwrap());
}

#[test]
fn only_a_later_version_is_news_also_when_it_comes_while_a_job_is_attended_to() {
    let folder = tempfile::tempdir().unwrap();
    let state = open(&folder, "a");
    state.note(&[listed(1, 4)], None, at(1)).unwrap();
    assert_eq!(claimed(&state, 9, 1), [1]);
    give_back(&state, 1, 6, NextLook::OnNews);
    // Listed again as it was seen, or before that.
    for version in [4, 5, 6] {
        state.note(&[listed(1, version)], None, at(2)).unwrap();
        assert_eq!(claimed(&state, 9, 100), [0; 0], "version {version}");
    }
    state.note(&[listed(1, 7)], None, at(2)).unwrap();
    assert_eq!(claimed(&state, 9, 2), [1]);
    state.note(&[listed(1, 8)], None, at(3)).unwrap();
    assert_eq!(claimed(&state, 9, 100), [0; 0], "it is attended to");
    give_back(&state, 1, 7, NextLook::OnNews);
    assert_eq!(claimed(&state, 9, 50), [1], "version 8 was not seen");
}

#[test]
fn a_cursor_is_kept_with_the_jobs_before_it_for_each_process_and_offer() {
    let folder = tempfile::tempdir().unwrap();
    let state = open(&folder, "a");
    assert_eq!(state.cursor().unwrap(), None);
    state.note(&[listed(1, 1)], Some("c1"), at(1)).unwrap();
    state.note(&[], None, at(1)).unwrap();
    let other = open(&folder, "a");
    assert_eq!(other.cursor().unwrap(), None);
    other.note(&[], Some("c2"), at(1)).unwrap();
    drop((state, other));
    let state = open(&folder, "a");
    assert_eq!(state.cursor().unwrap().as_deref(), Some("c1"));
    assert_eq!(open(&folder, "a").cursor().unwrap().as_deref(), Some("c2"));
    // A worker of another offer in the same place listed other jobs.
    drop(state);
    let other_offer = open(&folder, "b");
    assert_eq!(other_offer.cursor().unwrap(), None);
    assert_eq!(claimed(&other_offer, 9, 100), [0; 0]);
    drop(other_offer);
    assert_eq!(open(&folder, "a").cursor().unwrap().as_deref(), Some("c1"));
}

#[test]
fn what_a_dead_process_had_taken_is_free_and_what_a_living_one_has_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(&folder, "a"), open(&folder, "a"));
    one.note(&[listed(1, 1), listed(2, 1)], None, at(1)).unwrap();
    assert_eq!(claimed(&one, 1, 1), [1]);
    assert_eq!(claimed(&two, 1, 1), [2]);
    two.free_dead(at(5)).unwrap();
    assert_eq!(claimed(&two, 9, 5), [0; 0]);
    drop(one);
    two.free_dead(at(6)).unwrap();
    assert_eq!(claimed(&two, 9, 6), [1]);
    drop(two);
    let next = open(&folder, "a");
    assert_eq!(claimed(&next, 9, 4_000_000_000), [1, 2]);
}

#[test]
fn an_outcome_is_recorded_once_and_survives() {
    let folder = tempfile::tempdir().unwrap();
    let job = JobId::from_bytes([1; 16]);
    let result = |text: &str| DeliveredOutcome::Result(Output::Json(json!(text)));
    let state = open(&folder, "a");
    state.note(&[listed(1, 1)], None, at(1)).unwrap();
    assert_eq!(state.outcome(job).unwrap(), None);
    state
        .change(job, |record| record.run = RunRecord::UnderWay { started: 1, failed: 0 })
        .unwrap();
    drop(state);
    let state = open(&folder, "a");
    assert_eq!(
        state.record(job).unwrap().run,
        RunRecord::UnderWay { started: 1, failed: 0 }
    );
    assert_eq!(state.finish(job, &result("one")).unwrap().run, RunRecord::Finished);
    drop(state);
    let state = open(&folder, "a");
    state.finish(job, &result("two")).unwrap();
    assert_eq!(state.outcome(job).unwrap(), Some(result("one")));
    let failed = DeliveredOutcome::Error("not taken".to_owned());
    state.finish(job, &failed).unwrap();
    state.finish(job, &result("three")).unwrap();
    assert_eq!(state.outcome(job).unwrap(), Some(failed));
}

#[test]
fn an_offers_generation_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let state = open(&folder, "a");
    assert_eq!(state.offer("a").unwrap(), OfferRecord::default());
    let record = OfferRecord {
        generation: 4,
        paused_by_us: true,
    };
    state.set_offer("a", record).unwrap();
    drop(state);
    let state = open(&folder, "a");
    assert_eq!(state.offer("a").unwrap(), record);
    assert_eq!(state.offer("b").unwrap(), OfferRecord::default());
}

#[test]
fn a_file_of_a_later_version_or_readable_by_others_is_not_made_or_taken() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder, "a"));
    let path = folder.path().join("seller.sqlite");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let refused = State::open(&path, "a", Durability::Full, &System);
    assert!(matches!(
        refused,
        Err(StateError::Open(OpenError::TooNew { version: 99, known: 1 }))
    ));
}
