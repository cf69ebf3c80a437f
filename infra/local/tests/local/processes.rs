//! Functions as processes behind the Runtime API: this very test program plays the bootstrap.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use nanoark_local::{FunctionError, Invoke, Options, Processes, Stack};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// A folder in which every function of the toy template is a script that runs [`bootstrap`] of this program.
fn binaries(folder: &Path) {
    let program = std::env::current_exe().unwrap();
    let script = format!(
        "#!/bin/sh\nexec {} --exact processes::bootstrap --ignored --nocapture\n",
        program.display()
    );
    for name in ["echo", "worker", "mirror", "tick", "socket"] {
        // One of them as cargo leaves it, the others as cargo-lambda does.
        let file = if name == "tick" {
            folder.join(name)
        } else {
            folder.join(name).join("bootstrap")
        };
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

async fn stack() -> (Stack, Arc<Processes>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    binaries(folder.path());
    let (sender, receiver) = std::sync::mpsc::channel();
    let path = folder.path().to_owned();
    let options = Options::new()
        .template(crate::toy::TEMPLATE)
        .functions(move |services| {
            let processes = Arc::new(Processes::new(&path, services.environments(), 2)?);
            sender.send(Arc::clone(&processes))?;
            Ok(processes as Arc<dyn Invoke>)
        });
    let stack = Stack::start(options).await.unwrap();
    (stack, receiver.recv().unwrap(), folder)
}

async fn ask(stack: &Stack, event: Value) -> Result<Value, FunctionError> {
    let event = RawValue::from_string(event.to_string()).unwrap();
    stack
        .invoke("echo", event)
        .await
        .map(|answer| serde_json::from_str(answer.get()).unwrap())
}

#[tokio::test]
async fn a_process_answers_one_event_after_the_other() {
    let (stack, processes, _folder) = stack().await;
    let first = ask(&stack, json!({"do": "describe"})).await.unwrap();
    let second = ask(&stack, json!({"do": "describe"})).await.unwrap();
    assert_eq!(first["process"], second["process"], "a warm sandbox is used again");
    assert_ne!(first["request_id"], second["request_id"]);
    assert_eq!(
        first["arn"],
        "arn:aws:lambda:us-east-1:000000000000:function:nanoark-Echo"
    );
    assert!(first["deadline"].as_str().unwrap().parse::<u64>().is_ok());
    assert_eq!(processes.idle("echo"), 1);
    stack.stop().await;
    assert_eq!(processes.idle("echo"), 0);
}

#[tokio::test]
async fn a_process_sees_the_environment_of_the_template_and_nothing_else() {
    let (stack, _, _folder) = stack().await;
    let environment = ask(&stack, json!({"do": "environment"})).await.unwrap();
    assert_eq!(environment["TABLE"], "nanoark-things");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "echo");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "128");
    assert_eq!(environment["HOME"], Value::Null, "nothing of the operator's own");
    assert_eq!(environment["CARGO_MANIFEST_DIR"], Value::Null);
    stack.stop().await;
}

#[tokio::test]
async fn an_error_that_a_process_reports_is_the_functions_error() {
    let (stack, processes, _folder) = stack().await;
    let error = ask(&stack, json!({"do": "fail"})).await.unwrap_err();
    assert_eq!((error.error_type.as_str(), error.message.as_str()), ("Toy", "as told"));
    assert_eq!(processes.idle("echo"), 1, "it goes on");
    let http = stack
        .http(
            Request::get("/things/1")
                .header("host", "x")
                .body(Bytes::new())
                .unwrap(),
        )
        .await;
    assert_eq!(http.status(), 200);
    stack.stop().await;
}

#[tokio::test]
async fn a_process_that_dies_fails_its_call_at_once_and_is_replaced() {
    let (stack, processes, _folder) = stack().await;
    let died = tokio::time::timeout(Duration::from_secs(8), ask(&stack, json!({"do": "exit"}))).await;
    let error = died
        .expect("at once, long before the start would have timed out")
        .unwrap_err();
    assert_eq!(error.error_type, "Runtime.ExitError");
    assert_eq!(processes.idle("echo"), 0);
    assert!(ask(&stack, json!({"do": "describe"})).await.is_ok());
    stack.stop().await;
}

