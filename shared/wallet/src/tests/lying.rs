//! Nodes that lie about what an account holds, and nodes that say too little.

use nanoark_nano::{PrivateKey, RawAmount, SignedBlock, StateBlock, Work};
use nanoark_testkit::nano_ledger::BlockLie;
use serde_json::{Value, json};

use super::world::{World, order, purpose, raw, stranger};
use crate::{AccountIndex, WalletError};

#[tokio::test]
async fn a_nodes_figures_do_not_change_what_is_sent() {
    let world = World::new();
    world.fund(100);
    let main = world.wallet().account(AccountIndex::MAIN);
    let head = world.ledger.head(&main).unwrap().frontier;
    for told in [50, 1_000] {
        world.nodes[0].faults().lie(
            head,
            BlockLie {
                balance: Some(raw(told)),
                amount: Some(raw(told)),
                ..BlockLie::default()
            },
        );
        world.ways[0]
            .lie
            .lock()
            .unwrap()
            .replace(Box::new(move |request, answer| {
                if request["action"] == "account_info" {
                    answer["balance"] = json!(raw(told));
                    answer["confirmed_balance"] = json!(raw(told));
                }
            }));
        let before = world.balance_of(&main);
        let text = format!("p{told}");
        world.wallet().send(&order(&text, stranger(1), 10)).await.unwrap();
        assert_eq!(world.balance_of(&main), before - 10);
    }
    assert_eq!(world.waiting_for(&stranger(1)), [10, 10]);
}

/// A node that shows a last block of its own making, with a balance that would make the order send all the rest.
fn made_up(world: &World, key: &PrivateKey, balance: RawAmount) -> SignedBlock {
    let main = world.wallet().account(AccountIndex::MAIN);
    let head = world.ledger.head(&main).unwrap();
    let block = StateBlock {
        account: main,
        previous: head.frontier,
        representative: main,
        balance,
        link: stranger(7).into(),
    };
    block.sign(key, Work::from_nonce(0))
}

fn showing(block: &SignedBlock) -> super::world::Lie {
    let (hash, contents) = (block.block.hash(), serde_json::to_value(block).unwrap());
    Box::new(move |request: &Value, answer: &mut Value| {
        if request["action"] == "account_info" {
            answer["frontier"] = json!(hash);
            answer["block_count"] = json!("99");
        }
        if request["action"] == "block_info" && request["hash"] == json!(hash) {
            *answer = json!({
                "block_account": contents["account"], "amount": "1", "balance": contents["balance"], "height": "99",
                "local_timestamp": "0", "confirmed": "true", "contents": contents, "subtype": "receive",
            });
        }
    })
}

#[tokio::test]
async fn a_last_block_that_the_account_did_not_sign_is_not_built_on() {
    for nodes in [1, 3] {
        let world = World::with_nodes(nodes);
        world.fund(100);
        let wallet = world.wallet();
        let somebody = PrivateKey::from_bytes([3; 32]);
        let block = made_up(&world, &somebody, raw(1_000));
        world.ways[0].lie.lock().unwrap().replace(showing(&block));
        let order = order("p", stranger(1), 10);
        if nodes == 1 {
            let refused = wallet.send(&order).await.unwrap_err();
            assert!(
                matches!(refused, WalletError::TooFewNodes { quorum: 1, .. }),
                "{refused}"
            );
            assert_eq!(wallet.sent(&purpose("p")).unwrap(), None, "nothing was signed");
            *world.ways[0].lie.lock().unwrap() = None;
        }
        wallet.send(&order).await.unwrap();
        assert_eq!(world.waiting_for(&stranger(1)), [10]);
        assert_eq!(world.balance_of(&wallet.account(AccountIndex::MAIN)), 90);
    }
}

/// Whose contents do not fit the hash that was asked for.
#[tokio::test]
async fn contents_that_do_not_fit_the_hash_are_not_built_on() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    let head = world.ledger.head(&wallet.account(AccountIndex::MAIN)).unwrap().frontier;
    world.nodes[0].faults().lie(
        head,
        BlockLie {
            destination: Some(stranger(7)),
            ..BlockLie::default()
        },
    );
    let refused = wallet.send(&order("p", stranger(1), 10)).await.unwrap_err();
    assert!(matches!(refused, WalletError::TooFewNodes { .. }), "{refused}");
    assert_eq!(wallet.sent(&purpose("p")).unwrap(), None);
}

#[tokio::test]
async fn less_than_a_quorum_is_not_enough_to_sign() {
    let world = World::with_nodes(3);
    world.fund(100);
    let wallet = world.wallet();
    for way in &world.ways[..2] {
        *way.cut.lock().unwrap() = true;
    }
    let order = order("p", stranger(1), 10);
    let refused = wallet.send(&order).await.unwrap_err();
    assert!(
        matches!(&refused, WalletError::TooFewNodes { answered: 1, quorum: 2, failures } if failures.len() == 2),
        "{refused}"
    );
    assert_eq!(wallet.sent(&purpose("p")).unwrap(), None);
    *world.ways[0].cut.lock().unwrap() = false;
    wallet.send(&order).await.unwrap();
}

/// A node of another network has nothing to say.
#[tokio::test]
async fn a_node_of_another_network_is_not_believed() {
    let world = World::new();
    world.fund(100);
    let live = nanoark_nano::Network::Live.genesis();
    world.nodes[0].faults().claim_network(live);
    let wallet = world.wallet();
    assert!(matches!(
        wallet.send(&order("p", stranger(1), 10)).await,
        Err(WalletError::Nodes(nanoark_nano_rpc::RpcError::WrongNetwork))
    ));
    assert!(matches!(
        wallet.invoice(&purpose("i")).await,
        Err(WalletError::Nodes(_))
    ));
}
