//! Who may hold a VTXO, and when: each change from each state, in a table.

use nanoark_domain::ceremony::{HoldChange, HoldState, Session};
use nanoark_domain::time::{Seconds, Timestamp};

use super::world::{T0, World, outpoint, release};
use crate::{ChangeRefusal, CommitError, Hold};

/// When leases that are over were over, and how long others last.
const OVER: Timestamp = Timestamp::from_millis(T0.as_millis() + 1);
const LATER: Timestamp = Timestamp::from_millis(T0.as_millis() + 60_000);
/// The time of the change under test: the very end of the first.
const NOW: Timestamp = OVER;

fn reserve(number: u8, lease_until: Timestamp) -> HoldChange {
    HoldChange::Reserve {
        outpoint: outpoint(number),
        lease_until,
    }
}

fn submit(number: u8) -> HoldChange {
    HoldChange::Submit {
        outpoint: outpoint(number),
    }
}

fn spend(number: u8) -> HoldChange {
    HoldChange::Spend {
        outpoint: outpoint(number),
    }
}

async fn hold_on(world: &World, number: u8) -> Option<Hold> {
    let holds = world.store.holds_on(&[outpoint(number)]).await.unwrap();
    holds.get(&outpoint(number)).copied()
}

/// How a VTXO is held before the change under test.
#[derive(Debug, Clone, Copy)]
enum Before {
    Free,
    /// Was held, and given back.
    Freed,
    Reserved(Timestamp),
    Submitted,
    Spent,
}

async fn bring_about(world: &World, before: Before, holder: &mut Session) {
    let changes = match before {
        Before::Free => vec![],
        Before::Freed => vec![reserve(1, LATER), release(1)],
        Before::Reserved(until) => vec![reserve(1, until)],
        Before::Submitted => vec![reserve(1, LATER), submit(1)],
        Before::Spent => vec![reserve(1, LATER), submit(1), spend(1)],
    };
    for change in changes {
        world.hold(holder, T0, vec![change]).await.unwrap();
    }
}

/// What comes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// The session under test holds it like this.
    Mine(HoldState),
    /// Nobody holds it.
    Nobodys,
    /// The other session goes on holding it, and the session changes.
    Theirs,
    /// Nothing is written.
    Refused,
}

