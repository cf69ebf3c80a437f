//! The WebSocket API: with its clients in the process, and over real sockets.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::{Request, Response};
use nanoark_local::sockets::{Frame, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, NotTaken};
use nanoark_local::{Listen, ManualClock, Options, Socket, Stack};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame as WireFrame};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::toy::{NOON, Script, TEMPLATE, failure, stack};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the function answers when nothing was asked of it.
fn fine(_: &Value) -> Result<Value, nanoark_local::FunctionError> {
    Ok(json!({"statusCode": 200}))
}

async fn world() -> (Stack, Script, ManualClock) {
    let (stack, script, clock) = stack().await;
    script.always("socket", fine);
    (stack, script, clock)
}

async fn connect(stack: &Stack) -> Socket {
    let handshake = Request::get("/toy").header("host", "x.example").body(()).unwrap();
    stack.socket(&handshake).await.unwrap()
}

fn event(script: &Script, index: usize) -> Value {
    script.calls("socket")[index].clone()
}

fn text(frame: &Frame) -> Value {
    match frame {
        Frame::Text(text) => serde_json::from_str(text).unwrap(),
        Frame::Close { .. } => panic!("{frame:?}"),
    }
}

#[tokio::test]
async fn a_handshake_has_the_payload_of_aws_and_opens_when_the_function_says_so() {
    let (stack, script, _) = world().await;
    let handshake = Request::get("/toy?a=1&a=b%20c&d")
        .header("host", "x.example")
        .header("user-agent", "bot/1")
        .header("x-tag", "one")
        .header("x-tag", "two")
        .body(())
        .unwrap();
    let socket = stack.socket(&handshake).await.unwrap();
    assert_eq!(stack.connections().count(), 1);
    let event = event(&script, 0);
    let context = &event["requestContext"];
    for (name, value) in [
        ("routeKey", json!("$connect")),
        ("eventType", json!("CONNECT")),
        ("stage", json!("toy")),
        ("domainName", json!("x.example")),
        ("connectedAt", json!(NOON)),
        ("requestTimeEpoch", json!(NOON)),
        ("requestTime", json!("21/Nov/2026:09:30:00 +0000")),
        ("connectionId", json!(socket.connection_id())),
        ("identity", json!({"sourceIp": "127.0.0.1", "userAgent": "bot/1"})),
    ] {
        assert_eq!(context[name], value, "{name}");
    }
    assert!(context["requestId"].is_string());
    assert_eq!(event["headers"]["x-tag"], "two");
    assert_eq!(event["multiValueHeaders"]["x-tag"], json!(["one", "two"]));
    assert_eq!(event["queryStringParameters"], json!({"a": "b c", "d": ""}));
    assert_eq!(event["multiValueQueryStringParameters"]["a"], json!(["1", "b c"]));
    assert!(event.get("body").is_none());
}

#[tokio::test]
async fn a_handshake_is_refused_with_the_functions_status_or_if_it_fails() {
    let (stack, script, _) = world().await;
    script
        .once("socket", |_| Ok(json!({"statusCode": 401, "body": "secret"})))
        .once("socket", |_| failure())
        .once("socket", |_| Ok(json!({"hello": 1})));
    let at = |path: &str| Request::get(path).header("host", "x.example").body(()).unwrap();
    for (path, status) in [("/toy", 401), ("/toy", 502), ("/toy", 502), ("/other", 403), ("/", 403)] {
        assert_eq!(stack.socket(&at(path)).await.unwrap_err().status, status, "{path}");
    }
    assert_eq!(stack.connections().count(), 0);
    assert_eq!(stack.settle().await.unwrap(), 0, "what never began does not end");
}

