//! The event that a function receives for a request: API Gateway's payload format 2.0.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::clock;
use crate::template::ACCOUNT;

/// What the gateway knows about a request besides the request itself.
pub(super) struct Context<'a> {
    pub(super) request_id: &'a str,
    pub(super) source_ip: &'a str,
    pub(super) route_key: &'a str,
    pub(super) now: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: &'a BTreeMap<&'a str, String>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'static str,
    api_id: &'static str,
    domain_name: String,
    domain_prefix: String,
    http: Http<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'static str,
    time: String,
    time_epoch: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: &'a str,
    user_agent: String,
}

/// The event of a request.
///
/// # Errors
///
/// When a header's value is no text.
pub(super) fn event(
    request: &Request<Bytes>,
    parameters: &BTreeMap<&str, String>,
    context: &Context<'_>,
) -> Result<Box<RawValue>, serde_json::Error> {
    let mut headers = joined(request.headers()).map_err(serde::ser::Error::custom)?;
    let cookies = headers.remove("cookie").unwrap_or_default();
    let cookies = cookies
        .split(';')
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .map(str::to_owned)
        .collect();
    // In process, a request may name its host in the URI only.
    let host = request.uri().authority().map(ToString::to_string);
    let host = headers
        .entry("host".into())
        .or_insert_with(|| host.unwrap_or_else(|| "localhost".into()))
        .clone();
    // As API Gateway does, whatever the caller says of it. What comes over a connection has no scheme in its URI, and no
    // TLS here.
    let scheme = request.uri().scheme_str().unwrap_or("http");
    headers.insert("x-forwarded-proto".into(), scheme.into());
    let query = request.uri().query().unwrap_or_default();
    let path = request.uri().path();
    let user_agent = headers.get("user-agent").cloned().unwrap_or_default();
    let (body, is_base64_encoded) = body(request);
    to_raw_value(&Payload {
        version: "2.0",
        route_key: context.route_key,
        raw_path: path,
        raw_query_string: query,
        cookies,
        headers,
        query_string_parameters: parameters_of(query),
        path_parameters: parameters,
        request_context: RequestContext {
            account_id: ACCOUNT,
            api_id: "local",
            domain_prefix: host.split('.').next().unwrap_or_default().to_owned(),
            domain_name: host,
            http: Http {
                method: request.method().as_str(),
                path,
                protocol: "HTTP/1.1",
                source_ip: context.source_ip,
                user_agent,
            },
            request_id: context.request_id,
            route_key: context.route_key,
            stage: "$default",
            time: clock::common_log_time(context.now),
            time_epoch: context.now,
        },
        body,
        is_base64_encoded,
    })
}

/// Names in lower case, the values of one name joined by commas.
fn joined(headers: &HeaderMap) -> Result<BTreeMap<String, String>, header::ToStrError> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = value.to_str()?;
        let separator = if name == header::COOKIE { "; " } else { "," };
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|all| {
                all.push_str(separator);
                all.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    Ok(joined)
}

/// Decoded names and values, the values of one name joined by commas.
fn parameters_of(query: &str) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decode(value);
        parameters
            .entry(decode(name))
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert(value);
    }
    parameters
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

/// The body as a text, or in base64 when its type is none of the textual ones.
fn body(request: &Request<Bytes>) -> (Option<String>, bool) {
    let body = request.body();
    if body.is_empty() {
        return (None, false);
    }
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let encoded = request.headers().contains_key(header::CONTENT_ENCODING);
    match std::str::from_utf8(body) {
        Ok(text) if !encoded && kind.is_none_or(is_textual) => (Some(text.to_owned()), false),
        Ok(_) | Err(_) => (Some(STANDARD.encode(body)), true),
    }
}

