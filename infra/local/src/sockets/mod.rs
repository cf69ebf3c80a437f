//! The WebSocket API: handshakes, messages and ends of connections become the events of API Gateway, and functions reach
//! the connections through its management API.
//!
//! What API Gateway does by itself happens here too: it closes a connection that is idle for ten minutes or two hours
//! old, refuses what is too long, and says of a connection that is not there that it is gone.

mod connector;
mod management;
mod payload;
mod registry;
mod server;
mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

pub use registry::{Connections, Frame, NotTaken};
pub(crate) use server::serve;
pub use socket::{Refused, Socket};

use crate::clock::Clock;
use crate::invoke::{Caller, FunctionError};
use crate::template::{SocketApi, SocketRoute};
use payload::{Context, Handshake};
use registry::{Ended, Origin};

/// API Gateway's limit of a message, in either direction.
pub const MAX_MESSAGE_BYTES: usize = 128 * 1024;

/// API Gateway's limit of a frame; a longer message is to come in several.
pub const MAX_FRAME_BYTES: usize = 32 * 1024;

/// The WebSocket API of a template.
#[derive(Clone, Debug)]
pub(crate) struct Sockets(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    api: Option<SocketApi>,
    connections: Connections,
    caller: Arc<Caller>,
    clock: Clock,
    started_at: u64,
    count: AtomicU64,
}

/// What a function returned: the status decides about a handshake, the body may be an answer to a message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    body: Option<String>,
}

impl Sockets {
    pub(crate) fn new(api: Option<SocketApi>, connections: Connections, caller: Arc<Caller>, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            api,
            connections,
            caller,
            started_at: clock.now(),
            clock,
            count: AtomicU64::new(0),
        }))
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.0.connections
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.clock.now()
    }

    /// A handshake at `/<stage>`: the `$connect` function decides, and answers before the connection is open.
    pub(crate) async fn connect(
        &self,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        source_ip: &str,
    ) -> Result<Socket, Refused> {
        let inner = &self.0;
        let Some(api) = inner
            .api
            .as_ref()
            .filter(|api| path.trim_end_matches('/') == api.path())
        else {
            return Err(Refused::new(StatusCode::FORBIDDEN));
        };
        let (id, now) = (self.connection_id(), inner.clock.now());
        let origin = Origin::new(headers, source_ip);
        let handshake = Handshake { headers, query };
        let mut open = registry::Open::new(origin, now);
        if let Some(route) = api.route("$connect") {
            let context = self.context(api, &id, &open, route);
            let event = payload::connect(&context, &handshake).map_err(|_| Refused::new(StatusCode::BAD_REQUEST))?;
            let answer = self.call(route, &context, event).await;
            let status = match answer.map(|answer| StatusCode::from_u16(answer.status_code)) {
                Ok(Ok(status)) => status,
                Ok(Err(_)) | Err(_) => StatusCode::BAD_GATEWAY,
            };
            if !status.is_success() {
                return Err(Refused::new(status));
            }
        }
        let incoming = open.channel();
        inner.connections.open(id.clone(), open);
        Ok(Socket::new(id, self.clone(), incoming))
    }

    /// A message of a connection: the function of its route answers it, or API Gateway does.
    pub(crate) async fn message(&self, id: &str, text: &str) {
        let inner = &self.0;
        let Some(api) = &inner.api else { return };
        let Some(open) = inner.connections.heard(id, inner.clock.now()) else {
            return;
        };
        let Some(route) = selected(text).and_then(|key| api.route(&key)).or(api.route("$default")) else {
            return self.say(id, "Forbidden", &inner.caller.request_id());
        };
        let context = self.context(api, id, &open, route);
        let Ok(event) = payload::message(&context, text) else {
            return self.say(id, "Internal server error", &context.request_id);
        };
        match self.call(route, &context, event).await {
            Ok(answer) => {
                if let Some(body) = answer.body.filter(|body| route.answers && !body.is_empty()) {
                    // A connection that has ended meanwhile gets no answer, and nobody misses it.
                    let _ = inner.connections.post(id, body.as_bytes(), inner.clock.now());
                }
            }
            Err(error) => {
                tracing::warn!(function = route.function, %error, "the function failed");
                self.say(id, "Internal server error", &context.request_id);
            }
        }
    }

    /// Closes what has been idle or open for too long, and tells the `$disconnect` function of every connection that has
    /// ended; says of how many.
    pub(crate) async fn step(&self) -> usize {
        let inner = &self.0;
        inner.connections.expire(inner.clock.now());
        let mut told: usize = 0;
        while let Some(Ended { id, open, code, reason }) = inner.connections.take_ended() {
            told = told.saturating_add(1);
            let Some((api, route)) = inner
                .api
                .as_ref()
                .and_then(|api| Some((api, api.route("$disconnect")?)))
            else {
                continue;
            };
            let context = self.context(api, &id, &open, route);
            let Ok(event) = payload::disconnect(&context, code, &reason) else {
                continue;
            };
            // API Gateway does not try again either.
            if let Err(error) = self.call(route, &context, event).await {
                tracing::warn!(function = route.function, %error, "the function failed");
            }
        }
        told
    }

    /// What API Gateway says to a client by itself.
    fn say(&self, id: &str, message: &str, request_id: &str) {
        let text = serde_json::json!({"message": message, "connectionId": id, "requestId": request_id}).to_string();
        // As above.
        let _ = self.0.connections.post(id, text.as_bytes(), self.0.clock.now());
    }

    async fn call(
        &self,
        route: &SocketRoute,
        context: &Context<'_>,
        event: Box<RawValue>,
    ) -> Result<Answer, FunctionError> {
        let caller = &self.0.caller;
        let answer = caller.call(&route.function, context.request_id.clone(), event).await?;
        serde_json::from_str(answer.get())
            .map_err(|error| FunctionError::new("Runtime.MalformedResponse", error.to_string()))
    }

    fn context<'a>(
        &self,
        api: &'a SocketApi,
        id: &'a str,
        open: &'a registry::Open,
        route: &'a SocketRoute,
    ) -> Context<'a> {
        Context {
            api,
            connection_id: id,
            open,
            route_key: &route.key,
            request_id: self.0.caller.request_id(),
            now: self.0.clock.now(),
        }
    }

    /// Eleven bytes in base64, as API Gateway's: unique by the start of the stack and a count.
    fn connection_id(&self) -> String {
        let count = self.0.count.fetch_add(1, Ordering::Relaxed);
        let bytes = self.0.started_at.to_be_bytes().into_iter().skip(2);
        let bytes: Vec<u8> = bytes.chain(count.to_be_bytes().into_iter().skip(3)).collect();
        STANDARD.encode(bytes)
    }
}

/// What `$request.body.action` selects.
fn selected(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        action: String,
    }
    serde_json::from_str(text).ok().map(|Body { action }| action)
}
