//! The Lambda Runtime API as one sandbox sees it: wait for an event, answer it, wait for the next.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::value::RawValue;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{FunctionError, Invocation};

/// Lambda's limit of a response, and of an event.
const MAX_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;

pub(super) type Answer = Result<Box<RawValue>, FunctionError>;

/// What became of a call.
pub(super) struct Done {
    pub(super) answer: Answer,
    /// Whether the sandbox will ask for another; one that could not start will not.
    pub(super) goes_on: bool,
}

/// An invocation on its way into the sandbox and the way back for its answer.
pub(super) type Call = (Invocation, oneshot::Sender<Done>);

/// The server that one sandbox talks to.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    pub(super) calls: mpsc::Sender<Call>,
    server: JoinHandle<()>,
}

struct Sandbox {
    calls: tokio::sync::Mutex<mpsc::Receiver<Call>>,
    current: Mutex<Option<(String, oneshot::Sender<Done>)>>,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback interface.
    pub(super) async fn start() -> io::Result<Self> {
        let (calls, waiting) = mpsc::channel(1);
        let sandbox = Arc::new(Sandbox {
            calls: tokio::sync::Mutex::new(waiting),
            current: Mutex::new(None),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{request_id}/error", post(failure))
            .route("/2018-06-01/runtime/init/error", post(init_failure))
            // Room above the limit, so that what is too large is refused by its function's name and not by a closed socket.
            .layer(DefaultBodyLimit::max(2 * MAX_PAYLOAD_BYTES))
            .with_state(sandbox);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            // The server ends with its sandbox; there is nobody left to tell why.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { address, calls, server })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Sandbox {
    fn answer(&self, request_id: &str, answer: Answer) -> Response {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match current.take_if(|(waiting, _)| waiting == request_id) {
            Some((_, caller)) => {
                // A caller that ran out of time has gone.
                drop(caller.send(Done { answer, goes_on: true }));
                json(StatusCode::ACCEPTED, r#"{"status":"OK"}"#)
            }
            None => {
                let body = r#"{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}"#;
                json(StatusCode::BAD_REQUEST, body)
            }
        }
    }
}

async fn next(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let call = sandbox.calls.lock().await.recv().await;
    let Some((invocation, caller)) = call else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", invocation.request_id.clone()),
        ("lambda-runtime-deadline-ms", invocation.deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", invocation.arn),
    ];
    let mut current = sandbox.current.lock().unwrap_or_else(PoisonError::into_inner);
    *current = Some((invocation.request_id, caller));
    (headers, invocation.event.get().to_owned()).into_response()
}

async fn response(State(sandbox): State<Arc<Sandbox>>, Path(request_id): Path<String>, body: Bytes) -> Response {
    sandbox.answer(&request_id, response_body(&body))
}

fn response_body(body: &Bytes) -> Answer {
    if body.len() > MAX_PAYLOAD_BYTES {
        let message =
            format!("Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD_BYTES} bytes).");
        return Err(FunctionError::new("Function.ResponseSizeTooLarge", message));
    }
    // A function may answer nothing, which stands for null.
    let body: &[u8] = if body.is_empty() { b"null" } else { body };
    serde_json::from_slice(body).map_err(|error| FunctionError::new("Runtime.MalformedResponse", error.to_string()))
}

async fn failure(State(sandbox): State<Arc<Sandbox>>, Path(request_id): Path<String>, body: Bytes) -> Response {
    sandbox.answer(&request_id, Err(reported(&body)))
}

async fn init_failure(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Response {
    // The first call waits for a sandbox that will never ask for it: it is told what the sandbox said.
    let call = sandbox.calls.lock().await.try_recv();
    if let Ok((_, caller)) = call {
        drop(caller.send(Done {
            answer: Err(reported(&body)),
            goes_on: false,
        }));
    }
    json(StatusCode::ACCEPTED, r#"{"status":"OK"}"#)
}

fn json(status: StatusCode, body: &'static str) -> Response {
    (status, [("content-type", "application/json")], body).into_response()
}

/// What a failing function says about itself; both members are optional in the API.
fn reported(body: &Bytes) -> FunctionError {
    #[derive(serde::Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Report {
        error_type: String,
        error_message: String,
    }
    let report: Report = serde_json::from_slice(body).unwrap_or_default();
    FunctionError::new(report.error_type, report.error_message)
}