#[tokio::test]
async fn a_message_takes_the_route_of_its_action_and_only_an_answering_route_answers() {
    let (stack, script, _) = world().await;
    let mut socket = connect(&stack).await;
    let answer = || Ok(json!({"statusCode": 200, "body": "{\"n\":1}"}));
    script
        .once("socket", move |_| answer())
        .once("socket", move |_| answer())
        .once("socket", |_| failure());
    for message in [
        r#"{"action":"ask","x":1}"#,
        r#"{"action":"tell"}"#,
        r#"{"action":"ask"}"#,
        r#"{"action":"shout"}"#,
        "no json",
    ] {
        socket.send(message).await;
    }
    let asked = event(&script, 1);
    assert_eq!(asked["requestContext"]["routeKey"], "ask");
    assert_eq!(asked["requestContext"]["eventType"], "MESSAGE");
    assert!(asked["requestContext"]["messageId"].is_string());
    assert_eq!(asked["body"], r#"{"action":"ask","x":1}"#);
    assert_eq!(event(&script, 2)["requestContext"]["routeKey"], "tell");
    assert_eq!(script.calls("socket").len(), 4, "there is no $default route here");
    let answers: Vec<Value> = socket.received().iter().map(text).collect();
    assert_eq!(answers[0], json!({"n": 1}));
    let messages: Vec<_> = answers[1..].iter().map(|answer| answer["message"].clone()).collect();
    assert_eq!(messages, ["Internal server error", "Forbidden", "Forbidden"]);
    assert_eq!(answers[1]["connectionId"], socket.connection_id());
}

#[tokio::test]
async fn the_end_of_a_connection_is_told_once_whoever_ends_it() {
    let (stack, script, _) = world().await;
    let socket = connect(&stack).await;
    let id = socket.connection_id().to_owned();
    socket.close(1_000, "done").await;
    assert_eq!(stack.settle().await.unwrap(), 0);
    let end = event(&script, 1);
    let context = &end["requestContext"];
    assert_eq!(
        (&context["routeKey"], &context["eventType"], &context["connectionId"]),
        (&json!("$disconnect"), &json!("DISCONNECT"), &json!(id))
    );
    assert_eq!(
        (&context["disconnectStatusCode"], &context["disconnectReason"]),
        (&json!(1_000), &json!("done"))
    );
    assert_eq!(stack.connections().post(&id, b"x", NOON), Err(NotTaken::Gone));

    drop(connect(&stack).await);
    assert_eq!(stack.settle().await.unwrap(), 1);
    assert_eq!(event(&script, 3)["requestContext"]["disconnectStatusCode"], 1_006);
}

#[tokio::test]
async fn ten_minutes_of_silence_or_two_hours_end_a_connection() {
    let (stack, script, clock) = world().await;
    let (mut silent, mut busy) = (connect(&stack).await, connect(&stack).await);
    let going_away = Frame::Close {
        code: 1_001,
        reason: "Going away".to_owned(),
    };
    for minute in 1..=120 {
        clock.advance(Duration::from_secs(60));
        stack.settle().await.unwrap();
        let expected = if minute == 10 { vec![going_away.clone()] } else { vec![] };
        assert_eq!(silent.received(), expected, "{minute}");
        if minute == 120 {
            assert_eq!(busy.received(), vec![going_away.clone()]);
        } else if minute % 2 == 0 {
            busy.send(r#"{"action":"tell"}"#).await;
        } else {
            stack
                .connections()
                .post(busy.connection_id(), b"{}", NOON + minute * 60_000)
                .unwrap();
            assert_eq!(busy.received().len(), 1);
        }
    }
    let ends = script.calls("socket");
    let ends = ends
        .iter()
        .filter(|event| event["requestContext"]["eventType"] == "DISCONNECT");
    assert_eq!(ends.count(), 2);
}

#[tokio::test]
async fn a_message_must_not_be_too_long_or_one_of_too_many() {
    let (stack, _, _) = world().await;
    let mut socket = connect(&stack).await;
    let id = socket.connection_id().to_owned();
    let post = |data: &[u8]| stack.connections().post(&id, data, NOON);
    assert_eq!(post(&vec![b'a'; MAX_MESSAGE_BYTES + 1]), Err(NotTaken::TooLong));
    assert_eq!(post(&vec![b'a'; MAX_MESSAGE_BYTES]), Ok(()));
    let taken = (0..1_000).take_while(|_| post(b"x").is_ok()).count();
    assert_eq!((taken, post(b"x")), (99, Err(NotTaken::Full)));
    assert_eq!(socket.received().len(), 100);
    assert_eq!(post(b"x"), Ok(()));
}

/// The toy template on real sockets, by the clock of the machine.
async fn served() -> (Stack, Script) {
    let script = Script::default();
    script.always("socket", fine);
    let functions = script.functions();
    let options = Options::new()
        .template(TEMPLATE)
        .listen(Listen::default())
        .functions(move |_| Ok(Arc::new(functions)));
    (Stack::start(options).await.unwrap(), script)
}

async fn dial(stack: &Stack) -> Client {
    connect_async(stack.websocket_url().unwrap()).await.unwrap().0
}

/// The next frame that is no protocol matter; nothing when the connection has ended.
async fn heard(client: &mut Client) -> Option<Message> {
    client.next().await.and_then(Result::ok)
}

#[tokio::test]
async fn everything_works_over_sockets() {
    let (stack, script) = served().await;
    script.once("socket", |_| Ok(json!({"statusCode": 401})));
    let url = stack.websocket_url().unwrap();
    let Err(Error::Http(refused)) = connect_async(&url).await else {
        panic!("the handshake was not refused")
    };
    assert_eq!(refused.status(), 401);

    let mut client = dial(&stack).await;
    let connected = event(&script, 1);
    let id = connected["requestContext"]["connectionId"].as_str().unwrap().to_owned();
    assert!(url.contains(connected["headers"]["host"].as_str().unwrap()));
    script.once("socket", |event| Ok(json!({"statusCode": 200, "body": event["body"]})));
    let question = r#"{"action":"ask"}"#;
    client.send(Message::text(question)).await.unwrap();
    assert_eq!(heard(&mut client).await, Some(Message::text(question)));

    // The management API, beside it.
    let management = format!("{}/@connections/", url.replace("ws://", "http://"));
    let encoded = id.replace('=', "%3D").replace('/', "%2F").replace('+', "%2B");
    let ask = async |method: &str, id: &str, body: &str| {
        let request = Request::builder().method(method).uri(format!("{management}{id}"));
        exchange(request.body(Bytes::from(body.to_owned())).unwrap()).await
    };
    assert_eq!(ask("POST", &encoded, "hello").await.status(), 200);
    assert_eq!(heard(&mut client).await, Some(Message::text("hello")));
    let about = ask("GET", &encoded, "").await;
    let about: Value = serde_json::from_slice(about.body()).unwrap();
    assert_eq!(about["identity"]["sourceIp"], "127.0.0.1");
    let long = "a".repeat(MAX_MESSAGE_BYTES + 1);
    assert_eq!(ask("POST", &encoded, &long).await.status(), 413);
    assert_eq!(ask("DELETE", &encoded, "").await.status(), 204);
    let Some(Message::Close(Some(frame))) = heard(&mut client).await else {
        panic!("the connection was not closed")
    };
    assert_eq!(u16::from(frame.code), 1_000);
    for method in ["POST", "GET", "DELETE"] {
        let gone = ask(method, &encoded, "").await;
        assert_eq!(
            (gone.status().as_u16(), &gone.headers()["x-amzn-errortype"]),
            (410, &"GoneException".parse().unwrap())
        );
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_closing_client_is_answered_after_the_function_has_heard_of_it() {
    let (stack, script) = served().await;
    let mut client = dial(&stack).await;
    let frame = CloseFrame {
        code: 4_000.into(),
        reason: "enough".into(),
    };
    client.close(Some(frame)).await.unwrap();
    while heard(&mut client).await.is_some() {}
    let end = event(&script, 1);
    assert_eq!(end["requestContext"]["disconnectStatusCode"], 4_000);
    assert_eq!(end["requestContext"]["disconnectReason"], "enough");
    assert_eq!(stack.connections().count(), 0);
    stack.stop().await;
}

#[tokio::test]
async fn what_api_gateway_does_not_take_ends_the_connection() {
    let (stack, script) = served().await;
    // Four frames of the longest kind make the longest message.
    let mut client = dial(&stack).await;
    let part = || vec![b' '; MAX_FRAME_BYTES];
    let wire = |code, last| Message::Frame(WireFrame::message(part(), OpCode::Data(code), last));
    client.send(wire(Data::Text, false)).await.unwrap();
    for last in [false, false, true] {
        client.send(wire(Data::Continue, last)).await.unwrap();
    }
    let Some(Message::Text(answer)) = heard(&mut client).await else {
        panic!("no answer")
    };
    assert!(
        answer.contains("Forbidden"),
        "no action, and no $default route: {answer}"
    );

    for (message, code) in [
        (Message::text(" ".repeat(MAX_FRAME_BYTES + 1)), 1_009),
        (Message::binary("binary"), 1_003),
    ] {
        let before = script.calls("socket").len();
        let mut client = dial(&stack).await;
        // The other side may have hung up before all of it was sent.
        let _ = client.send(message).await;
        while heard(&mut client).await.is_some() {}
        stack.settle().await.unwrap();
        let end = event(&script, before + 1);
        assert_eq!(end["requestContext"]["disconnectStatusCode"], code);
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_stack_that_stops_ends_its_connections() {
    let (stack, _) = served().await;
    let mut client = dial(&stack).await;
    let url = stack.websocket_url().unwrap();
    stack.stop().await;
    let Some(Message::Close(Some(frame))) = heard(&mut client).await else {
        panic!("the connection was not closed")
    };
    assert_eq!(u16::from(frame.code), 1_001);
    assert!(connect_async(url).await.is_err());
}

/// One request on a connection of its own.
async fn exchange(request: Request<Bytes>) -> Response<Bytes> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let authority = request.uri().authority().unwrap().to_string();
    let mut stream = TcpStream::connect(&authority).await.unwrap();
    let head = format!(
        "{} {} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        request.method(),
        request.uri().path(),
        request.body().len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(request.body()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let mut response = Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    response.body(Bytes::from(body.to_owned())).unwrap()
}
