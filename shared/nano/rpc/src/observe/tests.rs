//! The whole verifier over real sockets: slow, dead, lying and honest nodes together.

use std::collections::BTreeMap;
use std::time::Duration;

use nanoark_nano::evidence::{Agreement, Lie, Observation, Unverifiable};
use nanoark_nano::work::Work;
use nanoark_nano::{Account, BlockHash, Network, RawAmount, Seed, SignedBlock, StateBlock};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::double::{Double, LIMITS, Reply};
use crate::health::NodeState;
use crate::set::NodeSet;

type Ledger = BTreeMap<String, Value>;

struct Payment {
    hash: BlockHash,
    invoice: Account,
    previous: SignedBlock,
    send: SignedBlock,
}

fn payment() -> Payment {
    let seed = Seed::from_bytes([2; 32]);
    let (key, invoice, raw) = (seed.private_key(0), seed.private_key(1).public(), RawAmount::from_raw);
    let payer = key.public();
    let previous = StateBlock::open(payer, raw(1000), BlockHash::from_bytes([9; 32]), payer).unwrap();
    let send = StateBlock::send(payer, previous.hash(), raw(1000), raw(400), invoice, payer).unwrap();
    let hash = send.hash();
    let [previous, send] = [previous, send].map(|block| block.sign(&key, Work::from_nonce(0)));
    Payment {
        hash,
        invoice,
        previous,
        send,
    }
}

impl Payment {
    /// `block_info` answers of a node that has the payment.
    fn ledger(&self, confirmed: bool, seen: u64) -> Ledger {
        let answer = |signed: &SignedBlock, amount: &str, height: &str| {
            json!({
                "block_account": signed.block.account, "amount": amount, "balance": signed.block.balance,
                "height": height, "local_timestamp": seen.to_string(), "confirmed": confirmed.to_string(),
                "contents": signed, "subtype": "send",
            })
        };
        let blocks = [(&self.previous, "1000", "1"), (&self.send, "400", "2")];
        blocks
            .map(|(signed, amount, height)| (signed.block.hash().to_string(), answer(signed, amount, height)))
            .into_iter()
            .collect()
    }
}

async fn node(ledger: Ledger) -> Double {
    Double::start(move |request| {
        let hash = request["hash"].as_str().unwrap_or_default();
        let not_found = json!({ "error": "Block not found" });
        Reply::Json(ledger.get(hash).cloned().unwrap_or(not_found))
    })
    .await
}

async fn rude(reply: fn() -> Reply) -> Double {
    Double::start(move |_| reply()).await
}

fn set(doubles: &[&Double], quorum: usize) -> NodeSet {
    let urls = doubles.iter().map(|double| double.url.clone()).collect();
    NodeSet::new(urls, quorum, Network::Dev, LIMITS).unwrap()
}

#[tokio::test]
async fn honest_nodes_prove_a_payment_with_two_calls_each_beside_the_one_for_their_network() {
    let payment = payment();
    let doubles = [
        node(payment.ledger(true, 70)).await,
        node(payment.ledger(true, 60)).await,
    ];
    let observed = set(&[&doubles[0], &doubles[1]], 2).observe_send(&payment.hash).await;
    let Observation::Found(evidence) = observed.observation else {
        panic!("{observed:?}")
    };
    assert_eq!(
        evidence.confirmations,
        Agreement {
            confirmed: 2,
            unconfirmed: 0,
            unknown: 0,
            quorum: 2
        }
    );
    assert_eq!((evidence.amount.raw(), evidence.destination), (400, payment.invoice));
    // By the later of the two, both had seen it.
    assert_eq!((evidence.seen_by_quorum_at, evidence.height), (Some(70), 2));
    for double in &doubles {
        let mut actions = double.actions();
        actions.sort();
        assert_eq!(actions, ["block_info", "block_info", "version"]);
        assert!(
            double
                .requests
                .lock()
                .unwrap()
                .iter()
                .all(|request| request["action"] == "version" || request["json_block"] == "true")
        );
    }
}

#[tokio::test]
async fn a_stalling_node_costs_its_own_word_and_a_moment_only() {
    let payment = payment();
    let (good, fine) = (node(payment.ledger(true, 0)).await, node(payment.ledger(true, 0)).await);
    for reply in [|| Reply::Stall, || Reply::HalfThenStall] as [fn() -> Reply; 2] {
        let stalling = rude(reply).await;
        let started = Instant::now();
        let observed = set(&[&stalling, &good, &fine], 2).observe_send(&payment.hash).await;
        assert!(
            started.elapsed() < LIMITS.timeout,
            "a settled matter does not wait for the deadline"
        );
        let Observation::Found(evidence) = observed.observation else {
            panic!("{observed:?}")
        };
        assert_eq!(
            evidence.confirmations,
            Agreement {
                confirmed: 2,
                unconfirmed: 0,
                unknown: 1,
                quorum: 2
            }
        );
    }
}

