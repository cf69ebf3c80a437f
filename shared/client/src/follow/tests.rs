use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_http::problem::Problem;
use nanoark_surroundings::{Pending, Simulated};
use serde_json::json as value;
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::realtime::HintSender;
use crate::tests::{Outcome, START, json, problem};
use crate::{Bot, RetryPolicy, TransportError};

/// A relay that answers polls from a list, and with an idle page when the list is over.
#[derive(Clone)]
struct Polls {
    answers: Arc<Mutex<VecDeque<Outcome>>>,
    /// When it was asked, in seconds, and for what.
    asked: Arc<Mutex<Vec<(f64, String)>>>,
    began: Instant,
}

impl Transport for Polls {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Outcome> {
        let mut what = request.uri().query().unwrap().to_owned();
        if let Some(etag) = request.headers().get("if-none-match") {
            what = format!("{what} {}", etag.to_str().unwrap());
        }
        self.asked
            .lock()
            .unwrap()
            .push((self.began.elapsed().as_secs_f64(), what));
        // An answer takes a moment, in which a caller may give up.
        Box::pin(async move {
            sleep(Duration::from_millis(50)).await;
            let answer = self.answers.lock().unwrap().pop_front();
            answer.unwrap_or_else(|| page("idle", &[], Some(10_000)))
        })
    }
}

impl Polls {
    fn follower(answers: impl IntoIterator<Item = Outcome>) -> (Self, Follower<Self>) {
        let polls = Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            asked: Arc::default(),
            began: Instant::now(),
        };
        let surroundings = Simulated::on_tokio_clock(Timestamp::from_millis(START), 7);
        let bot = Bot::from_seed(&[1; 32]);
        let client = Client::new("https://relay.example", polls.clone(), bot, surroundings).unwrap();
        (
            polls,
            Follower::new(client.with_retry(RetryPolicy::NEVER), Party::Seller),
        )
    }

    fn then(&self, answers: impl IntoIterator<Item = Outcome>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// What was asked for, in order.
    fn queries(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(_, what)| what.clone())
            .collect()
    }

    /// How many polls there were, and when the last one was.
    fn last(&self) -> (usize, f64) {
        let asked = self.asked.lock().unwrap();
        (asked.len(), asked.last().unwrap().0)
    }
}

const fn job(number: u8) -> JobId {
    JobId::from_bytes([number; 16])
}

/// A page of these jobs at these versions, with the wait before the next poll, or more to come.
fn page(cursor: &str, jobs: &[(u8, u64)], next_poll_ms: Option<u64>) -> Outcome {
    let summary = |(number, version): &(u8, u64)| {
        value!({
            "job_id": job(*number), "offer_id": format!("offer_{}", "1".repeat(32)),
            "buyer": Bot::from_seed(&[2; 32]).id(), "seller": Bot::from_seed(&[1; 32]).id(),
            "status": "requested", "payment_status": "none", "version": version,
            "created_at": "2026-11-21T09:30:00Z",
            "updated_at": Timestamp::from_millis(START + 1_000 * *version),
        })
    };
    let jobs: Vec<_> = jobs.iter().map(summary).collect();
    let body = value!({"jobs": jobs, "cursor": cursor, "more": next_poll_ms.is_none(), "next_poll_ms": next_poll_ms.unwrap_or(0)});
    json(200, &body.to_string()).map(|mut answer| {
        let etag = format!("\"{cursor}\"").parse().unwrap();
        answer.headers_mut().insert("etag", etag);
        answer
    })
}

fn unchanged(next_poll_ms: u64) -> Outcome {
    let answer = Response::builder()
        .status(304)
        .header("nanoark-next-poll-ms", next_poll_ms);
    Ok(answer.body(Bytes::new()).unwrap())
}

/// What is handed out within this many seconds.
async fn within(follower: &mut Follower<Polls>, seconds: u64) -> Option<Vec<(u8, u64)>> {
    let jobs = timeout(Duration::from_secs(seconds), follower.next())
        .await
        .ok()?
        .unwrap();
    Some(jobs.iter().map(|job| (job.job_id.as_bytes()[0], job.version)).collect())
}

fn hint(number: u8, version: u64) -> Hint {
    Hint::Job {
        job_id: job(number),
        version,
        status: Status::Requested,
    }
}

/// A follower that is idle, with hints that come.
async fn hinted() -> (Polls, Follower<Polls>, HintSender) {
    let (polls, follower) = Polls::follower([page("c", &[], Some(2_000))]);
    let (sender, hints) = Hints::channel();
    let mut follower = follower.with_hints(hints);
    sender.send(Hint::Connected);
    assert_eq!(within(&mut follower, 25).await, None);
    assert_eq!(polls.last().0, 2, "one poll, and another when hints began");
    (polls, follower, sender)
}

