//! What a job costs.

use nanoark_client::wire::jobs::JobView;
use nanoark_domain::id::JobId;
use nanoark_domain::payload::Input;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::RawAmount;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::QuoteFailure;
use super::policy::{Policy, QUOTE_SLACK};
use super::tool::{Task, TaskKind};

/// The longest that the relay lets a quote stand.
const LONGEST: Seconds = Seconds(3_600);

/// What is said to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Price {
    /// It costs so much.
    Amount(RawAmount),
    /// It is not done.
    Declined(String),
}

/// What a quoting command writes. Exactly one of the three.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default)]
    amount_xno: Option<String>,
    #[serde(default)]
    amount_raw: Option<RawAmount>,
    #[serde(default)]
    decline: Option<String>,
}

impl Price {
    /// Reads a quoting command's answer: `{"amount_xno": "0.01"}`, `{"amount_raw": "…"}` or `{"decline": "why"}`.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn read(answer: Value) -> Result<Self, QuoteFailure> {
        let wrong = |error: String| QuoteFailure::Answer(error);
        let answer: Answer = serde_json::from_value(answer).map_err(|error| wrong(error.to_string()))?;
        let amount = match (answer.amount_xno, answer.amount_raw, answer.decline) {
            (Some(xno), None, None) => RawAmount::from_xno(&xno).map_err(|error| wrong(error.to_string()))?,
            (None, Some(raw), None) => raw,
            (None, None, Some(reason)) => return Ok(Self::Declined(shortened(&reason, 200))),
            (None, None, None) => return Err(wrong("it has none of them".to_owned())),
            (Some(_) | None, Some(_) | None, Some(_) | None) => {
                return Err(wrong("it has more than one of them".to_owned()));
            }
        };
        if amount == RawAmount::ZERO {
            return Err(QuoteFailure::Zero);
        }
        Ok(Self::Amount(amount))
    }
}

/// What a quoting command is asked.
#[must_use]
pub(super) fn question(job: &JobView) -> Task {
    let input = match &job.input {
        Some(Input::Json(value)) => value.clone(),
        Some(Input::Sealed(_)) | None => Value::Null,
    };
    Task {
        kind: TaskKind::Quote,
        job_id: job.job_id,
        input: json!({
            "job_id": job.job_id,
            "offer_id": job.offer_id,
            "buyer": job.buyer,
            "input": input,
            "turnaround_seconds": job.turnaround_seconds,
        })
        .to_string()
        .into_bytes(),
    }
}

/// Until when a quote made now stands: as long as the policy says and the offer promised, and a little longer.
#[must_use]
pub(super) fn expiry(job: &JobView, policy: &Policy, now: Timestamp) -> Timestamp {
    let lifetime = policy.quote_lifetime.max(promised(job));
    now.plus(Seconds(lifetime.0.saturating_add(QUOTE_SLACK.0)).min(LONGEST))
}

/// Whether a quote that was made earlier can still be sent: it stands long enough, and half of what it was made for.
#[must_use]
pub(super) fn still_stands(job: &JobView, expires_at: Timestamp, policy: &Policy, now: Timestamp) -> bool {
    let left = expires_at.since(now);
    let half = Seconds(policy.quote_lifetime.0 / 2);
    left >= half && left >= promised(job).min(LONGEST)
}

fn promised(job: &JobView) -> Seconds {
    job.quote_lifetime_seconds.unwrap_or(Seconds(0))
}

/// The beginning of a text, at most so many bytes of it.
#[must_use]
pub(super) fn shortened(text: &str, most: usize) -> String {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// The task of doing a job.
#[must_use]
pub(super) fn work(job_id: JobId, input: &Value, fence: nanoark_domain::job::Fence, run: u32) -> Task {
    Task {
        kind: TaskKind::Work { fence, run },
        job_id,
        input: input.to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::samples::{at, job};
    use nanoark_domain::job::Status;
    use nanoark_domain::payment::PaymentStatus;

    #[test]
    fn an_answer_is_exactly_one_of_three_texts() {
        let raw = |raw| Ok(Price::Amount(RawAmount::from_raw(raw)));
        assert_eq!(Price::read(json!({"amount_raw": "17"})), raw(17));
        assert_eq!(
            Price::read(json!({"amount_xno": "0.01"})),
            raw(10_000_000_000_000_000_000_000_000_000)
        );
        assert_eq!(
            Price::read(json!({"decline": "no time"})),
            Ok(Price::Declined("no time".to_owned()))
        );
        assert_eq!(
            Price::read(json!({"decline": "é".repeat(150)})),
            Ok(Price::Declined("é".repeat(100)))
        );
        assert_eq!(Price::read(json!({"amount_raw": "0"})), Err(QuoteFailure::Zero));
        for wrong in [
            json!({}),
            json!("0.01"),
            json!(null),
            json!({"amount_raw": 17}),
            json!({"amount_raw": "017"}),
            json!({"amount_xno": "1e3"}),
            json!({"amount_xno": 0.01}),
            json!({"amount_xno": "1", "amount_raw": "1"}),
            json!({"amount_raw": "1", "decline": "no"}),
            json!({"price": "1"}),
        ] {
            assert!(
                matches!(Price::read(wrong.clone()), Err(QuoteFailure::Answer(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_quote_stands_as_long_as_was_promised_and_a_minute_more_but_never_too_long() {
        let mut job = job(Status::Requested, PaymentStatus::None);
        let policy = Policy::default();
        for (promised, expected) in [
            (None, 960),
            (Some(600), 960),
            (Some(1_200), 1_260),
            (Some(3_590), 3_600),
        ] {
            job.quote_lifetime_seconds = promised.map(Seconds);
            let expires_at = expiry(&job, &policy, at(0));
            assert_eq!(expires_at, at(expected), "{promised:?}");
            assert!(still_stands(&job, expires_at, &policy, at(5)));
            assert!(!still_stands(&job, expires_at, &policy, at(expected - 449)));
        }
        job.quote_lifetime_seconds = Some(Seconds(1_200));
        assert!(still_stands(&job, at(1_260), &policy, at(60)));
        assert!(!still_stands(&job, at(1_260), &policy, at(61)));
    }
}
