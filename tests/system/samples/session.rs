//! A session of the Ark gateway: a wallet orders a transfer, signs it twice, and reads the receipt.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use http::Method;
use nanoark_ark_verifier::challenge::{SessionId, Step};
use nanoark_domain::ceremony::Stage;
use nanoark_http::wire::gateway::SessionView;
use nanoark_nostr::SignedEvent;
use nanoark_nostr_relay::{Collected, End, Filter, PublishError, RelayUrl, Relays};
use nanoark_runtime::messages::{CeremonyStep, FromRelays, InboxEvent, Publication};
use serde_json::{Value, json};

use super::event::{Caller, Http, message, scheduled};
use super::{called, invoke};
use crate::ceremonies::house::{House, Setup};
use crate::ceremonies::wallet::Wallet;

/// The one relay of the story. It hands out what is put there.
const RELAY: &str = "wss://relay.example.com";

#[derive(Debug, Default)]
struct Board(Mutex<Vec<SignedEvent>>);

impl Relays for Board {
    fn collect<'a>(&'a self, _: &'a RelayUrl, filter: &'a Filter, _: Duration) -> BoxFuture<'a, Collected> {
        let wanted = |event: &&SignedEvent| filter.kinds.contains(&event.kind());
        let events = self.0.lock().unwrap().iter().filter(wanted).cloned().collect();
        let collected = Collected {
            events,
            refused: 0,
            garbage: 0,
            notices: Vec::new(),
            end: End::Complete,
        };
        std::future::ready(collected).boxed()
    }

    fn publish<'a>(&'a self, _: &'a RelayUrl, event: &'a str, _: Duration) -> BoxFuture<'a, Result<(), PublishError>> {
        let event = SignedEvent::parse(event.as_bytes(), event.len()).unwrap();
        self.0.lock().unwrap().push(event);
        std::future::ready(Ok(())).boxed()
    }
}

/// A call of the wallet's, in its own name.
fn own<'a>(wallet: &'a Wallet<'_>, method: Method, path: &str) -> Http<'a> {
    Http {
        caller: Caller::Wallet(&wallet.key),
        method,
        path: path.to_owned(),
        query: "",
        body: None,
    }
}

/// A call that anybody may make.
fn open(path: &str) -> Http<'static> {
    Http {
        caller: Caller::Anyone,
        method: Method::GET,
        path: path.to_owned(),
        query: "",
        body: None,
    }
}

/// An event that is posted.
fn posted(path: &str, event: &SignedEvent) -> Http<'static> {
    Http {
        method: Method::POST,
        body: Some(event.json().to_owned()),
        ..open(path)
    }
}

/// A new session in the stream of its table, as it stands there.
fn change(house: &House, id: SessionId) -> Value {
    let scan = json!({ "TableName": "nanoark-sessions" });
    let page = house
        .stack
        .database()
        .scan(serde_json::from_value(scan).unwrap())
        .unwrap();
    let items: Vec<Value> = page.items.unwrap_or_default().iter().map(|item| json!(item)).collect();
    let key = json!({ "S": id });
    let image = items.iter().find(|item| item["session_id"] == key).unwrap();
    json!({ "Records": [{
        "eventID": "eccbc87e4b5ce2fe28308fd9f2a7baf3",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_262_400.0,
            "Keys": { "session_id": key },
            "NewImage": image,
            "SequenceNumber": "101795262400000000003",
            "SizeBytes": 1_420,
            "StreamViewType": "NEW_AND_OLD_IMAGES"
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/nanoark-sessions/stream/local"
    }]})
}

