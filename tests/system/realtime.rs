//! Hints over WebSocket connections: who hears them, who does not, and that nothing waits for them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::{HeaderValue, Request};
use nanoark_client::wire::realtime::{SocketError, SocketMessage};
use nanoark_client::{Bot, Client, HttpTransport, System, TransportLimits, offer_as_read};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::payload::Input;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::signature::{Ed25519Signer, Stamp, sign_request};
use nanoark_local::sockets::Frame;
use nanoark_local::{ArkGateway, Clock, FunctionError, InProcess, Invoke, Listen, Options, Socket, Stack, functions};
use nanoark_runtime::{AwsAccess, AwsClients, Config, Invocation, Relay, SystemClock, SystemEntropy};
use nanoark_testkit::dynamodb::Fault;
use serde_json::json;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{connect_async, tungstenite};

use crate::world::{Deal, World, plain_offer};

/// The host of the WebSocket API, and the path of its stage.
const SOCKETS: &str = "https://sockets.test/v1";

/// A handshake that the bot of this number signed for this address.
fn signed(bot: u8, address: &str, now: Timestamp) -> Request<Bytes> {
    let mut request = Request::get(address).body(Bytes::new()).unwrap();
    let stamp = Stamp {
        created: now,
        expires: now.plus(Seconds(60)),
        nonce: None,
    };
    sign_request(&mut request, &Ed25519Signer::from_seed(&[bot; 32]), &stamp).unwrap();
    let host = request.uri().authority().unwrap().as_str().parse().unwrap();
    request.headers_mut().insert("host", host);
    request
}

async fn knock(world: &World, handshake: Request<Bytes>) -> Result<Socket, u16> {
    let socket = world.stack.socket(&handshake.map(|_| ())).await;
    socket.map_err(|refused| refused.status.as_u16())
}

async fn connect(world: &World, bot: u8) -> Socket {
    knock(world, signed(bot, SOCKETS, world.now())).await.unwrap()
}

/// What has arrived, which must not be the end.
fn heard(socket: &mut Socket) -> Vec<SocketMessage> {
    let message = |frame: Frame| match frame {
        Frame::Text(text) => serde_json::from_str(&text).unwrap(),
        Frame::Close { .. } => panic!("{frame:?}"),
    };
    socket.received().into_iter().map(message).collect()
}

fn hint(job_id: JobId, version: u64, status: Status) -> SocketMessage {
    SocketMessage::JobHint {
        job_id,
        version,
        status,
    }
}

#[tokio::test]
async fn only_a_signed_handshake_opens_a_connection() {
    let world = World::new().await;
    let now = world.now();
    let plain = || Request::get(SOCKETS).header("host", "sockets.test");
    let mut forged = signed(1, SOCKETS, now);
    let other = signed(2, SOCKETS, now).headers()["signature"].clone();
    forged.headers_mut().insert("signature", other);
    let mut elsewhere = signed(1, SOCKETS, now);
    let host = HeaderValue::from_static("other.test");
    elsewhere.headers_mut().insert("host", host);
    let mut twice = signed(1, SOCKETS, now);
    let again = signed(2, SOCKETS, now).headers()["signature-input"].clone();
    twice.headers_mut().append("signature-input", again);
    for (what, handshake) in [
        ("unsigned", plain().body(Bytes::new()).unwrap()),
        ("forged", forged),
        ("for another host", elsewhere),
        ("with two signers", twice),
        ("for another path", {
            let mut request = signed(1, "https://sockets.test/v2", now);
            *request.uri_mut() = SOCKETS.parse().unwrap();
            request
        }),
        ("with a query", signed(1, &format!("{SOCKETS}?as=seller"), now)),
        (
            "expired",
            signed(1, SOCKETS, Timestamp::from_millis(now.as_millis() - 61_000)),
        ),
        ("of the future", signed(1, SOCKETS, now.plus(Seconds(120)))),
    ] {
        assert_eq!(knock(&world, handshake).await.unwrap_err(), 401, "{what}");
    }
    assert_eq!(world.stack.connections().count(), 0);
    connect(&world, 1).await;

    // Without the table nobody can be put on record, and nobody is let in.
    world.faults("connect-socket").times(3, "PutItem", Fault::InternalError);
    assert_eq!(knock(&world, signed(1, SOCKETS, now)).await.unwrap_err(), 503);
}

