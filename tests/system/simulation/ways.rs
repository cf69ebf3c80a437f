//! The ways between bots, relay and ledger, on which things are lost, late or refused.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use nanoark_client::realtime::{self, SocketFailure, SocketTransport};
use nanoark_client::{Pending, Transport, TransportError};
use nanoark_local::{Socket, sockets};
use nanoark_nano_rpc::{Exchange, Exchanging, Limits, Reply, RpcError};
use nanoark_testkit::nano_ledger::NanoNode;

use super::chaos::Chaos;
use super::relay::Relay;

/// How long a client waits for an answer that does not come.
const PATIENCE: Duration = Duration::from_secs(5);

/// To the relay's HTTP API.
#[derive(Clone)]
pub(crate) struct ToRelay {
    pub(crate) relay: Relay,
    pub(crate) chaos: Chaos,
}

impl ToRelay {
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let weather = self.chaos.weather;
        tokio::time::sleep(self.chaos.between(1, 30)).await;
        if self.chaos.strikes(weather.lost_request) {
            tokio::time::sleep(PATIENCE).await;
            return Err(TransportError::Timeout);
        }
        let refused = || TransportError::Connection("connection refused".to_owned());
        let stack = self.relay.stack().ok_or_else(refused)?;
        let answer = stack.http(request).await;
        let gone = self.relay.stack().is_none_or(|up| !Arc::ptr_eq(&up, &stack));
        if gone || self.chaos.strikes(weather.lost_answer) {
            tokio::time::sleep(PATIENCE).await;
            return Err(TransportError::Timeout);
        }
        tokio::time::sleep(self.chaos.between(1, 30)).await;
        Ok(answer)
    }
}

impl Transport for ToRelay {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// To a Nano node.
pub(crate) struct ToNode {
    pub(crate) node: NanoNode,
    pub(crate) chaos: Chaos,
}

impl fmt::Debug for ToNode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ToNode")
    }
}

impl ToNode {
    async fn exchange(&self, body: Vec<u8>, limits: Limits) -> Result<Reply, RpcError> {
        let weather = self.chaos.weather;
        tokio::time::sleep(self.chaos.between(1, 20)).await;
        if self.chaos.strikes(weather.node_refuses) {
            let status = if self.chaos.strikes(500) { 429 } else { 502 };
            return Ok(Reply {
                status,
                retry_after: None,
                body: Vec::new(),
            });
        }
        // Half of what stalls was carried out nevertheless.
        let stalls = self.chaos.strikes(weather.node_stalls);
        let answer = (!stalls || self.chaos.strikes(500)).then(|| self.node.answer(&body));
        match answer {
            Some(answer) if !stalls => Ok(Reply {
                status: answer.status,
                retry_after: None,
                body: answer.body.into_bytes(),
            }),
            Some(_) | None => {
                tokio::time::sleep(limits.timeout).await;
                Err(RpcError::Timeout)
            }
        }
    }
}

impl Exchange for ToNode {
    fn post(&self, body: Vec<u8>, limits: Limits) -> Exchanging<'_> {
        Box::pin(self.exchange(body, limits))
    }
}

/// To the relay's WebSocket API.
#[derive(Clone)]
pub(crate) struct ToSockets {
    pub(crate) relay: Relay,
    pub(crate) chaos: Chaos,
    /// Whether the way is blocked for good.
    pub(crate) blocked: bool,
}

struct Open {
    socket: Socket,
    stack: Arc<nanoark_local::Stack>,
    way: ToSockets,
}

impl Open {
    fn is_cut(&self) -> bool {
        self.way.relay.stack().is_none_or(|up| !Arc::ptr_eq(&up, &self.stack))
    }
}

impl SocketTransport for ToSockets {
    fn connect(&self, handshake: Request<()>) -> Pending<'_, Result<Box<dyn realtime::Socket>, SocketFailure>> {
        Box::pin(async move {
            tokio::time::sleep(self.chaos.between(1, 50)).await;
            let refused = || SocketFailure::Connection("connection refused".to_owned());
            let stack = self.relay.stack().filter(|_| !self.blocked).ok_or_else(refused)?;
            let socket = stack.socket(&handshake).await;
            let socket = socket.map_err(|refused| SocketFailure::Refused(refused.status))?;
            let way = self.clone();
            Ok(Box::new(Open { socket, stack, way }) as Box<dyn realtime::Socket>)
        })
    }
}

impl realtime::Socket for Open {
    fn send(&mut self, text: String) -> Pending<'_, Result<(), SocketFailure>> {
        Box::pin(async move {
            if self.is_cut() {
                return Err(SocketFailure::Closed(None));
            }
            self.socket.send(&text).await;
            Ok(())
        })
    }

    fn next(&mut self) -> Pending<'_, Result<realtime::Frame, SocketFailure>> {
        Box::pin(async move {
            loop {
                // A relay that goes down tells nobody: whoever listens finds out at the next look.
                let heard = tokio::time::timeout(Duration::from_secs(1), self.socket.next()).await;
                if self.is_cut() || (heard.is_ok() && self.way.chaos.strikes(self.way.chaos.weather.socket_breaks)) {
                    return Err(SocketFailure::Closed(Some(1_006)));
                }
                match heard {
                    Ok(Some(sockets::Frame::Text(text))) => return Ok(realtime::Frame::Text(text)),
                    Ok(Some(sockets::Frame::Close { code, .. })) => return Err(SocketFailure::Closed(Some(code))),
                    Ok(None) => return Err(SocketFailure::Closed(None)),
                    Err(_) => {}
                }
            }
        })
    }

    fn close(self: Box<Self>) -> Pending<'static, ()> {
        Box::pin(async move {
            if !self.is_cut() {
                self.socket.close(1_000, "").await;
            }
        })
    }
}
