//! Hints over real WebSockets on this machine: the handshake as a server sees it, and every way in which a connection
//! ends.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::result_large_err,
    reason = "a test fails by panicking"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use http::{Method, StatusCode};
use nanoark_client::realtime::{Frame, SocketFailure, SocketTransport, SocketUrl, WebSocketTransport, connect};
use nanoark_client::{
    Bot, Client, Hint, Hints, HttpTransport, NoEntropy, Pending, Surroundings, System, TransportLimits,
};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::time::Timestamp;
use nanoark_http::request;
use nanoark_http::signature::{SignatureRules, verify};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

/// The machine, in which a hundred seconds pass in one.
#[derive(Debug)]
struct Hurried(Timestamp);

impl Surroundings for Hurried {
    fn now(&self) -> Timestamp {
        let passed = System.now().as_millis().saturating_sub(self.0.as_millis());
        Timestamp::from_millis(self.0.as_millis().saturating_add(passed.saturating_mul(100)))
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        System.fill(bytes)
    }

    fn sleep(&self, time: Duration) -> Pending<'_, ()> {
        System.sleep(time.checked_div(100).unwrap_or_default())
    }
}

fn bot() -> Bot {
    Bot::from_seed(&[1; 32])
}

/// A server, and a bot that keeps a connection to it.
struct Stage {
    listener: TcpListener,
    url: SocketUrl,
    hints: Hints,
}

impl Stage {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url: SocketUrl = format!("ws://{address}/v1").parse().unwrap();
        let http = HttpTransport::new(TransportLimits::default()).unwrap();
        let surroundings = Hurried(System.now());
        let client = Client::new(&format!("http://{address}"), http, bot(), surroundings).unwrap();
        let (hints, task) = connect(&client, url.clone(), WebSocketTransport::new().unwrap());
        tokio::spawn(task);
        Self { listener, url, hints }
    }

    async fn tcp(&self) -> TcpStream {
        self.listener.accept().await.unwrap().0
    }

    /// Accepts a connection and its subscription.
    async fn open(&mut self) -> WebSocketStream<TcpStream> {
        // A busy machine may make the bot lose its patience, which runs a hundred times as fast.
        loop {
            let Ok(mut socket) = accept(self.tcp().await).await else {
                continue;
            };
            let Some(Ok(said)) = socket.next().await else { continue };
            assert_eq!(said, Message::text(r#"{"action":"subscribe"}"#));
            if socket.send(Message::text(r#"{"type":"subscribed"}"#)).await.is_ok() {
                return socket;
            }
        }
    }

    async fn hear(&mut self, hint: Hint) {
        assert_eq!(self.hints.next().await, hint);
    }
}

async fn accept(tcp: TcpStream) -> Result<WebSocketStream<TcpStream>, tokio_tungstenite::tungstenite::Error> {
    accept_hdr_async(tcp, |_: &Request, response: Response| Ok::<_, ErrorResponse>(response)).await
}

/// Reads a request's head and answers with these bytes.
async fn answer(mut tcp: TcpStream, bytes: &[u8]) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tcp.read_u8().await.unwrap());
    }
    tcp.write_all(bytes).await.unwrap();
    tcp.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_server_sees_a_handshake_that_the_bot_signed() {
    let mut stage = Stage::new().await;
    let seen = Arc::new(Mutex::new(None));
    let note = Arc::clone(&seen);
    let host = stage.listener.local_addr().unwrap().to_string();
    let callback = move |request: &Request, response: Response| {
        let mut read = request::Request::new(Method::GET, &host, request.uri().path());
        read.headers = request.headers().clone();
        read.query = request.uri().query().map(str::to_owned);
        *note.lock().unwrap() = Some((read, request.headers()["host"] == host.as_str(), host.clone()));
        Ok::<_, ErrorResponse>(response)
    };
    let mut socket = accept_hdr_async(stage.tcp().await, callback).await.unwrap();
    let (read, same_host, host) = seen.lock().unwrap().take().unwrap();
    assert!(same_host && read.path == "/v1" && read.query.is_none());
    let rules = SignatureRules {
        authorities: vec![host],
        ..SignatureRules::default()
    };
    assert_eq!(verify(&read, System.now(), &rules).unwrap().bot(), bot().id());

    socket.next().await.unwrap().unwrap();
    socket.send(Message::text(r#"{"type":"subscribed"}"#)).await.unwrap();
    stage.hear(Hint::Connected).await;
    drop(stage.hints);
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(_)) | Err(_)) | None => break,
            Some(Ok(_)) => {}
        }
    }
}

