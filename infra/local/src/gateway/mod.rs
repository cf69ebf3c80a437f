//! The HTTP API: requests become payloads of API Gateway's version 2.0, and what functions return becomes responses.
//!
//! Routes come from the template only. What API Gateway answers by itself (no route, too large, a function that fails)
//! has the bodies that AWS gives it, so that nobody mistakes them for the relay's own problem documents.

mod payload;
mod response;
mod routes;
mod server;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

pub(crate) use routes::Routes;
pub use routes::RoutesError;
pub(crate) use server::serve;

use crate::clock::Clock;
use crate::invoke::Caller;
use payload::Context;

/// API Gateway's limit of a request's body.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// How long API Gateway waits for a function.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The HTTP API of a template.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    routes: Arc<Routes>,
    caller: Arc<Caller>,
    clock: Clock,
}

impl Gateway {
    /// The API with these routes.
    #[must_use]
    pub(crate) fn new(routes: Routes, caller: Arc<Caller>, clock: Clock) -> Self {
        Self {
            routes: Arc::new(routes),
            caller,
            clock,
        }
    }

    /// Answers a request as API Gateway would.
    pub(crate) async fn handle(&self, request: Request<Bytes>, source_ip: &str) -> Response<Bytes> {
        let request_id = self.caller.request_id();
        let mut answer = self.route(&request, &request_id, source_ip).await;
        if let Ok(value) = request_id.parse() {
            answer.headers_mut().insert("apigw-requestid", value);
        }
        answer
    }

    async fn route(&self, request: &Request<Bytes>, request_id: &str, source_ip: &str) -> Response<Bytes> {
        if request.body().len() > MAX_BODY_BYTES {
            return response::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        }
        let Some(matched) = self.routes.find(request.method(), request.uri().path()) else {
            return response::message(StatusCode::NOT_FOUND, "Not Found");
        };
        let context = Context {
            request_id,
            source_ip,
            route_key: matched.key,
            now: self.clock.now(),
        };
        let Ok(event) = payload::event(request, &matched.parameters, &context) else {
            return response::message(StatusCode::BAD_REQUEST, "Bad Request");
        };
        let call = self.caller.call(matched.function, request_id.to_owned(), event);
        match tokio::time::timeout(INTEGRATION_TIMEOUT, call).await {
            Ok(Ok(answer)) => response::from_function(&answer).unwrap_or_else(|error| {
                tracing::warn!(function = matched.function, request_id, %error, "no response can be made of the answer");
                response::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }),
            Ok(Err(error)) if error.error_type == "RequestTooLargeException" => {
                response::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
            }
            Ok(Err(error)) => {
                tracing::warn!(function = matched.function, request_id, %error, "the function failed");
                response::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
            Err(_) => response::message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        }
    }
}
