//! A gateway in process: it answers as the real one does, with one session at a time, and lies where it is told to.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bitcoin::{Amount, XOnlyPublicKey};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response, StatusCode};
use nanoark_ark_verifier::challenge::{Answer, OperatorTerms, Step};
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::{ActionType, Intent};
use nanoark_ark_verifier::script::default_address;
use nanoark_client::{Transport, TransportError};
use nanoark_domain::ceremony::Quote;
use nanoark_domain::time::Timestamp;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::wire::gateway::{EventTaken, GatewayLimits, InfoView, StateView, VtxoStatus, VtxoView, VtxosView};
use nanoark_nostr::content::{Outcome, ServiceResponse};
use nanoark_nostr::http_auth::{SeenRequest, verify};
use nanoark_nostr::{GatewayKeys, IncomingEvent, NostrKey, Opened, Rules, Scheme, compose};
use nanoark_surroundings::Pending;
use serde::Serialize;

use super::session::Session;
use super::world::{NOW, coin, key, terms};

pub(super) const ORIGIN: &str = "https://gateway.example";

/// What the gateway lies about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    Nothing,
    /// The receiver gets less, the gateway more.
    Amount,
    /// The receiver's output goes to somebody else.
    Address,
    /// Another coin of somebody's is spent, and the wallet is asked to sign it.
    Input,
    /// A checkpoint pays another script.
    CheckpointScript,
    /// The checkpoints come first.
    SecondFirst,
    /// The transactions are built on other terms.
    Terms,
    /// The challenge is signed by another key.
    Key,
    /// The challenge is of another session.
    OtherSession,
    /// At step 2 the operator's signatures are missing.
    NotSubmitted,
    /// At step 2 comes another transaction.
    Swapped,
    /// It says that all is done when nothing was signed.
    Finalized,
}

#[derive(Debug)]
pub(super) struct Scripted {
    pub(super) state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) lie: Lie,
    pub(super) owner: XOnlyPublicKey,
    pub(super) session: Option<Session>,
    /// Every answer that came, by step, as its event's text.
    pub(super) answers: BTreeMap<u8, Vec<String>>,
    pub(super) intents: Vec<String>,
    pub(super) terminated: bool,
    pub(super) terms: OperatorTerms,
    pub(super) gateway: NostrKey,
    pub(super) bound: Vec<String>,
}

impl Scripted {
    pub(super) fn new(owner: XOnlyPublicKey, lie: Lie) -> Self {
        Self {
            state: Mutex::new(State {
                lie,
                owner,
                session: None,
                answers: BTreeMap::new(),
                intents: Vec::new(),
                terminated: false,
                terms: terms(),
                gateway: key(91),
                bound: Vec::new(),
            }),
        }
    }

    pub(super) fn with<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.state.lock().unwrap())
    }
}

impl Transport for Scripted {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>> {
        let answer = self.with(|state| state.answer(&request));
        Box::pin(async move { Ok(answer) })
    }
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    let body = serde_json::to_vec(body).unwrap();
    Response::builder().status(status).body(body.into()).unwrap()
}

pub(super) fn problem(code: Code, number: u16, name: &str) -> Response<Bytes> {
    let body = serde_json::json!({
        "code": code, "gateway_code": number, "gateway_name": name, "detail": "as scripted",
        "retry": Problem::new(code, "").retry, "request_id": "r"
    });
    Response::builder()
        .status(code.status())
        .header("content-type", "application/problem+json")
        .body(body.to_string().into())
        .unwrap()
}

impl State {
    fn answer(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        let segments: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        match (method, segments.as_slice()) {
            ("GET", ["info"]) => json(StatusCode::OK, &self.info()),
            ("GET", ["quote"]) => json(StatusCode::OK, &self.info().quote),
            ("POST", ["sessions" | "events"]) => self.event(request.body()),
            ("GET", ["vtxos"]) => self
                .caller(request)
                .unwrap_or_else(|| json(StatusCode::OK, &self.vtxos())),
            ("GET", ["sessions", id]) => self.caller(request).unwrap_or_else(|| match &self.session {
                Some(session) if session.id.to_string() == *id => json(StatusCode::OK, &session.view(self)),
                Some(_) | None => problem(Code::UnknownSession, 1_102, "unknown_session"),
            }),
            ("DELETE", ["sessions", _]) => self.caller(request).unwrap_or_else(|| {
                self.terminated = true;
                json(StatusCode::OK, &self.session.as_ref().unwrap().view(self))
            }),
            _ => panic!("{method} {path}"),
        }
    }