#[tokio::test]
async fn each_change_from_each_state() {
    use After::{Mine, Nobodys, Refused, Theirs};
    use Before::{Free, Freed, Reserved as ReservedUntil, Spent as WasSpent, Submitted as WasSubmitted};
    use HoldState::{Reserved, Spent, Submitted};
    // Before; whether the session under test holds it; what comes of reserve, submit, spend, release.
    let table = [
        (Free, true, [Mine(Reserved), Refused, Refused, Nobodys]),
        (Freed, true, [Mine(Reserved), Refused, Refused, Nobodys]),
        (Freed, false, [Mine(Reserved), Refused, Refused, Nobodys]),
        (
            ReservedUntil(LATER),
            true,
            [Mine(Reserved), Mine(Submitted), Mine(Spent), Nobodys],
        ),
        (
            ReservedUntil(OVER),
            true,
            [Mine(Reserved), Mine(Submitted), Mine(Spent), Nobodys],
        ),
        (ReservedUntil(LATER), false, [Refused, Refused, Refused, Theirs]),
        (ReservedUntil(OVER), false, [Mine(Reserved), Refused, Refused, Theirs]),
        (WasSubmitted, true, [Refused, Mine(Submitted), Mine(Spent), Nobodys]),
        (WasSubmitted, false, [Refused, Refused, Refused, Theirs]),
        (WasSpent, true, [Refused, Refused, Mine(Spent), Nobodys]),
        (WasSpent, false, [Refused, Refused, Refused, Theirs]),
    ];
    for (before, mine, expected) in table {
        let changes = [reserve(1, LATER.plus(Seconds(9))), submit(1), spend(1), release(1)];
        for (change, expected) in changes.into_iter().zip(expected) {
            let case = format!("{before:?}, mine: {mine}, {change:?}");
            let world = World::new();
            let (mut me, mut other) = (world.opened(1, "mine").await, world.opened(2, "theirs").await);
            bring_about(&world, before, if mine { &mut me } else { &mut other }).await;
            let (held, written) = (hold_on(&world, 1).await, world.everything());
            world.operations();

            let bars = held.is_some_and(|hold| hold.bars(me.id, NOW));
            let changed = world.hold(&mut me, NOW, vec![change]).await;
            assert_eq!(world.operations(), ["TransactWriteItems"], "{case}");
            let now_held = hold_on(&world, 1).await;
            match expected {
                Refused => {
                    let Err(CommitError::Rejected(ChangeRefusal::Held(outpoints))) = changed else {
                        panic!("{case}: {changed:?}");
                    };
                    assert_eq!(outpoints, [outpoint(1)], "{case}");
                    assert_eq!(world.everything(), written, "{case}");
                }
                Mine(state) => {
                    changed.unwrap();
                    let hold = now_held.unwrap();
                    let until = (state == Reserved).then_some(LATER.plus(Seconds(9)));
                    assert_eq!(
                        (hold.holder, hold.state, hold.lease_until),
                        (me.id, state, until),
                        "{case}"
                    );
                }
                Nobodys => {
                    changed.unwrap();
                    assert_eq!(now_held, None, "{case}");
                }
                Theirs => {
                    changed.unwrap();
                    assert_eq!(now_held.map(|hold| hold.holder), Some(other.id), "{case}");
                    assert_eq!(now_held, held, "{case}");
                }
            }
            if let HoldChange::Reserve { .. } = change {
                assert_eq!(bars, expected == Refused, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_session_gets_all_its_vtxos_or_none() {
    let world = World::new();
    let (mut me, mut other) = (world.opened(1, "mine").await, world.opened(2, "theirs").await);
    world
        .hold(&mut other, T0, vec![reserve(2, LATER), reserve(4, LATER)])
        .await
        .unwrap();
    let written = world.everything();
    let wanted: Vec<_> = (1..=5).map(|number| reserve(number, LATER)).collect();
    let refused = world.hold(&mut me, T0, wanted).await;
    let Err(CommitError::Rejected(ChangeRefusal::Held(outpoints))) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(outpoints, [outpoint(2), outpoint(4)]);
    assert_eq!(world.everything(), written);
    assert_eq!(me.version, 1);
    // Without those it goes.
    let wanted = vec![reserve(1, LATER), reserve(3, LATER), reserve(5, LATER)];
    world.hold(&mut me, T0, wanted).await.unwrap();
    let all: Vec<_> = (1..=6).map(outpoint).collect();
    let holders: Vec<_> = world.store.holds_on(&all).await.unwrap().into_iter().collect();
    let expected = [(1, me.id), (2, other.id), (3, me.id), (4, other.id), (5, me.id)];
    assert_eq!(
        holders
            .iter()
            .map(|(outpoint, hold)| (*outpoint, hold.holder))
            .collect::<Vec<_>>(),
        expected.map(|(number, holder)| (outpoint(number), holder))
    );
}

#[tokio::test]
async fn giving_back_what_somebody_else_took_over_leaves_it_to_them_and_frees_the_rest() {
    let world = World::new();
    let (mut me, mut other) = (world.opened(1, "mine").await, world.opened(2, "theirs").await);
    world
        .hold(&mut me, T0, vec![reserve(1, OVER), reserve(2, OVER)])
        .await
        .unwrap();
    world
        .hold(&mut other, NOW, vec![reserve(1, LATER), submit(1)])
        .await
        .unwrap_err();
    world.hold(&mut other, NOW, vec![reserve(1, LATER)]).await.unwrap();
    world.hold(&mut other, NOW, vec![submit(1)]).await.unwrap();
    world.operations();
    world
        .hold(&mut me, NOW, vec![release(1), release(2), release(3)])
        .await
        .unwrap();
    assert_eq!(world.operations(), ["TransactWriteItems"]);
    let held = hold_on(&world, 1).await.unwrap();
    assert_eq!((held.holder, held.state), (other.id, HoldState::Submitted));
    assert_eq!((hold_on(&world, 2).await, hold_on(&world, 3).await), (None, None));
}

#[tokio::test]
async fn the_fence_grows_with_every_taking() {
    let world = World::new();
    let (mut me, mut other) = (world.opened(1, "mine").await, world.opened(2, "theirs").await);
    let mut fences = Vec::new();
    for _ in 0..2 {
        world.hold(&mut me, T0, vec![reserve(1, OVER)]).await.unwrap();
        fences.push(hold_on(&world, 1).await.unwrap().fence);
        world.hold(&mut other, NOW, vec![reserve(1, LATER)]).await.unwrap();
        fences.push(hold_on(&world, 1).await.unwrap().fence);
        world.hold(&mut other, NOW, vec![submit(1)]).await.unwrap();
        fences.push(hold_on(&world, 1).await.unwrap().fence);
        world.hold(&mut other, NOW, vec![release(1)]).await.unwrap();
    }
    assert_eq!(fences, [1, 2, 2, 3, 4, 4]);
}

#[tokio::test]
async fn an_item_expires_only_when_nobody_needs_it() {
    let world = World::new();
    let mut me = world.opened(1, "mine").await;
    let month = 30 * 86_400;
    let expected = [
        (reserve(1, LATER), Some(LATER.as_seconds() + month)),
        (submit(1), None),
        (spend(1), Some(NOW.as_seconds() + month)),
    ];
    for (change, expires_at) in expected {
        world.hold(&mut me, NOW, vec![change]).await.unwrap();
        let written = &world.everything()["vtxos"][0];
        let found = written["expires_at"]["N"]
            .as_str()
            .map(|number| number.parse().unwrap());
        assert_eq!(found, expires_at, "{change:?}");
    }
}
