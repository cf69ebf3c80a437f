//! `GET /v1/ready`: what the job relay and the Ark gateway need, and whether it answers.
//!
//! Each says for itself how it is. The answer's status is the job relay's: an operator's arkd that is away must not take
//! a relay out of service that never asks it.

use std::future::Future;
use std::time::Duration;

use http::StatusCode;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use nanoark_runtime::{Function, Relay, Trigger};
use serde_json::{Value, json};

/// The function.
pub const FUNCTION: Function = Function {
    name: "ready",
    trigger: Trigger::Public(|relay, _| Box::pin(handle(relay))),
};

/// How long arkd may take. Its client waits longer, and tries twice; whoever asks this wants to know before.
const PATIENCE: Duration = Duration::from_secs(4);

/// What answers, by part.
#[derive(Debug, Clone, Copy)]
struct Parts {
    jobs_table: bool,
    payment_queue: bool,
    nano_nodes: bool,
    sessions_table: bool,
    arkd: bool,
}

impl Parts {
    const fn serves_jobs(self) -> bool {
        self.jobs_table && self.payment_queue && self.nano_nodes
    }

    fn to_json(self) -> Value {
        let word = |answers: bool| if answers { "ok" } else { "failing" };
        json!({
            "table": word(self.jobs_table),
            "queue": word(self.payment_queue),
            "nano_rpc": word(self.nano_nodes),
            "ark_gateway": { "table": word(self.sessions_table), "arkd": word(self.arkd) },
        })
    }

    fn answer(self) -> Result<Response, Problem> {
        if self.serves_jobs() {
            Response::json(StatusCode::OK, &self.to_json())
                .map_err(|error| Problem::new(Code::Internal, error.to_string()))
        } else {
            let refusal = Problem::new(Code::Unavailable, "A part of the relay does not answer.");
            Err(refusal.with_extra("parts", self.to_json()))
        }
    }
}

async fn handle(relay: &Relay) -> Result<Response, Problem> {
    let (jobs_table, payment_queue, nano_nodes, sessions_table, arkd) = tokio::join!(
        answers("table", relay.store().ready()),
        answers("queue", queue(relay)),
        nano(relay),
        answers("sessions table", relay.store().sessions_ready()),
        answers("arkd", arkd(relay)),
    );
    let parts = Parts {
        jobs_table,
        payment_queue,
        nano_nodes,
        sessions_table,
        arkd,
    };
    parts.answer()
}

async fn queue(relay: &Relay) -> Result<(), String> {
    let queue = relay.payment_checks().map_err(|error| error.to_string())?;
    queue.ready().await.map_err(|error| error.to_string())
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
        Err(error) => answers("nano", std::future::ready(Err::<(), _>(error))).await,
    }
}

/// Asks for the terms anew: those that are still known say nothing about now.
async fn arkd(relay: &Relay) -> Result<(), String> {
    let gateway = relay.gateway().map_err(|error| error.to_string())?;
    let arkd = gateway.arkd().map_err(|error| error.to_string())?;
    match tokio::time::timeout(PATIENCE, arkd.fresh_info()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it does not answer in time".to_owned()),
    }
}

async fn answers<E: std::fmt::Display>(part: &str, asked: impl Future<Output = Result<(), E>>) -> bool {
    let outcome = asked.await;
    if let Err(error) = &outcome {
        tracing::error!(part, %error, "not ready");
    }
    outcome.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: Parts = Parts {
        jobs_table: true,
        payment_queue: true,
        nano_nodes: true,
        sessions_table: true,
        arkd: true,
    };

    fn body(response: &Response) -> Value {
        serde_json::from_slice(&response.body).unwrap()
    }

    #[test]
    fn what_the_job_relay_needs_decides_and_what_the_gateway_needs_is_told() {
        let cases = [
            (WELL, true),
            (
                Parts {
                    jobs_table: false,
                    ..WELL
                },
                false,
            ),
            (
                Parts {
                    payment_queue: false,
                    ..WELL
                },
                false,
            ),
            (
                Parts {
                    nano_nodes: false,
                    ..WELL
                },
                false,
            ),
            (
                Parts {
                    sessions_table: false,
                    ..WELL
                },
                true,
            ),
            (Parts { arkd: false, ..WELL }, true),
            (
                Parts {
                    sessions_table: false,
                    arkd: false,
                    ..WELL
                },
                true,
            ),
        ];
        for (parts, ready) in cases {
            match parts.answer() {
                Ok(response) => {
                    assert!(ready, "{parts:?}");
                    assert_eq!(body(&response), parts.to_json());
                }
                Err(problem) => {
                    assert!(!ready, "{parts:?}");
                    assert_eq!(problem.code, Code::Unavailable);
                    let told: Value = serde_json::from_slice(&problem.to_json()).unwrap();
                    assert_eq!(told["parts"], parts.to_json());
                }
            }
        }
    }

    #[test]
    fn every_part_has_its_word() {
        let words = |parts: Parts| parts.to_json().to_string().matches("failing").count();
        assert_eq!(words(WELL), 0);
        let arkd = Parts { arkd: false, ..WELL };
        assert_eq!(
            (words(arkd), arkd.to_json()["ark_gateway"]["arkd"].as_str()),
            (1, Some("failing"))
        );
        let table = Parts {
            sessions_table: false,
            ..WELL
        };
        assert_eq!(
            (words(table), table.to_json()["ark_gateway"]["table"].as_str()),
            (1, Some("failing"))
        );
    }
}
