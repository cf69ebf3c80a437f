//! Our own CPU time per mutation: from the event to the answer, without the database engine's share.
//!
//! `cargo test --release -p nanoark-tests --test system own_cpu -- --ignored --nocapture`

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use bytes::Bytes;
use http::Request;
use nanoark_client::wire::jobs::RenewLock;
use nanoark_domain::time::Timestamp;
use nanoark_local::functions;
use nanoark_runtime::{AwsAccess, AwsClients, Clock, Config, Event, Invocation, Relay, SystemEntropy};
use nanoark_testkit::dynamodb::InProcessDynamoDb;
use serde_json::{json, value::to_raw_value};

use crate::world::{Deal, Draft, World};

/// How many mutations are measured, after as many to warm up.
const MUTATIONS: u32 = 1_000;

/// The CPU time that this thread has had, in nanoseconds.
fn cpu_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// The way to the engine, with the time that is spent there.
#[derive(Clone)]
struct Timed {
    engine: SharedHttpClient,
    spent: Arc<AtomicU64>,
}

impl fmt::Debug for Timed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Timed")
    }
}

impl HttpClient for Timed {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(TimedConnector {
            engine: self.engine.http_connector(settings, parts),
            spent: Arc::clone(&self.spent),
        })
    }
}

#[derive(Debug)]
struct TimedConnector {
    engine: SharedHttpConnector,
    spent: Arc<AtomicU64>,
}

impl HttpConnector for TimedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // The engine answers within the call, not when its future is polled.
        let begun = cpu_time();
        let answer = self.engine.call(request);
        self.spent.fetch_add(cpu_time() - begun, Ordering::SeqCst);
        answer
    }
}

#[derive(Debug)]
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// API Gateway's event for a request.
fn event(request: &Request<Bytes>, job_id: &str) -> Box<Event> {
    let headers: serde_json::Map<String, serde_json::Value> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())))
        .chain([("host".to_owned(), json!("relay.test"))])
        .collect();
    let path = request.uri().path();
    let http = json!({ "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1" });
    to_raw_value(&json!({
        "version": "2.0",
        "routeKey": "POST /v1/jobs/{job_id}/lock/renew",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "pathParameters": { "job_id": job_id },
        "requestContext": { "http": http, "requestId": "r", "timeEpoch": 0 },
        "body": std::str::from_utf8(request.body()).unwrap(),
        "isBase64Encoded": false,
    }))
    .unwrap()
}

#[tokio::test]
#[ignore = "a measurement, for a release build on a quiet machine"]
#[expect(clippy::print_stdout, reason = "the figure is what this is for")]
async fn own_cpu_per_mutation() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.paid(1).await.job_id;
    let token = deal.lock(job).await;

    let environment = world.stack.environment("renew-lock");
    let lookup = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
    let timed = Timed {
        engine: InProcessDynamoDb::over(world.stack.database().clone()).http_client(),
        spent: Arc::default(),
    };
    let access = AwsAccess::from_settings(&lookup).unwrap();
    let no_queue = InProcessDynamoDb::in_memory().unwrap().http_client();
    let clients = AwsClients::over(&access, SharedHttpClient::new(timed.clone()), no_queue);
    let config = Config::from_settings(&lookup).unwrap();
    let relay = Relay::new(config, clients, Arc::new(Still(world.now())), Arc::new(SystemEntropy)).unwrap();
    let function = functions::all().find(|function| function.name == "renew-lock").unwrap();

    let body = RenewLock {
        lock_token: token,
        lease_seconds: None,
    };
    let target = format!("/v1/jobs/{job}/lock/renew");
    let events: Vec<Box<Event>> = (0..2 * MUTATIONS)
        .map(|number| Draft::post(1, target.clone(), format!("cpu-{number}"), &body).signed(&world))
        .map(|request| event(&request, &job.to_string()))
        .collect();
    let (warm_up, measured) = events.split_at(MUTATIONS as usize);
    for event in warm_up {
        let answer = function.invoke(&relay, event, &Invocation::default()).await.unwrap();
        assert!(answer.get().contains("\"statusCode\":200"), "{}", answer.get());
    }
    timed.spent.store(0, Ordering::SeqCst);
    let begun = cpu_time();
    for event in measured {
        function.invoke(&relay, event, &Invocation::default()).await.unwrap();
    }
    let all = cpu_time() - begun;
    let engine = timed.spent.load(Ordering::SeqCst);
    let each = |nanoseconds: u64| nanoseconds / u64::from(MUTATIONS) / 1_000;
    println!(
        "own CPU per mutation: {} µs (and {} µs in the in-process database engine)",
        each(all - engine),
        each(engine)
    );
}
