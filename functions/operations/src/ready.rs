//! `GET /v1/ready`: the relay can do its work: table, queue and enough Nano nodes answer.

use http::StatusCode;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use nanoark_runtime::{Function, Relay, Trigger};
use serde_json::json;

/// The function.
pub const FUNCTION: Function = Function {
    name: "ready",
    trigger: Trigger::Public(|relay, _| Box::pin(handle(relay))),
};

async fn handle(relay: &Relay) -> Result<Response, Problem> {
    let (table, queue, nano) = tokio::join!(table(relay), queue(relay), nano(relay));
    let word = |ready: bool| if ready { "ok" } else { "failing" };
    let body = json!({ "table": word(table), "queue": word(queue), "nano_rpc": word(nano) });
    if table && queue && nano {
        Response::json(StatusCode::OK, &body).map_err(|error| Problem::new(Code::Internal, error.to_string()))
    } else {
        Err(Problem::new(Code::Unavailable, "A part of the relay does not answer.").with_extra("parts", body))
    }
}

async fn table(relay: &Relay) -> bool {
    logged("table", &relay.store().ready().await)
}

async fn queue(relay: &Relay) -> bool {
    match relay.payment_checks() {
        Ok(queue) => logged("queue", &queue.ready().await),
        Err(error) => logged("queue", &Err::<(), _>(error)),
    }
}

async fn nano(relay: &Relay) -> bool {
    match relay.nodes() {
        Ok(nodes) => {
            let health = nodes.health().await;
            if !health.is_ready() {
                tracing::error!(nodes = ?health.nodes, "too few Nano nodes are usable");
            }
            health.is_ready()
        }
        Err(error) => logged("nano", &Err::<(), _>(error)),
    }
}

fn logged<E: std::fmt::Display>(part: &str, outcome: &Result<(), E>) -> bool {
    if let Err(error) = outcome {
        tracing::error!(part, %error, "not ready");
    }
    outcome.is_ok()
}
