//! The command line as a newcomer uses it: the demo, and the stack that is kept running.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nanoark_client::wire::offers::PublishOffer;
use nanoark_client::{Bot, Client, HttpTransport, System, TransportLimits};
use nanoark_domain::offer::Pricing;
use nanoark_domain::time::Seconds;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_nanoark-local");

#[test]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "measured by the machine's clock and printed for whoever wants the figure"
)]
fn the_demo_delivers_a_job_and_carries_out_three_ceremonies_and_proves_all_of_it() {
    let started = Instant::now();
    let output = Command::new(PROGRAM).args(["demo", "--json"]).output().unwrap();
    println!("demo: {:?}", started.elapsed());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let steps: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (swapped, told) = steps.split_last().unwrap();
    let (last, told): (Vec<&Value>, Vec<&Value>) = told.iter().partition(|step| step["step"].is_null());
    let last = last[0];
    assert_eq!(last["outcome"], "delivered");
    for member in ["job_id", "payment_hash", "invoice_account", "amount_raw", "took_ms"] {
        assert!(!last[member].is_null(), "{member} is missing: {last}");
    }
    assert!(
        last["quote"]["signature"].is_string() && last["receipt"]["signature"].is_string(),
        "{last}"
    );
    let names: Vec<&str> = told.iter().map(|step| step["step"].as_str().unwrap()).collect();
    for step in [
        "publish-offer",
        "quote-job",
        "accept-job",
        "pay",
        "payment-judged",
        "deliver-job",
        "result",
        "receive",
        "transfer-step-6",
        "split-step-6",
        "swap-step-6",
    ] {
        assert!(names.contains(&step), "{names:?}");
    }
    assert_eq!(swapped["outcome"], "finalized");
    // 150,000 sat, less the fees of four orders.
    let left = |name: &str| swapped[name].as_u64().unwrap();
    assert_eq!(left("alice_sat") + left("bob_sat"), 150_000 - 4 * 330, "{swapped}");
}

#[test]
fn a_wrong_word_is_refused_with_the_right_ones() {
    for arguments in [&["demonstrate"][..], &["up", "--port", "many"], &[]] {
        let output = Command::new(PROGRAM).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("Usage") || said.contains("--help"),
            "{arguments:?}: {said}"
        );
    }
}

/// `up`, with its addresses.
struct Up {
    child: Child,
    http: String,
    ready_after: Duration,
}

impl Up {
    #[expect(clippy::disallowed_methods, reason = "measured by the machine's clock")]
    fn start(data: &Path) -> Self {
        let started = Instant::now();
        let mut child = Command::new(PROGRAM)
            .args([
                "up",
                "--port",
                "0",
                "--websocket-port",
                "0",
                "--nano-port",
                "0",
                "--arkd-port",
                "0",
                "--nostr-port",
                "0",
                "--data",
            ])
            .arg(data)
            .env("NANOARK_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let printed: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("Ctrl-C")).collect();
        let address = |name: &str| {
            let line = printed
                .iter()
                .find(|line| line.starts_with(name))
                .unwrap_or_else(|| panic!("no {name}: {printed:?}"));
            line.split_whitespace().last().unwrap().to_owned()
        };
        assert!(address("WebSocket").starts_with("ws://127.0.0.1:"), "{printed:?}");
        for name in ["DynamoDB", "SQS", "Nano RPC", "arkd"] {
            assert!(address(name).starts_with("http://127.0.0.1:"), "{printed:?}");
        }
        assert!(address("Nostr relay").starts_with("ws://127.0.0.1:"), "{printed:?}");
        assert!(address("Gateway").starts_with("npub1"), "{printed:?}");
        Self {
            http: address("HTTP API"),
            child,
            ready_after: started.elapsed(),
        }
    }

    /// Ctrl-C.
    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Up {
    /// A test that fails leaves nothing running.
    fn drop(&mut self) {
        let _ended = self.child.kill();
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "printed for whoever wants the figure")]
async fn a_stack_that_is_kept_running_keeps_everything_over_restarts_and_stops_cleanly() {
    let data = tempfile::tempdir().unwrap();
    let client = |http: &str| {
        let transport = HttpTransport::new(TransportLimits::default()).unwrap();
        Client::new(http, transport, Bot::from_seed(&[1; 32]), System).unwrap()
    };
    let up = Up::start(data.path());
    println!("ready after {:?}", up.ready_after);
    assert!(up.ready_after < Duration::from_secs(2));
    let seller = client(&up.http);
    seller.ready().await.unwrap();
    let offer = PublishOffer {
        title: "Count words".to_owned(),
        description: String::new(),
        tags: Vec::new(),
        pricing: Pricing::Quote {},
        turnaround_seconds: Seconds(60),
        input_schema: None,
        output_schema: None,
        example: None,
        expires_at: None,
    };
    let published = seller
        .publish_offer(&seller.fresh_key().unwrap(), &offer)
        .await
        .unwrap()
        .value;
    up.stop();

    let up = Up::start(data.path());
    assert_eq!(
        client(&up.http).offer(published.offer_id).await.unwrap().value,
        published
    );
    up.stop();
}
