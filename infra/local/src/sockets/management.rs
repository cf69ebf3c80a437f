//! API Gateway's management API: `/<stage>/@connections/<id>`. Signatures are not looked at, as nowhere in the stack.

use http::{HeaderValue, Method, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::{Connections, NotTaken};
use crate::clock;

impl Connections {
    /// Whether the path is one of the management API.
    pub(super) fn manages(&self, path: &str) -> bool {
        self.named_by(path).is_some()
    }

    /// Answers a call of the management API at this instant.
    pub(super) fn answer<B: From<String>>(&self, method: &Method, path: &str, data: &[u8], now: u64) -> Response<B> {
        let Some(id) = self.named_by(path) else {
            return error(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden");
        };
        match *method {
            Method::POST => match self.post(&id, data, now) {
                Ok(()) => respond(StatusCode::OK, String::new()),
                Err(NotTaken::Gone) => gone(),
                Err(NotTaken::TooLong) => error(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "PayloadTooLargeException",
                    "Message too long",
                ),
                Err(NotTaken::Full) => error(
                    StatusCode::TOO_MANY_REQUESTS,
                    "LimitExceededException",
                    "Too many messages wait for the client",
                ),
            },
            Method::GET => match self.get(&id) {
                Some(open) => {
                    let about = json!({
                        "connectedAt": clock::rfc3339(open.connected_at),
                        "lastActiveAt": clock::rfc3339(open.last_active_at),
                        "identity": {"sourceIp": open.origin.source_ip, "userAgent": open.origin.user_agent},
                    });
                    respond(StatusCode::OK, about.to_string())
                }
                None => gone(),
            },
            Method::DELETE => {
                if self.end(&id, 1_000, "Connection Closed Normally") {
                    respond(StatusCode::NO_CONTENT, String::new())
                } else {
                    gone()
                }
            }
            _ => error(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden"),
        }
    }

    fn named_by(&self, path: &str) -> Option<String> {
        let id = path.strip_prefix(&self.stage_path)?.strip_prefix("/")?;
        let id = percent_decode_str(id).decode_utf8().ok()?;
        id.strip_prefix("@connections/").map(str::to_owned)
    }
}

fn gone<B: From<String>>() -> Response<B> {
    error(StatusCode::GONE, "GoneException", "Gone")
}

fn error<B: From<String>>(status: StatusCode, kind: &'static str, message: &str) -> Response<B> {
    let mut response = respond(status, json!({"message": message}).to_string());
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert("x-amzn-errortype", kind);
    response
}

fn respond<B: From<String>>(status: StatusCode, body: String) -> Response<B> {
    let mut response = Response::new(B::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
