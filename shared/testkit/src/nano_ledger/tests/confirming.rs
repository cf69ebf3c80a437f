//! When blocks become final, and what a test can do about it.

use super::*;

#[test]
fn a_block_is_final_after_the_delay_and_not_before() {
    let world = World::new();
    let send = world.pay().block.hash();
    assert_eq!(world.block_info(send)["confirmed"], "false");
    world.clock.advance(99);
    assert!(!world.ledger.is_confirmed(&send));
    world.clock.advance(1);
    assert_eq!(world.block_info(send)["confirmed"], "true");
}

#[test]
fn a_held_block_holds_everything_that_rests_on_it() {
    for hold in [Hold::Everything, Hold::Account(World::new().buyer.account())] {
        let world = World::new();
        world.ledger.hold(hold);
        let send = world.pay().block.hash();
        let receive = world.seller.receive(send).unwrap().block.hash();
        world.clock.advance(1_000_000);
        assert!(!world.ledger.is_confirmed(&send) && !world.ledger.is_confirmed(&receive));
        world.ledger.release(hold);
        assert!(world.ledger.is_confirmed(&send) && world.ledger.is_confirmed(&receive));
    }
}

#[test]
fn a_single_block_can_be_held_and_confirmed_with_all_it_rests_on() {
    let world = World::new();
    let send = world.buyer.build_send(world.seller.account(), raw(5)).unwrap();
    world.ledger.hold(Hold::Block(send.block.hash()));
    world.ledger.process(&send).unwrap();
    let receive = world.seller.receive(send.block.hash()).unwrap().block.hash();
    world.clock.advance(1_000_000);
    assert!(!world.ledger.is_confirmed(&receive));
    assert!(world.ledger.confirm_now(&receive));
    assert!(world.ledger.is_confirmed(&send.block.hash()));
    assert!(!world.ledger.confirm_now(&BlockHash::from_bytes([7; 32])));
}

#[test]
fn a_fork_makes_the_first_block_unknown_unless_it_was_final() {
    let world = World::new();
    let first = world.pay();
    let rival = world.buyer.build_rival(&first, genesis_account(), raw(7)).unwrap();
    assert_eq!(process(&world.node, &rival), json!({ "error": "Fork" }));
    world.ledger.fork(&rival).unwrap();
    assert_eq!(
        world.block_info(first.block.hash()),
        json!({ "error": "Block not found" })
    );
    assert_eq!(world.ledger.receivable(&world.seller.account()), []);
    assert_eq!(world.buyer.balance().checked_add(raw(7)), Some(XNO));
    world.clock.advance(100);
    assert_eq!(
        world.ledger.fork(&first),
        Err(ProcessError::Fork),
        "the winner is final"
    );
}

#[test]
fn an_invalid_rival_leaves_the_first_block_in_its_place() {
    let world = World::new();
    let first = world.pay();
    let mut rival = world.buyer.build_rival(&first, genesis_account(), raw(7)).unwrap();
    rival.block.balance = raw(1);
    assert_eq!(world.ledger.fork(&rival), Err(ProcessError::BadSignature));
    assert!(world.ledger.contains(&first.block.hash()));
}

#[test]
fn a_roll_back_takes_along_what_rests_on_the_block() {
    let world = World::new();
    let send = world.pay();
    let receive = world.seller.receive(send.block.hash()).unwrap();
    let later = world.pay();
    world.ledger.confirm_everything_now();
    let gone = world.ledger.roll_back(&send.block.hash());
    assert_eq!(gone, [send.block.hash(), receive.block.hash(), later.block.hash()]);
    assert_eq!((world.seller.balance(), world.buyer.balance()), (raw(0), XNO));
    assert!(
        world
            .ledger
            .is_confirmed(&world.ledger.head(&world.buyer.account()).unwrap().frontier)
    );
    // A dropped block is published again as it was.
    world.ledger.process(&send).unwrap();
}

#[test]
fn what_an_account_holds_for_sure_is_told_apart_from_what_its_head_says() {
    let world = World::new();
    let account = world.buyer.account();
    world.pay();
    let info = world.ask(json!({ "action": "account_info", "account": account, "include_confirmed": "true" }));
    assert_eq!(info["balance"], json!(world.buyer.balance()));
    assert_eq!(info["confirmed_balance"], json!(XNO));
    let balance = |only: &str| {
        world.ask(json!({ "action": "account_balance", "account": account, "include_only_confirmed": only }))["balance"]
            .clone()
    };
    assert_eq!(
        (balance("true"), balance("false")),
        (json!(XNO), json!(world.buyer.balance()))
    );
}

#[test]
fn the_first_seen_time_is_the_nodes_own_word() {
    let world = World::new();
    let send = world.pay().block.hash();
    assert_eq!(world.block_info(send)["local_timestamp"], "1800000000");
    world.ledger.set_local_timestamp(&send, 0);
    assert_eq!(world.block_info(send)["local_timestamp"], "0");
}