#[tokio::test]
async fn both_parties_hear_of_every_change_and_nobody_else_does() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let (mut seller, mut second) = (connect(&world, 1).await, connect(&world, 1).await);
    let (mut buyer, mut stranger) = (connect(&world, 2).await, connect(&world, 3).await);

    let job_id = deal.requested().await;
    world.settle().await;
    let requested = vec![hint(job_id, 1, Status::Requested)];
    for socket in [&mut seller, &mut second, &mut buyer] {
        assert_eq!(heard(socket), requested);
    }
    deal.quote(job_id, 1).await;
    deal.buyer.accept_job(&deal.key(), job_id).await.unwrap();
    second.close(1_000, "").await;
    world.settle().await;
    let changes = vec![hint(job_id, 2, Status::Quoted), hint(job_id, 3, Status::Accepted)];
    assert_eq!((heard(&mut seller), heard(&mut buyer)), (changes.clone(), changes));
    assert_eq!(heard(&mut stranger), []);
}

#[tokio::test]
async fn a_bot_may_ask_whether_it_is_heard() {
    let world = World::new().await;
    let mut socket = connect(&world, 1).await;
    for message in [
        r#"{"action":"ping"}"#,
        r#"{"action":"subscribe"}"#,
        r#"{"action":"subscribe"}"#,
        r#"{"action":"shout"}"#,
        r#"{"action":"ping","loud":true}"#,
        "hello",
    ] {
        socket.send(message).await;
    }
    let error = |code| SocketMessage::Error { code };
    let answers = [
        SocketMessage::Pong {},
        SocketMessage::Subscribed {},
        SocketMessage::Subscribed {},
        error(SocketError::UnknownAction),
        error(SocketError::Malformed),
        error(SocketError::Malformed),
    ];
    assert_eq!(heard(&mut socket), answers);

    world.faults("socket-message").times(3, "GetItem", Fault::InternalError);
    socket.send(r#"{"action":"subscribe"}"#).await;
    forget(&world, socket.connection_id());
    socket.send(r#"{"action":"subscribe"}"#).await;
    let answers = [error(SocketError::Unavailable), error(SocketError::NotConnected)];
    assert_eq!(heard(&mut socket), answers);
}

/// Takes a connection off the record.
fn forget(world: &World, connection_id: &str) {
    let request = json!({"TableName": "nanoark-connections", "Key": {"connection_id": {"S": connection_id}}});
    let request = serde_json::from_value(request).unwrap();
    world.stack.database().delete_item(request).unwrap();
}

/// Puts a connection of this bot on record that API Gateway does not know.
fn remember(world: &World, connection_id: &str, bot: &Bot) {
    let request = json!({"TableName": "nanoark-connections", "Item": {
        "connection_id": {"S": connection_id}, "bot": {"S": bot.id()},
        "connected_at": {"N": world.now().as_millis().to_string()},
        "expires_at": {"N": world.now().plus(Seconds(7_800)).as_seconds().to_string()}
    }});
    let request = serde_json::from_value(request).unwrap();
    world.stack.database().put_item(request).unwrap();
}

fn on_record(world: &World) -> usize {
    let request = serde_json::from_value(json!({"TableName": "nanoark-connections"})).unwrap();
    let found = serde_json::to_value(world.stack.database().scan(request).unwrap()).unwrap();
    found["Count"].as_u64().unwrap() as usize
}

#[tokio::test]
async fn a_connection_that_is_gone_is_forgotten_but_not_one_that_is_being_made() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let mut buyer = connect(&world, 2).await;
    remember(&world, "gone/+=", &Bot::from_seed(&[2; 32]));
    world.pass(Duration::from_secs(50));
    remember(&world, "new", &Bot::from_seed(&[1; 32]));
    world.pass(Duration::from_secs(20));
    deal.requested().await;
    world.settle().await;
    assert_eq!(heard(&mut buyer).len(), 1);
    assert_eq!(on_record(&world), 2, "one is gone, one too young to tell, one is there");

    // API Gateway says so itself when a connection ends, however it does.
    buyer.close(1_000, "").await;
    assert_eq!(on_record(&world), 1);
    let _silent = connect(&world, 2).await;
    world.pass(Duration::from_secs(600));
    deal.requested().await;
    world.settle().await;
    assert_eq!(on_record(&world), 0);
}

#[tokio::test]
async fn a_hint_that_cannot_be_sent_holds_up_nothing() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let (mut deaf, mut buyer) = (connect(&world, 1).await, connect(&world, 2).await);
    let id = deaf.connection_id().to_owned();
    let now = world.now().as_millis();
    while world.stack.connections().post(&id, b"{}", now).is_ok() {}
    let unread = 100;

    // The seller reads nothing: the buyer hears all, and the payment's check is queued as ever.
    let job = deal.paid(1).await;
    assert_eq!(job.payment.status.as_str(), "confirmed");
    let versions = heard(&mut buyer).len() as u64;
    assert_eq!(versions, job.version);
    assert_eq!(deaf.received().len(), unread, "not one hint");

    // The table cannot be read: the hint is lost for good, and the next one comes.
    world.faults("push-hints").times(6, "Query", Fault::InternalError);
    let token = deal.lock(job.job_id).await;
    world.settle().await;
    assert_eq!(world.faults("push-hints").outstanding(), 0);
    assert_eq!((heard(&mut buyer), deaf.received()), (vec![], vec![]));
    let job = deal.deliver(job.job_id, &token).await;
    world.settle().await;
    let delivered = vec![hint(job.job_id, job.version, Status::Delivered)];
    assert_eq!((heard(&mut buyer), heard(&mut deaf)), (delivered.clone(), delivered));
}

