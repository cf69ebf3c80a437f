//! The rules of the ledger and of its nodes, as a caller meets them.

use nanoark_nano::{Difficulty, Thresholds, Work, work};
use serde_json::{Value, json};

use super::*;
use crate::clock::FakeClock;

mod confirming;
mod conserving;
mod lying;
mod serving;
mod wording;

/// One XNO.
const XNO: RawAmount = RawAmount::from_raw(1_000_000_000_000_000_000_000_000_000_000);

struct World {
    clock: FakeClock,
    ledger: NanoLedger,
    node: NanoNode,
    buyer: DevWallet,
    seller: DevWallet,
}

impl World {
    /// A buyer with 1 XNO and a seller with nothing.
    fn new() -> Self {
        let clock = FakeClock::at_millis(1_800_000_000_000);
        let ledger = NanoLedger::new(clock.closure());
        let (buyer, seller) = (DevWallet::numbered(1, 0, &ledger), DevWallet::numbered(2, 0, &ledger));
        buyer.fund_from_genesis(XNO).unwrap();
        let node = NanoNode::new(&ledger);
        Self {
            clock,
            ledger,
            node,
            buyer,
            seller,
        }
    }

    fn ask(&self, request: Value) -> Value {
        ask(&self.node, request)
    }

    fn block_info(&self, hash: BlockHash) -> Value {
        self.ask(json!({ "action": "block_info", "json_block": "true", "hash": hash }))
    }

    fn pay(&self) -> SignedBlock {
        self.buyer.send(self.seller.account(), raw(5)).unwrap()
    }
}

fn raw(raw: u128) -> RawAmount {
    RawAmount::from_raw(raw)
}

#[expect(clippy::needless_pass_by_value, reason = "every request is made on the spot")]
fn ask(node: &NanoNode, request: Value) -> Value {
    serde_json::from_str(&node.answer(request.to_string().as_bytes()).body).unwrap()
}

fn process(node: &NanoNode, block: &SignedBlock) -> Value {
    ask(
        node,
        json!({ "action": "process", "json_block": "true", "block": block }),
    )
}

#[test]
fn money_moves_by_a_send_and_a_receive() {
    let world = World::new();
    let send = world.pay();
    assert_eq!(
        world.ledger.receivable(&world.seller.account()),
        [(send.block.hash(), raw(5))]
    );
    world.seller.receive(send.block.hash()).unwrap();
    assert_eq!(
        (world.seller.balance(), world.ledger.receivable(&world.seller.account())),
        (raw(5), vec![])
    );
    assert_eq!(world.buyer.balance().checked_add(raw(5)), Some(XNO));
    assert_eq!(
        world.seller.receive(send.block.hash()),
        Err(WalletError::NothingToReceive)
    );
}

#[test]
fn a_block_is_refused_for_the_first_rule_it_breaks() {
    let world = World::new();
    let head = world.ledger.head(&world.buyer.account()).unwrap();
    let good = world.buyer.build_send(world.seller.account(), raw(5)).unwrap();
    let refused = |change: &dyn Fn(&mut StateBlock)| {
        let mut block = good.block.clone();
        change(&mut block);
        world.ledger.process(&world.buyer.sign(block)).unwrap_err()
    };
    let unknown = BlockHash::from_bytes([7; 32]);
    assert_eq!(refused(&|block| block.previous = unknown), ProcessError::GapPrevious);
    assert_eq!(refused(&|block| block.previous = BlockHash::ZERO), ProcessError::Fork);
    assert_eq!(
        refused(&|block| block.account = world.seller.account()),
        ProcessError::BadSignature
    );
    assert_eq!(refused(&|block| block.balance = XNO), ProcessError::GapSource);
    assert_eq!(
        refused(&|block| (block.balance, block.link) = (raw(u128::MAX), Link::from(unknown))),
        ProcessError::GapSource
    );
    assert_eq!(
        refused(&|block| (block.balance, block.link) = (raw(u128::MAX), Link::from(head.frontier))),
        ProcessError::Unreceivable
    );
    assert_eq!(
        refused(&|block| (block.balance, block.link) = (raw(u128::MAX), Link::ZERO)),
        ProcessError::BalanceMismatch
    );
    let mut tampered = good.clone();
    tampered.block.balance = raw(1);
    assert_eq!(world.ledger.process(&tampered), Err(ProcessError::BadSignature));

    world.ledger.process(&good).unwrap();
    assert_eq!(world.ledger.process(&good), Err(ProcessError::Old));
    assert_eq!(refused(&|block| block.balance = raw(1)), ProcessError::Fork);
}

#[test]
fn an_account_begins_with_a_receive() {
    let world = World::new();
    let nothing = world.seller.build_unchecked(BlockHash::ZERO, raw(0), Link::ZERO);
    assert_eq!(world.ledger.process(&nothing), Err(ProcessError::GapSource));
    let after_nothing = world
        .seller
        .build_unchecked(BlockHash::from_bytes([7; 32]), raw(0), Link::ZERO);
    assert_eq!(world.ledger.process(&after_nothing), Err(ProcessError::GapPrevious));
    let send = world.pay();
    let too_much = world
        .seller
        .build_unchecked(BlockHash::ZERO, raw(6), Link::from(send.block.hash()));
    assert_eq!(world.ledger.process(&too_much), Err(ProcessError::BalanceMismatch));
}

