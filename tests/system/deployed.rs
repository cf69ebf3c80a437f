//! The binaries that are deployed, run as Lambda runs them: polled, answered and failed through the Runtime API, with
//! DynamoDB behind the real SDK over HTTP.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nanoark_client::wire::offers::OfferView;
use nanoark_client::{Bot, Client, HttpTransport, System, TransportLimits};
use nanoark_local::{ArkGateway, Invoke, Listen, Options, Processes, Stack};

use crate::world::plain_offer;

const BINARIES: [&str; 3] = ["publish-offer", "get-offer", "health"];

/// The folder of the binaries: the one that `NANOARK_RELEASE_BINARIES` names, or that of this build, in which they are
/// built if need be.
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test")]
fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if let Some(named) = std::env::var_os("NANOARK_RELEASE_BINARIES") {
        return root.join(named);
    }
    // target/debug/deps/system-… stands beside target/debug/<binary>.
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap().parent().unwrap().to_owned();
    let selected = BINARIES.iter().flat_map(|binary| ["--bin", binary]);
    let built = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["build", "--workspace", "--quiet", "--locked", "--target-dir"])
        .arg(folder.parent().unwrap())
        .args(selected)
        .status()
        .unwrap();
    assert!(built.success());
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "measured by the machine's clock and printed for whoever wants the figure"
)]
async fn release_binaries_answer_behind_a_runtime_api() {
    let folder = folder();
    let options = Options::new()
        .listen(Listen::default())
        .parameter("NanoRpcUrls", "http://127.0.0.1:9")
        .parameter("NanoNetwork", "dev")
        .ark_gateway(&ArkGateway::default())
        .functions(move |services| {
            let mut environments = services.environments();
            environments.retain(|name, _| BINARIES.contains(&name.as_str()));
            let invoke: Arc<dyn Invoke> = Arc::new(Processes::new(&folder, environments, 2)?);
            Ok(invoke)
        });
    let stack = Stack::start(options).await.unwrap();
    let transport = HttpTransport::new(TransportLimits::default()).unwrap();
    let seller = Client::new(&stack.http_url().unwrap(), transport, Bot::from_seed(&[1; 32]), System).unwrap();

    // Respond: the first answer of a sandbox includes its start.
    let timed = async |name: &str| {
        let started = Instant::now();
        seller.health().await.unwrap();
        let took = started.elapsed();
        println!("{name}: {took:?}");
        took
    };
    let cold = timed("health, cold").await;
    let warm = timed("health, warm").await;
    assert!(warm < cold && cold < Duration::from_secs(5));

    // The real SDK, over HTTP, through one binary and out of another.
    let key = "deployed".parse().unwrap();
    let published = seller.publish_offer(&key, &plain_offer()).await.unwrap();
    let again = seller.publish_offer(&key, &plain_offer()).await.unwrap();
    assert!(again.replayed && again.value == published.value);
    let read: OfferView = seller.offer(published.value.offer_id).await.unwrap().value;
    assert_eq!(read, published.value);

    // Error: an event that is none of the function's is reported as such, and the sandbox goes on.
    let nonsense = serde_json::value::to_raw_value(&"no event").unwrap();
    let error = stack.invoke("get-offer", nonsense).await.unwrap_err();
    assert_eq!(error.error_type, "UnknownEvent");
    seller.offer(published.value.offer_id).await.unwrap();
    stack.stop().await;
}