#[tokio::test]
async fn the_samples_tell_one_session_from_intent_to_receipt() {
    let board = Arc::new(Board::default());
    let links: Arc<dyn Relays> = Arc::<Board>::clone(&board);
    let house = House::with(Setup {
        relays: Some((vec![RELAY.to_owned()], links)),
        ..Setup::default()
    })
    .await;
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    house.fund(&alice, 50_000);
    house.fund(&alice, 30_000);
    let (stack, now) = (&*house.stack, house.now());
    let all_done = json!({ "batchItemFailures": [] });

    // What the gateway is, and what the wallet has.
    let info = called(stack, now, "get-info", open("/v1/info"), 200).await;
    assert_eq!(info["pubkey"], json!(alice.gateway()));
    called(stack, now, "get-quote", open("/v1/quote"), 200).await;
    let vtxos = called(stack, now, "list-vtxos", own(&alice, Method::GET, "/v1/vtxos"), 200).await;
    assert_eq!(vtxos["vtxos"].as_array().unwrap().len(), 2);
    let balances = called(
        stack,
        now,
        "get-balances",
        own(&alice, Method::GET, "/v1/balances"),
        200,
    )
    .await;
    assert_eq!(balances["spendable"], 80_000);

    // The order: a session, whose change in the table has the transaction built.
    let intent = alice.intent("sample", alice.transfer(&[(bob.address(), 20_000)]).await);
    let order = alice.signed(&intent);
    let session = called(stack, now, "open-session", posted("/v1/sessions", &order), 202).await;
    let session: SessionView = serde_json::from_value(session).unwrap();
    let (id, path) = (session.session_id, format!("/v1/sessions/{}", session.session_id));
    assert_eq!(session.stage, Stage::Accepted);
    let answer = invoke(stack, "relay-session-changes", &change(&house, id)).await;
    assert_eq!(answer, all_done);
    let step = CeremonyStep {
        session_id: id,
        attempt: 0,
    };
    let answer = invoke(stack, "advance-session", &message("ceremony-steps", &step)).await;
    assert_eq!(answer, all_done);

    // The first challenge, answered over HTTPS.
    let session = called(stack, now, "get-session", own(&alice, Method::GET, &path), 200).await;
    let session: SessionView = serde_json::from_value(session).unwrap();
    assert_eq!(session.awaits, Some(Step::ArkTransaction));
    let first = alice.answer_event(&alice.approve(&alice.challenge(&session)));
    let taken = called(stack, now, "post-event", posted("/v1/events", &first), 202).await;
    assert_eq!(taken["session"]["stage"], "signed");
    house.settle().await;

    // The second one, answered by the relay.
    let session = alice.session(id).await;
    assert_eq!(session.awaits, Some(Step::Checkpoints));
    let second = alice.answer_event(&alice.approve(&alice.challenge(&session)));
    board.0.lock().unwrap().push(second.clone());
    let looked = invoke(stack, "poll-relays", &scheduled("poll-relays")).await;
    assert!(looked.to_string().contains("0 relays not read"), "{looked}");
    let found = FromRelays::Event(InboxEvent {
        relay: RELAY.to_owned(),
        event: second.json().to_owned(),
    });
    let answer = invoke(stack, "take-event", &message("nostr-inbox", &found)).await;
    assert_eq!(answer, all_done);
    house.settle().await;
    let session = alice.session(id).await;
    assert_eq!(session.stage, Stage::Finalized);

    // The confirmation and the receipt.
    let confirmation = session.events.last().unwrap();
    assert_eq!(confirmation["kind"], 31_340);
    let outbox = Publication {
        relay: RELAY.to_owned(),
        id: serde_json::from_value(confirmation["id"].clone()).unwrap(),
        event: confirmation.to_string(),
    };
    let before = board.0.lock().unwrap().len();
    let answer = invoke(stack, "publish-event", &message("nostr-outbox", &outbox)).await;
    assert_eq!(answer, all_done);
    assert_eq!(board.0.lock().unwrap().len(), before + 1);
    let receipt = format!("/v1/receipts/{}", session.ark_txid.unwrap());
    let receipt = called(stack, now, "get-receipt", open(&receipt), 200).await;
    assert_eq!(receipt["receipt"]["outputs"][0]["amount"], 20_000);

    // One that is ended in time.
    let intent = alice.intent("second", alice.transfer(&[(bob.address(), 1_000)]).await);
    let ended = alice.order(&intent).await.session_id;
    let path = format!("/v1/sessions/{ended}");
    let session = called(stack, now, "terminate-session", own(&alice, Method::DELETE, &path), 200).await;
    assert_eq!(
        (session["stage"].as_str(), &session["failure"]["code"]),
        (Some("failed"), &json!(2009))
    );

    for (function, said) in [
        ("sweep-sessions", "0 sessions queued"),
        ("announce-gateway", "1 keys announced"),
    ] {
        let answer = invoke(stack, function, &scheduled(function)).await;
        assert_eq!(answer, json!(said), "{function}");
    }

    // No Nano node is behind this gateway: the job relay is not ready, the gateway is.
    let ready = open("/v1/ready").event("ready", now);
    let ready = serde_json::value::to_raw_value(&ready).unwrap();
    let answer: Value = serde_json::from_str(stack.invoke("ready", ready).await.unwrap().get()).unwrap();
    let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(answer["statusCode"], 503);
    assert_eq!(problem["parts"]["nano_rpc"], "failing");
    assert_eq!(problem["parts"]["ark_gateway"], json!({ "table": "ok", "arkd": "ok" }));
}
