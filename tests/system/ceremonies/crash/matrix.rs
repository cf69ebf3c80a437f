//! Every action, with the process killed before and after every call that it makes of the world, and with every such call
//! going wrong in every way that it can.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nanoark_ark_verifier::challenge::Step;
use nanoark_domain::ceremony::Stage;
use nanoark_testkit::arkd::Fault as OperatorFault;
use nanoark_testkit::dynamodb::Fault as TableFault;

use super::effects::{Effect, Service, Strike};
use super::orders::{Ordered, Wish};
use super::player::{Heard, Player};
use super::scene::Scene;
use super::verdict::{Before, Watch, core_accepts};

/// An action with its players' coins.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) wish: Wish,
    /// Satoshi and units of each coin, by player.
    pub(crate) coins: Vec<Vec<(u64, u64)>>,
}

/// How an act is brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// Wallets speak HTTPS, and every change is queued by the stream.
    Plain,
    /// Wallets speak through a relay only.
    ByRelay,
    /// No step reaches its queue but by the sweep.
    BySweep,
}

impl Variant {
    fn loses(self, effect: &Effect) -> bool {
        self == Self::BySweep
            && effect.function == "relay-session-changes"
            && effect.what == "SendMessage ceremony-steps"
    }
}

/// Every type of action.
pub(crate) fn acts() -> Vec<Act> {
    let plain = |amounts: &[u64]| amounts.iter().map(|satoshi| (*satoshi, 0)).collect::<Vec<_>>();
    vec![
        Act {
            name: "transfer",
            wish: Wish::Transfer {
                from: 0,
                to: vec![(1, 50_000), (2, 20_000)],
            },
            coins: vec![plain(&[40_000, 30_000, 20_000]), Vec::new(), Vec::new()],
        },
        Act {
            name: "split",
            wish: Wish::Split {
                of: 0,
                amounts: vec![10_000, 20_000],
            },
            coins: vec![plain(&[50_000])],
        },
        Act {
            name: "consolidate",
            wish: Wish::Consolidate { of: 0 },
            coins: vec![plain(&[5_000, 6_000, 7_000])],
        },
        Act {
            name: "swap-of-two",
            wish: Wish::Swap {
                parties: vec![(0, 10_000), (1, 20_000)],
            },
            coins: vec![plain(&[15_000]), plain(&[15_000, 15_000])],
        },
        Act {
            name: "swap-of-three",
            wish: Wish::Swap {
                parties: vec![(0, 10_000), (1, 20_000), (2, 30_000)],
            },
            coins: vec![plain(&[15_000]), plain(&[25_000]), plain(&[35_000])],
        },
        Act {
            name: "asset-transfer",
            wish: Wish::Assets {
                from: 0,
                to: 1,
                satoshi: 1_000,
                units: 30,
            },
            coins: vec![vec![(10_000, 100), (20_000, 0)], Vec::new()],
        },
    ]
}

/// The players of an act, whose numbers nobody has had before.
pub(crate) fn players<'a>(scene: &'a Scene, act: &Act, first: u32) -> Vec<Player<'a>> {
    let players: Vec<Player<'_>> = (first..)
        .take(act.coins.len())
        .map(|number| scene.player(number))
        .collect();
    for (player, coins) in players.iter().zip(&act.coins) {
        for (satoshi, units) in coins {
            scene.fund(player, *satoshi, *units);
        }
    }
    players
}

