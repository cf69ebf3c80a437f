use std::collections::BTreeSet;
use std::time::Duration;

use http::StatusCode;
use nanoark_domain::id::JobId;
use nanoark_http::problem::{Code, Problem, Retry};
use nanoark_http::signature::Signed;
use serde_json::json as value;

use super::{Outcome, Script, gateway, json, problem};
use crate::{ClientError, IdempotencyKey, ProblemCode, RetryPolicy, TransportError};

const JOB: JobId = JobId::from_bytes([1; 16]);

fn key() -> IdempotencyKey {
    "key-1".parse().unwrap()
}

fn accepted() -> Outcome {
    let body = value!({"job_id": JOB, "status": "accepted", "updated_at": "2026-11-21T09:30:00Z"});
    json(200, &body.to_string())
}

#[tokio::test]
async fn what_passes_is_sent_again_with_the_same_key_and_a_fresh_signature() {
    let script = Script::new([
        problem(Problem::new(Code::Unavailable, "No answer.")),
        Err(TransportError::Timeout),
        gateway(StatusCode::TOO_MANY_REQUESTS),
        accepted(),
    ]);
    let (client, surroundings) = script.client();
    let answer = client.accept_job(&key(), JOB).await.unwrap();
    assert_eq!(
        (answer.attempts, answer.replayed, answer.request_id.as_deref()),
        (4, false, Some("r1"))
    );

    let signed = script.signed();
    assert_eq!(signed.len(), 4);
    assert!(
        signed
            .iter()
            .all(|one| one.idempotency_key() == Some(&key()) && one.bot() == client.bot().id())
    );
    assert_eq!(signed.iter().map(Signed::fingerprint).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(
        signed
            .iter()
            .map(|one| one.nonce().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
            .len(),
        4
    );
    let created: Vec<_> = signed.iter().map(Signed::created).collect();
    assert!(created.windows(2).all(|pair| pair[0] < pair[1]), "{created:?}");
    // `unavailable` asks for 2 s; the rest is at most 200, 400 and 800 ms of jitter.
    let slept = surroundings.slept();
    assert!(
        (Duration::from_secs(2)..Duration::from_millis(3_400)).contains(&slept),
        "{slept:?}"
    );
}

#[tokio::test]
async fn an_answer_from_the_record_is_told_apart() {
    let mut answer = accepted().unwrap();
    answer
        .headers_mut()
        .insert("idempotency-replayed", "true".parse().unwrap());
    let (client, _) = Script::new([Ok(answer)]).client();
    assert!(client.accept_job(&key(), JOB).await.unwrap().replayed);
}

#[tokio::test]
async fn what_is_final_is_sent_once() {
    let patient = Problem::new(Code::BlockUsed, "Another job's.").with_retry(Retry::After { after_seconds: 60 });
    let finals = [
        problem(Problem::new(Code::WrongState, "The job is delivered.").with_current_state("delivered")),
        problem(Problem::new(Code::IdempotencyConflict, "Used.")),
        problem(Problem::new(Code::SignatureClockOff, "Your clock is off.")),
        // Longer than the policy's patience: the caller decides.
        problem(patient),
        gateway(StatusCode::FORBIDDEN),
        json(200, "{"),
        Err(TransportError::TooLarge(1)),
    ];
    for answer in finals {
        let script = Script::new([answer]);
        let (client, surroundings) = script.client();
        let error = client.accept_job(&key(), JOB).await.unwrap_err();
        assert_eq!(
            (script.asked().len(), surroundings.slept()),
            (1, Duration::ZERO),
            "{error}"
        );
    }
}

#[tokio::test]
async fn patience_ends_with_the_last_error() {
    let refusals = || (0..9).map(|_| problem(Problem::new(Code::Internal, "Failed.")));
    let script = Script::new(refusals());
    let (client, _) = script.client();
    let error = client.accept_job(&key(), JOB).await.unwrap_err();
    assert_eq!((error.code(), script.asked().len()), (Some(Code::Internal), 4));

    let script = Script::new(refusals());
    let (client, _) = script.client();
    client
        .with_retry(RetryPolicy::NEVER)
        .accept_job(&key(), JOB)
        .await
        .unwrap_err();
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn a_problem_is_read_whole() {
    let refusal = Problem::new(Code::JobMismatch, "Not the job's.")
        .with_field("/buyer", "is not what the job holds")
        .with_current_state("quoted")
        .with_extra("payment_status", "none");
    let (client, _) = Script::new([problem(refusal)]).client();
    let error = client.accept_job(&key(), JOB).await.unwrap_err();
    let report = error.problem().unwrap();
    assert_eq!(report.status, StatusCode::CONFLICT);
    assert_eq!(report.code, ProblemCode::Known(Code::JobMismatch));
    assert_eq!(
        (report.detail.as_str(), report.request_id.as_str()),
        ("Not the job's.", "r2")
    );
    assert_eq!(
        (report.retry, report.current_state.as_deref()),
        (Retry::NewRequest, Some("quoted"))
    );
    assert_eq!(report.fields[0].pointer, "/buyer");
    assert_eq!(report.extra.keys().collect::<Vec<_>>(), ["payment_status"]);
    assert_eq!(
        error.to_string(),
        "job_mismatch: Not the job's. [/buyer is not what the job holds] (request r2)"
    );
}

#[tokio::test]
async fn a_later_version_s_code_and_hint_are_kept_and_not_followed() {
    let mut answer = json(
        418,
        r#"{"code":"teapot","retry":{"kind":"tomorrow"},"detail":"Short."}"#,
    )
    .unwrap();
    answer.headers_mut().insert(
        "content-type",
        "application/problem+json; charset=utf-8".parse().unwrap(),
    );
    let (client, _) = Script::new([Ok(answer)]).client();
    let error = client.accept_job(&key(), JOB).await.unwrap_err();
    let report = error.problem().unwrap();
    assert_eq!(
        (&report.code, report.retry),
        (&ProblemCode::Unknown("teapot".to_owned()), Retry::Never)
    );
    assert_eq!(error.code(), None);
}

#[tokio::test]
async fn an_answer_that_is_not_the_relay_s_is_shown_and_cut() {
    let (client, _) = Script::new([json(404, &"x".repeat(500))]).client();
    let error = client.job(JOB).await.unwrap_err();
    let ClientError::UnexpectedAnswer(answer) = error else {
        panic!("{error}")
    };
    assert_eq!((answer.status, answer.body.len()), (StatusCode::NOT_FOUND, 200));
}

#[test]
fn the_key_of_a_named_intention_is_always_the_same_and_its_own() {
    let (client, _) = Script::new([]).client();
    let key = client.key_for("quote:job_1");
    assert_eq!(key, client.clone().key_for("quote:job_1"));
    assert_eq!(key.as_str().len(), 64);
    for other in ["quote:job_2", "accept:job_1", "", "QUOTE:job_1", "quote:job_1 "] {
        assert_ne!(client.key_for(other), key, "{other:?}");
    }
    let (long, strange) = ("x".repeat(1_000), "größe\n\u{0}");
    assert_ne!(client.key_for(&long), client.key_for(strange));

    let surroundings = crate::Simulated::new(std::sync::Arc::new(|| 0), 7);
    let bot = crate::Bot::from_seed(&[0x22; 32]);
    let another = crate::Client::new("https://relay.example", Script::new([]), bot, surroundings).unwrap();
    assert_ne!(another.key_for("quote:job_1"), key);
}
