//! What must hold at every moment, and what must be true in the end.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::consensus::serialize;
use bitcoin::{OutPoint, Txid};
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::hash::EventId;
use nanoark_domain::ceremony::{HoldState, Progress, Session, Stage};
use nanoark_nostr::{GatewayKind, SignedEvent};
use nanoark_testkit::arkd::{FinalTransaction, Submissions};

use super::orders::Ordered;
use super::player::Player;
use super::scene::Scene;

/// What is remembered of sessions between two looks.
#[derive(Default)]
pub(crate) struct Watch {
    seen: BTreeMap<SessionId, Session>,
    /// Every event of the gateway's that was published, by its id.
    published: BTreeMap<EventId, SignedEvent>,
}

/// What there was before the orders were given.
pub(crate) struct Before {
    total: u64,
    earned: u64,
    balances: Vec<(i64, i64)>,
}

/// How the sessions ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) finalized: usize,
    pub(crate) failed: usize,
    /// Never taken by the gateway: every try was lost, refused, or too late.
    pub(crate) never: usize,
    /// Finished by their wallets at the operator, without the gateway.
    pub(crate) alone: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.finalized += other.finalized;
        self.failed += other.failed;
        self.never += other.never;
        self.alone += other.alone;
    }
}

/// What a session's transaction spends, while it may be on its way or will be.
fn holding(session: &Session) -> Vec<OutPoint> {
    match &session.progress {
        Progress::Challenged(challenged) | Progress::Signed(challenged) => challenged.plan.outpoints().collect(),
        Progress::Submitted(submitted) | Progress::Countersigned(submitted) => {
            submitted.first.plan.outpoints().collect()
        }
        Progress::Gathering | Progress::Accepted | Progress::Finalized(_) | Progress::Failed(_) => Vec::new(),
    }
}

impl Watch {
    pub(crate) fn stage(&self, id: SessionId) -> Option<Stage> {
        self.seen.get(&id).map(|session| session.progress.stage())
    }

    pub(crate) fn session(&self, id: SessionId) -> Option<&Session> {
        self.seen.get(&id)
    }

    /// Whether a failure was published that is about this event.
    fn is_called_a_failure(&self, id: EventId) -> bool {
        let mut failures = self
            .published
            .values()
            .filter(|event| event.kind() == GatewayKind::Failure.number());
        failures.any(|event| event.refers_to().any(|about| about == id))
    }

    /// Looks at every session, and at what was published.
    pub(crate) async fn look(&mut self, scene: &Scene, orders: &[Ordered]) {
        let now = scene.house.now();
        let mut held: BTreeMap<OutPoint, SessionId> = BTreeMap::new();
        for order in orders {
            let Some(session) = scene.store.session(order.id).await.unwrap() else {
                assert!(!self.seen.contains_key(&order.id), "{} is gone", order.id);
                continue;
            };
            if let Some(before) = self.seen.get(&order.id) {
                follows(before, &session);
            }
            tells_once(&session);
            let lapsed = session.progress.stage() == Stage::Challenged && now >= session.expires_at;
            for outpoint in holding(&session).into_iter().filter(|_| !lapsed) {
                let other = held.insert(outpoint, session.id);
                assert_eq!(other, None, "{outpoint} is held by two: {}", session.id);
            }
            self.seen.insert(order.id, session);
        }
        let holds = scene
            .store
            .holds_on(&held.keys().copied().collect::<Vec<_>>())
            .await
            .unwrap();
        for (outpoint, session) in &held {
            let holder = holds.get(outpoint).map(|hold| hold.holder);
            assert_eq!(holder, Some(*session), "{outpoint} is not on record as held");
        }
        for event in scene.board.take_published() {
            let before = self.published.entry(event.id()).or_insert_with(|| event.clone());
            assert_eq!(before.json(), event.json(), "one event, two texts");
        }
    }
}

/// A session only ever goes on: what was told stays told.
fn follows(before: &Session, after: &Session) {
    let id = after.id;
    assert!(after.version >= before.version, "{id} went back");
    assert!(
        after.version > before.version || after == before,
        "{id} changed without a new version"
    );
    assert!(
        after.outbox.starts_with(&before.outbox),
        "{id} told something else before"
    );
    assert!(after.timings.starts_with(&before.timings), "{id} has another past");
    let (now, then) = (after.progress.ark_txid(), before.progress.ark_txid());
    assert!(
        then.is_none() || now == then || after.progress.stage() == Stage::Failed,
        "{id} is about another transaction"
    );
}

/// No event twice, and no step asked by two different challenges.
fn tells_once(session: &Session) {
    let ids: BTreeSet<_> = session.outbox.iter().map(|outgoing| outgoing.id).collect();
    assert_eq!(ids.len(), session.outbox.len(), "{}: an event twice", session.id);
    let asks_again = session.progress.stage() >= Stage::Submitted && session.progress.stage() != Stage::Failed;
    for party in &session.parties {
        let asked = session
            .outbox
            .iter()
            .filter(|outgoing| outgoing.kind == GatewayKind::Challenge.number() && outgoing.to == Some(party.nostr));
        let count = asked.count();
        assert!(
            count <= 1 + usize::from(asks_again),
            "{}: asked {count} times",
            session.id
        );
    }
    let stages: Vec<Stage> = session.timings.iter().map(|timing| timing.stage).collect();
    assert!(stages.is_sorted(), "{}: {stages:?}", session.id);
}

/// Unspent satoshi and units of a player's.
fn balance(scene: &Scene, player: &Player<'_>) -> (i64, i64) {
    let script = player.script();
    let mut sums = (0_i64, 0_i64);
    for vtxo in scene.house.arkd.vtxos() {
        if vtxo.script == script && vtxo.spent_by.is_none() {
            sums.0 += i64::try_from(vtxo.amount.to_sat()).unwrap();
            for (_, units) in &vtxo.assets {
                sums.1 += i64::try_from(*units).unwrap();
            }
        }
    }
    sums
}