#[tokio::test]
async fn unsettled_matters_end_at_the_deadline_whatever_the_nodes_do() {
    let payment = payment();
    let stalling = rude(|| Reply::Stall).await;
    let good = node(payment.ledger(true, 0)).await;
    let started = Instant::now();
    let observed = set(&[&stalling, &good], 2).observe_send(&payment.hash).await;
    assert!(started.elapsed() < LIMITS.timeout + Duration::from_secs(1));
    let Observation::Found(evidence) = observed.observation else {
        panic!("{observed:?}")
    };
    assert_eq!(
        evidence.confirmations,
        Agreement {
            confirmed: 1,
            unconfirmed: 0,
            unknown: 1,
            quorum: 2
        }
    );
}

#[tokio::test]
async fn broken_nodes_never_make_a_payment_look_unpaid() {
    let payment = payment();
    let broken: [fn() -> Reply; 6] = [
        || Reply::Http(502, "content-type: text/html\r\n", "<html>".to_owned()),
        || Reply::Http(200, "content-type: text/html\r\n", "<html>".to_owned()),
        || Reply::Http(429, "retry-after: 9\r\n", String::new()),
        || Reply::HalfThenClose,
        || Reply::Endless,
        || Reply::Json(json!({})),
    ];
    let behind = node(Ledger::new()).await;
    for reply in broken {
        let broken = rude(reply).await;
        let observed = set(&[&broken, &behind], 2).observe_send(&payment.hash).await;
        let Observation::Unavailable { errors } = observed.observation else {
            panic!("{observed:?}")
        };
        assert_eq!(errors.len(), 1, "the node that is behind did answer");
        assert!(errors[0].node.starts_with("127.0.0.1:"));
    }
    let also_behind = node(Ledger::new()).await;
    let observed = set(&[&behind, &also_behind], 2).observe_send(&payment.hash).await;
    assert_eq!(observed.observation, Observation::NotFound);
}

#[tokio::test]
async fn a_node_that_lies_about_amount_or_destination_is_caught_and_named() {
    let payment = payment();
    let honest = node(payment.ledger(true, 0)).await;
    let lies: [(&str, Value, Lie); 4] = [
        ("/amount", json!("1000"), Lie::AmountMismatch),
        ("/contents/link", json!("11".repeat(32)), Lie::HashMismatch),
        ("/contents/balance", json!("1"), Lie::HashMismatch),
        ("/contents/signature", json!("11".repeat(64)), Lie::BadSignature),
    ];
    for (pointer, value, why) in lies {
        let mut ledger = payment.ledger(true, 0);
        *ledger
            .get_mut(&payment.hash.to_string())
            .unwrap()
            .pointer_mut(pointer)
            .unwrap() = value;
        let liar = node(ledger).await;
        let observed = set(&[&liar, &honest], 2).observe_send(&payment.hash).await;
        let Observation::Found(evidence) = &observed.observation else {
            panic!("{observed:?}")
        };
        assert!(!evidence.confirmations.is_confirmed(), "{pointer}");
        assert_eq!((evidence.amount.raw(), evidence.destination), (400, payment.invoice));
        let liar_name = format!("127.0.0.1:{}", liar.url.port().unwrap());
        let named: Vec<_> = observed
            .refused
            .into_iter()
            .map(|refused| (refused.node, refused.why))
            .collect();
        assert_eq!(named, [(liar_name, why)], "{pointer}");
    }
    // link_as_account is for people; neither the node nor we look at it.
    let mut ledger = payment.ledger(true, 0);
    ledger.get_mut(&payment.hash.to_string()).unwrap()["contents"]["link_as_account"] = json!(Account::BURN);
    let odd = node(ledger).await;
    let observed = set(&[&odd, &honest], 2).observe_send(&payment.hash).await;
    assert!(matches!(observed.observation, Observation::Found(evidence) if evidence.confirmations.is_confirmed()));
}

#[tokio::test]
async fn a_pruned_previous_block_is_told_apart_from_a_missing_payment() {
    let payment = payment();
    let mut ledger = payment.ledger(true, 0);
    ledger.remove(&payment.send.block.previous.to_string());
    ledger
        .get_mut(&payment.hash.to_string())
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove("amount");
    let observed = set(&[&node(ledger).await], 1).observe_send(&payment.hash).await;
    assert_eq!(
        observed.observation,
        Observation::Unverifiable(Unverifiable::PreviousPruned)
    );
}

