//! The queues on a loopback address, for other processes.

use std::io;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::net::TcpListener;

use super::Queues;

/// The largest request: a full batch with its JSON around it.
const MAX_BODY_BYTES: usize = 4 * super::limits::MAX_BYTES;

/// Serves the queues on the listener until `stop` completes.
///
/// # Errors
///
/// When the listener fails.
pub(crate) async fn serve(
    queues: Queues,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(queues);
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

async fn answer(State(queues): State<Queues>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let answer = queues.answer(target, &body).await;
    let mut response = Response::new(axum::body::Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
    if let Some(error) = answer.query_error.and_then(|error| HeaderValue::try_from(error).ok()) {
        response.headers_mut().insert("x-amzn-query-error", error);
    }
    response
}
