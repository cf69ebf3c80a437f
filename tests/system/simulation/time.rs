//! Time and chance of a simulation: tokio's paused clock, which jumps whenever nobody has anything to do, and numbers that
//! follow from a seed.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nanoark_client::{NoEntropy, Pending, Surroundings};
use nanoark_domain::time::Timestamp;
use nanoark_local::Clock;
use tokio::time::Instant;

use crate::dice::Dice;
use crate::world::BEGINNING;

/// The one clock that relay, ledger and bots ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    started: Instant,
}

impl Time {
    pub(crate) fn begin() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// Milliseconds since the simulation began.
    pub(crate) fn elapsed(self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    pub(crate) fn millis(self) -> u64 {
        BEGINNING + self.elapsed()
    }

    pub(crate) fn clock(self) -> Clock {
        Clock::new(move || self.millis())
    }

    /// The same clock, waits that take this time, and randomness of one bot.
    pub(crate) fn surroundings(self, seed: u64) -> Virtual {
        Virtual {
            time: self,
            dice: Arc::new(Mutex::new(Dice::seeded(seed))),
        }
    }
}

/// What a bot takes from the machine.
#[derive(Clone)]
pub(crate) struct Virtual {
    time: Time,
    dice: Arc<Mutex<Dice>>,
}

impl fmt::Debug for Virtual {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Virtual({})", self.now())
    }
}

impl Surroundings for Virtual {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.time.millis())
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        let mut dice = self.dice.lock().unwrap();
        bytes.iter_mut().for_each(|byte| *byte = dice.roll(256) as u8);
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Pending<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}