/// Every function with the clients that its binary would make: all of AWS over HTTP.
fn over_http(services: &nanoark_local::Services) -> Arc<dyn Invoke> {
    let mut linked = InProcess::new();
    for function in functions::all() {
        let environment = services.environment(function.name);
        let lookup = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
        let access = AwsAccess::from_settings(&lookup).unwrap();
        let config = Config::from_settings(&lookup).unwrap();
        let clients = AwsClients::connect(&access);
        let relay = Relay::new(config, clients, Arc::new(SystemClock), Arc::new(SystemEntropy)).unwrap();
        linked = linked.with(function.name, move |call| {
            let relay = relay.clone();
            async move {
                let about = Invocation {
                    request_id: call.request_id,
                };
                let answer = function.invoke(&relay, &call.event, &about).await;
                answer.map_err(|error| FunctionError::new("InvocationError", error.to_string()))
            }
        });
    }
    Arc::new(linked)
}

/// A client's handshake, signed by the bot of this number or not at all.
fn dial(url: &str, bot: Option<u8>) -> tungstenite::handshake::client::Request {
    let mut request = url.into_client_request().unwrap();
    if let Some(bot) = bot {
        let now = Timestamp::from_millis(Clock::system().now());
        let signed = signed(bot, &url.replace("ws://", "http://"), now);
        for name in ["signature-input", "signature"] {
            request.headers_mut().insert(name, signed.headers()[name].clone());
        }
    }
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_come_over_real_sockets_by_themselves() {
    let options = Options::new()
        .listen(Listen::default())
        .background()
        .parameter("NanoRpcUrls", "http://127.0.0.1:9")
        .parameter("NanoNetwork", "dev")
        .ark_gateway(&ArkGateway::default())
        .functions(|services| Ok(over_http(services)));
    let stack = Stack::start(options).await.unwrap();
    let url = stack.websocket_url().unwrap();
    let Err(Error::Http(refused)) = connect_async(dial(&url, None)).await else {
        panic!("an unsigned handshake was not refused")
    };
    assert_eq!(refused.status(), 401);
    let mut sockets = Vec::new();
    for bot in [1, 2] {
        let (mut socket, _) = connect_async(dial(&url, Some(bot))).await.unwrap();
        socket.send(Message::text(r#"{"action":"subscribe"}"#)).await.unwrap();
        let answer = socket.next().await.unwrap().unwrap();
        assert_eq!(answer, Message::text(r#"{"type":"subscribed"}"#));
        sockets.push(socket);
    }

    let client = |bot: u8| {
        let transport = HttpTransport::new(TransportLimits::default()).unwrap();
        Client::new(
            &stack.http_url().unwrap(),
            transport,
            Bot::from_seed(&[bot; 32]),
            System,
        )
        .unwrap()
    };
    let (seller, buyer) = (client(1), client(2));
    let key = seller.fresh_key().unwrap();
    let offer = seller.publish_offer(&key, &plain_offer()).await.unwrap().value;
    let body = nanoark_client::wire::jobs::RequestJob {
        offer: offer_as_read(&offer),
        input: Input::Json(json!({"text": "hello"})),
        refund_account: None,
    };
    let key = buyer.fresh_key().unwrap();
    let job_id = buyer.request_job(&key, &body).await.unwrap().value.job_id;
    for socket in &mut sockets {
        let Message::Text(text) = socket.next().await.unwrap().unwrap() else {
            panic!("no text")
        };
        let message: SocketMessage = serde_json::from_str(&text).unwrap();
        assert_eq!(message, hint(job_id, 1, Status::Requested));
    }
    stack.stop().await;
}