#[tokio::test]
async fn a_process_that_cannot_start_says_why() {
    let (stack, processes, _folder) = stack().await;
    let error = stack.trigger("tick").await.unwrap_err();
    assert_eq!(
        (error.error_type.as_str(), error.message.as_str()),
        ("Toy.Init", "no configuration")
    );
    assert_eq!(processes.idle("tick"), 0);
    stack.stop().await;
}

#[tokio::test]
async fn a_process_out_of_time_is_killed() {
    let (stack, processes, _folder) = stack().await;
    // Warm, so that only the function's own two seconds count.
    ask(&stack, json!({"do": "describe"})).await.unwrap();
    let error = ask(&stack, json!({"do": "hang"})).await.unwrap_err();
    assert_eq!(error.error_type, "Sandbox.Timedout");
    assert_eq!(processes.idle("echo"), 0);
    stack.stop().await;
}

#[tokio::test]
async fn no_more_processes_run_than_may() {
    let (stack, _, _folder) = stack().await;
    let stack = Arc::new(stack);
    let calls = (0..6).map(|_| ask(&stack, json!({"do": "describe"})));
    let answers = futures::future::join_all(calls).await;
    let processes: std::collections::BTreeSet<_> = answers
        .into_iter()
        .map(|answer| answer.unwrap()["process"].as_u64().unwrap())
        .collect();
    assert!((1..=2).contains(&processes.len()), "{processes:?}");
}

#[tokio::test]
async fn a_function_without_a_binary_is_noticed_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let options = Options::new()
        .template(crate::toy::TEMPLATE)
        .functions(move |services| Ok(Arc::new(Processes::new(&path, services.environments(), 1)?)));
    let refused = Stack::start(options).await.unwrap_err().to_string();
    assert!(refused.contains("no binary of the function echo"), "{refused}");
}

/// What the scripts run: a bootstrap in the plainest possible form.
#[test]
#[ignore = "a bootstrap for the tests above, not a test"]
fn bootstrap() {
    #[expect(clippy::disallowed_methods, reason = "a bootstrap finds its API in its environment")]
    let variable = |name| std::env::var(name).unwrap();
    let api = variable("AWS_LAMBDA_RUNTIME_API");
    if variable("AWS_LAMBDA_FUNCTION_NAME") == "tick" {
        let report = json!({"errorType": "Toy.Init", "errorMessage": "no configuration"});
        exchange(&api, "POST", "/2018-06-01/runtime/init/error", &report.to_string());
        std::process::exit(1);
    }
    loop {
        let (headers, event) = exchange(&api, "GET", "/2018-06-01/runtime/invocation/next", "");
        let header = |name: &str| {
            let found = headers.iter().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            found.unwrap_or_default().to_owned()
        };
        let request_id = header("lambda-runtime-aws-request-id");
        let event: Value = serde_json::from_str(&event).unwrap();
        let (kind, answer) = match event["do"].as_str() {
            Some("exit") => std::process::exit(3),
            Some("hang") => loop {
                std::thread::park();
            },
            Some("fail") => (
                "error",
                json!({"errorType": "Toy", "errorMessage": "as told", "stackTrace": []}),
            ),
            Some("environment") => {
                #[expect(clippy::disallowed_methods, reason = "the environment is what is asked for")]
                let variables = std::env::vars();
                (
                    "response",
                    variables.map(|(name, value)| (name, Value::from(value))).collect(),
                )
            }
            _ => {
                let process = std::process::id();
                let deadline = header("lambda-runtime-deadline-ms");
                let arn = header("lambda-runtime-invoked-function-arn");
                (
                    "response",
                    json!({"process": process, "request_id": request_id, "deadline": deadline, "arn": arn}),
                )
            }
        };
        let path = format!("/2018-06-01/runtime/invocation/{request_id}/{kind}");
        let (headers, _) = exchange(&api, "POST", &path, &answer.to_string());
        assert!(headers[0].contains("202"), "{headers:?}");
    }
}

/// One request to the Runtime API, on a connection of its own.
fn exchange(api: &str, method: &str, path: &str, body: &str) -> (Vec<String>, String) {
    let mut stream = TcpStream::connect(api).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut reader = BufReader::new(stream);
    let headers = (&mut reader)
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.is_empty())
        .collect();
    let mut answer = String::new();
    reader.read_to_string(&mut answer).unwrap();
    (headers, answer)
}
