//! The client against a relay that is a script.

mod endpoints;
mod proof;
mod retries;
mod statements;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use nanoark_domain::time::Timestamp;
use nanoark_http::problem::Problem;
use nanoark_http::request;
use nanoark_http::signature::{SignatureRules, Signed, verify};

use crate::{Bot, Client, Pending, Simulated, Transport, TransportError};

/// The clock when a test begins.
pub(crate) const START: u64 = 1_795_253_400_000;

type Asked = Vec<(u64, Request<Bytes>)>;
pub(crate) type Outcome = Result<Response<Bytes>, TransportError>;

/// A transport that answers from a list, and remembers what was asked and when.
#[derive(Clone, Default)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<Outcome>>>,
    asked: Arc<Mutex<Asked>>,
    clock: Arc<AtomicU64>,
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Outcome>) -> Self {
        let script = Self::default();
        script.clock.store(START, Ordering::SeqCst);
        script.answers.lock().unwrap().extend(answers);
        script
    }

    /// A client of this script, whose clock moves on by 3 s with every request.
    pub(crate) fn client(&self) -> (Client<Self>, Simulated) {
        let clock = Arc::clone(&self.clock);
        let surroundings = Simulated::new(Arc::new(move || clock.load(Ordering::SeqCst)), 7);
        let bot = Bot::from_seed(&[0x11; 32]);
        let client = Client::new("https://Relay.Example:443", self.clone(), bot, surroundings.clone()).unwrap();
        (client, surroundings)
    }

    /// What was asked, in order.
    pub(crate) fn asked(&self) -> Vec<Request<Bytes>> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(_, request)| request.clone())
            .collect()
    }

    /// What was asked, each verified as the relay would have verified it at that moment.
    pub(crate) fn signed(&self) -> Vec<Signed> {
        let rules = SignatureRules {
            authorities: vec!["relay.example".to_owned()],
            ..SignatureRules::default()
        };
        let asked = self.asked.lock().unwrap();
        let verified = |(at, outgoing): &(u64, Request<Bytes>)| {
            let request = request::Request::from_outgoing(outgoing).unwrap();
            verify(&request, Timestamp::from_millis(*at), &rules).unwrap()
        };
        asked.iter().map(verified).collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Outcome> {
        let now = self.clock.fetch_add(3_000, Ordering::SeqCst);
        self.asked.lock().unwrap().push((now, request));
        let answer = self.answers.lock().unwrap().pop_front().unwrap();
        Box::pin(async move { answer })
    }
}

/// A JSON answer.
pub(crate) fn json(status: u16, body: &str) -> Outcome {
    let answer = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    Ok(answer
        .header("nanoark-request-id", "r1")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap())
}

/// A problem, as the relay answers it.
pub(crate) fn problem(problem: Problem) -> Outcome {
    let response = problem.for_request("r2").into_response();
    let mut answer = Response::new(response.body);
    *answer.status_mut() = response.status;
    *answer.headers_mut() = response.headers;
    Ok(answer)
}

/// An answer of a gateway that never asked the relay.
pub(crate) fn gateway(status: StatusCode) -> Outcome {
    json(status.as_u16(), r#"{"message":"no"}"#)
}
