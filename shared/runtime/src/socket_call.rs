//! API Gateway's WebSocket events (`$connect`, `$disconnect` and messages) as calls.

use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;
use http::Method;
use http::header::HOST;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::{Request, Response, Scheme, normalise_authority};

/// Something that happened on a connection.
#[derive(Debug, Clone)]
pub struct SocketCall {
    /// API Gateway's name for the connection.
    pub connection_id: String,
    /// `CONNECT`, `MESSAGE` or `DISCONNECT`, for the log.
    pub event_type: String,
    /// The frame's text; empty unless this is a message.
    pub text: String,
    /// The handshake as a request, which only `CONNECT` has in full.
    handshake: Request,
    has_query: bool,
}

impl SocketCall {
    pub(crate) fn read(event: ApiGatewayWebsocketProxyRequest, invocation_id: &str) -> Self {
        let context = event.request_context;
        // Only these repeat a header that came twice, and a signature may not be read from one of two.
        let headers = if event.multi_value_headers.is_empty() {
            event.headers
        } else {
            event.multi_value_headers
        };
        let host = headers
            .get(HOST)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
            .or(context.domain_name)
            .unwrap_or_default();
        // The event names no path. API Gateway takes a handshake at the stage's own path only, so it was this one.
        let path = format!("/{}", context.stage.unwrap_or_default());
        let mut handshake = Request::new(Method::GET, &normalise_authority(&host, Scheme::Https), path);
        handshake.headers = headers;
        handshake.source_ip = context.identity.source_ip.and_then(|address| address.parse().ok());
        handshake.request_id = context.request_id.unwrap_or_else(|| invocation_id.to_owned());
        Self {
            connection_id: context.connection_id.unwrap_or_default(),
            event_type: context.event_type.unwrap_or_default(),
            text: event.body.unwrap_or_default(),
            handshake,
            has_query: !event.query_string_parameters.is_empty()
                || !event.multi_value_query_string_parameters.is_empty(),
        }
    }

    /// The handshake: a `GET` of the stage's path.
    ///
    /// # Errors
    /// When it has a query. API Gateway passes it on decoded, which is not what was signed.
    pub fn handshake(&self) -> Result<&Request, Problem> {
        if self.has_query {
            let detail = "The handshake takes no query, and a signature over one cannot be checked.";
            return Err(Problem::new(Code::SignatureInvalid, detail));
        }
        Ok(&self.handshake)
    }
}

/// An answer, and the code of the problem if it is one.
pub(crate) type Answer = (Response, Option<Code>);

/// The answer to a call. Of a refused handshake, API Gateway passes the status on and keeps the body to itself.
pub(crate) fn finish(call: &SocketCall, result: Result<Response, Problem>) -> Answer {
    let code = result.as_ref().err().map(|problem| problem.code);
    let response = result.unwrap_or_else(|problem| problem.for_request(&call.handshake.request_id).into_response());
    (response, code)
}

/// One line per call: who connected is not in it, nor anything that was sent.
pub(crate) fn log(function: &str, call: &SocketCall, (response, code): &Answer, milliseconds: u64) {
    tracing::info!(
        function,
        request_id = call.handshake.request_id,
        event = call.event_type,
        status = response.status.as_u16(),
        code = code.map_or("", Code::as_str),
        ms = milliseconds,
        "socket"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn call(event: Value) -> SocketCall {
        SocketCall::read(serde_json::from_value(event).unwrap(), "invocation")
    }

    fn connect() -> Value {
        json!({
            "headers": {"Host": "Abc.Example:443", "Signature": "last"},
            "multiValueHeaders": {"Host": ["Abc.Example:443"], "Signature": ["first", "last"]},
            "requestContext": {
                "connectionId": "L0SM9cOFvHcCIhw=", "eventType": "CONNECT", "routeKey": "$connect", "stage": "v1",
                "domainName": "abc.example", "requestId": "r-1", "connectedAt": 1, "requestTimeEpoch": 1,
                "messageDirection": "IN", "apiId": "abc", "identity": {"sourceIp": "203.0.113.7"}
            },
            "isBase64Encoded": false
        })
    }

    #[test]
    fn a_handshake_is_a_get_of_the_stage_with_every_line_of_every_header() {
        let call = call(connect());
        let request = call.handshake().unwrap();
        assert_eq!((&request.method, request.path.as_str()), (&Method::GET, "/v1"));
        assert_eq!((request.authority.as_str(), &request.query), ("abc.example", &None));
        assert_eq!(request.headers.get_all("signature").iter().count(), 2);
        assert_eq!(call.connection_id, "L0SM9cOFvHcCIhw=");
    }

    #[test]
    fn a_handshake_with_a_query_is_refused() {
        let mut event = connect();
        event["queryStringParameters"] = json!({"a": "1"});
        assert_eq!(call(event).handshake().unwrap_err().code, Code::SignatureInvalid);
    }

    #[test]
    fn a_message_has_its_text_and_needs_no_headers() {
        let context = json!({
            "connectionId": "a", "eventType": "MESSAGE", "routeKey": "$default", "stage": "v1", "domainName": "abc.example",
            "messageId": "m", "connectedAt": 1, "requestTimeEpoch": 1, "identity": {}
        });
        let call = call(json!({"requestContext": context, "body": "{}", "isBase64Encoded": false}));
        assert_eq!((call.text.as_str(), call.event_type.as_str()), ("{}", "MESSAGE"));
        assert_eq!(call.handshake().unwrap().request_id, "invocation");
    }
}
