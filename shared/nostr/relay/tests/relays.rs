//! The client against relays over real WebSockets on this machine: a real relay, and servers that misbehave.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use nanoark_domain::time::Timestamp;
use nanoark_nostr::content::{Service, ServiceRequest};
use nanoark_nostr::{NostrKey, Scheme, SignedEvent, compose};
use nanoark_nostr_relay::{End, Filter, Identity, PublishError, RelayUrl, Relays as _, WebSocketRelays};
use nostr_relay_builder::builder::{PolicyResult, RelayBuilder, RelayBuilderNip42, RelayBuilderNip42Mode, WritePolicy};
use nostr_relay_builder::{LocalRelay, MockRelay, prelude};

use server::{Act, serve};

/// Longer than anything here takes.
const AMPLE: Duration = Duration::from_secs(5);
/// Shorter than a stall.
const SHORT: Duration = Duration::from_millis(100);

fn key(byte: u8) -> NostrKey {
    NostrKey::from_bytes(&[byte; 32]).unwrap()
}

/// A question of key 1 to key 2.
fn question(number: u64) -> SignedEvent {
    let request = ServiceRequest {
        request_id: format!("ask-{number:06}").parse().unwrap(),
        service: Service::Balance,
    };
    let at = Timestamp::from_seconds(number.saturating_add(1_795_325_400));
    compose::service_request(&key(1), &key(2).public(), &request, Scheme::Nip44, at).unwrap()
}

fn for_gateway() -> Filter {
    Filter {
        kinds: vec![31_500],
        addressed_to: vec![key(2).public()],
        ..Filter::new()
    }
}

/// A relay checks the age of an authentication.
#[expect(clippy::disallowed_methods, reason = "the relay's clock is the machine's")]
fn now() -> Timestamp {
    let passed = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    Timestamp::from_seconds(passed.as_secs())
}

fn anonymous() -> WebSocketRelays {
    WebSocketRelays::new(None).unwrap()
}

fn known() -> WebSocketRelays {
    let identity = Identity {
        key: key(2),
        now: Arc::new(now),
    };
    WebSocketRelays::new(Some(identity)).unwrap()
}

fn url(text: &impl ToString) -> RelayUrl {
    text.to_string().parse().unwrap()
}

#[tokio::test]
async fn what_is_published_is_collected() {
    let relay = MockRelay::run().await.unwrap();
    let at = url(&relay.url().await);
    let client = anonymous();
    let events = [1, 2, 3].map(question);
    for event in &events {
        client.publish(&at, event.json(), AMPLE).await.unwrap();
    }
    // Again: the relay has it already, which is as good.
    client.publish(&at, events[0].json(), AMPLE).await.unwrap();
    let collected = client.collect(&at, &for_gateway(), AMPLE).await;
    assert!(collected.is_complete(&for_gateway()), "{collected:?}");
    let mut found = collected.events;
    found.sort_by_key(SignedEvent::created_at);
    assert_eq!(found, events);

    let since = Filter {
        since: Some(events[1].created_at()),
        ..for_gateway()
    };
    assert_eq!(client.collect(&at, &since, AMPLE).await.events.len(), 2);
    let others = Filter {
        addressed_to: vec![key(3).public()],
        ..for_gateway()
    };
    let nothing = client.collect(&at, &others, AMPLE).await;
    assert!(nothing.events.is_empty() && nothing.is_complete(&others));
}

#[tokio::test]
async fn a_relay_that_asks_who_is_there_is_answered() {
    let nip42 = RelayBuilderNip42 {
        mode: RelayBuilderNip42Mode::Both,
    };
    let relay = LocalRelay::new(RelayBuilder::default().nip42(nip42));
    relay.run().await.unwrap();
    let at = url(&relay.url().await);
    known().publish(&at, question(1).json(), AMPLE).await.unwrap();
    assert_eq!(known().collect(&at, &for_gateway(), AMPLE).await.events, [question(1)]);

    let refused = anonymous().publish(&at, question(2).json(), AMPLE).await.unwrap_err();
    assert!(
        !refused.is_retryable() && refused.to_string().contains("auth-required"),
        "{refused}"
    );
    let closed = anonymous().collect(&at, &for_gateway(), AMPLE).await;
    assert!(
        matches!(&closed.end, End::Closed(why) if why.starts_with("auth-required")),
        "{closed:?}"
    );
}

/// Takes nothing.
#[derive(Debug)]
struct Closed;

impl WritePolicy for Closed {
    fn admit_event<'a>(
        &'a self,
        _event: &'a prelude::Event,
        _from: &'a std::net::SocketAddr,
    ) -> prelude::BoxedFuture<'a, PolicyResult> {
        Box::pin(async { PolicyResult::Reject("not here".to_owned()) })
    }
}

#[tokio::test]
async fn a_relay_that_takes_nothing_is_not_tried_again() {
    let relay = LocalRelay::new(RelayBuilder::default().write_policy(Closed));
    relay.run().await.unwrap();
    let at = url(&relay.url().await);
    let error = anonymous().publish(&at, question(1).json(), AMPLE).await.unwrap_err();
    let expected = PublishError::Rejected {
        message: "blocked: not here".to_owned(),
        retryable: false,
    };
    assert_eq!(error, expected);
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let at = url(&"ws://127.0.0.1:1");
    let collected = anonymous().collect(&at, &for_gateway(), AMPLE).await;
    assert!(matches!(collected.end, End::Unreachable(_)), "{collected:?}");
    let error = anonymous().publish(&at, question(1).json(), AMPLE).await.unwrap_err();
    assert!(
        error.is_retryable() && matches!(error, PublishError::Unreachable(_)),
        "{error}"
    );
}

