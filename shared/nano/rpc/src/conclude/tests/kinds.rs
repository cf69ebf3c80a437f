//! Blocks that are no sends, legacy blocks, and blocks whose predecessor is gone or old.

use super::*;

#[test]
fn a_block_that_is_no_send_is_said_to_be_what_it_is() {
    let chain = chain();
    let mut epoch = [0; 32];
    epoch[..14].copy_from_slice(b"epoch v2 block");
    let some = BlockHash::from_bytes([5; 32]);
    let rows = [
        (chain.next(BEFORE + 1, some.into()), Ok(NotASend::Receive)),
        (chain.next(BEFORE, Link::ZERO), Ok(NotASend::Change)),
        (chain.next(BEFORE, Link::from_bytes(epoch)), Ok(NotASend::Epoch)),
        (chain.previous.clone(), Ok(NotASend::Open)),
        (chain.next(BEFORE, some.into()), Err(NoSubtype::LinkWithoutAmount)),
    ];
    for (signed, expected) in rows {
        let hash = signed.block.hash();
        let look = bend(chain.honest("a", false), |info| info.contents = Contents::State(signed));
        // A node's own word for it is not asked: one that proves its block is enough, confirmed or not.
        let expected = match expected {
            Ok(kind) => Observation::NotASend(kind),
            Err(why) => Observation::Unverifiable(Unverifiable::Impossible(why)),
        };
        assert_eq!(
            conclude(hash, 2, &[look, not_found("b"), not_found("c")]).observation,
            expected
        );
    }
}

#[test]
fn legacy_blocks_are_recognised_by_their_hash_and_no_payment() {
    let (previous, source) = (BlockHash::from_bytes([1; 32]), BlockHash::from_bytes([2; 32]));
    let (account, representative) = (Account::BURN, Account::BURN);
    let send = LegacyBlock::Send {
        previous,
        destination: account,
        balance: RawAmount::from_raw(7),
    };
    let rows = [
        (send.clone(), NotASend::LegacySend),
        (LegacyBlock::Receive { previous, source }, NotASend::LegacyOther),
        (
            LegacyBlock::Open {
                source,
                representative,
                account,
            },
            NotASend::LegacyOther,
        ),
        (
            LegacyBlock::Change {
                previous,
                representative,
            },
            NotASend::LegacyOther,
        ),
    ];
    for (legacy, expected) in rows {
        let look = |node: &str| Look {
            node: node.to_owned(),
            block: Ok(info(Contents::Legacy(legacy.clone()), None, true)),
            previous: None,
        };
        let judge = |hash, looks: &[Look]| conclude(hash, 2, looks).observation;
        assert_eq!(
            judge(legacy.hash(), &[look("a"), not_found("b")]),
            Observation::NotASend(expected)
        );
        let lie = judge(source, &[look("a"), look("b")]);
        assert_eq!(
            lie,
            Observation::Unverifiable(Unverifiable::HashMismatch),
            "a claim to be legacy proves nothing"
        );
    }
}

#[test]
fn a_block_of_an_unknown_type_needs_a_quorum_of_nodes_to_be_believed() {
    let chain = chain();
    let future = |node| {
        bend(chain.honest(node, true), |info| {
            info.contents = Contents::UnknownType("v3".to_owned());
        })
    };
    let judge = |looks: &[Look]| conclude(chain.hash(), 2, looks).observation;
    assert_eq!(
        judge(&[future("a"), future("b")]),
        Observation::NotASend(NotASend::UnknownType)
    );
    assert_eq!(
        judge(&[future("a"), not_found("b")]),
        Observation::Unavailable { errors: vec![] }
    );
    assert!(matches!(
        judge(&[future("a"), future("b"), chain.honest("c", true)]),
        Observation::Found(_)
    ));
}

#[test]
fn without_the_previous_block_there_is_no_amount() {
    let chain = chain();
    let missing = || Err(RpcError::Node(NodeError::BlockNotFound));
    let judge = |looks: &[Look]| conclude(chain.hash(), 1, looks).observation;
    let gone = |node| bend_previous(chain.honest(node, true), missing());
    let pruned = |node| bend(gone(node), |info| info.amount = None);
    assert_eq!(
        judge(&[pruned("a"), pruned("b")]),
        Observation::Unverifiable(Unverifiable::PreviousPruned)
    );
    assert_eq!(
        judge(&[gone("a"), pruned("b")]),
        Observation::Unverifiable(Unverifiable::PreviousMissing)
    );
    let slow = bend_previous(chain.honest("a", true), Err(RpcError::Timeout));
    let Observation::Unavailable { errors } = judge(std::slice::from_ref(&slow)) else {
        panic!()
    };
    assert_eq!((errors.len(), errors[0].node.as_str()), (1, "a"));
    // One node that still has it is enough for all, and the others keep their vote.
    let observed = conclude(chain.hash(), 3, &[pruned("a"), slow, chain.honest("c", true)]);
    assert!(found(&observed).confirmations.is_confirmed());
}

/// An account may have its last legacy block right before the payment, as the `dev` genesis account does.
#[test]
fn after_a_legacy_block_the_balance_is_proved_or_vouched_for_by_a_quorum() {
    let chain = chain();
    let account = chain.key.public();
    let (previous, source) = (BlockHash::from_bytes([1; 32]), BlockHash::from_bytes([2; 32]));
    let raw = RawAmount::from_raw;
    let open = LegacyBlock::Open {
        source,
        representative: account,
        account,
    };
    let send = LegacyBlock::Send {
        previous,
        destination: account,
        balance: raw(BEFORE),
    };
    let on_top = |legacy: &LegacyBlock| {
        StateBlock {
            previous: legacy.hash(),
            ..chain.send.block.clone()
        }
        .sign(&chain.key, Work::from_nonce(0))
    };
    let look = |node: &str, legacy: &LegacyBlock, stated: Option<u128>| {
        let before = BlockInfo {
            balance: stated.map(raw),
            ..info(Contents::Legacy(legacy.clone()), None, true)
        };
        let block = Ok(info(Contents::State(on_top(legacy)), None, true));
        Look {
            node: node.to_owned(),
            block,
            previous: Some(Ok(before)),
        }
    };
    let judge = |legacy: &LegacyBlock, stated: &[Option<u128>]| {
        let names = ["a", "b", "c"].into_iter();
        let looks: Vec<Look> = names
            .zip(stated)
            .map(|(node, stated)| look(node, legacy, *stated))
            .collect();
        conclude(on_top(legacy).block.hash(), 2, &looks)
    };
    let by_hash = judge(&send, &[Some(99), None]);
    assert_eq!(
        found(&by_hash).amount,
        raw(AMOUNT),
        "the hash of a legacy send covers its balance"
    );
    for stated in [
        vec![Some(BEFORE), Some(BEFORE)],
        vec![Some(BEFORE), Some(BEFORE), Some(99)],
    ] {
        assert_eq!(found(&judge(&open, &stated)).amount, raw(AMOUNT), "{stated:?}");
    }
    let unproved = Observation::Unverifiable(Unverifiable::PreviousBalanceUnproved);
    assert_eq!(judge(&open, &[Some(BEFORE)]).observation, unproved);
    assert_eq!(judge(&open, &[Some(BEFORE), None]).observation, unproved);
    let dispute = Observation::Disagreement(Dispute::PreviousBalance(vec![raw(BEFORE), raw(99)]));
    assert_eq!(judge(&open, &[Some(99), Some(BEFORE)]).observation, dispute);
}
