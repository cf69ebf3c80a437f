//! Over real connections: what is sent, and every way in which they fail.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nanoark_domain::time::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::arkd::Arkd;
use crate::error::ArkdError;
use crate::exchange::{InvalidArkd, Limits};
use crate::tests::double::info;
use crate::tests::plan::Plan;

/// What a connection gets.
#[derive(Clone)]
pub(super) enum Fate {
    /// A whole answer.
    Answer(u16, String),
    /// The request is read and never answered.
    Stall,
    /// The request is read and the connection closed.
    HangUp,
    /// A part of the answer announced, and then the end.
    Half,
    /// A body without end.
    Endless,
}

struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(fate: Fate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/ark/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, fate.clone(), Arc::clone(&heard)));
            }
        });
        Self { url, requests }
    }

    fn arkd(&self) -> Arkd {
        arkd(&self.url)
    }
}

fn arkd(url: &str) -> Arkd {
    let limits = Limits {
        // Long enough for a double on a busy machine.
        timeout: Duration::from_secs(2),
        connect_timeout: Duration::from_secs(2),
        max_reply_bytes: 64 * 1024,
        ..Limits::default()
    };
    Arkd::new(url, limits, None, Arc::new(|| Timestamp::from_seconds(1_800_000_000))).unwrap()
}

pub(super) async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, fate: Fate, heard: Arc<Mutex<Vec<String>>>) {
    let request = read_request(&mut stream).await;
    heard.lock().unwrap().push(request);
    match fate {
        Fate::Answer(status, body) => {
            let length = body.len();
            let reply = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(reply.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
        }
        Fate::Stall => std::future::pending().await,
        Fate::HangUp => {}
        Fate::Half => {
            let part = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"arkTxid\": \"";
            stream.write_all(part).await.unwrap();
        }
        Fate::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            while stream.write_all(&[b' '; 4096]).await.is_ok() {}
        }
    }
}

/// Head and body of a request, read to the announced length.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = String::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&chunk[..count]));
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        assert!(count > 0, "the request ends early: {text}");
    }
}

#[tokio::test]
async fn requests_say_what_they_are() {
    let server = Server::start(Fate::Answer(200, info("d1").to_string())).await;
    let arkd = server.arkd();
    arkd.info().await.unwrap();
    let unsigned = Plan::seeded(1, 1, 1).build();
    let _ = arkd.submit("d7", &unsigned.ark_tx, &unsigned.checkpoints).await;

    let requests = server.requests.lock().unwrap().clone();
    let head = |place: usize| requests[place].split_once("\r\n\r\n").unwrap().0.to_owned();
    assert!(head(0).starts_with("GET /ark/v1/info HTTP/1.1\r\n"));
    assert!(head(0).contains("x-build-version: 0.9.15"));
    assert!(!head(0).contains("x-digest"));
    assert!(head(1).starts_with("POST /ark/v1/tx/submit HTTP/1.1\r\n"));
    assert!(head(1).contains("x-digest: d7"));
    assert!(head(1).contains("content-type: application/json"));
}

#[tokio::test]
async fn every_failure_has_its_name() {
    let unsigned = Plan::seeded(1, 1, 1).build();
    let error = async |fate| {
        let server = Server::start(fate).await;
        let error = server
            .arkd()
            .submit("d1", &unsigned.ark_tx, &unsigned.checkpoints)
            .await
            .unwrap_err();
        assert_eq!(server.requests.lock().unwrap().len(), 1, "asked once");
        error
    };
    assert_eq!(error(Fate::Stall).await, ArkdError::Timeout);
    assert!(matches!(error(Fate::HangUp).await, ArkdError::Broken { .. }));
    assert!(matches!(error(Fate::Half).await, ArkdError::Broken { .. }));
    assert_eq!(error(Fate::Endless).await, ArkdError::TooLarge);
    assert_eq!(
        error(Fate::Answer(200, " ".repeat(65 * 1024))).await,
        ArkdError::TooLarge
    );
    assert_eq!(
        error(Fate::Answer(200, "<html>".to_owned())).await,
        ArkdError::Malformed { field: "submission" }
    );
    assert_eq!(
        error(Fate::Answer(301, String::new())).await,
        ArkdError::Status {
            status: 301,
            message: String::new()
        }
    );
    let spent = r#"{"code":3,"message":"VTXO_ALREADY_SPENT (6): ab:0 already spent"}"#;
    let refused = error(Fate::Answer(400, spent.to_owned())).await;
    assert_eq!(
        refused.to_string(),
        "arkd refuses: VTXO_ALREADY_SPENT (6): ab:0 already spent"
    );
}

#[tokio::test]
async fn nothing_left_when_nobody_listens() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = arkd(&format!("http://{free}")).info().await.unwrap_err();
    assert!(matches!(error, ArkdError::Unreachable { .. }), "{error:?}");
    assert!(!error.outcome_unknown());
    assert!(
        !error.to_string().contains(&free.to_string()),
        "the address may hold a key"
    );
}

#[test]
fn only_http_with_certificates_that_can_be_read() {
    let make =
        |url, ca: Option<&[u8]>| Arkd::new(url, Limits::default(), ca, Arc::new(|| Timestamp::EPOCH)).map(|_| ());
    assert_eq!(make("https://arkd.example", None), Ok(()));
    for url in ["", "arkd.example", "ftp://arkd.example", "unix:/arkd"] {
        assert_eq!(make(url, None), Err(InvalidArkd::NotHttp), "{url}");
    }
    for pem in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\n%%\n-----END CERTIFICATE-----\n",
    ] {
        let made = make("https://arkd.example", Some(pem.as_bytes()));
        assert_eq!(made, Err(InvalidArkd::Certificate), "{pem}");
    }
}