    /// A refusal, unless the wallet's key has signed the request.
    fn caller(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let header = request.headers()[AUTHORIZATION].to_str().unwrap();
        let seen = SeenRequest {
            method: request.method().as_str(),
            urls: &[request.uri().to_string()],
            body: request.body(),
        };
        let caller = verify(header, &seen, NOW).unwrap();
        assert_eq!(caller.author, key(1).public());
        None
    }

    fn info(&self) -> InfoView {
        InfoView {
            version: "1".to_owned(),
            network: self.terms.network,
            pubkey: self.gateway.public(),
            retired_pubkeys: Vec::new(),
            relays: Vec::new(),
            encryption: "nip44_v2".to_owned(),
            kinds: Vec::new(),
            actions: ActionType::ALL.to_vec(),
            operator: self.terms.clone(),
            operator_digest: String::new(),
            quote: Quote {
                address: default_address(&terms(), key(7).public()),
                amount: Amount::from_sat(500),
                minimum_output: Amount::from_sat(330),
                maximum_output: None,
                valid_until: NOW,
            },
            limits: GatewayLimits {
                max_inputs: 10,
                max_receivers: 20,
                max_parties: 5,
                max_open_sessions: 8,
                max_event_bytes: 65_536,
                max_intent_seconds: 3_600,
            },
        }
    }

    fn vtxos(&self) -> VtxosView {
        let coin = coin();
        VtxosView {
            address: default_address(&self.terms, self.owner),
            vtxos: vec![VtxoView {
                outpoint: coin.outpoint,
                amount: coin.amount,
                assets: Vec::new(),
                status: VtxoStatus::Spendable,
                held_by: None,
                expires_at: Timestamp::from_seconds(NOW.as_seconds() + 100_000),
                preconfirmed: false,
                owner: self.owner,
                signer: self.terms.signer,
                exit_delay: coin.exit_delay,
            }],
        }
    }

    fn event(&mut self, body: &[u8]) -> Response<Bytes> {
        let keys = GatewayKeys::new(self.gateway.clone(), Vec::new());
        let incoming = IncomingEvent::verify(body, &Rules::new(keys.publics(), NOW)).unwrap();
        let id = incoming.event().id();
        let text = String::from_utf8(body.to_vec()).unwrap();
        match incoming.open(&keys, NOW).unwrap() {
            Opened::Intent { intent, .. } => {
                self.intents.push(text);
                self.intent(id, incoming.event().author(), intent)
            }
            Opened::Answer { answer, .. } => {
                self.answers.entry(answer.step.number()).or_default().push(text);
                self.signatures(id, &answer)
            }
            Opened::ServiceRequest { request, .. } => {
                let state = StateView {
                    vtxos: self.vtxos(),
                    sessions: self.session.iter().map(|session| session.view(self)).collect(),
                    info: self.info(),
                };
                let response = ServiceResponse {
                    action: request.service.name(),
                    request_id: request.request_id,
                    outcome: Outcome::Ok {
                        result: serde_json::to_value(&state).unwrap(),
                    },
                };
                let to = incoming.event().author();
                let event = compose::service_response(&self.gateway, &to, id, &response, Scheme::Nip44, NOW).unwrap();
                taken(id, None, Some(serde_json::from_str(event.json()).unwrap()))
            }
            Opened::Binding(_) => {
                self.bound.push(text);
                taken(id, None, None)
            }
        }
    }

    fn intent(&mut self, event: EventId, author: XOnlyPublicKey, intent: Intent) -> Response<Bytes> {
        if self.session.is_none() {
            self.session = Some(Session::new(event, author, intent));
        }
        let session = self.session.as_ref().unwrap();
        assert_eq!(session.event, event, "one intent only");
        json(StatusCode::ACCEPTED, &session.view(self))
    }

    fn signatures(&mut self, event: EventId, answer: &Answer) -> Response<Bytes> {
        let mut session = self.session.clone().unwrap();
        session.take(answer, self);
        let view = session.view(self);
        self.session = Some(session);
        taken(event, Some(view), None)
    }

    /// The steps that were answered.
    pub(super) fn answered(&self, step: Step) -> bool {
        self.answers.contains_key(&step.number())
    }
}

fn taken(
    event_id: EventId,
    session: Option<nanoark_http::wire::gateway::SessionView>,
    response: Option<serde_json::Value>,
) -> Response<Bytes> {
    let taken = EventTaken {
        event_id,
        session,
        response,
    };
    json(StatusCode::ACCEPTED, &taken)
}
