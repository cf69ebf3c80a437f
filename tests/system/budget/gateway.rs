//! The Ark gateway's functions: a transfer with one input, the ways in which it ends early, and what wallets read.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Method, Request, StatusCode};
use nanoark_ark_verifier::intent::Intent;
use nanoark_http::routes::{ROUTES, Service, of_function};
use nanoark_local::functions;
use nanoark_nostr::content::{Service as Question, ServiceRequest};
use nanoark_nostr::{Scheme, SignedEvent, compose};
use nanoark_nostr_relay::{Collected, End, Filter, PublishError, RelayUrl, Relays};
use serde_json::Value;

use super::measure::{Row, measured};
use super::page;
use crate::ceremonies::house::{GATEWAY, House, Setup};
use crate::ceremonies::wallet::Wallet;

/// The functions that nobody calls.
const TRIGGERED: [&str; 7] = [
    "advance-session",
    "relay-session-changes",
    "sweep-sessions",
    "poll-relays",
    "take-event",
    "publish-event",
    "announce-gateway",
];

/// Whether a function is the gateway's.
pub(super) fn is_of_gateway(name: &str) -> bool {
    of_function(name).is_some_and(|route| route.service == Service::ArkGateway) || TRIGGERED.contains(&name)
}

/// A relay that hands out what it is given, once, and takes everything.
#[derive(Debug, Default)]
struct OneRelay(Mutex<Vec<SignedEvent>>);

impl Relays for OneRelay {
    fn collect<'a>(&'a self, _: &'a RelayUrl, _: &'a Filter, _: Duration) -> BoxFuture<'a, Collected> {
        let events = std::mem::take(&mut *self.0.lock().unwrap());
        let collected = Collected {
            events,
            refused: 0,
            garbage: 0,
            notices: Vec::new(),
            end: End::Complete,
        };
        std::future::ready(collected).boxed()
    }

    fn publish<'a>(&'a self, _: &'a RelayUrl, _: &'a str, _: Duration) -> BoxFuture<'a, Result<(), PublishError>> {
        std::future::ready(Ok(())).boxed()
    }
}

/// What is measured, in its order.
struct Books<'a> {
    house: &'a House,
    rows: Vec<Row>,
}

impl Books<'_> {
    async fn of<T>(&mut self, function: &'static str, case: &'static str, work: impl Future<Output = T>) -> T {
        self.house.pass(Duration::from_millis(1));
        let (outcome, row) = measured(self.house.calls(function), function, case, work).await;
        self.rows.push(row);
        outcome
    }

    /// An event over HTTPS, which must be answered with this status.
    async fn post(&mut self, case: &'static str, wallet: &Wallet<'_>, event: &SignedEvent, expected: StatusCode) {
        let (status, body) = self.of("post-event", case, wallet.try_post(event.json())).await;
        assert_eq!(status, expected, "{case}: {body}");
    }

    async fn read(&mut self, function: &'static str, case: &'static str, wallet: &Wallet<'_>, path: &str) -> Value {
        let (status, body) = self.of(function, case, wallet.call(Method::GET, path)).await;
        let is_refused = ["unknown_session", "unknown_receipt", "malformed_request"].contains(&case);
        assert_eq!(status.is_success(), !is_refused, "{path}: {body}");
        body
    }

    /// What is due now: what this function does of it.
    async fn settle(&mut self, function: &'static str, case: &'static str) {
        let house = self.house;
        self.of(function, case, house.settle()).await;
    }
}

fn question(wallet: &Wallet<'_>, name: &str) -> SignedEvent {
    let request = ServiceRequest {
        request_id: name.parse().unwrap(),
        service: Question::SyncState,
    };
    compose::service_request(
        &wallet.key,
        &wallet.gateway(),
        &request,
        Scheme::Nip44,
        wallet.house.now(),
    )
    .unwrap()
}

async fn order(wallet: &Wallet<'_>, name: &str, satoshi: u64) -> Intent {
    let to = wallet.house.wallet(9).address();
    wallet.intent(name, wallet.transfer(&[(to, satoshi)]).await)
}

