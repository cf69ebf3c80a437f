//! The events that functions receive of a connection.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::registry::Open;
use crate::clock;
use crate::template::SocketApi;

/// What API Gateway says about every event of a connection.
pub(super) struct Context<'a> {
    pub(super) api: &'a SocketApi,
    pub(super) connection_id: &'a str,
    pub(super) open: &'a Open,
    pub(super) route_key: &'a str,
    pub(super) request_id: String,
    pub(super) now: u64,
}

/// What the client sent to connect.
pub(super) struct Handshake<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) query: &'a str,
}

/// `CONNECT`.
///
/// # Errors
///
/// When a header's value is no text.
pub(super) fn connect(context: &Context<'_>, handshake: &Handshake<'_>) -> Result<Box<RawValue>, serde_json::Error> {
    let mut headers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in handshake.headers {
        let value = value.to_str().map_err(serde::ser::Error::custom)?;
        headers.entry(name.as_str()).or_default().push(value);
    }
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(handshake.query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .or_default()
            .push(value.into_owned());
    }
    let mut event = json!({
        "headers": last_of_each(&headers),
        "multiValueHeaders": headers,
        "requestContext": request_context(context, "CONNECT", Map::new()),
        "isBase64Encoded": false,
    });
    if let (false, Some(event)) = (parameters.is_empty(), event.as_object_mut()) {
        event.insert("queryStringParameters".into(), json!(last_of_each(&parameters)));
        event.insert("multiValueQueryStringParameters".into(), json!(parameters));
    }
    to_raw_value(&event)
}

/// `MESSAGE`.
///
/// # Errors
///
/// None that could happen.
pub(super) fn message(context: &Context<'_>, text: &str) -> Result<Box<RawValue>, serde_json::Error> {
    let own = Map::from_iter([("messageId".to_owned(), json!(context.request_id))]);
    to_raw_value(&json!({
        "requestContext": request_context(context, "MESSAGE", own),
        "body": text,
        "isBase64Encoded": false,
    }))
}

/// `DISCONNECT`.
///
/// # Errors
///
/// None that could happen.
pub(super) fn disconnect(context: &Context<'_>, code: u16, reason: &str) -> Result<Box<RawValue>, serde_json::Error> {
    let host = &context.open.origin.host;
    let own = Map::from_iter([
        ("disconnectStatusCode".to_owned(), json!(code)),
        ("disconnectReason".to_owned(), json!(reason)),
    ]);
    to_raw_value(&json!({
        "headers": {"Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""},
        "multiValueHeaders": {"Host": [host], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""]},
        "requestContext": request_context(context, "DISCONNECT", own),
        "isBase64Encoded": false,
    }))
}

fn request_context(context: &Context<'_>, event_type: &str, own: Map<String, Value>) -> Value {
    let origin = &context.open.origin;
    let mut common = json!({
        "routeKey": context.route_key,
        "eventType": event_type,
        "extendedRequestId": context.request_id,
        "requestTime": clock::common_log_time(context.now),
        "messageDirection": "IN",
        "stage": context.api.stage,
        "connectedAt": context.open.connected_at,
        "requestTimeEpoch": context.now,
        "identity": {"sourceIp": origin.source_ip, "userAgent": origin.user_agent},
        "requestId": context.request_id,
        "domainName": origin.host,
        "connectionId": context.connection_id,
        "apiId": context.api.api_id,
    });
    if let Some(common) = common.as_object_mut() {
        common.extend(own);
    }
    common
}

fn last_of_each<K: Ord + Clone, V: Serialize>(all: &BTreeMap<K, Vec<V>>) -> BTreeMap<K, &V> {
    all.iter()
        .filter_map(|(name, values)| Some((name.clone(), values.last()?)))
        .collect()
}