#[tokio::test]
async fn hints_come_through_garbage_and_again_after_every_end() {
    let mut stage = Stage::new().await;
    let job_id = JobId::from_bytes([7; 16]);
    let hint = |version| Hint::Job {
        job_id,
        version,
        status: Status::Quoted,
    };
    for version in 1..=3 {
        let mut socket = stage.open().await;
        stage.hear(Hint::Connected).await;
        let hinted = format!(r#"{{"type":"hint.job","job_id":"{job_id}","version":{version},"status":"quoted"}}"#);
        for message in [
            Message::text("no json"),
            Message::binary(vec![0, 159, 146, 150]),
            Message::Ping(vec![1].into()),
            Message::text(hinted),
        ] {
            socket.send(message).await.unwrap();
        }
        stage.hear(hint(version)).await;
        match version {
            1 => drop(socket),
            2 => socket.close(None).await.unwrap(),
            _ => socket.get_mut().write_all(&[0xff; 32]).await.unwrap(),
        }
        stage.hear(Hint::Disconnected).await;
    }
    let health = stage.hints.health();
    assert_eq!((health.connections, health.hints, health.malformed), (3, 3, 6));
}

#[tokio::test]
async fn a_server_that_refuses_or_says_nothing_is_asked_again() {
    let mut stage = Stage::new().await;
    answer(
        stage.tcp().await,
        b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\n{}",
    )
    .await;
    answer(stage.tcp().await, b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n").await;
    drop(stage.tcp().await);
    let silent = stage.tcp().await;
    let unsubscribed = accept(stage.tcp().await).await;
    let _socket = stage.open().await;
    stage.hear(Hint::Connected).await;
    let health = stage.hints.health();
    assert!(health.failures >= 5, "{health:?}");
    drop((silent, unsubscribed));
}

#[tokio::test]
async fn why_there_is_no_connection_is_told() {
    let stage = Stage::new().await;
    let transport = WebSocketTransport::new().unwrap();
    let address = stage.url.to_string();
    drop(stage.hints);
    // What the bot that went away may have begun.
    let listener = stage.listener;
    let knock = || {
        http::Request::get(address.as_str())
            .header("host", "x")
            .body(())
            .unwrap()
    };

    for (bytes, failure) in [
        (&b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"[..], Some(StatusCode::UNAUTHORIZED)),
        (b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", Some(StatusCode::SERVICE_UNAVAILABLE)),
        (b"220 mail.example ESMTP\r\n\r\n", None),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n", None),
    ] {
        let refusing = async {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                answer(tcp, bytes).await;
            }
        };
        let refused = tokio::select! {
            refused = transport.connect(knock()) => refused.err().unwrap(),
            () = refusing => unreachable!(),
        };
        match (refused, failure) {
            (SocketFailure::Refused(status), Some(expected)) => assert_eq!(status, expected),
            (SocketFailure::Connection(_), None) => {}
            (other, _) => panic!("{other:?}"),
        }
    }
    drop(listener);
    assert!(matches!(
        transport.connect(knock()).await.err().unwrap(),
        SocketFailure::Connection(_)
    ));
}

#[tokio::test]
async fn a_message_that_is_too_large_is_not_read_and_a_goodbye_is_understood() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}/v1", listener.local_addr().unwrap());
    let transport = WebSocketTransport::new().unwrap();
    for large in [true, false] {
        let knock = http::Request::get(address.as_str())
            .header("host", "x")
            .body(())
            .unwrap();
        let serve = async { accept(listener.accept().await.unwrap().0).await.unwrap() };
        let (client, mut server) = tokio::join!(transport.connect(knock), serve);
        let mut client = client.unwrap();
        let talk = tokio::spawn(async move {
            let message = "x".repeat(if large { 200_000 } else { 100_000 });
            // The other side may be gone before all of it is written.
            let _ = server.send(Message::text(message)).await;
            let _ = server.close(None).await;
        });
        if large {
            assert_eq!(client.next().await.unwrap_err(), SocketFailure::TooLarge);
        } else {
            assert!(matches!(client.next().await.unwrap(), Frame::Text(text) if text.len() == 100_000));
            assert_eq!(client.next().await.unwrap_err(), SocketFailure::Closed(None));
        }
        drop(client);
        talk.await.unwrap();
    }
}
