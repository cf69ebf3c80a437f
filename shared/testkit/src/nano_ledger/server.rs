//! A node on a socket.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::NanoNode;
use super::dialect::Dialect;
use super::faults::TransportFault;
use super::rpc::{Answer, Delivery};

/// The largest request that the C++ node takes.
const LARGEST_REQUEST: usize = 32 * 1024 * 1024;

/// How long open connections may take to finish once the node is told to stop.
const PATIENCE: Duration = Duration::from_millis(500);

/// From half an answer to the break.
const FLUSH: Duration = Duration::from_millis(20);

/// A node that answers on a socket until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningNode {
    node: NanoNode,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<io::Result<()>>,
}

#[derive(Clone)]
struct Served {
    node: NanoNode,
    stopped: watch::Receiver<bool>,
}

impl NanoNode {
    /// Answers on this listener, on any path, as a proxy in front of a public node does. Must be called inside a tokio
    /// runtime.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn serve(self, listener: TcpListener) -> io::Result<RunningNode> {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let served = Served {
            node: self.clone(),
            stopped: stopped.clone(),
        };
        let router = Router::new()
            .fallback(reply)
            .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
            .with_state(served);
        let task = tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(until_stopped(stopped))
                .await
        });
        Ok(RunningNode {
            node: self,
            address,
            stop,
            task,
        })
    }
}

impl RunningNode {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL a client is given.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The node itself, for its ledger and its faults.
    #[must_use]
    pub fn node(&self) -> &NanoNode {
        &self.node
    }

    /// Takes no new connection, lets open ones finish for a moment, and ends.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(PATIENCE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for RunningNode {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that the handle is gone, which stops the node as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn reply(State(served): State<Served>, method: Method, body: Bytes) -> Response {
    let dialect = served.node.dialect();
    if method != Method::POST {
        return respond(dialect, refusal_of_method(dialect));
    }
    let Delivery { answer, fault } = served.node.deliver(&body);
    match fault {
        None => respond(dialect, answer),
        Some(TransportFault::Stall(span)) => {
            tokio::time::sleep(span).await;
            respond(dialect, answer)
        }
        Some(TransportFault::Hang) => {
            until_stopped(served.stopped).await;
            respond(dialect, answer)
        }
        Some(TransportFault::CutHalfWay) => cut_half_way(&answer),
        Some(TransportFault::TooManyRequests) => {
            let body = json!({ "error": "Rate limit exceeded", "requestsLimit": "5000", "remaining": "0" }).to_string();
            let mut response = respond(
                dialect,
                Answer {
                    status: 429,
                    content_type: "application/json",
                    body,
                },
            );
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
            response
        }
        Some(TransportFault::BadGateway) => {
            let body = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
            respond(
                dialect,
                Answer {
                    status: 502,
                    content_type: "text/html",
                    body: body.to_owned(),
                },
            )
        }
        Some(TransportFault::EmptyBody) => respond(
            dialect,
            Answer {
                body: String::new(),
                ..answer
            },
        ),
        Some(TransportFault::EmptyLists) => respond(dialect, with_lists_emptied(answer)),
        Some(TransportFault::Without(fields)) => respond(dialect, without(answer, &fields)),
        Some(TransportFault::Huge(bytes)) => respond(dialect, filled_up(answer, bytes)),
        Some(TransportFault::Instead { status, body }) => respond(
            dialect,
            Answer {
                status,
                content_type: "application/json",
                body,
            },
        ),
    }
}

fn respond(dialect: Dialect, answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(answer.content_type),
    );
    if dialect == Dialect::NanoNode {
        headers.insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    }
    response
}

fn refusal_of_method(dialect: Dialect) -> Answer {
    match dialect {
        Dialect::NanoNode => {
            let body = json!({ "error": "Can only POST requests" }).to_string();
            Answer {
                status: 200,
                content_type: "application/json",
                body,
            }
        }
        Dialect::RsNano => Answer {
            status: 405,
            content_type: "text/plain; charset=utf-8",
            body: String::new(),
        },
    }
}

/// Announces the whole length, sends half of it and breaks off.
fn cut_half_way(answer: &Answer) -> Response {
    let whole = Bytes::from(answer.body.clone());
    let half = whole.slice(..whole.len() / 2);
    let breaking = async {
        // Without a pause the server would notice the end before it has sent the beginning.
        tokio::time::sleep(FLUSH).await;
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut half way"))
    };
    let body = stream::once(async { Ok(half) }).chain(stream::once(breaking));
    let mut response = Response::new(Body::from_stream(body));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, header::HeaderValue::from(whole.len()));
    response
}

fn changed(answer: Answer, change: impl FnOnce(&mut Value)) -> Answer {
    let Ok(mut body) = serde_json::from_str(&answer.body) else {
        return answer;
    };
    change(&mut body);
    Answer {
        body: body.to_string(),
        ..answer
    }
}

fn with_lists_emptied(answer: Answer) -> Answer {
    changed(answer, |body| {
        for field in body.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
            if field.is_array() || field.is_object() {
                *field = json!("");
            }
        }
    })
}

fn without(answer: Answer, fields: &[String]) -> Answer {
    changed(answer, |body| {
        if let Some(body) = body.as_object_mut() {
            body.retain(|field, _| !fields.contains(field));
        }
    })
}

fn filled_up(answer: Answer, bytes: usize) -> Answer {
    let missing = bytes.saturating_sub(answer.body.len());
    changed(answer, |body| {
        if let Some(body) = body.as_object_mut() {
            body.insert("padding".to_owned(), json!("x".repeat(missing)));
        }
    })
}
