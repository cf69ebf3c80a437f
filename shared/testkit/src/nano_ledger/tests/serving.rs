//! A node on a socket, well and unwell.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tokio::net::TcpListener;

use super::*;

async fn running(node: NanoNode) -> RunningNode {
    node.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap()
}

/// The whole answer as it came over the wire.
async fn send(address: SocketAddr, method: &'static str, body: String) -> String {
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} /proxy HTTP/1.1\r\nhost: node\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = Vec::new();
        // A read error is an answer as well: what came before it counts.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}

async fn block_count(node: &RunningNode) -> String {
    send(node.address(), "POST", json!({ "action": "block_count" }).to_string()).await
}

#[tokio::test]
async fn a_node_answers_posts_on_any_path_until_it_is_stopped() {
    let node = running(World::new().node).await;
    let answer = block_count(&node).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("\"cemented\":\"5\""),
        "{answer}"
    );
    assert!(
        send(node.address(), "GET", String::new())
            .await
            .contains("Can only POST requests")
    );
    let address = node.address();
    node.stop().await;
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn each_transport_fault_is_seen_by_the_caller_and_then_gone() {
    let node = running(World::new().node).await;
    let faults = node.node().faults().clone();
    let instead = TransportFault::Instead {
        status: 503,
        body: "busy".to_owned(),
    };
    for (fault, status, part) in [
        (TransportFault::TooManyRequests, "429", "retry-after: 1"),
        (TransportFault::BadGateway, "502", "<html>"),
        (TransportFault::EmptyBody, "200", "content-length: 0"),
        (
            TransportFault::Without(vec!["count".to_owned()]),
            "200",
            "{\"cemented\":\"5\",\"unchecked\":\"0\"}",
        ),
        (TransportFault::Huge(100_000), "200", "xxxxxxxxxx"),
        (instead, "503", "busy"),
        (TransportFault::Stall(Duration::from_millis(50)), "200", "cemented"),
    ] {
        faults.once(On::action("block_count"), fault.clone());
        let answer = block_count(&node).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(part),
            "{fault:?}: {answer}"
        );
        assert!(block_count(&node).await.ends_with('}'), "the next answer is whole");
    }
}

#[tokio::test]
async fn half_an_answer_announces_the_whole_and_none_never_comes() {
    let node = running(World::new().node).await;
    node.node().faults().once(On::Everything, TransportFault::CutHalfWay);
    let answer = block_count(&node).await;
    assert!(
        answer.contains("content-length: 44") && !answer.ends_with('}'),
        "{answer}"
    );
    node.node().faults().once(On::Everything, TransportFault::Hang);
    assert_eq!(block_count(&node).await, "");
    node.stop().await;
}

#[tokio::test]
async fn a_fault_strikes_the_requests_it_is_meant_for() {
    let world = World::new();
    let send_block = world.pay();
    let (hash, seller) = (send_block.block.hash(), world.seller.account());
    world.clock.advance(1_000);
    let node = running(world.node).await;
    node.node().faults().always(On::Block(hash), TransportFault::BadGateway);
    node.node()
        .faults()
        .always(On::Account(seller), TransportFault::EmptyLists);
    let lower = json!({ "action": "block_info", "hash": hash.to_string().to_lowercase() }).to_string();
    assert!(send(node.address(), "POST", lower).await.starts_with("HTTP/1.1 502"));
    let other_spelling = seller.to_string().replacen("nano_", "xrb_", 1);
    let receivable = json!({ "action": "receivable", "account": other_spelling }).to_string();
    assert!(
        send(node.address(), "POST", receivable)
            .await
            .contains("{\"blocks\":\"\"}")
    );
    assert!(block_count(&node).await.contains("cemented"));
}

#[tokio::test]
async fn nodes_of_one_ledger_differ_only_in_their_faults() {
    let world = World::new();
    let (first, second) = (
        running(world.node.clone()).await,
        running(NanoNode::new(&world.ledger)).await,
    );
    first.node().faults().always(On::Everything, TransportFault::BadGateway);
    assert!(block_count(&first).await.starts_with("HTTP/1.1 502"));
    assert!(block_count(&second).await.starts_with("HTTP/1.1 200"));
}
