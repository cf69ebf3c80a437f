//! The HTTP API on a loopback address.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use http::{Request, Response, StatusCode};
use tokio::net::TcpListener;

use super::{Gateway, MAX_BODY_BYTES, response};

/// Serves the API on the listener until `stop` completes.
///
/// # Errors
///
/// When the listener fails.
pub(crate) async fn serve(
    gateway: Gateway,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new().fallback(answer).with_state(gateway);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

async fn answer(
    State(gateway): State<Gateway>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => {
            gateway
                .handle(Request::from_parts(parts, body), &peer.ip().to_string())
                .await
        }
        Err(_) => response::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
    };
    answer.map(|body: Bytes| Body::from(body))
}
