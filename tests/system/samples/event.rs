//! Events in the shapes of their sources, and the files that hold them.

use std::path::PathBuf;

use bytes::Bytes;
use http::{HeaderName, Method, Request};
use nanoark_client::Bot;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::routes;
use nanoark_http::signature::{Ed25519Signer, Signer, Stamp, sign_request};
use nanoark_nostr::{NostrKey, http_auth};
use serde::Serialize;
use serde_json::{Map, Value, json};

const HOST: &str = "abcdefghij.execute-api.us-east-1.amazonaws.com";

/// Who signs a request.
pub(super) enum Caller<'a> {
    /// Nobody: anybody may ask this, or the body says who it is by.
    Anyone,
    /// A bot, by an HTTP message signature.
    Bot(&'a Bot),
    /// A wallet, by NIP-98.
    Wallet(&'a NostrKey),
}

/// A request that API Gateway passes on.
pub(super) struct Http<'a> {
    pub(super) caller: Caller<'a>,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: &'static str,
    pub(super) body: Option<String>,
}

impl Http<'_> {
    /// The event of the function, in API Gateway's payload format 2.0.
    pub(super) fn event(&self, function: &str, now: Timestamp) -> Value {
        let body = self.body.clone().unwrap_or_default();
        let route = routes::of_function(function);
        let (idempotent, agent) = match route.map(|route| route.service) {
            Some(routes::Service::ArkGateway) => (false, "sample-wallet/1.0"),
            Some(routes::Service::JobRelay) | None => (self.method != Method::GET, "sample-bot/1.0"),
        };
        let question = if self.query.is_empty() {
            String::new()
        } else {
            format!("?{}", self.query)
        };
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(format!("https://{HOST}{}{question}", self.path))
            .header("accept", "application/json")
            .header("user-agent", agent);
        if self.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        if idempotent {
            request = request.header("idempotency-key", format!("sample-{function}"));
        }
        let mut request = request.body(Bytes::from(body.clone())).unwrap();
        match self.caller {
            Caller::Anyone => {}
            Caller::Bot(bot) => {
                let stamp = Stamp {
                    created: now,
                    expires: now.plus(Seconds(300)),
                    nonce: Some("sample"),
                };
                sign_request(&mut request, &SeededBy(bot), &stamp).unwrap();
            }
            Caller::Wallet(key) => {
                let url = request.uri().to_string();
                let header = http_auth::authorization(key, self.method.as_str(), &url, body.as_bytes(), now).unwrap();
                request.headers_mut().insert("authorization", header.parse().unwrap());
            }
        }
        let mut headers: Map<String, Value> = request
            .headers()
            .iter()
            .map(|(name, value): (&HeaderName, _)| (name.to_string(), json!(value.to_str().unwrap())))
            .collect();
        for (name, value) in [
            ("host", HOST),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
        ] {
            headers.insert(name.to_owned(), json!(value));
        }
        let key = route.map_or_else(|| "$default".to_owned(), routes::Route::key);
        let mut event = json!({
            "version": "2.0",
            "routeKey": key,
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": headers,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "abcdefghij",
                "domainName": HOST,
                "domainPrefix": "abcdefghij",
                "http": {
                    "method": self.method.as_str(), "path": self.path, "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7", "userAgent": agent
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": key,
                "stage": "$default",
                "time": "21/Nov/2026:12:00:00 +0000",
                "timeEpoch": now.as_millis()
            },
            "isBase64Encoded": false
        });
        let parameters = route.and_then(|route| route.match_path(&self.path)).unwrap_or_default();
        if !parameters.is_empty() {
            event["pathParameters"] = json!(parameters);
        }
        if !body.is_empty() {
            event["body"] = json!(body);
        }
        event
    }
}

/// The signer behind a bot of a test: all bytes of its seed are alike.
pub(super) struct SeededBy<'a>(pub(super) &'a Bot);

impl Signer for SeededBy<'_> {
    fn bot(&self) -> nanoark_domain::bot::BotId {
        self.0.id()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let seeds = 0..=u8::MAX;
        let signer = seeds
            .map(|seed| Ed25519Signer::from_seed(&[seed; 32]))
            .find(|signer| signer.bot() == self.0.id());
        signer.unwrap().sign(message)
    }
}

/// A change of the jobs table: a payment was named.
pub(super) fn change(job_id: &str, block_hash: &str) -> Value {
    let image = |payment: Value| {
        let mut image = json!({
            "job_id": { "S": job_id }, "status": { "S": "accepted" }, "payment_status": { "S": "none" },
            "refunds": { "M": {} }
        });
        image
            .as_object_mut()
            .unwrap()
            .extend(payment.as_object().unwrap().clone());
        image
    };
    json!({ "Records": [{
        "eventID": "c4ca4238a0b923820dcc509a6f75849b",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_262_400.0,
            "Keys": { "job_id": { "S": job_id } },
            "OldImage": image(json!({})),
            "NewImage": image(json!({ "payment_status": { "S": "submitted" }, "payment_hash": { "S": block_hash } })),
            "SequenceNumber": "101795262400000000001",
            "SizeBytes": 420,
            "StreamViewType": "NEW_AND_OLD_IMAGES"
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/nanoark-jobs/stream/local"
    }]})
}

/// A message of the queue of payment checks.
pub(super) fn payment_check(job_id: &str, block_hash: &str) -> Value {
    let body = json!({ "job_id": job_id, "purpose": "payment", "block_hash": block_hash, "attempt": 0 });
    message("payment-checks", &body)
}

/// A message of a queue.
pub(super) fn message<T: Serialize>(queue: &str, body: &T) -> Value {
    let body = serde_json::to_string(body).unwrap();
    json!({ "Records": [{
        "messageId": "00000000-0000-4000-8000-000000000001",
        "receiptHandle": "c2FtcGxl",
        "md5OfBody": format!("{:x}", md5::compute(&body)),
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795262400000",
            "SenderId": "AIDASAMPLE",
            "ApproximateFirstReceiveTimestamp": "1795262400012"
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:nanoark-{queue}"),
        "awsRegion": "us-east-1"
    }]})
}

/// A tick of a schedule.
pub(super) fn scheduled(function: &str) -> Value {
    json!({
        "version": "0",
        "id": "5e2c5d0e-1a4b-4c55-9a0b-0d1c8a6f3e10",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "time": "2026-11-21T12:00:00Z",
        "region": "us-east-1",
        "resources": [format!("arn:aws:scheduler:us-east-1:000000000000:schedule/default/nanoark-{function}")],
        "detail": "{}"
    })
}

/// Compares with the file, or writes it if that is asked for.
pub(super) fn check(function: &str, event: &Value) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../events/{function}.json"));
    let text = format!("{}\n", serde_json::to_string_pretty(event).unwrap());
    #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test")]
    if std::env::var_os("UPDATE_EVENTS").is_some() {
        std::fs::write(&file, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == text,
        "events/{function}.json is not what the story tells: run with UPDATE_EVENTS=1"
    );
}
