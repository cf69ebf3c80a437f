//! Several wallets with several sessions at once, and everything that can go wrong. All of it follows from the seed.

use bitcoin::OutPoint;
use nanoark_ark_verifier::challenge::Step;
use nanoark_domain::ceremony::Stage;

use super::orders::{Ordered, Wish};
use super::player::{Heard, Player, finish_alone};
use super::scene::Scene;
use super::verdict::{Before, Tally, Watch};
use super::weather::Weather;
use crate::dice::Dice;

/// The most wallets of a seed.
const MOST_PLAYERS: usize = 5;

/// How a wallet behaves in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Faithful,
    /// It orders, and never signs.
    SilentAtFirst,
    /// It signs the ark transaction, and never its checkpoints.
    SilentAtSecond,
    /// The same, and all parties finish the session at the operator while the gateway is at it.
    Alone,
    /// It ends the session when it can.
    Fickle,
}

/// A session that is ordered, with the manners of its parties.
struct Running {
    manners: Vec<Manner>,
    is_taken: Vec<bool>,
}

/// One seed under way.
struct Game<'a> {
    scene: &'a Scene,
    dice: Dice,
    weather: Weather,
    players: Vec<Player<'a>>,
    orders: Vec<Ordered>,
    running: Vec<Running>,
    watch: Watch,
    /// How many sessions the wallets finished by themselves.
    alone: usize,
}

/// Plays a seed among others in the same house. `place` is its number there.
pub(crate) async fn play(scene: &Scene, seed: u64, place: u32) -> (Tally, usize) {
    scene.pass(61).await;
    let mut dice = Dice::seeded(seed);
    let weather = Weather::of(&mut dice);
    let count = 2 + dice.roll(MOST_PLAYERS - 1);
    let first = place * MOST_PLAYERS as u32;
    let players: Vec<Player<'_>> = (first..).take(count).map(|number| scene.player(number)).collect();
    for player in &players {
        for _ in 0..=dice.roll(4) {
            let units = if dice.roll(3) == 0 {
                1 + dice.roll(100) as u64
            } else {
                0
            };
            scene.fund(player, 2_000 + dice.roll(40_000) as u64, units);
        }
    }
    let before = Before::of(scene, &players);
    let mut game = Game {
        scene,
        dice,
        weather,
        players,
        orders: Vec::new(),
        running: Vec::new(),
        watch: Watch::default(),
        alone: 0,
    };
    game.order(seed);
    scene.storm.effects.judge(weather.judge(seed ^ 0x5eed));
    scene.storm.courier(Some(weather.courier(seed ^ 0xca11)));
    game.storm().await;
    let struck = scene.storm.effects.calm();
    scene.storm.courier(None);
    game.clear_up().await;
    game.wait_for_expiry().await;
    game.finish_what_is_left().await;
    let tally = before.judge(scene, &game.watch, &game.players, &game.orders).await;
    let alone = game.alone;
    (Tally { alone, ..tally }, struck)
}

