//! The HTTP API: in process, and over a socket.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use nanoark_local::{FunctionError, InProcess, Listen, Options, Stack};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::toy::{Script, TEMPLATE, failure, stack};

async fn get(stack: &Stack, path: &str) -> Response<Bytes> {
    stack
        .http(
            Request::get(path)
                .header("host", "localhost")
                .body(Bytes::new())
                .unwrap(),
        )
        .await
}

fn message(response: &Response<Bytes>) -> (u16, String) {
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    (response.status().as_u16(), body["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_request_reaches_the_function_of_its_route_and_its_answer_comes_back() {
    let (stack, script, _) = stack().await;
    script.once("echo", |_| {
        Ok(json!({"statusCode": 201, "headers": {"x-made": "yes"}, "body": "made"}))
    });
    let request = Request::post("/things?a=1")
        .header("host", "localhost")
        .body(Bytes::from("{}"))
        .unwrap();
    let response = stack.http(request).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x-made"], "yes");
    assert_eq!(response.body().as_ref(), b"made");
    let event = &script.calls("echo")[0];
    assert_eq!(
        (&event["routeKey"], &event["body"]),
        (&json!("POST /things"), &json!("{}"))
    );
    assert_eq!(
        response.headers()["apigw-requestid"],
        event["requestContext"]["requestId"].as_str().unwrap()
    );
}

#[tokio::test]
async fn an_unknown_route_is_answered_by_the_gateway_itself() {
    let (stack, script, _) = stack().await;
    for path in ["/", "/things", "/things/1/2", "/nothing"] {
        assert_eq!(message(&get(&stack, path).await), (404, "Not Found".into()), "{path}");
    }
    assert_eq!(script.calls("echo"), Vec::<Value>::new());
}

#[tokio::test]
async fn a_function_that_fails_panics_or_answers_nonsense_is_an_internal_error() {
    let (stack, script, _) = stack().await;
    script
        .once("echo", |_| failure())
        .once("echo", |_| panic!("as told"))
        .once("echo", |_| Ok(json!({"statusCode": 7})));
    for _ in 0..3 {
        assert_eq!(
            message(&get(&stack, "/things/1").await),
            (500, "Internal Server Error".into())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_out_of_time_is_an_internal_error() {
    let functions = InProcess::new().with("echo", |_| async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Err(FunctionError::new("Never", "seen"))
    });
    let options = Options::new()
        .template(TEMPLATE)
        .functions(move |_| Ok(Arc::new(functions)));
    let stack = Stack::start(options).await.unwrap();
    assert_eq!(
        message(&get(&stack, "/things/1").await),
        (500, "Internal Server Error".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_function_that_may_run_for_longer_than_the_gateway_waits_is_unavailable() {
    let functions = InProcess::new().with("echo", |_| std::future::pending());
    let template = TEMPLATE
        .replace("Timeout: 2", "Timeout: 120")
        .replace("VisibilityTimeout: 30", "VisibilityTimeout: 720");
    let options = Options::new()
        .template(template)
        .functions(move |_| Ok(Arc::new(functions)));
    let stack = Stack::start(options).await.unwrap();
    assert_eq!(
        message(&get(&stack, "/things/1").await),
        (503, "Service Unavailable".into())
    );
}

#[tokio::test]
async fn a_body_too_large_for_the_gateway_or_the_function_is_refused() {
    let (stack, script, _) = stack().await;
    let post = |bytes: usize| {
        Request::post("/things")
            .header("host", "x")
            .body(Bytes::from(vec![b'a'; bytes]))
            .unwrap()
    };
    for bytes in [10 * 1024 * 1024 + 1, 7 * 1024 * 1024] {
        let refused = stack.http(post(bytes)).await;
        assert_eq!(message(&refused), (413, "Request Entity Too Large".into()), "{bytes}");
    }
    assert_eq!(script.calls("echo"), Vec::<Value>::new());
}

#[tokio::test]
async fn everything_works_over_sockets_and_by_itself_and_ends_when_told() {
    let script = Script::default();
    script.once("echo", |event| Ok(json!({"seen": event["pathParameters"]["id"]})));
    let functions = script.functions();
    let options = Options::new()
        .template(TEMPLATE)
        .listen(Listen::default())
        .background()
        .functions(move |_| Ok(Arc::new(functions)));
    let stack = Stack::start(options).await.unwrap();

    let answer = exchange(&stack.http_url().unwrap(), "GET /things/a%20b HTTP/1.1", &[], "").await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with(r#"{"seen":"a b"}"#),
        "{answer}"
    );
    let environment = stack.environment("echo");
    assert_eq!(environment["TABLE"], "nanoark-things");
    assert_eq!(
        environment["QUEUE"],
        format!("{}/000000000000/work", stack.sqs_url().unwrap())
    );
    assert_eq!(environment["AWS_ENDPOINT_URL_SQS"], stack.sqs_url().unwrap());

    let body = json!({"QueueUrl": environment["QUEUE"], "MessageBody": "hello"}).to_string();
    let target = ["X-Amz-Target: AmazonSQS.SendMessage"];
    let answer = exchange(&stack.sqs_url().unwrap(), "POST / HTTP/1.1", &target, &body).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("MD5OfMessageBody"),
        "{answer}"
    );

    let body = json!({"TableName": "nanoark-things", "Item": {"id": {"S": "a"}}}).to_string();
    let target = [
        "X-Amz-Target: DynamoDB_20120810.PutItem",
        "Content-Type: application/x-amz-json-1.0",
        "X-Amz-Date: 20261121T093000Z",
        "Authorization: AWS4-HMAC-SHA256 Credential=a/20261121/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    ];
    let answer = exchange(&stack.dynamodb_url().unwrap(), "POST / HTTP/1.1", &target, &body).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let both_called = async {
        while script.calls("worker").is_empty() || script.calls("mirror").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), both_called)
        .await
        .expect("queue and stream call their functions");
    let address = stack.http_url().unwrap();
    tokio::time::timeout(Duration::from_secs(10), stack.stop())
        .await
        .expect("the stack stops");
    assert!(
        tokio::net::TcpStream::connect(address.trim_start_matches("http://"))
            .await
            .is_err()
    );
}

/// One request on a connection of its own.
async fn exchange(url: &str, line: &str, headers: &[&str], body: &str) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let request =
        format!("{line}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
