//! What goes wrong, and when: all of it follows from the seed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::dice::Dice;

/// How often what goes wrong, in thousandths of the calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// A request to the relay never arrives.
    pub(crate) lost_request: usize,
    /// The relay's answer never arrives.
    pub(crate) lost_answer: usize,
    /// A node does not answer in time.
    pub(crate) node_stalls: usize,
    /// A node's proxy says no: 429 or 502.
    pub(crate) node_refuses: usize,
    /// The WebSocket breaks, per frame.
    pub(crate) socket_breaks: usize,
    /// A tool fails.
    pub(crate) tool_fails: usize,
}

impl Weather {
    /// Nothing goes wrong.
    pub(crate) const FAIR: Self = Self {
        lost_request: 0,
        lost_answer: 0,
        node_stalls: 0,
        node_refuses: 0,
        socket_breaks: 0,
        tool_fails: 0,
    };

    /// Another weather per seed, from fair to foul.
    pub(crate) fn of(dice: &mut Dice) -> Self {
        Self {
            lost_request: dice.roll(50),
            lost_answer: dice.roll(50),
            node_stalls: dice.roll(40),
            node_refuses: dice.roll(60),
            socket_breaks: dice.roll(100),
            tool_fails: dice.roll(150),
        }
    }
}

/// The weather and the dice that decide about each single call. Clones share the dice.
#[derive(Clone)]
pub(crate) struct Chaos {
    pub(crate) weather: Weather,
    dice: Arc<Mutex<Dice>>,
}

impl Chaos {
    pub(crate) fn new(weather: Weather, seed: u64) -> Self {
        Self {
            weather,
            dice: Arc::new(Mutex::new(Dice::seeded(seed))),
        }
    }

    /// Whether it strikes now, with a chance of so many thousandths.
    pub(crate) fn strikes(&self, thousandths: usize) -> bool {
        self.dice.lock().unwrap().roll(1_000) < thousandths
    }

    /// Some time between these, in milliseconds.
    pub(crate) fn between(&self, least: usize, most: usize) -> Duration {
        let span = self.dice.lock().unwrap().roll(most - least + 1);
        Duration::from_millis((least + span) as u64)
    }

    /// A number below this.
    pub(crate) fn roll(&self, sides: usize) -> usize {
        self.dice.lock().unwrap().roll(sides)
    }
}
