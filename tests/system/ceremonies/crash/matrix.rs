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

/// So many calls like this one go wrong, once so many of them have gone well.
fn after(well: usize, strike: Strike, times: usize, effect: Effect) -> impl FnMut(usize, &Effect) -> Strike + Send {
    let (mut well, mut left) = (well, times);
    move |_, call| {
        if *call != effect {
            return Strike::Nothing;
        }
        if well > 0 {
            well -= 1;
            return Strike::Nothing;
        }
        if left > 0 {
            left -= 1;
            return strike;
        }
        Strike::Nothing
    }
}

/// What came of cases of the matrix.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) kills: usize,
    pub(crate) wrongs: usize,
    pub(crate) inputs: usize,
}

impl Figures {
    pub(crate) fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.wrongs += other.wrongs;
        self.inputs += other.inputs;
    }
}

/// One thing that goes wrong at one call of an action.
pub(crate) struct Case {
    effect: Effect,
    /// How many calls of the same kind come before. Other calls do not count: how often a change is handed on that gets
    /// lost depends on the clock.
    well: usize,
    strike: Strike,
    times: usize,
}

/// Every case of an action: it is carried out once, and each of its calls is one that may go wrong.
pub(crate) async fn cases(act: &Act, variant: Variant) -> Vec<Case> {
    let scene = Scene::new().await;
    let (stage, _, effects) = play(&scene, act, variant, 1, |_, _| Strike::Nothing).await;
    assert_eq!(stage, Stage::Finalized);
    println!("{} {variant:?}: {} effects", act.name, effects.len());
    let mut cases = Vec::new();
    for (target, effect) in effects.iter().enumerate() {
        if variant.loses(effect) {
            continue;
        }
        let well = effects[..target].iter().filter(|before| *before == effect).count();
        let killed = [(Strike::KilledBefore, 1), (Strike::KilledAfter, 1)];
        for (strike, times) in killed.into_iter().chain(wrongs(effect)) {
            let effect = effect.clone();
            cases.push(Case {
                effect,
                well,
                strike,
                times,
            });
        }
    }
    cases
}

/// Plays these cases of an action, one after the other in one scene.
pub(crate) async fn matrix(act: &Act, variant: Variant, cases: &[Case]) -> Figures {
    let scene = Scene::new().await;
    let mut figures = Figures::default();
    for (number, case) in (1..).zip(cases) {
        let Case {
            ref effect,
            well,
            strike,
            times,
        } = *case;
        let name = format!(
            "{} {variant:?}: {strike:?} × {times} after {well} of {effect}",
            act.name
        );
        let _trying = Trying(&name);
        let going_wrong = after(well, strike, times, effect.clone());
        let (stage, struck, _) = play(&scene, act, variant, number, going_wrong).await;
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