#[test]
fn work_is_asked_for_by_what_the_block_does() {
    let world = World::new();
    let first_with = |root: &nanoark_nano::Root, wanted: std::ops::Range<u64>| {
        let reaches = |nonce: &u64| wanted.contains(&work::value(root, Work::from_nonce(*nonce)).get());
        Work::from_nonce((0..).find(reaches).unwrap())
    };
    let (send, receive) = (Thresholds::DEV.send.get(), Thresholds::DEV.receive.get());
    let mut block = world.buyer.build_send(world.seller.account(), raw(5)).unwrap();
    block.work = first_with(&block.block.root(), 0..receive);
    assert_eq!(world.ledger.process(&block), Err(ProcessError::WorkLow));
    block.work = first_with(&block.block.root(), receive..send);
    assert_eq!(world.ledger.process(&block), Err(ProcessError::InsufficientWork));
    block.work = first_with(&block.block.root(), send..u64::MAX);
    world.ledger.process(&block).unwrap();
    let mut open = world.seller.build_receive(block.block.hash()).unwrap();
    open.work = first_with(&open.block.root(), receive..send);
    world.ledger.process(&open).unwrap();
    assert!(WorkRules::LIVE.before_epoch_2 > Difficulty::from_value(0));
}

#[test]
fn a_signature_that_is_not_canonical_is_accepted_as_nodes_do() {
    let world = World::new();
    let mut block = world.buyer.build_send(world.seller.account(), raw(5)).unwrap();
    block.signature = malleated(&block.signature);
    assert!(block.verify_signature().is_err());
    assert_eq!(world.ledger.process(&block), Ok(block.block.hash()));
}

#[test]
fn old_kinds_of_block_are_part_of_the_ledger_when_a_test_puts_them_there() {
    let world = World::new();
    let send = world.buyer.inject_legacy_send(world.seller.account(), raw(5)).unwrap();
    let info = world.block_info(send);
    assert_eq!(info["contents"]["type"], "send");
    assert_eq!(info["contents"]["balance"], format!("{:032X}", XNO.raw() - 5));
    assert_eq!((info["amount"].as_str(), info.get("subtype")), (Some("5"), None));
    let open = world.seller.inject_legacy_open(send).unwrap();
    assert_eq!(world.block_info(open)["contents"]["source"], json!(send));
    assert_eq!(world.seller.balance(), raw(5));

    let epoch = world.block_info(world.ledger.inject_epoch(&world.buyer.account()));
    assert_eq!(
        (epoch["subtype"].as_str(), epoch["amount"].as_str()),
        (Some("epoch"), Some("0"))
    );
}

#[test]
fn a_legacy_block_is_not_published_any_more() {
    let world = World::new();
    let block = json!({ "type": "send", "previous": "00", "destination": "x", "balance": "0" });
    let answer = world.ask(json!({ "action": "process", "json_block": "true", "block": block }));
    assert_eq!(
        answer,
        json!({ "error": "This block cannot follow the previous block" })
    );
}

#[test]
fn a_ledger_in_a_file_is_the_same_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let (path, clock) = (directory.path().join("ledger.jsonl"), FakeClock::at_millis(1_000_000));
    let open = || NanoLedger::open(&path, LedgerOptions::default(), clock.closure());
    let ledger = open().unwrap();
    let wallet = DevWallet::numbered(1, 0, &ledger);
    wallet.fund_from_genesis(XNO).unwrap();
    let first = wallet.send(genesis_account(), raw(1)).unwrap();
    let rival = wallet.build_rival(&first, genesis_account(), raw(2)).unwrap();
    ledger.fork(&rival).unwrap();
    let head = ledger.head(&wallet.account());
    drop(ledger);

    // A line that was cut off while it was written belongs to a block that nobody was promised.
    let written = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{written}{{\"accepted_at_ms\":1")).unwrap();
    let again = open().unwrap();
    assert_eq!(again.head(&wallet.account()), head);
    assert!(!again.contains(&first.block.hash()));
    clock.advance(1_000);
    assert!(again.is_confirmed(&rival.block.hash()));
    DevWallet::numbered(1, 0, &again)
        .send(genesis_account(), raw(3))
        .unwrap();
    drop(again);
    assert_eq!(open().unwrap().head(&wallet.account()).unwrap().height, 3);

    let tampered = std::fs::read_to_string(&path)
        .unwrap()
        .replacen("\"signature\":\"", "\"signature\":\"00", 1);
    std::fs::write(&path, tampered).unwrap();
    assert!(matches!(open(), Err(JournalError::Malformed { line: 1, .. })));
}