/// API Gateway passes these as they are; even a form is not among them.
fn is_textual(content_type: &str) -> bool {
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&kind.as_str())
        || (kind.starts_with("application/") && (kind.ends_with("+json") || kind.ends_with("+xml")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
    use serde_json::Value;

    fn payload(request: &Request<Bytes>) -> (ApiGatewayV2httpRequest, Value) {
        let context = Context {
            request_id: "r-1",
            source_ip: "127.0.0.1",
            route_key: "GET /v1/jobs/{id}",
            now: 1_795_253_400_000,
        };
        let parameters = BTreeMap::from([("id", "a b".to_owned())]);
        let event = event(request, &parameters, &context).unwrap();
        (
            serde_json::from_str(event.get()).unwrap(),
            serde_json::from_str(event.get()).unwrap(),
        )
    }

    fn get(uri: &str) -> http::request::Builder {
        Request::get(uri).header("Host", "relay.example")
    }

    #[test]
    fn the_query_is_passed_as_it_was_sent_and_decoded_beside_it() {
        let (typed, value) = payload(
            &get("/v1/jobs/a%20b?tag=x%2By&tag=z&empty=&text=a+b")
                .body(Bytes::new())
                .unwrap(),
        );
        assert_eq!(typed.raw_path.as_deref(), Some("/v1/jobs/a%20b"));
        assert_eq!(
            typed.raw_query_string.as_deref(),
            Some("tag=x%2By&tag=z&empty=&text=a+b")
        );
        assert_eq!(
            value["queryStringParameters"],
            serde_json::json!({"tag": "x+y,z", "empty": "", "text": "a b"})
        );
        assert_eq!(typed.path_parameters.get("id").map(String::as_str), Some("a b"));
    }

    #[test]
    fn headers_are_in_lower_case_and_joined_and_cookies_stand_apart() {
        let request = get("/")
            .header("X-Tag", "a")
            .header("x-tag", "b")
            .header("X-Forwarded-Proto", "gopher")
            .header("Cookie", "one=1; two=2")
            .header("Cookie", "three=3")
            .body(Bytes::new())
            .unwrap();
        let (typed, value) = payload(&request);
        assert_eq!(
            value["headers"],
            serde_json::json!({"host": "relay.example", "x-tag": "a,b", "x-forwarded-proto": "http"})
        );
        assert_eq!(typed.cookies.unwrap(), ["one=1", "two=2", "three=3"]);
    }

    #[test]
    fn text_is_passed_as_text_and_everything_else_in_base64() {
        for (kind, body, expected, encoded) in [
            (Some("application/json"), "{}".as_bytes(), "{}", false),
            (Some("application/problem+json; charset=utf-8"), b"{}", "{}", false),
            (Some("text/plain"), "é".as_bytes(), "é", false),
            (None, b"{}", "{}", false),
            (Some("application/x-www-form-urlencoded"), b"a=1", "YT0x", true),
            (Some("application/octet-stream"), b"a=1", "YT0x", true),
            (Some("application/json"), &[0xff], "/w==", true),
        ] {
            let mut request = Request::post("/").header("host", "x");
            if let Some(kind) = kind {
                request = request.header("content-type", kind);
            }
            let (typed, _) = payload(&request.body(Bytes::copy_from_slice(body)).unwrap());
            assert_eq!(
                (typed.body.as_deref(), typed.is_base64_encoded),
                (Some(expected), encoded),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn the_context_names_route_caller_and_time() {
        let (typed, value) = payload(
            &get("/v1/jobs/x")
                .header("User-Agent", "bot/1")
                .body(Bytes::new())
                .unwrap(),
        );
        let context = typed.request_context;
        assert_eq!(context.route_key.as_deref(), Some("GET /v1/jobs/{id}"));
        assert_eq!(context.stage.as_deref(), Some("$default"));
        assert_eq!(context.http.method.as_str(), "GET");
        assert_eq!(context.http.source_ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(context.http.user_agent.as_deref(), Some("bot/1"));
        assert_eq!(context.time.as_deref(), Some("21/Nov/2026:09:30:00 +0000"));
        assert_eq!(context.time_epoch, 1_795_253_400_000);
        assert_eq!(value["requestContext"]["domainName"], "relay.example");
        assert_eq!(typed.body, None);
    }
}
