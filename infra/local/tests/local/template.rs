//! `infra/template.yaml` itself: complete, consistent, and as the design says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use nanoark_local::template::{EMBEDDED, EventSource, Origin, Settings, StreamOrigin};
use nanoark_local::{ArkGateway, Options, Stack, Template};
use serde_yaml_ng::Value as Yaml;

fn settings() -> Settings {
    let mut settings = Settings::default();
    for (name, value) in [
        ("NanoRpcUrls", "http://localhost:7076"),
        ("ArkdUrl", "http://localhost:7070"),
        (
            "GatewaySecretArn",
            "arn:aws:secretsmanager:us-east-1:000000000000:secret:x",
        ),
        (
            "FeeOwner",
            "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        ),
    ] {
        settings.parameters.insert(name.into(), value.into());
    }
    settings
}

fn template() -> Template {
    Template::read(EMBEDDED, &settings()).unwrap()
}

/// Every call and the function that answers it.
const ROUTES: [(&str, &str); 32] = [
    ("POST /v1/offers", "publish-offer"),
    ("GET /v1/offers", "search-offers"),
    ("GET /v1/offers/{offer_id}", "get-offer"),
    ("PATCH /v1/offers/{offer_id}", "edit-offer"),
    ("POST /v1/offers/{offer_id}/pause", "pause-offer"),
    ("POST /v1/offers/{offer_id}/resume", "resume-offer"),
    ("POST /v1/offers/{offer_id}/cancel", "cancel-offer"),
    ("POST /v1/jobs", "request-job"),
    ("GET /v1/jobs", "list-jobs"),
    ("GET /v1/jobs/{job_id}", "get-job"),
    ("POST /v1/jobs/{job_id}/quote", "quote-job"),
    ("POST /v1/jobs/{job_id}/accept", "accept-job"),
    ("POST /v1/jobs/{job_id}/decline", "decline-job"),
    ("POST /v1/jobs/{job_id}/cancel", "cancel-job"),
    ("POST /v1/jobs/{job_id}/lock", "lock-job"),
    ("POST /v1/jobs/{job_id}/lock/renew", "renew-lock"),
    ("POST /v1/jobs/{job_id}/lock/release", "release-lock"),
    ("POST /v1/jobs/{job_id}/deliver", "deliver-job"),
    ("POST /v1/jobs/{job_id}/payment", "submit-payment"),
    ("POST /v1/jobs/{job_id}/refund", "record-refund"),
    ("POST /v1/events", "post-event"),
    ("POST /v1/sessions", "open-session"),
    ("GET /v1/sessions/{session_id}", "get-session"),
    ("DELETE /v1/sessions/{session_id}", "terminate-session"),
    ("GET /v1/quote", "get-quote"),
    ("GET /v1/info", "get-info"),
    ("GET /v1/vtxos", "list-vtxos"),
    ("GET /v1/balances", "get-balances"),
    ("GET /v1/receipts/{ark_txid}", "get-receipt"),
    ("GET /v1/health", "health"),
    ("GET /v1/ready", "ready"),
    ("$default", "not-found"),
];

#[test]
fn the_routes_are_those_of_the_job_relay_and_the_ark_gateway() {
    let template = template();
    let routes: BTreeMap<_, _> = template
        .routes
        .iter()
        .map(|route| (route.key.as_str(), route.function.as_str()))
        .collect();
    assert_eq!(routes, BTreeMap::from(ROUTES));
}

#[test]
fn every_trigger_has_its_function_and_every_function_its_trigger() {
    let template = template();
    let routes = template.routes.iter().map(|route| &route.function);
    let sources = template.sources.iter().map(|source| &source.function);
    let schedules = template.schedules.iter().map(|schedule| &schedule.function);
    let sockets = template.sockets.iter().flat_map(|api| &api.routes);
    let sockets = sockets.map(|route| &route.function);
    let called: BTreeSet<_> = routes.chain(sources).chain(schedules).chain(sockets).collect();
    assert_eq!(called, template.functions.keys().collect());
}

#[test]
fn the_websocket_api_takes_handshakes_messages_and_ends_and_answers_messages() {
    let api = template().sockets.unwrap();
    assert_eq!(api.path(), "/v1");
    let routes: Vec<_> = api
        .routes
        .iter()
        .map(|route| (route.key.as_str(), route.function.as_str(), route.answers))
        .collect();
    for route in [
        ("$connect", "connect-socket", false),
        ("$default", "socket-message", true),
        ("$disconnect", "disconnect-socket", false),
    ] {
        assert!(routes.contains(&route), "{routes:?}");
    }
    assert_eq!(routes.len(), 3);
}

#[test]
fn every_function_is_in_a_package_of_the_repository() {
    for function in template().functions.values() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&function.package);
        assert!(
            package.join("Cargo.toml").is_file(),
            "{} of {}",
            package.display(),
            function.name
        );
    }
}