/// Orders and signs until the session is over, whatever goes wrong. The clock moves only when nothing else helps.
pub(crate) async fn carry_out(
    scene: &Scene,
    players: &[Player<'_>],
    order: &Ordered,
    watch: &mut Watch,
    by_relay: bool,
) -> Stage {
    let mut is_taken = vec![false; order.intents.len()];
    for _ in 0..40 {
        let mut has_moved = false;
        for ((place, intent), is_taken) in order.intents.iter().zip(&mut is_taken) {
            let player = &players[*place];
            if !*is_taken {
                let heard = player.order(intent, by_relay).await;
                assert_ne!(heard, Heard::Refused, "the intent is good");
                *is_taken = by_relay || heard == Heard::Taken;
                has_moved |= heard == Heard::Taken;
            }
            scene.house.settle().await;
            let Some(view) = player.look(order.id).await else {
                continue;
            };
            for step in [Step::ArkTransaction, Step::Checkpoints] {
                has_moved |= player.act(&view, step, by_relay).await == Heard::Taken;
            }
            scene.house.settle().await;
        }
        watch.look(scene, std::slice::from_ref(order)).await;
        let stage = watch.stage(order.id);
        if let Some(stage) = stage.filter(|stage| stage.is_over() && is_taken.iter().all(|taken| *taken)) {
            return stage;
        }
        if !has_moved {
            scene.pass(61).await;
        }
    }
    panic!("it does not end: {:?}", watch.stage(order.id));
}

/// Plays an act once. What a judge does to it, and how it ended; whether the judge struck; the calls.
pub(crate) async fn play(
    scene: &Scene,
    act: &Act,
    variant: Variant,
    number: u32,
    judge: impl FnMut(usize, &Effect) -> Strike + Send + 'static,
) -> (Stage, usize, Vec<Effect>) {
    let struck = Arc::new(AtomicUsize::new(0));
    let (mut judge, strikes) = (judge, Arc::clone(&struck));
    let judge = move |number: usize, effect: &Effect| {
        if variant.loses(effect) {
            return Strike::Lost;
        }
        let strike = judge(number, effect);
        strikes.fetch_add(usize::from(strike != Strike::Nothing), Ordering::Relaxed);
        strike
    };
    // What the functions know of the operator is forgotten, and what is due has been done, so that every case begins
    // alike.
    scene.pass(61).await;
    let players = players(scene, act, number * 10);
    let before = Before::of(scene, &players);
    let name = format!("{}-{number}", act.name);
    let order = act
        .wish
        .order(&players, &name, 600, &scene.fee(), None, Some(scene.asset));
    let mut watch = Watch::default();
    scene.storm.effects.judge(judge);
    let stage = carry_out(scene, &players, &order, &mut watch, variant == Variant::ByRelay).await;
    let log = scene.storm.effects.log();
    scene.storm.effects.calm();
    // What was killed last comes back to its queue, and is done once more.
    for _ in 0..3 {
        scene.pass(181).await;
    }
    watch.look(scene, std::slice::from_ref(&order)).await;
    before
        .judge(scene, &watch, &players, std::slice::from_ref(&order))
        .await;
    (stage, struck.load(Ordering::Relaxed), log)
}

/// What can go wrong with a call, besides the process that makes it.
fn wrongs(effect: &Effect) -> Vec<(Strike, usize)> {
    let tables = |fault| Strike::Tables(fault);
    let operator = |fault| Strike::Operator(fault);
    match effect.service {
        // Three in a row are more than the SDK's patience.
        Service::Tables => vec![
            (Strike::Lost, 3),
            (Strike::AnswerLost, 1),
            (Strike::AnswerLost, 3),
            (tables(TableFault::Throttle), 3),
            (tables(TableFault::TransactionConflict), 1),
            (tables(TableFault::TransactionConflict), 3),
            (tables(TableFault::TransactionInProgress), 1),
            (tables(TableFault::InternalError), 3),
        ],
        Service::Queues => vec![(Strike::Lost, 3), (Strike::AnswerLost, 1), (Strike::AnswerLost, 3)],
        Service::Operator => {
            let mut wrongs = vec![
                (operator(OperatorFault::LostRequest), 1),
                (operator(OperatorFault::LostRequest), 2),
                (operator(OperatorFault::LostReplyAfterCommit), 1),
                (operator(OperatorFault::LostReplyAfterCommit), 2),
                (operator(OperatorFault::Stall), 1),
                (operator(OperatorFault::InternalError), 1),
                (operator(OperatorFault::InternalErrorAfterCommit), 1),
                (operator(OperatorFault::DigestChange), 1),
                (Strike::Late(0), 1),
                (Strike::Late(2), 1),
            ];
            if effect.what == "/v1/tx/submit" {
                wrongs.push((operator(OperatorFault::SpentElsewhereBefore), 1));
            }
            wrongs
        }
        Service::Relays => vec![(Strike::Lost, 1), (Strike::AnswerLost, 1)],
    }
}

/// The calls from this one on, as long as they are the same call, go wrong so many times.
fn from(target: usize, strike: Strike, times: usize, effect: Effect) -> impl FnMut(usize, &Effect) -> Strike + Send {
    let mut left = times;
    move |number, call| {
        if number >= target && left > 0 && *call == effect {
            left -= 1;
            strike
        } else {
            Strike::Nothing
        }
    }
}

/// What came of an action's matrix.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) effects: usize,
    pub(crate) kills: usize,
    pub(crate) wrongs: usize,
    pub(crate) inputs: usize,
}

/// The matrix of an action: every `stride`-th case of it.
pub(crate) async fn matrix(act: &Act, variant: Variant, stride: usize) -> Figures {
    let scene = Scene::new().await;
    let (stage, _, effects) = play(&scene, act, variant, 1, |_, _| Strike::Nothing).await;
    assert_eq!(stage, Stage::Finalized);
    let mut figures = Figures {
        effects: effects.len(),
        ..Figures::default()
    };
    let mut cases: Vec<(usize, Strike, usize)> = Vec::new();
    for (target, effect) in effects.iter().enumerate() {
        cases.push((target, Strike::KilledBefore, 1));
        cases.push((target, Strike::KilledAfter, 1));
        cases.extend(
            wrongs(effect)
                .into_iter()
                .map(|(strike, times)| (target, strike, times)),
        );
    }
    for (number, (target, strike, times)) in (2..).zip(cases.into_iter().step_by(stride)) {
        let effect = effects[target].clone();
        if variant.loses(&effect) {
            continue;
        }
        let case = format!(
            "{} {variant:?}: {strike:?} × {times} at call {target}, {effect}",
            act.name
        );
        let _trying = Trying(&case);
        let (stage, struck, _) = play(&scene, act, variant, number, from(target, strike, times, effect)).await;
        assert!(struck > 0, "there is no such call");
        let expected = if strike == Strike::Operator(OperatorFault::SpentElsewhereBefore) {
            Stage::Failed
        } else {
            Stage::Finalized
        };
        assert_eq!(stage, expected);
        match strike {
            Strike::KilledBefore | Strike::KilledAfter => figures.kills += 1,
            Strike::Nothing
            | Strike::Lost
            | Strike::AnswerLost
            | Strike::Tables(_)
            | Strike::Operator(_)
            | Strike::Late(_)
            | Strike::Meanwhile(_) => figures.wrongs += 1,
        }
    }
    figures.inputs = core_accepts(&scene.house.arkd.final_transactions());
    figures
}

/// Says which case it was that failed.
struct Trying<'a>(&'a str);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("fails: {}", self.0);
        }
    }
}
