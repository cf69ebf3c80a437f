//! What the nodes say, and what is concluded from it: one row per situation of `nano.md` section 5.7 that this layer sees.

mod kinds;
mod lies;

use nanoark_nano::subtype::NoSubtype;
use nanoark_nano::work::Work;
use nanoark_nano::{Account, Link, PrivateKey, Seed, Signature};

use super::*;

const BEFORE: u128 = 10;
const AMOUNT: u128 = 3;

/// A payment on a small chain: an earlier block that leaves 10 raw, and a send of 3 of them.
struct Chain {
    key: PrivateKey,
    previous: SignedBlock,
    send: SignedBlock,
}

fn chain() -> Chain {
    let seed = Seed::from_bytes([1; 32]);
    let (key, invoice) = (seed.private_key(0), seed.private_key(1).public());
    let (payer, raw) = (key.public(), RawAmount::from_raw);
    let source = BlockHash::from_bytes([9; 32]);
    let previous = StateBlock::open(payer, raw(BEFORE), source, payer)
        .unwrap()
        .sign(&key, Work::from_nonce(0));
    let send = StateBlock::send(payer, previous.block.hash(), raw(BEFORE), raw(AMOUNT), invoice, payer).unwrap();
    let send = send.sign(&key, Work::from_nonce(0));
    Chain { key, previous, send }
}

impl Chain {
    fn hash(&self) -> BlockHash {
        self.send.block.hash()
    }

    /// A state block on top of the same previous one.
    fn next(&self, balance: u128, link: Link) -> SignedBlock {
        let balance = RawAmount::from_raw(balance);
        StateBlock {
            balance,
            link,
            ..self.send.block.clone()
        }
        .sign(&self.key, Work::from_nonce(0))
    }

    /// An honest node's word, which the tests then bend.
    fn honest(&self, node: &str, confirmed: bool) -> Look {
        let block = info(Contents::State(self.send.clone()), Some(AMOUNT), confirmed);
        let previous = info(Contents::State(self.previous.clone()), Some(BEFORE), true);
        Look {
            node: node.to_owned(),
            block: Ok(block),
            previous: Some(Ok(previous)),
        }
    }
}

fn info(contents: Contents, amount: Option<u128>, confirmed: bool) -> BlockInfo {
    let amount = amount.map(RawAmount::from_raw);
    BlockInfo {
        account: Account::BURN,
        amount,
        balance: None,
        height: 2,
        local_timestamp: 0,
        confirmed,
        contents,
    }
}

fn failing(node: &str, error: RpcError) -> Look {
    Look {
        node: node.to_owned(),
        block: Err(error),
        previous: None,
    }
}

fn not_found(node: &str) -> Look {
    failing(node, RpcError::Node(NodeError::BlockNotFound))
}

fn bend(mut look: Look, how: impl FnOnce(&mut BlockInfo)) -> Look {
    how(look.block.as_mut().unwrap());
    look
}

fn bend_previous(mut look: Look, previous: Result<BlockInfo, RpcError>) -> Look {
    look.previous = Some(previous);
    look
}

fn found(observed: &Observed) -> &SendEvidence {
    let Observation::Found(evidence) = &observed.observation else {
        panic!("{observed:?}")
    };
    evidence
}

fn refused(observed: &Observed) -> Vec<(&str, Lie)> {
    observed
        .refused
        .iter()
        .map(|refused| (refused.node.as_str(), refused.why))
        .collect()
}

#[test]
fn everything_but_the_confirmation_comes_from_the_block_itself() {
    let chain = chain();
    let looks = [
        chain.honest("a", true),
        chain.honest("b", true),
        chain.honest("c", false),
    ];
    let observed = conclude(chain.hash(), 2, &looks);
    let expected = SendEvidence {
        hash: chain.hash(),
        payer: chain.key.public(),
        destination: Seed::from_bytes([1; 32]).private_key(1).public(),
        amount: RawAmount::from_raw(AMOUNT),
        confirmations: Agreement {
            confirmed: 2,
            unconfirmed: 1,
            unknown: 0,
            quorum: 2,
        },
        seen_by_quorum_at: None,
        height: 2,
    };
    assert_eq!(found(&observed), &expected);
    assert!(expected.pays(&expected.destination) && !expected.pays(&expected.payer) && !expected.is_to_itself());
    assert_eq!(observed.refused, []);
}

#[test]
fn a_quorum_of_confirmations_is_needed_and_enough() {
    let chain = chain();
    let (yes, no) = (|node| chain.honest(node, true), |node| chain.honest(node, false));
    let down = |node| failing(node, RpcError::Timeout);
    type Row = ([Look; 3], (usize, usize, usize), bool);
    let rows: [Row; 6] = [
        ([yes("a"), yes("b"), yes("c")], (3, 0, 0), true),
        ([yes("a"), yes("b"), down("c")], (2, 0, 1), true),
        ([yes("a"), no("b"), no("c")], (1, 2, 0), false),
        ([yes("a"), down("b"), not_found("c")], (1, 0, 2), false),
        ([no("a"), down("b"), down("c")], (0, 1, 2), false),
        ([no("a"), not_found("b"), not_found("c")], (0, 1, 2), false),
    ];
    for (at, (looks, (confirmed, unconfirmed, unknown), is_confirmed)) in rows.into_iter().enumerate() {
        let observed = conclude(chain.hash(), 2, &looks);
        let agreement = found(&observed).confirmations;
        assert_eq!(
            agreement,
            Agreement {
                confirmed,
                unconfirmed,
                unknown,
                quorum: 2
            },
            "row {at}"
        );
        assert_eq!(agreement.is_confirmed(), is_confirmed, "row {at}");
        assert_eq!(is_settled(chain.hash(), 2, &looks), is_confirmed, "row {at}");
    }
}

#[test]
fn not_found_needs_a_quorum_and_no_witness() {
    let chain = chain();
    let judge = |looks: &[Look]| conclude(chain.hash(), 2, looks).observation;
    let down = |node| failing(node, RpcError::Unreachable);
    assert_eq!(
        judge(&[not_found("a"), not_found("b"), down("c")]),
        Observation::NotFound
    );
    assert!(matches!(
        judge(&[not_found("a"), not_found("b"), chain.honest("c", false)]),
        Observation::Found(_)
    ));
    for looks in [
        vec![not_found("a"), down("b"), down("c")],
        vec![down("a"), down("b"), down("c")],
        vec![],
    ] {
        let Observation::Unavailable { errors } = judge(&looks) else {
            panic!("{looks:?}")
        };
        assert_eq!(
            errors.len(),
            looks
                .iter()
                .filter(|look| look.block == Err(RpcError::Unreachable))
                .count()
        );
        assert!(!is_settled(chain.hash(), 2, &looks));
    }
}

#[test]
fn a_time_counts_when_as_many_nodes_as_the_quorum_had_seen_the_block_by_then() {
    let chain = chain();
    let at = |node, seconds, height| {
        bend(chain.honest(node, true), |info| {
            (info.local_timestamp, info.height) = (seconds, height);
        })
    };
    let looks = [at("a", 0, 7), at("b", 500, 5), at("c", 400, 6)];
    for (quorum, seen_at) in [(1, Some(400)), (2, Some(500)), (3, None)] {
        let observed = conclude(chain.hash(), quorum, &looks);
        assert_eq!(
            (found(&observed).seen_by_quorum_at, found(&observed).height),
            (seen_at, 5)
        );
    }
}
