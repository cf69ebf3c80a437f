//! Servers that help, fail, stall or lie, and what is done then.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use nanoark_nano::work::{Root, is_valid};
use nanoark_nano::{Network, Subtype, Thresholds};
use nanoark_nano_rpc::{Exchange, Exchanging, Limits, Node, NodeError, Reply, RpcError};
use nanoark_surroundings::Simulated;
use serde_json::{Value, json};

use super::{FirstOf, LocalWork, NoWork, NodeWork, WorkSource};

/// What the server does.
#[derive(Debug, Clone)]
enum Server {
    Answers(Value),
    Fails(u16),
    Stalls,
}

impl Exchange for Server {
    fn post(&self, body: Vec<u8>, _: Limits) -> Exchanging<'_> {
        let request: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(request["action"], "work_generate");
        assert_eq!(request["hash"], root().to_string());
        let reply = |status, body: String| Reply {
            status,
            retry_after: None,
            body: body.into_bytes(),
        };
        match self.clone() {
            Self::Answers(answer) => Box::pin(async move { Ok(reply(200, answer.to_string())) }),
            Self::Fails(status) => Box::pin(async move { Ok(reply(status, String::new())) }),
            Self::Stalls => Box::pin(pending()),
        }
    }
}

fn root() -> Root {
    Root::from_bytes([9; 32])
}

fn server(server: &Server) -> NodeWork {
    let node = Node::over("server", Arc::new(server.clone()), Limits::default());
    NodeWork::new(node, Network::Dev)
}

fn here() -> LocalWork {
    LocalWork::new(Network::Dev, Arc::new(Simulated::new(Arc::new(|| 0), 3)))
}

fn no_work(error: RpcError) -> NoWork {
    NoWork::Server {
        server: "server".to_owned(),
        error,
    }
}

fn failures() -> [(Server, NoWork); 5] {
    let unusable = || {
        no_work(RpcError::UnexpectedShape {
            action: "work_generate",
            field: "work",
        })
    };
    let disabled = NodeError::from_text("Work generation is disabled");
    [
        // Good for nothing on this network, as one root in fifteen would be.
        (Server::Answers(json!({ "work": "0000000000000000" })), unusable()),
        (Server::Answers(json!({})), unusable()),
        (
            Server::Answers(json!({ "error": "Work generation is disabled" })),
            no_work(RpcError::Node(disabled)),
        ),
        (Server::Fails(500), no_work(RpcError::Http { status: 500 })),
        (
            Server::Stalls,
            NoWork::Late {
                server: "server".to_owned(),
                patience: NodeWork::PATIENCE,
            },
        ),
    ]
}

#[tokio::test]
async fn a_server_that_helps_spares_this_machine() {
    let work = here().work(root(), Subtype::Send).await.unwrap();
    let server = server(&Server::Answers(json!({ "work": work })));
    assert_eq!(server.work(root(), Subtype::Send).await, Ok(work));
    let either = FirstOf::new(Arc::new(server), Arc::new(here()));
    assert_eq!(either.work(root(), Subtype::Send).await, Ok(work));
}

/// Good for a receive is not good for a send.
#[tokio::test]
async fn a_server_is_held_to_the_subtype() {
    let work = (0..)
        .map(nanoark_nano::Work::from_nonce)
        .find(|work| {
            is_valid(&root(), *work, Thresholds::DEV.receive) && !is_valid(&root(), *work, Thresholds::DEV.send)
        })
        .unwrap();
    let server = server(&Server::Answers(json!({ "work": work })));
    assert_eq!(server.work(root(), Subtype::Receive).await, Ok(work));
    assert!(server.work(root(), Subtype::Send).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_is_named_and_replaced() {
    for (behaviour, expected) in failures() {
        assert_eq!(
            server(&behaviour).work(root(), Subtype::Send).await,
            Err(expected),
            "{behaviour:?}"
        );
        let either = FirstOf::new(Arc::new(server(&behaviour)), Arc::new(here()));
        let work = either.work(root(), Subtype::Send).await.unwrap();
        assert!(is_valid(&root(), work, Thresholds::DEV.send), "{behaviour:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_both_fail_the_second_says_why() {
    let patience = Duration::from_secs(1);
    let second = server(&Server::Stalls).within(patience);
    let both = FirstOf::new(Arc::new(server(&Server::Fails(503))), Arc::new(second));
    let expected = NoWork::Late {
        server: "server".to_owned(),
        patience,
    };
    assert_eq!(both.work(root(), Subtype::Send).await, Err(expected));
}