#[tokio::test(start_paused = true)]
async fn pages_follow_each_other_at_once_and_then_as_the_relay_asks() {
    let (polls, mut follower) = Polls::follower([
        page("a", &[(1, 1), (2, 1)], None),
        page("b", &[(3, 4)], Some(2_000)),
        page("b", &[(3, 4)], Some(5_000)),
        unchanged(10_000),
        page("c", &[(3, 5)], Some(2_000)),
    ]);
    assert_eq!(follower.cursor(), None);
    assert_eq!(within(&mut follower, 1).await.unwrap(), [(1, 1), (2, 1)]);
    assert_eq!((follower.cursor(), follower.caught_up()), (Some("a"), false));
    assert_eq!(within(&mut follower, 1).await.unwrap(), [(3, 4)]);
    assert_eq!((follower.cursor(), follower.caught_up()), (Some("b"), true));
    assert_eq!(
        within(&mut follower, 60).await.unwrap(),
        [(3, 5)],
        "what was handed out is not handed out again"
    );
    assert_eq!(
        polls.queries(),
        [
            "role=seller",
            "role=seller&cursor=a",
            "role=seller&cursor=b",
            "role=seller&cursor=b \"b\"",
            "role=seller&cursor=b \"b\"",
        ]
    );
    let times: Vec<f64> = polls.asked.lock().unwrap().iter().map(|(at, _)| *at).collect();
    let rests: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0] - 0.05).collect();
    for (rest, asked) in rests.iter().zip([0.0, 2.0, 5.0, 10.0]) {
        assert!((asked - 0.002..=asked * 1.25 + 0.002).contains(rest), "{rest} {asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_from_where_it_was_told_to() {
    for (since, query) in [
        (Since::Beginning, "role=seller"),
        (Since::Cursor("e30".to_owned()), "role=seller&cursor=e30"),
        (
            Since::Instant(Timestamp::from_millis(START + 450)),
            "role=seller&updated_after=2026-11-21T09%3A30%3A00.25Z",
        ),
        (
            Since::Instant(Timestamp::EPOCH),
            "role=seller&updated_after=1970-01-01T00%3A00%3A00Z",
        ),
    ] {
        let (polls, follower) = Polls::follower([]);
        assert_eq!(within(&mut follower.since(since), 1).await, None);
        assert_eq!(polls.queries(), [query]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_is_handed_out_once_and_the_newest_counts() {
    let (_, mut follower) = Polls::follower([
        page("a", &[(1, 2), (2, 1)], None),
        // The index may lag: an older version after a newer one.
        page("b", &[(1, 1), (2, 2), (2, 2)], None),
        page("c", &[(1, 3), (2, 2)], Some(2_000)),
    ]);
    assert_eq!(within(&mut follower, 1).await.unwrap(), [(1, 2), (2, 1)]);
    assert_eq!(within(&mut follower, 1).await.unwrap(), [(2, 2)]);
    assert_eq!(within(&mut follower, 1).await.unwrap(), [(1, 3)]);
}

#[tokio::test(start_paused = true)]
async fn giving_up_the_wait_at_any_point_loses_nothing() {
    let pages = [
        page("a", &[(1, 1)], None),
        page("b", &[], Some(2_000)),
        page("c", &[(2, 1)], Some(2_000)),
        page("d", &[(3, 1)], Some(2_000)),
    ];
    for patience in [60, 90, 700] {
        let (_, mut follower) = Polls::follower(pages.clone());
        let mut found = Vec::new();
        for _ in 0..200 {
            if let Ok(jobs) = timeout(Duration::from_millis(patience), follower.next()).await {
                found.extend(jobs.unwrap().iter().map(|job| job.job_id.as_bytes()[0]));
            }
        }
        assert_eq!(found, [1, 2, 3], "{patience}");
    }
    let (polls, mut follower) = Polls::follower(pages);
    assert!(timeout(Duration::from_millis(20), follower.next()).await.is_err());
    assert_eq!(follower.cursor(), None);
    assert_eq!(within(&mut follower, 1).await.unwrap(), [(1, 1)]);
    assert_eq!(polls.queries(), ["role=seller", "role=seller"]);
}

#[tokio::test(start_paused = true)]
async fn hints_make_it_rest_and_wake_it() {
    let (polls, mut follower, sender) = hinted().await;
    let before = polls.last().1;
    assert_eq!(within(&mut follower, 200).await, None);
    let (count, last) = polls.last();
    let rest = (last - before) / (count - 2) as f64;
    assert!((30.0..38.0).contains(&rest), "{rest}");

    polls.then([page("d", &[(1, 1)], Some(2_000))]);
    sender.send(hint(1, 1));
    assert_eq!(within(&mut follower, 1).await.unwrap(), [(1, 1)]);

    // What was seen is no news.
    sender.send(hint(1, 1));
    let count = polls.last().0;
    assert_eq!(within(&mut follower, 29).await, None);
    assert_eq!(polls.last().0, count);
}

#[tokio::test(start_paused = true)]
async fn what_a_hint_named_is_looked_for_until_the_index_shows_it_but_not_for_ever() {
    let (polls, mut follower, sender) = hinted().await;
    let empty = || page("c", &[], Some(10_000));
    polls.then([empty(), empty(), page("d", &[(1, 7)], Some(2_000))]);
    sender.send(hint(1, 6));
    let asked = polls.began.elapsed().as_secs_f64();
    assert_eq!(within(&mut follower, 5).await.unwrap(), [(1, 7)]);
    assert!(
        polls.last().1 - asked < 2.5,
        "at once, after half a second and after another"
    );

    // A job on the other side never shows.
    sender.send(hint(9, 1));
    let count = polls.last().0;
    assert_eq!(within(&mut follower, 40).await, None);
    assert!(
        (5..=6).contains(&(polls.last().0 - count)),
        "{}",
        polls.last().0 - count
    );
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_hints_is_no_flood_of_polls() {
    let (polls, mut follower, sender) = hinted().await;
    let count = polls.last().0;
    let flood = async {
        for number in 0..250 {
            sender.send(hint(number, 1));
            sleep(Duration::from_millis(4)).await;
        }
    };
    let (_, nothing) = tokio::join!(flood, within(&mut follower, 1));
    assert_eq!(nothing, None);
    assert!(polls.last().0 - count <= 5, "{}", polls.last().0 - count);
}

#[tokio::test(start_paused = true)]
async fn without_the_socket_it_polls_as_ever() {
    let (polls, mut follower, sender) = hinted().await;
    polls.then([page("c", &[], Some(2_000)), page("d", &[(1, 1)], Some(2_000))]);
    sender.send(Hint::Disconnected);
    let lost = polls.began.elapsed().as_secs_f64();
    assert_eq!(within(&mut follower, 5).await.unwrap(), [(1, 1)]);
    let last = polls.last().1 - lost;
    assert!(
        (2.0..4.0).contains(&last),
        "one poll within a second, the next two seconds later: {last}"
    );

    // The task that hinted is gone for good: that is no reason to stop, nor to spin.
    drop(sender);
    let count = polls.last().0;
    assert_eq!(within(&mut follower, 100).await, None);
    assert!(
        (8..=11).contains(&(polls.last().0 - count)),
        "{}",
        polls.last().0 - count
    );
}

#[tokio::test(start_paused = true)]
async fn after_an_error_it_waits_by_itself_and_goes_on_where_it_was() {
    let busy = Problem::new(Code::Unavailable, "No answer.");
    let (polls, mut follower) = Polls::follower([
        page("a", &[(1, 1)], Some(2_000)),
        problem(busy),
        Err(TransportError::Timeout),
        Err(TransportError::Timeout),
        page("b", &[(1, 2)], Some(2_000)),
    ]);
    assert!(within(&mut follower, 1).await.is_some());
    let mut times = Vec::new();
    for _ in 0..3 {
        assert!(follower.next().await.is_err());
        assert_eq!(follower.cursor(), Some("a"));
        times.push(polls.last().1);
    }
    assert_eq!(within(&mut follower, 60).await.unwrap(), [(1, 2)]);
    times.push(polls.last().1);
    let rests: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0] - 0.05).collect();
    for (rest, (least, most)) in rests.iter().zip([(2.0, 2.5), (1.0, 2.0), (2.0, 4.0)]) {
        assert!((least - 0.002..=most + 0.002).contains(rest), "{rests:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_is_not_taken_starts_the_list_again() {
    let refused = || problem(Problem::new(Code::BadCursor, "The cursor belongs to another query."));
    let (polls, follower) = Polls::follower([
        refused(),
        page("a", &[(1, 1), (2, 5)], Some(2_000)),
        refused(),
        page("b", &[(1, 1), (2, 5), (3, 6)], Some(2_000)),
    ]);
    let mut follower = follower.since(Since::Cursor("old".to_owned()));
    assert_eq!(
        within(&mut follower, 1).await.unwrap(),
        [(1, 1), (2, 5)],
        "of a stored cursor nothing is known"
    );
    assert_eq!(within(&mut follower, 5).await.unwrap(), [(3, 6)]);
    let restart = Timestamp::from_millis(START + 5_000 - 600_000)
        .to_string()
        .replace(':', "%3A");
    assert_eq!(
        polls.queries(),
        [
            "role=seller&cursor=old".to_owned(),
            "role=seller".to_owned(),
            "role=seller&cursor=a".to_owned(),
            format!("role=seller&updated_after={restart}"),
        ]
    );
    assert_eq!(follower.cursor(), Some("b"));
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_comes_back_shortens_the_wait_after_errors() {
    let (polls, follower) = Polls::follower((0..8).map(|_| Err(TransportError::Timeout)));
    let (sender, hints) = Hints::channel();
    let mut follower = follower.with_hints(hints);
    for _ in 0..8 {
        assert!(follower.next().await.is_err());
    }
    let failed = polls.last().1;
    assert_eq!(within(&mut follower, 5).await, None);
    assert_eq!(polls.last().1, failed, "it waits for at least 15 s");
    sender.send(Hint::Connected);
    assert_eq!(within(&mut follower, 1).await, None);
    assert!(polls.last().1 - failed < 6.1);
}

#[tokio::test]
async fn a_follower_may_be_moved_to_another_task() {
    let (_, follower) = Polls::follower([page("a", &[(1, 1)], Some(2_000))]);
    let mut follower = follower;
    let jobs = tokio::spawn(async move { follower.next().await.unwrap() })
        .await
        .unwrap();
    assert_eq!(jobs.len(), 1);
}