#[test]
fn a_queue_hides_its_messages_for_six_times_its_functions_timeout_and_has_a_dead_letter_queue() {
    let template = template();
    let mut queues = 0;
    for source in &template.sources {
        if let Origin::Queue(origin) = &source.origin {
            let queue = template.queue(&origin.queue).unwrap();
            assert!(queue.visibility_timeout >= template.functions[&source.function].timeout * 6);
            assert!(template.queue(&queue.redrive.as_ref().unwrap().target).is_some());
            assert!(source.reports_failures);
            queues += 1;
        }
    }
    assert_eq!(queues, 4);
}

#[test]
fn a_stream_that_work_follows_from_gives_up_in_the_end_and_says_so() {
    let template = template();
    for (function, table) in [
        ("relay-job-changes", "nanoark-jobs"),
        ("relay-session-changes", "nanoark-sessions"),
    ] {
        let (source, origin) = stream_to(&template, function, table);
        assert!(origin.bisect && origin.from_start && source.reports_failures);
        assert!(origin.retries.is_some() && origin.on_failure.is_some());
    }
}

#[test]
fn hints_never_hold_up_the_jobs_stream() {
    let template = template();
    let (_, origin) = stream_to(&template, "push-hints", "nanoark-jobs");
    assert!(!origin.from_start && !origin.bisect && origin.on_failure.is_none());
    assert_eq!(
        (origin.retries, origin.max_age),
        (Some(0), Some(Duration::from_secs(60)))
    );
}

/// The stream of this table as this function hears it.
fn stream_to<'a>(template: &'a Template, function: &str, table: &str) -> (&'a EventSource, &'a StreamOrigin) {
    let mut streams = template.sources.iter().filter_map(|source| match &source.origin {
        Origin::Stream(origin) => Some((source, origin)),
        Origin::Queue(_) => None,
    });
    let (source, origin) = streams.find(|(source, _)| source.function == function).unwrap();
    assert_eq!(origin.table, table);
    (source, origin)
}

#[tokio::test]
async fn the_tables_of_the_template_can_be_created() {
    let options = Options::new().parameter("NanoRpcUrls", "http://localhost:7076");
    let stack = Stack::start(options.ark_gateway(&ArkGateway::default())).await.unwrap();
    assert_eq!(stack.database().table_count().unwrap(), 11);
    assert_eq!(stack.settle().await.unwrap(), 0);
    let environment = stack.environment("verify-payment");
    assert_eq!(environment["NANOARK_TABLE_JOBS"], "nanoark-jobs");
    assert_eq!(environment["NANOARK_NANO_RPC_URLS"], "http://localhost:7076");
    assert_eq!(environment["NANOARK_NANO_QUORUM"], "0");
    assert!(
        stack
            .environment("health")
            .keys()
            .all(|name| !name.starts_with("NANOARK_"))
    );
}

#[test]
fn what_the_local_stack_does_not_understand_is_an_error() {
    for (from, to, says) in [
        (
            "Type: AWS::SQS::Queue",
            "Type: AWS::SNS::Subscription",
            "AWS::SNS::Subscription",
        ),
        ("ReceiveMessageWaitTimeSeconds: 20", "FifoQueue: true", "FifoQueue"),
        (
            "BisectBatchOnFunctionError: true",
            "TumblingWindowInSeconds: 5",
            "TumblingWindowInSeconds",
        ),
        (
            "ScheduleExpression: rate(1 minute)",
            "ScheduleExpression: cron(0 * * * ? *)",
            "cron",
        ),
        (
            "NANOARK_TABLE_OFFERS: !Ref Offers",
            "NANOARK_TABLE_OFFERS: !Ref Ofers",
            "Ofers",
        ),
        ("Path: /v1/health", "Path: /v1/ready", "GET /v1/ready"),
        (
            "FunctionName: !Ref VerifyPayment",
            "FunctionName: verify-payments",
            "verify-payments",
        ),
        ("Binary: health", "Binary: ready", "one binary"),
        ("BillingMode: PAY_PER_REQUEST", "Billing: PAY_PER_REQUEST", "Billing"),
        ("ProtocolType: WEBSOCKET", "ProtocolType: HTTP", "ProtocolType"),
        ("AutoDeploy: true", "AutoDeploy: false", "AutoDeploy"),
        (
            "Target: !Sub integrations/${ConnectIntegration}",
            "Target: integrations/Nowhere",
            "integrations/Nowhere",
        ),
        ("${SocketApi}/*/$connect", "${SocketApi}/*/$conect", "permission"),
    ] {
        assert!(EMBEDDED.contains(from), "{from}");
        let error = Template::read(&EMBEDDED.replacen(from, to, 1), &settings())
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{says}: {error}");
    }
}

