//! Many requests at once, and what they were answered.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::future::join_all;
use http::header::RETRY_AFTER;
use http::{Response, StatusCode};
use nanoark_domain::id::JobId;
use nanoark_http::idempotency::IDEMPOTENCY_REPLAYED;
use serde_json::Value;

use crate::world::{Draft, World};

pub(super) const SELLER: u8 = 1;
pub(super) const BUYER: u8 = 2;

pub(super) fn job_path(job: JobId, verb: &str) -> String {
    format!("/v1/jobs/{job}/{verb}")
}

/// One answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The idempotency key of its request.
    pub(super) key: String,
    pub(super) status: StatusCode,
    pub(super) replayed: bool,
    pub(super) retry_after: Option<String>,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn of(key: &str, response: Response<Bytes>) -> Self {
        let header = |name| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        Self {
            key: key.to_owned(),
            status: response.status(),
            replayed: header(IDEMPOTENCY_REPLAYED).as_deref() == Some("true"),
            retry_after: header(RETRY_AFTER),
            body: response.into_body(),
        }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem's code, or the status of what is none.
    pub(super) fn code(&self) -> String {
        if self.status.is_success() {
            self.status.as_str().to_owned()
        } else {
            self.json()["code"].as_str().unwrap().to_owned()
        }
    }
}

/// What a crowd was answered.
#[derive(Debug)]
pub(super) struct Tries(Vec<Answer>);

impl Tries {
    /// Sends everything at once, in an order that mixes those that stand side by side.
    pub(super) async fn send(world: &World, drafts: impl Iterator<Item = Draft>) -> Self {
        let drafts: Vec<Draft> = drafts.collect();
        // 77 and 200 have no common divisor, so each is sent once.
        let mixed = (0..drafts.len()).map(|number| &drafts[number * 77 % drafts.len()]);
        let sent = mixed.map(|draft| {
            let (key, request) = (draft.key.clone().unwrap(), draft.signed(world));
            async move { Answer::of(&key, world.send(request).await) }
        });
        Self(join_all(sent).await)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Answer> {
        self.0.iter()
    }

    /// How often which code, or which status of success, was answered.
    pub(super) fn codes(&self) -> BTreeMap<String, usize> {
        let mut codes = BTreeMap::new();
        for answer in &self.0 {
            *codes.entry(answer.code()).or_default() += 1;
        }
        codes
    }

    pub(super) fn with_code(&self, code: &str) -> impl Iterator<Item = &Answer> {
        self.0.iter().filter(move |answer| answer.code() == code)
    }

    /// Answers that were carried out: successes that are no repetition.
    pub(super) fn winners(&self) -> Vec<Answer> {
        let done = self
            .0
            .iter()
            .filter(|answer| answer.status.is_success() && !answer.replayed);
        done.cloned().collect()
    }

    /// One try was carried out; its repetitions are the same to the byte; every loser heard one of these codes.
    pub(super) fn assert_one_winner(&self, losers: &[&str]) -> Answer {
        let winners = self.winners();
        assert_eq!(winners.len(), 1, "{:?}", self.codes());
        let winner = winners[0].clone();
        for answer in &self.0 {
            if answer.status.is_success() {
                assert_eq!((&answer.key, &answer.body), (&winner.key, &winner.body));
                assert_eq!(answer.status, winner.status);
            } else {
                assert!(losers.contains(&answer.code().as_str()), "{:?}", self.codes());
                assert!(!answer.replayed, "a refusal is never remembered");
            }
        }
        winner
    }

    /// How often the winner's answer was repeated to its own key.
    pub(super) fn replays_of(&self, winner: &Answer) -> usize {
        let replays = self
            .0
            .iter()
            .filter(|answer| answer.replayed && answer.key == winner.key);
        replays.count()
    }
}
