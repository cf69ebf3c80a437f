//! Nodes that contradict the block's own bytes.

use super::*;

#[test]
fn a_liar_is_dropped_and_named_and_loses_its_vote() {
    let chain = chain();
    let other = chain.next(BEFORE - 1, chain.send.block.link);
    let forged = |look: Look| bend(look, |info| info.contents = Contents::State(other.clone()));
    let inflated = |look: Look| bend(look, |info| info.amount = Some(RawAmount::from_raw(AMOUNT + 1)));
    let unsigned = |look: Look| {
        let signature = Signature::from_bytes([0; 64]);
        bend(look, |info| {
            info.contents = Contents::State(SignedBlock {
                signature,
                ..chain.send.clone()
            });
        })
    };
    let false_previous = |look: Look| {
        let previous = info(Contents::State(chain.send.clone()), None, true);
        bend_previous(look, Ok(previous))
    };
    type Row<'a> = (&'a dyn Fn(Look) -> Look, Lie);
    let rows: [Row<'_>; 4] = [
        (&forged, Lie::HashMismatch),
        (&inflated, Lie::AmountMismatch),
        (&unsigned, Lie::BadSignature),
        (&false_previous, Lie::PreviousHashMismatch),
    ];
    for (lie, why) in rows {
        // Whatever the position of the liar, the two honest nodes decide.
        for position in 0..3 {
            let mut looks = ["a", "b", "c"].map(|node| chain.honest(node, true));
            looks[position] = lie(looks[position].clone());
            let observed = conclude(chain.hash(), 2, &looks);
            assert_eq!(found(&observed).amount, RawAmount::from_raw(AMOUNT));
            assert_eq!(found(&observed).confirmations.confirmed, 2);
            assert_eq!(refused(&observed), [(looks[position].node.as_str(), why)]);
        }
        // A liar and one honest node are no quorum of two.
        let looks = [lie(chain.honest("a", true)), chain.honest("b", true)];
        let observed = conclude(chain.hash(), 2, &looks);
        assert!(!found(&observed).confirmations.is_confirmed(), "{why:?}");
    }
}

#[test]
fn when_all_who_have_it_contradict_themselves_the_reason_is_named() {
    let chain = chain();
    let judge = |looks: &[Look]| conclude(chain.hash(), 1, looks).observation;
    let other = chain.next(BEFORE - 1, chain.send.block.link);
    let forged = bend(chain.honest("a", true), |info| info.contents = Contents::State(other));
    assert_eq!(
        judge(std::slice::from_ref(&forged)),
        Observation::Unverifiable(Unverifiable::HashMismatch)
    );
    let looks = [forged, not_found("b")];
    assert_eq!(
        judge(&looks),
        Observation::NotFound,
        "a liar cannot hide that a quorum does not know the block"
    );
    let inflated = bend(chain.honest("a", true), |info| {
        info.amount = Some(RawAmount::from_raw(4));
    });
    assert_eq!(
        judge(&[inflated]),
        Observation::Unverifiable(Unverifiable::AmountMismatch)
    );
}

/// A node takes signatures that we refuse (S + L): somebody's money may hang on it, so it is a case of its own.
#[test]
fn a_confirmed_block_whose_signature_does_not_verify_is_loud() {
    let chain = chain();
    let signature = Signature::from_bytes([7; 64]);
    let unsigned = |node| {
        let signed = SignedBlock {
            signature,
            ..chain.send.clone()
        };
        bend(chain.honest(node, true), |info| info.contents = Contents::State(signed))
    };
    let observed = conclude(chain.hash(), 2, &[unsigned("a"), unsigned("b"), not_found("c")]);
    let Observation::Unverifiable(Unverifiable::BadSignature(evidence)) = &observed.observation else {
        panic!("{observed:?}")
    };
    assert!(evidence.confirmations.is_confirmed());
    assert_eq!((evidence.payer, evidence.amount.raw()), (chain.key.public(), AMOUNT));
    assert_eq!(observed.refused, [], "nobody lied");
    assert!(
        !is_settled(chain.hash(), 2, &[unsigned("a"), unsigned("b")]),
        "a node with a good signature may follow"
    );
}