impl Before {
    pub(crate) fn of(scene: &Scene, players: &[Player<'_>]) -> Self {
        Self {
            total: scene.house.arkd.total_unspent().to_sat(),
            earned: scene.earned().to_sat(),
            balances: players.iter().map(|player| balance(scene, player)).collect(),
        }
    }

    /// What is true once nothing happens any more: all sessions are over.
    pub(crate) async fn judge(
        &self,
        scene: &Scene,
        watch: &Watch,
        players: &[Player<'_>],
        orders: &[Ordered],
    ) -> Tally {
        let arkd = &scene.house.arkd;
        assert_eq!(arkd.total_unspent().to_sat(), self.total, "value is conserved");
        assert_eq!(
            (arkd.pending(), arkd.stuck()),
            (Vec::new(), Vec::new()),
            "nothing is stuck"
        );
        let mut tally = Tally::default();
        let (mut expected, mut earned) = (self.balances.clone(), self.earned);
        let mut done: BTreeSet<Txid> = BTreeSet::new();
        for order in orders {
            match watch.session(order.id).map(|session| &session.progress) {
                None => tally.never += 1,
                Some(Progress::Failed(_)) => tally.failed += 1,
                Some(Progress::Finalized(receipt)) => {
                    tally.finalized += 1;
                    let once = Submissions {
                        submitted: 1,
                        finalized: 1,
                    };
                    assert_eq!(arkd.submissions(receipt.ark_txid), once, "{}: submitted once", order.id);
                    done.insert(receipt.ark_txid);
                    earned += order.fees();
                    for (place, intent) in &order.intents {
                        for id in players[*place].sent(order.id, intent) {
                            assert!(!watch.is_called_a_failure(id), "{}: a failure is told", order.id);
                        }
                    }
                    for (place, (satoshi, units)) in order.changes() {
                        expected[place].0 += satoshi;
                        expected[place].1 += units;
                    }
                }
                Some(other) => panic!("{} is {:?}, and stays so", order.id, other.stage()),
            }
        }
        for (place, player) in players.iter().enumerate() {
            let script = player.script();
            // What somebody took elsewhere, or what no session that is final has spent.
            for vtxo in arkd.vtxos().into_iter().filter(|vtxo| vtxo.script == script) {
                let Some(spent_by) = vtxo.ark_txid.filter(|txid| !done.contains(txid)) else {
                    continue;
                };
                assert_eq!(
                    arkd.submissions(spent_by),
                    Submissions::default(),
                    "a transaction of a session that is not final has spent {}",
                    vtxo.outpoint
                );
                expected[place].0 -= i64::try_from(vtxo.amount.to_sat()).unwrap();
                for (_, units) in &vtxo.assets {
                    expected[place].1 -= i64::try_from(*units).unwrap();
                }
            }
        }
        let balances: Vec<_> = players.iter().map(|player| balance(scene, player)).collect();
        assert_eq!(balances, expected, "what the final sessions say, to the satoshi");
        assert_eq!(scene.earned().to_sat(), earned, "the fees of the final sessions");
        self.nothing_is_left(scene, watch, players, orders).await;
        tally
    }

    async fn nothing_is_left(&self, scene: &Scene, watch: &Watch, players: &[Player<'_>], orders: &[Ordered]) {
        let scripts: Vec<_> = players.iter().map(Player::script).collect();
        let coins: Vec<OutPoint> = scene
            .house
            .arkd
            .vtxos()
            .into_iter()
            .filter(|vtxo| scripts.contains(&vtxo.script))
            .map(|vtxo| vtxo.outpoint)
            .collect();
        for (outpoint, hold) in scene.store.holds_on(&coins).await.unwrap() {
            let stage = watch.stage(hold.holder);
            assert_eq!(
                (hold.state, stage),
                (HoldState::Spent, Some(Stage::Finalized)),
                "{outpoint} is held by a session that is over"
            );
        }
        for player in players {
            let open = scene.store.open_sessions_of(&player.wallet.nostr()).await.unwrap();
            assert_eq!(open, Vec::new(), "sessions that are over are open");
        }
        for order in orders {
            if let Some(Progress::Finalized(receipt)) = watch.session(order.id).map(|session| &session.progress) {
                let stored = scene.store.receipt(receipt.ark_txid).await.unwrap();
                assert_eq!(stored.as_ref(), Some(&**receipt), "the receipt is on record");
            }
        }
    }
}

/// Bitcoin Core's engine takes every witness of every final transaction. How many inputs there were.
pub(crate) fn core_accepts(finished: &[FinalTransaction]) -> usize {
    let mut inputs = 0;
    for FinalTransaction { transaction, prevouts } in finished {
        let bytes = serialize(transaction);
        let spent: Vec<bitcoinconsensus::Utxo> = prevouts
            .iter()
            .map(|prevout| bitcoinconsensus::Utxo {
                script_pubkey: prevout.script_pubkey.as_bytes().as_ptr(),
                script_pubkey_len: prevout.script_pubkey.len().try_into().unwrap(),
                value: prevout.value.to_sat().try_into().unwrap(),
            })
            .collect();
        for (index, prevout) in prevouts.iter().enumerate() {
            let (script, amount) = (prevout.script_pubkey.as_bytes(), prevout.value.to_sat());
            bitcoinconsensus::verify(script, amount, &bytes, Some(&spent), index).unwrap();
        }
        inputs += prevouts.len();
    }
    inputs
}