impl Game<'_> {
    /// Thinks of some orders, of which several may be about the same coins.
    fn order(&mut self, seed: u64) {
        let fee = self.scene.fee();
        for number in 0..=self.dice.roll(4) {
            let wish = self.wish();
            let inputs = self.inputs(&wish);
            let seconds = 120 + self.dice.roll(600) as u64;
            let name = format!("seed-{seed}-{number}");
            let order = wish.order(&self.players, &name, seconds, &fee, inputs, Some(self.scene.asset));
            let manners: Vec<Manner> = order.intents.iter().map(|_| self.manner()).collect();
            self.running.push(Running {
                is_taken: vec![false; manners.len()],
                manners,
            });
            self.orders.push(order);
        }
    }

    fn manner(&mut self) -> Manner {
        match self.dice.roll(20) {
            0 => Manner::SilentAtFirst,
            1 | 2 => Manner::SilentAtSecond,
            3 | 4 => Manner::Alone,
            5 => Manner::Fickle,
            _ => Manner::Faithful,
        }
    }

    fn wish(&mut self) -> Wish {
        let count = self.players.len();
        let dice = &mut self.dice;
        let mut satoshi = |most: usize| 400 + dice.roll(most) as u64;
        let (little, much, more) = (satoshi(3_000), satoshi(15_000), satoshi(10_000));
        let from = self.dice.roll(count);
        let next = |step: usize| (from + step) % count;
        match self.dice.roll(6) {
            0 | 1 => Wish::Transfer {
                from,
                to: vec![(next(1), much), (next(self.dice.roll(count)), little)],
            },
            2 => Wish::Split {
                of: from,
                amounts: vec![little, little],
            },
            3 => Wish::Consolidate { of: from },
            4 => {
                let parties = 2 + self.dice.roll(2.min(count - 1));
                let amounts = [much, more, little];
                Wish::Swap {
                    parties: (0..parties).map(|step| (next(step), amounts[step])).collect(),
                }
            }
            _ => Wish::Assets {
                from,
                to: next(1),
                satoshi: little,
                units: 1 + self.dice.roll(20) as u64,
            },
        }
    }

    /// Now and then the wallet says which coins; another session may want the same.
    fn inputs(&mut self, wish: &Wish) -> Option<Vec<OutPoint>> {
        let (Wish::Transfer { from: owner, .. } | Wish::Split { of: owner, .. }) = wish else {
            return None;
        };
        if self.dice.roll(3) > 0 {
            return None;
        }
        let script = self.players[*owner].script();
        let coins = self.scene.house.arkd.vtxos().into_iter();
        let own = coins.filter(|vtxo| vtxo.script == script && vtxo.spent_by.is_none());
        Some(own.map(|vtxo| vtxo.outpoint).take(1 + self.dice.roll(3)).collect())
    }

    /// Everybody acts now and then, while everything goes wrong.
    async fn storm(&mut self) {
        for _ in 0..24 {
            for number in 0..self.orders.len() {
                let parties = self.orders[number].intents.len();
                for party in 0..parties {
                    if self.dice.roll(3) > 0 {
                        self.act(number, party).await;
                    }
                }
                if self.dice.roll(3) == 0 {
                    self.scene.house.settle().await;
                }
                if self.running[number].manners.contains(&Manner::Alone) && self.dice.roll(3) == 0 {
                    self.alone(number).await;
                }
            }
            self.trouble().await;
            let seconds = *self.dice.pick(&[0, 1, 2, 5, 20, 61]);
            self.scene.pass(seconds).await;
            self.watch.look(self.scene, &self.orders).await;
            if self
                .orders
                .iter()
                .all(|order| self.watch.stage(order.id).is_some_and(Stage::is_over))
            {
                return;
            }
        }
    }

    /// A party does what it would do next.
    async fn act(&mut self, number: usize, party: usize) {
        let by_relay = self.dice.roll(1_000) < self.weather.by_relay;
        let manner = self.running[number].manners[party];
        let order = &self.orders[number];
        let (place, intent) = &order.intents[party];
        let player = &self.players[*place];
        if !self.running[number].is_taken[party] {
            let is_late = self.scene.house.now().as_seconds() >= intent.expires_at;
            if !is_late && player.order(intent, by_relay).await == Heard::Taken {
                self.running[number].is_taken[party] = true;
            }
        }
        let Some(view) = player.look(order.id).await else {
            return;
        };
        if manner == Manner::Fickle && self.dice.roll(3) == 0 {
            player.terminate(order.id).await;
            return;
        }
        if manner != Manner::SilentAtFirst {
            player.act(&view, Step::ArkTransaction, by_relay).await;
        }
        if matches!(manner, Manner::Faithful | Manner::Fickle) {
            player.act(&view, Step::Checkpoints, by_relay).await;
        }
    }

    /// All parties finish by themselves.
    async fn alone(&mut self, number: usize) {
        let order = &self.orders[number];
        let parties: Vec<&Player<'_>> = order.intents.iter().map(|(place, _)| &self.players[*place]).collect();
        let stage = self.watch.stage(order.id);
        if matches!(stage, Some(Stage::Signed | Stage::Submitted)) && finish_alone(&parties, order.id).await {
            self.alone += 1;
        }
    }

    /// What comes from outside: old calls again, coins that go elsewhere, and what is not to be taken.
    async fn trouble(&mut self) {
        if self.dice.roll(4) == 0 {
            let number = self.dice.roll(24);
            self.scene.storm.effects.repeat(number).await;
        }
        if self.dice.roll(1_000) < self.weather.misfortunes {
            let scripts: Vec<_> = self.players.iter().map(Player::script).collect();
            let coins = self.scene.house.arkd.vtxos().into_iter();
            let free: Vec<OutPoint> = coins
                .filter(|vtxo| scripts.contains(&vtxo.script) && vtxo.spent_by.is_none())
                .map(|vtxo| vtxo.outpoint)
                .collect();
            if !free.is_empty() {
                let coin = *self.dice.pick(&free);
                if self.dice.roll(2) == 0 {
                    self.scene.house.arkd.spend_elsewhere(coin);
                } else {
                    self.scene.house.arkd.sweep(coin);
                }
            }
        }
        if self.dice.roll(1_000) < self.weather.hostile {
            self.hostile().await;
        }
    }

    async fn hostile(&mut self) {
        let number = self.dice.roll(self.orders.len());
        let order = &self.orders[number];
        let (place, intent) = &order.intents[0];
        let author = &self.players[*place];
        let stranger = &self.players[(place + 1) % self.players.len()];
        let is_party = order
            .intents
            .iter()
            .any(|(party, _)| self.players[*party].wallet.nostr() == stranger.wallet.nostr());
        // Another intent by the same name.
        let mut other = intent.clone();
        other.expires_at += 1;
        if self.running[number].is_taken[0] {
            let heard = author.order(&other, false).await;
            assert_ne!(heard, Heard::Taken, "one name, two intents");
        }
        let Some(view) = author.look(order.id).await else {
            return;
        };
        if author.is_asked(&view, Step::ArkTransaction) || author.is_asked(&view, Step::Checkpoints) {
            let heard = author.send(&author.spoiled(&view)).await;
            // A session that became final meanwhile is shown to its party, whatever is sent.
            let is_final = async || {
                author
                    .look(order.id)
                    .await
                    .is_some_and(|view| view.stage == Stage::Finalized)
            };
            assert!(heard != Heard::Taken || is_final().await, "a wrong signature");
            let answer = author.wallet.approve(&author.wallet.challenge(&view));
            if !is_party {
                let stolen = stranger.wallet.answer_event(&answer);
                assert_ne!(stranger.send(&stolen).await, Heard::Taken, "a stranger's answer");
                assert!(stranger.look(order.id).await.is_none(), "a stranger sees it");
            }
        }
    }

    /// The storm is over. Who is faithful goes on until nothing moves any more.
    async fn clear_up(&mut self) {
        for _ in 0..30 {
            for number in 0..self.orders.len() {
                for party in 0..self.orders[number].intents.len() {
                    let manner = self.running[number].manners[party];
                    if manner == Manner::Fickle {
                        self.running[number].manners[party] = Manner::Faithful;
                    }
                    self.act(number, party).await;
                }
            }
            self.scene.pass(61).await;
            self.watch.look(self.scene, &self.orders).await;
            let waits = |number: usize| match self.watch.stage(self.orders[number].id) {
                None => true,
                Some(Stage::Submitted) => self.running[number]
                    .manners
                    .iter()
                    .any(|manner| matches!(manner, Manner::SilentAtSecond | Manner::Alone | Manner::SilentAtFirst)),
                Some(Stage::Gathering | Stage::Challenged) => true,
                Some(stage) => stage.is_over(),
            };
            if (0..self.orders.len()).all(waits) {
                return;
            }
        }
    }

    /// What is not signed in time ends by itself.
    async fn wait_for_expiry(&mut self) {
        self.scene.pass(3_600).await;
        for _ in 0..8 {
            self.scene.pass(61).await;
        }
        self.watch.look(self.scene, &self.orders).await;
        for order in &self.orders {
            let stage = self.watch.stage(order.id);
            assert!(
                stage.is_none_or(|stage| stage.is_over() || stage == Stage::Submitted),
                "{} is {stage:?} although nothing is in its way",
                order.id
            );
        }
    }

    /// Those that wait for a wallet: the wallets finish them without the gateway, which notices.
    async fn finish_what_is_left(&mut self) {
        let is_left = |watch: &Watch, order: &Ordered| watch.stage(order.id) == Some(Stage::Submitted);
        for order in self.orders.iter().filter(|order| is_left(&self.watch, order)) {
            let parties: Vec<&Player<'_>> = order.intents.iter().map(|(place, _)| &self.players[*place]).collect();
            // It may be done, and the gateway not have looked yet.
            let is_done = finish_alone(&parties, order.id).await;
            let session = self.watch.session(order.id).unwrap();
            let txid = session.progress.ark_txid().unwrap();
            let has_outputs = self.scene.house.arkd.vtxo(OutPoint::new(txid, 0)).is_some();
            assert!(is_done || has_outputs, "{} cannot be finished", order.id);
            self.alone += usize::from(is_done);
        }
        for _ in 0..3 {
            if self.orders.iter().any(|order| is_left(&self.watch, order)) {
                self.scene.pass(86_400).await;
                self.scene.pass(61).await;
                self.watch.look(self.scene, &self.orders).await;
            }
        }
    }
}