#[tokio::test]
async fn sends_are_found_whether_received_yet_or_not_and_no_node_can_hide_one() {
    let [waiting, received, dust, other] = [1_u8, 2, 3, 4].map(|byte| BlockHash::from_bytes([byte; 32]));
    let receive = |hash: BlockHash, amount: &str| {
        json!({
            "type": "state", "subtype": "receive", "hash": BlockHash::from_bytes([8; 32]), "link": hash, "amount": amount,
            "height": "1", "confirmed": "true",
        })
    };
    let history = json!([
        receive(received, "500"),
        receive(dust, "1"),
        { "type": "state", "subtype": "send", "hash": other, "link": other, "amount": "500", "height": "2" },
        { "type": "open", "hash": other, "source": waiting, "amount": "500", "height": "1" },
        { "type": "state", "subtype": "change", "hash": other, "link": BlockHash::ZERO, "height": "3" },
    ]);
    let knowing = Double::start(move |request| match request["action"].as_str() {
        Some("receivable") => Reply::Json(json!({ "blocks": {
            waiting.to_string(): { "amount": "500", "source": Account::BURN },
            dust.to_string(): { "amount": "499", "source": Account::BURN },
        } })),
        _ => Reply::Json(json!({ "account": Account::BURN, "history": history })),
    })
    .await;
    let hiding = Double::start(|request| match request["action"].as_str() {
        Some("receivable") => Reply::Json(json!({ "blocks": "" })),
        _ => Reply::Json(json!({ "error": "Account not found" })),
    })
    .await;
    let dead = rude(|| Reply::HangUp).await;
    let enough = RawAmount::from_raw(500);
    for nodes in [vec![&knowing, &hiding], vec![&hiding, &knowing], vec![&dead, &knowing]] {
        let found = set(&nodes, 2).sends_to(&Account::BURN, enough).await.unwrap();
        assert_eq!(found, [received, waiting], "what was received comes first");
    }
    for request in knowing
        .requests
        .lock()
        .unwrap()
        .iter()
        .filter(|request| request["action"] == "receivable")
    {
        assert_eq!(
            (&request["threshold"], &request["include_only_confirmed"]),
            (&json!("500"), &json!("true"))
        );
    }
    assert_eq!(set(&[&hiding], 1).sends_to(&Account::BURN, enough).await, Ok(vec![]));
    let unavailable = set(&[&hiding, &dead], 2)
        .sends_to(&Account::BURN, enough)
        .await
        .unwrap_err();
    assert_eq!(unavailable.errors.len(), 1);
}

#[tokio::test]
async fn a_node_that_lists_without_end_is_cut_short() {
    let spam = Double::start(|request| match request["action"].as_str() {
        Some("receivable") => {
            let hashes: Vec<String> = (0_u16..700).map(|number| format!("{number:064X}")).collect();
            Reply::Json(json!({ "blocks": hashes }))
        }
        _ => Reply::Json(json!({ "error": "Account not found" })),
    })
    .await;
    let found = set(&[&spam], 1)
        .sends_to(&Account::BURN, RawAmount::ZERO)
        .await
        .unwrap();
    assert_eq!(found.len(), 50);
}

#[tokio::test]
async fn health_counts_nodes_of_the_right_network_that_answer() {
    let version = |network: Network| {
        Double::start(move |request| match request["action"].as_str() {
            Some("version") => {
                Reply::Json(json!({ "node_vendor": "Nano V28.1", "network_identifier": network.genesis() }))
            }
            _ => Reply::Json(json!({ "count": "9", "unchecked": "0", "cemented": "8" })),
        })
    };
    let (good, wrong) = (version(Network::Dev).await, version(Network::Live).await);
    let (dead, slow) = (rude(|| Reply::HangUp).await, rude(|| Reply::Stall).await);
    let health = set(&[&good, &wrong, &dead, &slow], 1).health().await;
    assert!(health.is_ready());
    let states: Vec<_> = health.nodes.iter().map(|node| &node.state).collect();
    assert!(matches!(
        states.as_slice(),
        [NodeState::Usable { block_count }, NodeState::WrongNetwork, NodeState::Failing(_), NodeState::Failing(_)]
            if block_count.cemented == Some(8)
    ));
    assert!(
        !set(&[&good, &wrong], 2).health().await.is_ready(),
        "a node of another network never counts"
    );
}

#[tokio::test]
async fn a_node_of_another_network_is_no_witness_and_an_own_one_is_asked_for_its_network_once() {
    let payment = payment();
    let of = async |network: Network| {
        let ledger = payment.ledger(true, 60);
        Double::start(move |request| match request["action"].as_str() {
            Some("version") => {
                Reply::Json(json!({ "node_vendor": "Nano V28.1", "network_identifier": network.genesis() }))
            }
            _ => Reply::Json(ledger[request["hash"].as_str().unwrap()].clone()),
        })
        .await
    };
    let (own, other) = (of(Network::Dev).await, of(Network::Beta).await);
    let nodes = set(&[&own, &other], 2);
    for _ in 0..2 {
        let Observation::Found(evidence) = nodes.observe_send(&payment.hash).await.observation else {
            panic!("the own node knows it")
        };
        assert_eq!(
            (evidence.confirmations.confirmed, evidence.confirmations.unknown),
            (1, 1)
        );
    }
    let asked = |double: &Double| double.actions().iter().filter(|action| *action == "version").count();
    assert_eq!((asked(&own), asked(&other)), (1, 2));
}

#[tokio::test]
async fn nudging_asks_every_node_and_waits_for_none_for_ever() {
    let confirming = rude(|| Reply::Json(json!({ "started": "1" }))).await;
    let slow = rude(|| Reply::Stall).await;
    tokio::time::timeout(
        LIMITS.timeout * 2,
        set(&[&slow, &confirming], 1).nudge(&BlockHash::ZERO),
    )
    .await
    .unwrap();
    assert_eq!(
        (confirming.actions(), slow.actions()),
        (vec!["block_confirm".to_owned()], vec!["block_confirm".to_owned()])
    );
}
