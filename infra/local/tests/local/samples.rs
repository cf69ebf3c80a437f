//! `events/`: a sample for every function, in the shape of its trigger.

use std::collections::BTreeSet;
use std::path::PathBuf;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayWebsocketProxyRequest};
use aws_lambda_events::dynamodb;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_lambda_events::sqs::SqsEvent;
use nanoark_local::Template;
use nanoark_local::template::{EMBEDDED, Origin, Settings};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

fn template() -> Template {
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
    Template::read(EMBEDDED, &settings).unwrap()
}

fn sample(function: &str) -> Value {
    let file = folder().join(format!("{function}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_function_has_a_sample_and_every_sample_a_function() {
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, template().functions.into_keys().collect());
}

#[test]
fn the_sample_of_an_endpoint_is_a_request_that_takes_its_route() {
    for route in template().routes {
        let event: ApiGatewayV2httpRequest = serde_json::from_value(sample(&route.function)).unwrap();
        assert_eq!(event.route_key.as_deref(), Some(route.key.as_str()));
        let path = event.raw_path.unwrap();
        let context = event.request_context;
        assert_eq!(context.http.path.as_deref(), Some(path.as_str()), "{}", route.key);
        if let Some((method, pattern)) = route.key.split_once(' ') {
            assert_eq!(context.http.method.as_str(), method);
            let filled = event
                .path_parameters
                .iter()
                .fold(pattern.to_owned(), |path, (name, value)| {
                    path.replace(&format!("{{{name}}}"), value)
                });
            assert_eq!(filled, path);
        }
        if let Some(body) = event.body {
            assert!(!event.is_base64_encoded);
            serde_json::from_str::<Value>(&body).unwrap();
        }
    }
}

#[test]
fn the_sample_of_a_socket_route_is_its_event() {
    let api = template().sockets.unwrap();
    for route in &api.routes {
        let event: ApiGatewayWebsocketProxyRequest = serde_json::from_value(sample(&route.function)).unwrap();
        let context = event.request_context;
        assert_eq!(context.route_key.as_deref(), Some(route.key.as_str()));
        assert_eq!(context.stage.as_deref(), Some(api.stage.as_str()));
        let kind = match route.key.as_str() {
            "$connect" => "CONNECT",
            "$disconnect" => "DISCONNECT",
            _ => "MESSAGE",
        };
        assert_eq!(context.event_type.as_deref(), Some(kind));
        assert_eq!(event.body.is_some(), kind == "MESSAGE");
    }
}

#[test]
fn the_sample_of_a_source_is_a_batch_of_it() {
    for source in template().sources {
        let sample = sample(&source.function);
        match source.origin {
            Origin::Queue(_) => {
                let event: SqsEvent = serde_json::from_value(sample).unwrap();
                assert!(
                    event
                        .records
                        .iter()
                        .all(|record| record.event_source_arn.as_deref() == Some(source.arn.as_str()))
                );
                assert!(!event.records.is_empty() && event.records.len() <= source.batch_size);
            }
            Origin::Stream(origin) => {
                serde_json::from_value::<dynamodb::Event>(sample.clone()).unwrap();
                for record in sample["Records"].as_array().unwrap() {
                    assert_eq!(record["eventSourceARN"], source.arn.as_str());
                    assert!(origin.filters.iter().any(|filter| filter.matches(record)));
                }
            }
        }
    }
}

#[test]
fn the_sample_of_a_schedule_is_its_tick() {
    for schedule in template().schedules {
        let event: EventBridgeEvent<Value> = serde_json::from_value(sample(&schedule.function)).unwrap();
        assert_eq!(event.resources, Some(vec![schedule.arn]));
    }
}