async fn all_rows(house: &House, relay: &OneRelay) -> Vec<Row> {
    let mut books = Books {
        house,
        rows: Vec::new(),
    };
    let alice = house.wallet(1);
    house.fund(&alice, 60_000);
    house.fund(&alice, 60_000);
    let intent = order(&alice, "budget", 50_000).await;
    let event = alice.signed(&intent);
    books.post("intent", &alice, &event, StatusCode::ACCEPTED).await;
    books
        .post("the same intent again", &alice, &event, StatusCode::ACCEPTED)
        .await;
    let stranger = house.wallet(2).signed(&Intent {
        expires_at: house.now().as_seconds(),
        ..intent.clone()
    });
    books
        .post("event_refused", &alice, &stranger, StatusCode::UNPROCESSABLE_ENTITY)
        .await;
    books.settle("advance-session", "build").await;
    let taken = alice.post(&event).await;
    let id = taken.session.unwrap().session_id;
    let path = format!("/v1/sessions/{id}");
    for (step, answered, advanced) in [(1, "answer 1", "submit"), (2, "answer 2", "finalize")] {
        let session = alice.session(id).await;
        assert_eq!(
            session.awaits.map(nanoark_ark_verifier::challenge::Step::number),
            Some(step)
        );
        let answer = alice.answer_event(&alice.approve(&alice.challenge(&session)));
        books.post(answered, &alice, &answer, StatusCode::ACCEPTED).await;
        if step == 1 {
            books
                .post("the same answer again", &alice, &answer, StatusCode::ACCEPTED)
                .await;
        }
        books.settle("advance-session", advanced).await;
    }
    books
        .post(
            "question",
            &alice,
            &question(&alice, "budget-asked"),
            StatusCode::ACCEPTED,
        )
        .await;
    let session = books.read("get-session", "found", &alice, &path).await;
    books
        .read("get-session", "unknown_session", &house.wallet(3), &path)
        .await;
    let receipt = format!("/v1/receipts/{}", session["ark_txid"].as_str().unwrap());
    books.read("get-receipt", "found", &alice, &receipt).await;
    let nothing = format!("/v1/receipts/{}", "00".repeat(32));
    books.read("get-receipt", "unknown_receipt", &alice, &nothing).await;
    for (function, path) in [
        ("get-quote", "/v1/quote"),
        ("get-info", "/v1/info"),
        ("list-vtxos", "/v1/vtxos"),
        ("get-balances", "/v1/balances"),
    ] {
        books.read(function, "read", &alice, path).await;
    }

    let too_late = books
        .of(
            "terminate-session",
            "session_refused",
            alice.call(Method::DELETE, &path),
        )
        .await;
    assert!(too_late.0.is_client_error(), "{too_late:?}");
    let second = alice.signed(&order(&alice, "budget-two", 50_000).await);
    let open = |event: &SignedEvent| {
        let request = Request::post(format!("{GATEWAY}/v1/sessions"))
            .header("content-type", "application/json")
            .body(Bytes::from(event.json().to_owned()))
            .unwrap();
        house.send(request)
    };
    let opened = books.of("open-session", "done", open(&second)).await;
    assert_eq!(opened.status(), StatusCode::ACCEPTED);
    let refused = books
        .of("open-session", "event_refused", open(&question(&alice, "no-intent")))
        .await;
    assert!(refused.status().is_client_error());
    house.settle().await;
    let opened: Value = serde_json::from_slice(opened.body()).unwrap();
    let path = format!("/v1/sessions/{}", opened["session_id"].as_str().unwrap());
    let ended = books
        .of("terminate-session", "done", alice.call(Method::DELETE, &path))
        .await;
    assert!(ended.0.is_success(), "{ended:?}");
    house.settle().await;
    by_themselves(&mut books, relay, &alice).await;
    books.rows
}

/// What runs by the clock, the stream or a queue.
async fn by_themselves(books: &mut Books<'_>, relay: &OneRelay, alice: &Wallet<'_>) {
    let house = books.house;
    house.pass(Duration::from_secs(1));
    for (function, case) in [
        ("poll-relays", "nothing is new"),
        ("sweep-sessions", "nothing is due"),
        ("announce-gateway", "called"),
    ] {
        let run = house.stack.trigger(function);
        books.of(function, case, run).await.unwrap();
    }
    house.settle().await;
    let third = alice.signed(&order(alice, "budget-three", 50_000).await);
    relay.0.lock().unwrap().push(third);
    house.pass(Duration::from_secs(1));
    books
        .of("poll-relays", "1 event found", house.stack.trigger("poll-relays"))
        .await
        .unwrap();
    // The event is taken, the change goes round, the challenge is published: one row of each.
    for function in ["take-event", "relay-session-changes", "publish-event"] {
        house.calls(function).clear();
    }
    house.settle().await;
    for (function, case) in [
        ("take-event", "intent"),
        ("relay-session-changes", "2 changes"),
        ("publish-event", "1 event published"),
    ] {
        let row = Row::of_calls(function, case, &house.calls(function).take());
        books.rows.push(row);
    }
    house.pass(Duration::from_secs(601));
    books
        .of(
            "sweep-sessions",
            "1 session is due",
            house.stack.trigger("sweep-sessions"),
        )
        .await
        .unwrap();
    books.settle("advance-session", "expire").await;
}

#[tokio::test]
async fn the_gateway_keeps_its_budget() {
    let relay = Arc::new(OneRelay::default());
    let links: Arc<dyn Relays> = Arc::<OneRelay>::clone(&relay);
    let house = House::with(Setup {
        relays: Some((vec!["wss://relay.example".to_owned()], links)),
        ..Setup::default()
    })
    .await;
    let mut rows = all_rows(&house, &relay).await;
    rows.sort_by_key(|row| {
        let place = ROUTES.iter().position(|route| route.function == row.function);
        place.unwrap_or(ROUTES.len())
    });
    for function in functions::all().filter(|function| is_of_gateway(function.name)) {
        assert!(
            rows.iter().any(|row| row.function == function.name),
            "{} is not measured",
            function.name
        );
    }
    for row in &rows {
        assert!(row.writes <= 1, "{row:?}");
        let is_step = row.function == "advance-session" || row.case.starts_with("answer ") || row.case == "intent";
        assert!(!is_step || row.writes == 1, "{row:?}");
    }
    page::settle("budget-gateway", &rows);
}
