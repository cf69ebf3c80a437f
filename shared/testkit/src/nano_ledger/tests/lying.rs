//! One node's lies: its own, and nobody else's.

use super::*;

#[test]
fn nodes_of_one_ledger_can_contradict_each_other() {
    let world = World::new();
    let (honest, liar) = (world.node.clone(), NanoNode::new(&world.ledger));
    let send = world.pay().block.hash();
    let lie = BlockLie {
        amount: Some(raw(99)),
        destination: Some(world.buyer.account()),
        confirmed: Some(true),
        ..BlockLie::default()
    };
    liar.faults().lie(send, lie);
    let request = json!({ "action": "block_info", "json_block": "true", "hash": send });
    let (truth, lies) = (ask(&honest, request.clone()), ask(&liar, request.clone()));
    assert_eq!(
        (truth["confirmed"].as_str(), truth["amount"].as_str()),
        (Some("false"), Some("5"))
    );
    assert_eq!(
        (lies["confirmed"].as_str(), lies["amount"].as_str()),
        (Some("true"), Some("99"))
    );
    assert_eq!(lies["contents"]["link_as_account"], json!(world.buyer.account()));
    let block: SignedBlock = serde_json::from_value(lies["contents"].clone()).unwrap();
    assert_ne!(block.block.hash(), send, "a changed link gives itself away");
    liar.faults().clear();
    assert_eq!(ask(&liar, request), truth);
}

#[test]
fn a_lie_in_link_as_account_alone_leaves_the_hash_right() {
    let world = World::new();
    let send = world.pay().block.hash();
    let lie = BlockLie {
        link_as_account: Some(world.buyer.account()),
        ..BlockLie::default()
    };
    world.node.faults().lie(send, lie);
    let block: SignedBlock = serde_json::from_value(world.block_info(send)["contents"].clone()).unwrap();
    assert_eq!(block.block.hash(), send);
    assert_eq!(
        world.block_info(send)["contents"]["link_as_account"],
        json!(world.buyer.account())
    );
}

#[test]
fn an_omitted_block_is_nowhere_on_that_node() {
    let world = World::new();
    let send = world.pay().block.hash();
    world.ledger.confirm_now(&send);
    let listed = || world.ask(json!({ "action": "receivable", "account": world.seller.account() }))["blocks"].clone();
    assert_eq!(listed(), json!([send]));
    world.node.faults().omit(send);
    assert_eq!(listed(), "");
    assert_eq!(world.block_info(send)["error"], "Block not found");
    assert!(world.ledger.contains(&send));
    world.node.faults().restore(&send);
    assert_eq!(listed(), json!([send]));
}

#[test]
fn without_the_block_before_a_node_states_no_amount() {
    let world = World::new();
    let send = world.pay();
    world.node.faults().omit(send.block.previous);
    let info = world.block_info(send.block.hash());
    assert_eq!(
        (info.get("amount"), info["balance"].as_str()),
        (None, Some(world.buyer.balance().to_string().as_str()))
    );
}

#[test]
fn a_node_can_claim_another_network() {
    let world = World::new();
    world.node.faults().claim_network(nanoark_nano::Network::Live.genesis());
    let version = world.ask(json!({ "action": "version" }));
    assert_eq!(
        version["network_identifier"],
        json!(nanoark_nano::Network::Live.genesis())
    );
}