#[test]
fn a_parameter_is_checked_as_aws_would() {
    let mut wrong = settings();
    assert!(
        Template::read(EMBEDDED, &Settings::default()).is_err(),
        "the nodes have no default"
    );
    wrong.parameters.insert("NanoNetwork".into(), "moon".into());
    assert!(Template::read(EMBEDDED, &wrong).is_err());
    let mut unknown = settings();
    unknown.parameters.insert("NanoRpcUrl".into(), "x".into());
    assert!(Template::read(EMBEDDED, &unknown).is_err());
}

/// What Lambda does in the name of a function that a stream calls, or a queue.
const OF_LAMBDA: [&[&str]; 3] = [
    &[
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
    ],
    &["dynamodb:ListStreams"],
    &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
];

/// Least privilege, by the book: a function is told of exactly the tables and queues that it may touch.
#[test]
fn a_function_is_told_of_what_it_may_touch_and_of_nothing_else() {
    let document: Yaml = serde_yaml_ng::from_str(EMBEDDED).unwrap();
    let variables = BTreeMap::from([
        ("NANOARK_TABLE_OFFERS", "Offers"),
        ("NANOARK_TABLE_JOBS", "Jobs"),
        ("NANOARK_TABLE_PAYLOADS", "Payloads"),
        ("NANOARK_TABLE_CLAIMS", "Claims"),
        ("NANOARK_TABLE_IDEMPOTENCY", "Idempotency"),
        ("NANOARK_TABLE_CONNECTIONS", "Connections"),
        ("NANOARK_TABLE_SESSIONS", "Sessions"),
        ("NANOARK_TABLE_AUTHORS", "Authors"),
        ("NANOARK_TABLE_VTXOS", "Vtxos"),
        ("NANOARK_TABLE_RELAYS", "Relays"),
        ("NANOARK_TABLE_RECEIPTS", "Receipts"),
        ("NANOARK_QUEUE_PAYMENT_CHECKS", "PaymentChecks"),
        ("NANOARK_QUEUE_CEREMONY_STEPS", "CeremonySteps"),
        ("NANOARK_QUEUE_NOSTR_INBOX", "NostrInbox"),
        ("NANOARK_QUEUE_NOSTR_OUTBOX", "NostrOutbox"),
        ("NANOARK_GATEWAY_SECRET", "GatewaySecretArn"),
        ("NANOARK_SOCKET_ENDPOINT", "SocketApi"),
    ]);
    for (id, resource) in document["Resources"].as_mapping().unwrap() {
        if resource["Type"] != "AWS::Serverless::Function" {
            continue;
        }
        let told: BTreeSet<&str> = resource["Properties"]["Environment"]["Variables"]
            .as_mapping()
            .into_iter()
            .flatten()
            .filter_map(|(name, _)| variables.get(name.as_str().unwrap()).copied())
            .collect();
        let mut touched = BTreeSet::new();
        if let Some(policies) = resource["Properties"].get("Policies") {
            let statements = policies[0]["Statement"].as_sequence().unwrap();
            for statement in statements {
                let actions = list(&statement["Action"]);
                assert!(
                    actions.iter().all(|action| !action.as_str().unwrap().contains('*')),
                    "{id:?}"
                );
                // What Lambda itself needs to read a stream or a queue, and to report a failure, is no business of the
                // function.
                let actions: Vec<&str> = actions.iter().map(|action| action.as_str().unwrap()).collect();
                if OF_LAMBDA.contains(&actions.as_slice()) {
                    continue;
                }
                for resource in list(&statement["Resource"]) {
                    let name = resource_name(&resource);
                    if !["JobChangesDead", "SessionChangesDead"].contains(&name.as_str()) {
                        touched.insert(name);
                    }
                }
            }
        }
        let told: BTreeSet<String> = told.into_iter().map(str::to_owned).collect();
        assert_eq!(told, touched, "{id:?}");
    }
}

fn list(value: &Yaml) -> Vec<Yaml> {
    value.as_sequence().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// `Jobs` of `!GetAtt Jobs.Arn` and of `!Sub ${Jobs.Arn}/index/due`, `SocketApi` of the ARN of its stage's connections.
fn resource_name(resource: &Yaml) -> String {
    let Yaml::Tagged(tagged) = resource else {
        panic!("{resource:?} names no resource of the template")
    };
    let text = tagged.value.as_str().unwrap();
    if text.contains(":execute-api:") {
        assert!(
            text.ends_with(":${SocketApi}/${SocketStage}/POST/@connections/*"),
            "{text}"
        );
        return "SocketApi".to_owned();
    }
    text.trim_start_matches("${").split('.').next().unwrap().to_owned()
}
