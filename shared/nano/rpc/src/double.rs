//! A node double for tests: a TCP listener that answers as told, rudely if told so.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Url;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::node::{Limits, Node};

/// What the double does with one request.
pub(crate) enum Reply {
    /// HTTP 200 with JSON.
    Json(Value),
    /// Another status, extra header lines and a body.
    Http(u16, &'static str, String),
    /// Reads the request and never answers.
    Stall,
    /// Announces a body, sends a part of it and closes.
    HalfThenClose,
    /// Announces a body, sends a part of it and never the rest.
    HalfThenStall,
    /// Sends a body without end.
    Endless,
    /// Closes without a word.
    HangUp,
}

pub(crate) struct Double {
    pub(crate) url: Url,
    pub(crate) requests: Arc<Mutex<Vec<Value>>>,
}

impl Double {
    pub(crate) async fn start(answer: impl Fn(&Value) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen) = (Arc::new(answer), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&seen)));
            }
        });
        Self { url, requests }
    }

    /// A client of the double with limits for tests: 1 s and 64 KiB.
    pub(crate) fn node(&self) -> Node {
        Node::new(self.url.clone(), LIMITS).unwrap()
    }

    pub(crate) fn actions(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .map(|request| request["action"].as_str().unwrap().to_owned())
            .collect()
    }
}

pub(crate) const LIMITS: Limits = Limits {
    timeout: Duration::from_millis(300),
    max_response_bytes: 64 * 1024,
};

async fn serve(
    mut stream: TcpStream,
    answer: Arc<impl Fn(&Value) -> Reply>,
    requests: Arc<Mutex<Vec<Value>>>,
) -> Option<()> {
    let request = read_request(&mut stream).await?;
    let reply = answer(&request);
    requests.lock().unwrap().push(request);
    let (status, headers, body) = match reply {
        Reply::Json(value) => (200, "content-type: application/json\r\n", value.to_string()),
        Reply::Http(status, headers, body) => (status, headers, body),
        Reply::Stall => return std::future::pending().await,
        Reply::HangUp => return None,
        Reply::HalfThenClose | Reply::HalfThenStall => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"count\": \"1\"")
                .await
                .ok()?;
            if matches!(reply, Reply::HalfThenStall) {
                std::future::pending::<()>().await;
            }
            return None;
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
            while stream.write_all(&[b' '; 4096]).await.is_ok() {}
            return None;
        }
    };
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.ok()
}

async fn read_request(stream: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes);
        // The JSON is whole when it parses.
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(request) = serde_json::from_str(body)
        {
            return Some(request);
        }
    }
}