/// What a subscription gets.
fn given(event: &SignedEvent) -> Act {
    Act::Say(format!("[\"EVENT\",\"nanoark\",{}]", event.json()))
}

fn eose() -> Act {
    Act::Say(r#"["EOSE","nanoark"]"#.to_owned())
}

#[tokio::test]
async fn a_relay_that_lies_repeats_and_babbles_does_no_harm() {
    let real = question(1);
    let forged = real
        .json()
        .replace("ask-", "ash-")
        .replacen("\"created_at\":1", "\"created_at\":2", 1);
    let at = serve(vec![
        Act::Say(format!("[\"EVENT\",\"nanoark\",{forged}]")),
        Act::Say("\u{0}\u{7f}{{{".to_owned()),
        Act::Bytes(vec![0xff; 10_000]),
        Act::Say(r#"["EOSE","somebody-elses"]"#.to_owned()),
        Act::Say(format!("[\"EVENT\",\"somebody-elses\",{}]", question(9).json())),
        Act::Say(format!("[\"EVENT\",\"nanoark\",\"{}\"]", "x".repeat(200_000))),
        given(&real),
        given(&real),
        given(&question(2)),
        Act::Say(r#"["NOTICE","hello"]"#.to_owned()),
        eose(),
        given(&question(3)),
    ])
    .await;
    let collected = anonymous().collect(&at, &for_gateway(), AMPLE).await;
    assert!(collected.is_complete(&for_gateway()), "{collected:?}");
    assert_eq!(collected.events, [real, question(2)]);
    assert_eq!((collected.refused, collected.garbage), (2, 4));
    assert_eq!(collected.notices, ["hello"]);
}

#[tokio::test]
async fn a_relay_that_stalls_costs_the_deadline_and_keeps_nothing_back() {
    for acts in [
        vec![Act::Stall],
        vec![given(&question(1)), Act::Stall],
        vec![given(&question(1)), Act::PingForEver],
    ] {
        let count = acts.len() - 1;
        let at = serve(acts).await;
        let began = started();
        let collected = anonymous().collect(&at, &for_gateway(), SHORT).await;
        assert_eq!((collected.events.len(), collected.end), (count, End::TimedOut));
        let error = anonymous().publish(&at, question(1).json(), SHORT).await.unwrap_err();
        assert_eq!(error, PublishError::Timeout);
        assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_relay_that_never_shakes_hands_costs_the_deadline() {
    let at = server::silent().await;
    assert_eq!(anonymous().collect(&at, &for_gateway(), SHORT).await.end, End::TimedOut);
    assert_eq!(
        anonymous().publish(&at, question(1).json(), SHORT).await,
        Err(PublishError::Timeout)
    );
}

#[tokio::test]
async fn a_relay_that_hangs_up_is_not_complete() {
    for end in [Act::Drop, Act::Goodbye, Act::Broken] {
        let at = serve(vec![given(&question(1)), end]).await;
        let collected = anonymous().collect(&at, &for_gateway(), AMPLE).await;
        assert_eq!(collected.events, [question(1)]);
        assert!(matches!(collected.end, End::Disconnected(_)), "{collected:?}");
        let error = anonymous().publish(&at, question(2).json(), AMPLE).await.unwrap_err();
        assert!(
            error.is_retryable() && matches!(error, PublishError::Disconnected(_)),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_flood_ends_the_call() {
    let few = Filter {
        limit: 2,
        ..for_gateway()
    };
    let at = serve(vec![
        given(&question(1)),
        given(&question(2)),
        given(&question(3)),
        Act::Stall,
    ])
    .await;
    let collected = anonymous().collect(&at, &few, AMPLE).await;
    assert_eq!((collected.events.len(), collected.end), (2, End::TooMuch));

    let at = serve(vec![Act::SayForEver("x".to_owned())]).await;
    assert_eq!(anonymous().collect(&at, &for_gateway(), AMPLE).await.end, End::TooMuch);
    let error = anonymous().publish(&at, question(1).json(), AMPLE).await.unwrap_err();
    assert!(
        error.is_retryable() && matches!(error, PublishError::Disconnected(_)),
        "{error}"
    );
    // A message larger than any relay sends.
    let at = serve(vec![given(&question(1)), Act::Say("x".repeat((1 << 20) + 1))]).await;
    let collected = anonymous().collect(&at, &for_gateway(), AMPLE).await;
    assert!(
        collected.events.len() == 1 && matches!(collected.end, End::Disconnected(_)),
        "{collected:?}"
    );
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    for answer in [
        "HTTP/1.1 301 Moved Permanently\r\nlocation: ws://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
        "SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let at = server::answering(answer).await;
        let collected = anonymous().collect(&at, &for_gateway(), AMPLE).await;
        assert!(matches!(collected.end, End::Unreachable(_)), "{answer} {collected:?}");
        let error = anonymous().publish(&at, question(1).json(), AMPLE).await.unwrap_err();
        assert!(matches!(error, PublishError::Unreachable(_)), "{answer} {error}");
    }
}

#[tokio::test]
async fn an_event_of_others_is_not_taken_for_ones_own() {
    let other = format!("[\"OK\",\"{}\",true,\"\"]", question(2).id());
    let own = format!("[\"OK\",\"{}\",false,\"error: disk full\"]", question(1).id());
    let at = serve(vec![Act::Say(other), Act::Say(own), Act::Stall]).await;
    let error = anonymous().publish(&at, question(1).json(), AMPLE).await.unwrap_err();
    let expected = PublishError::Rejected {
        message: "error: disk full".to_owned(),
        retryable: true,
    };
    assert_eq!(error, expected);
}

#[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
fn started() -> Instant {
    Instant::now()
}
