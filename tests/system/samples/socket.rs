//! Events of the WebSocket API, and the change that becomes a hint.

use bytes::Bytes;
use http::Request;
use nanoark_client::Bot;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::signature::{Stamp, sign_request};
use serde_json::{Map, Value, json};

use super::event::SeededBy;

const HOST: &str = "klmnopqrst.execute-api.us-east-1.amazonaws.com";
const CONNECTION: &str = "L0SM9cOFvHcCIhw=";

/// A handshake of this bot.
pub(super) fn connect(bot: &Bot, now: Timestamp) -> Value {
    let mut request = Request::get(format!("https://{HOST}/v1")).body(Bytes::new()).unwrap();
    let stamp = Stamp {
        created: now,
        expires: now.plus(Seconds(300)),
        nonce: Some("sample"),
    };
    sign_request(&mut request, &SeededBy(bot), &stamp).unwrap();
    let value = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
    let headers = [
        ("Host", HOST.to_owned()),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==".to_owned()),
        ("Sec-WebSocket-Version", "13".to_owned()),
        ("Signature", value("signature")),
        ("Signature-Input", value("signature-input")),
        ("X-Forwarded-For", "203.0.113.7".to_owned()),
        ("X-Forwarded-Port", "443".to_owned()),
        ("X-Forwarded-Proto", "https".to_owned()),
    ];
    let single: Map<String, Value> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let multi: Map<String, Value> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!([value])))
        .collect();
    json!({
        "headers": single,
        "multiValueHeaders": multi,
        "requestContext": context("$connect", "CONNECT", now, &json!({})),
        "isBase64Encoded": false
    })
}

/// A message over the connection.
pub(super) fn message(now: Timestamp) -> Value {
    json!({
        "requestContext": context("$default", "MESSAGE", now, &json!({ "messageId": "MTg1NjM5OTA=" })),
        "body": r#"{"action":"subscribe"}"#,
        "isBase64Encoded": false
    })
}

/// The end of the connection.
pub(super) fn disconnect(now: Timestamp) -> Value {
    let end = json!({ "disconnectStatusCode": 1000, "disconnectReason": "done" });
    json!({
        "headers": { "Host": HOST, "X-Forwarded-For": "", "x-api-key": "", "x-restapi": "" },
        "multiValueHeaders": { "Host": [HOST], "X-Forwarded-For": [""], "x-api-key": [""], "x-restapi": [""] },
        "requestContext": context("$disconnect", "DISCONNECT", now, &end),
        "isBase64Encoded": false
    })
}

fn context(route: &str, event_type: &str, now: Timestamp, own: &Value) -> Value {
    let mut context = json!({
        "routeKey": route,
        "eventType": event_type,
        "extendedRequestId": "DTMcWHGbIAMFeMA=",
        "requestTime": "21/Nov/2026:12:00:00 +0000",
        "messageDirection": "IN",
        "stage": "v1",
        "connectedAt": now.as_millis(),
        "requestTimeEpoch": now.as_millis(),
        "identity": { "sourceIp": "203.0.113.7", "userAgent": "sample-bot/1.0" },
        "requestId": "DTMcWHGbIAMFeMA=",
        "domainName": HOST,
        "connectionId": CONNECTION,
        "apiId": "klmnopqrst"
    });
    let own = own.as_object().unwrap().clone();
    context.as_object_mut().unwrap().extend(own);
    context
}

/// A change of the jobs table: a job was quoted.
pub(super) fn change(job_id: &str, buyer: &Bot, seller: &Bot) -> Value {
    let image = |status: &str, version: &str| {
        json!({
            "job_id": { "S": job_id }, "buyer": { "S": buyer.id() }, "seller": { "S": seller.id() },
            "status": { "S": status }, "version": { "N": version }
        })
    };
    json!({ "Records": [{
        "eventID": "c81e728d9d4c2f636f067f89cc14862c",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_262_400.0,
            "Keys": { "job_id": { "S": job_id } },
            "OldImage": image("requested", "1"),
            "NewImage": image("quoted", "2"),
            "SequenceNumber": "101795262400000000002",
            "SizeBytes": 420,
            "StreamViewType": "NEW_AND_OLD_IMAGES"
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/nanoark-jobs/stream/local"
    }]})
}
