//! The WebSocket API on a loopback address, and its management API beside it, as API Gateway has them on one host.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, FromRequestParts as _, State};
use http::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite;

use super::{Frame, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, Refused, Socket, Sockets};

/// How long a client may take to answer a close frame.
const FAREWELL: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct Served {
    sockets: Sockets,
    stop: watch::Receiver<bool>,
}

/// Serves the API on the listener until it is told to stop, which ends the connections too.
///
/// # Errors
///
/// When the listener fails.
pub(crate) async fn serve(sockets: Sockets, listener: TcpListener, stop: watch::Receiver<bool>) -> io::Result<()> {
    let mut until = stop.clone();
    let router = Router::new().fallback(answer).with_state(Served { sockets, stop });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move { stopped(&mut until).await })
        .await
}

async fn answer(
    State(served): State<Served>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let sockets = &served.sockets;
    let path = parts.uri.path().to_owned();
    if sockets.connections().manages(&path) {
        // One byte more than is allowed is enough to be refused by the right name.
        let body = to_bytes(body, 2 * MAX_MESSAGE_BYTES).await;
        let Ok(body) = body else {
            return Refused::new(StatusCode::PAYLOAD_TOO_LARGE).response();
        };
        return sockets.connections().answer(&parts.method, &path, &body, sockets.now());
    }
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &()).await else {
        return Refused::new(StatusCode::UPGRADE_REQUIRED).response();
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let source_ip = peer.ip().to_string();
    match sockets.connect(&path, &query, &parts.headers, &source_ip).await {
        Ok(socket) => upgrade
            .max_message_size(MAX_MESSAGE_BYTES)
            .max_frame_size(MAX_FRAME_BYTES)
            .on_upgrade(move |wire| run(wire, socket, served.stop)),
        Err(refused) => refused.response(),
    }
}

/// Carries frames both ways until either side, or the stack, ends the connection.
async fn run(mut wire: WebSocket, mut socket: Socket, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            frame = socket.next() => match frame {
                Some(Frame::Text(text)) => {
                    if wire.send(Message::Text(text.into())).await.is_err() {
                        return;
                    }
                }
                Some(Frame::Close { code, reason }) => return close(wire, code, &reason).await,
                None => return,
            },
            message = wire.recv() => match message {
                Some(Ok(Message::Text(text))) => socket.send(&text).await,
                // Answered by the protocol itself.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                // API Gateway takes no binary frames.
                Some(Ok(Message::Binary(_))) => socket.end(1_003, "Unsupported data").await,
                Some(Ok(Message::Close(frame))) => {
                    let (code, reason) = frame.map_or((1_005, String::new()), |frame| (frame.code, frame.reason.to_string()));
                    socket.end(code, &reason).await;
                    // Reading on sends the answer to the close frame, after the function has heard of it.
                    while wire.recv().await.is_some() {}
                    return;
                }
                Some(Err(error)) => {
                    if !is_too_long(error) {
                        return;
                    }
                    socket.end(1_009, "Message too long").await;
                }
                None => return,
            },
            () = stopped(&mut stop) => return close(wire, 1_001, "Going away").await,
        }
    }
}

fn is_too_long(error: axum::Error) -> bool {
    matches!(error.into_inner().downcast_ref(), Some(tungstenite::Error::Capacity(_)))
}

/// Says that this is the end, and gives the client a moment to say so too: a socket that is dropped with something unread
/// in it takes the last frame with it.
async fn close(mut wire: WebSocket, code: u16, reason: &str) {
    let frame = CloseFrame {
        code,
        reason: reason.into(),
    };
    let farewell = async {
        // A client that has gone does not miss it.
        let _ = wire.send(Message::Close(Some(frame))).await;
        while let Some(Ok(_)) = wire.recv().await {}
    };
    // Nor does one that does not answer deserve more.
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error says that nobody is left to tell us.
    let _ = stop.wait_for(|stop| *stop).await;
}
