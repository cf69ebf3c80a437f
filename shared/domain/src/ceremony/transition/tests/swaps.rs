//! Swaps of two to five parties, in any order, with everything said twice; and whatever happens to a session at random.

use std::collections::BTreeMap;

use bitcoin::OutPoint;
use nanoark_ark_verifier::challenge::Step;
use proptest::prelude::*;

use super::{
    BEGIN, Happening, answer, asked, at_stage_of, changed, coins, joined, keys, operator_signed, plan, ring, soon,
    unsigned,
};
use crate::ceremony::{HoldChange, HoldState, Progress, Received, Session, Stage};
use crate::time::Seconds;

/// Who holds what, as the store would have it: a change that does not fit panics.
#[derive(Default)]
struct Holds(BTreeMap<OutPoint, HoldState>);

impl Holds {
    fn apply(&mut self, changes: &[HoldChange]) {
        for change in changes {
            let outpoint = change.outpoint();
            let before = self.0.get(&outpoint).copied();
            match change {
                HoldChange::Reserve { .. } => {
                    assert_eq!(before, None);
                    self.0.insert(outpoint, HoldState::Reserved);
                }
                HoldChange::Submit { .. } => {
                    assert_eq!(before, Some(HoldState::Reserved));
                    self.0.insert(outpoint, HoldState::Submitted);
                }
                HoldChange::Spend { .. } => {
                    assert_eq!(before, Some(HoldState::Submitted));
                    self.0.insert(outpoint, HoldState::Spent);
                }
                HoldChange::Release { .. } => {
                    assert!(matches!(before, Some(HoldState::Reserved | HoldState::Submitted)));
                    self.0.remove(&outpoint);
                }
            }
        }
    }

    /// What all of a session's coins must be, at a stage.
    fn at(stage: Stage) -> Option<HoldState> {
        match stage {
            Stage::Gathering | Stage::Accepted | Stage::Failed => None,
            Stage::Challenged => Some(HoldState::Reserved),
            Stage::Signed | Stage::Submitted | Stage::Countersigned => Some(HoldState::Submitted),
            Stage::Finalized => Some(HoldState::Spent),
        }
    }

    fn assert_fit(&self, session: &Session) {
        let wanted = Self::at(session.progress.stage());
        for outpoint in coins(session.parties.len()) {
            assert_eq!(self.0.get(&outpoint).copied(), wanted, "{:?}", session.progress.stage());
        }
    }
}

/// Numbers of parties in three orders: of joining, of the first answer, of the second.
fn orders() -> impl Strategy<Value = [Vec<usize>; 3]> {
    (2_usize..=5).prop_flat_map(|parties| {
        let shuffled = || Just((0..parties).collect::<Vec<_>>()).prop_shuffle();
        [shuffled(), shuffled(), shuffled()]
    })
}

/// All parties answer in this order, each twice: only the last one carries the session on.
fn all_answer(mut session: Session, order: &[usize], step: Step, holds: &mut Holds) -> Session {
    let waiting = session.progress.stage();
    for (number, party) in (1..).zip(order) {
        assert_eq!(session.progress.stage(), waiting);
        let (author, given) = (session.parties[*party].nostr, answer(&session, *party, step));
        let transition = changed(session.answer(&author, given.clone(), soon()));
        holds.apply(&transition.holds);
        assert_eq!(
            transition.holds.is_empty(),
            number < order.len() || step == Step::Checkpoints
        );
        session = transition.session;
        assert_eq!(session.answer(&author, given, soon()), Ok(Received::Before));
    }
    assert_ne!(session.progress.stage(), waiting);
    session
}

proptest! {
    #[test]
    fn parties_join_and_answer_in_any_order([joining, first, second] in orders()) {
        let parties = joining.len();
        let (all, order) = (keys(parties), ring(parties));
        let opener = joining[0];
        let mut holds = Holds::default();
        let mut session = Session::open(all[opener], joined(opener, order.clone()), &all, BEGIN);
        for party in &joining[1..] {
            prop_assert_eq!(session.progress.clone(), Progress::Gathering);
            prop_assert_eq!(Session::id_for(&all[*party], &order), session.id);
            let intent = joined(*party, order.clone());
            session = changed(session.join(&all[*party], intent.clone(), soon())).session;
            prop_assert_eq!(session.join(&all[*party], intent, soon()), Ok(Received::Before));
        }
        prop_assert_eq!(session.progress.clone(), Progress::Accepted);
        // The packet names the intents in party order, whoever came first.
        let events: Vec<_> = (0..parties).map(|party| joined(party, order.clone()).event).collect();
        prop_assert_eq!(session.intent_events(), events);

        let asks = asked(parties, Step::ArkTransaction);
        let transition = session.challenge(plan(parties), unsigned(), asks, Vec::new(), soon()).unwrap();
        holds.apply(&transition.holds);
        let session = all_answer(transition.session, &first, Step::ArkTransaction, &mut holds);
        holds.assert_fit(&session);
        let asks = asked(parties, Step::Checkpoints);
        let session = session.submitted(operator_signed(), asks, Vec::new(), soon()).unwrap().session;
        let session = all_answer(session, &second, Step::Checkpoints, &mut holds);
        let receipt = session.receipt(soon()).unwrap();
        let transition = session.finalized(receipt, Vec::new(), soon()).unwrap();
        holds.apply(&transition.holds);
        holds.assert_fit(&transition.session);
        prop_assert_eq!(transition.closed_for, all);
        // One write for every intent and answer, and for each of the three steps that are the gateway's.
        prop_assert_eq!(transition.session.version, u64::try_from(3 * parties + 3).unwrap());
        // Whoever came in which order: the record says the same, but for the times.
        prop_assert_eq!(&transition.session.parties, &at_stage_of(parties, Stage::Finalized).parties);
    }

    #[test]
    fn whatever_happens_the_stages_go_forward_and_the_holds_fit(
        parties in 2_usize..=5,
        stage in 0_usize..6,
        happenings in prop::collection::vec((prop::sample::select(&Happening::ALL[..]), 0_u32..300), 1..40),
    ) {
        let mut session = at_stage_of(parties, Stage::ALL[stage]);
        let mut holds = Holds::default();
        if let Some(state) = Holds::at(session.progress.stage()) {
            holds.0 = coins(parties).into_iter().map(|outpoint| (outpoint, state)).collect();
        }
        let mut now = soon();
        for (happening, pause) in happenings {
            now = now.plus(Seconds(pause));
            let Ok(Some(transition)) = happening.happens(&session, now) else { continue };
            let (from, to) = (session.progress.stage(), transition.session.progress.stage());
            prop_assert!(from <= to, "{from:?} to {to:?} by {happening:?}");
            prop_assert!(!from.is_over());
            prop_assert_eq!(transition.session.version, session.version + 1);
            prop_assert!(transition.session.expires_at <= session.expires_at);
            holds.apply(&transition.holds);
            session = transition.session;
            holds.assert_fit(&session);
        }
    }
}
