//! How much work a block needs, which depends on what it does and on the epoch of its account.

use nanoark_nano::{Difficulty, Thresholds};

/// The thresholds of a network, old ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkRules {
    /// For blocks of accounts that have not been upgraded to epoch 2.
    pub before_epoch_2: Difficulty,
    /// Since epoch 2.
    pub since_epoch_2: Thresholds,
}

impl WorkRules {
    /// The dev network's: instant on any machine.
    pub const DEV: Self = Self {
        before_epoch_2: Difficulty::from_value(0xfe00_0000_0000_0000),
        since_epoch_2: Thresholds::DEV,
    };

    /// The live network's: minutes of work for a send.
    pub const LIVE: Self = Self {
        before_epoch_2: Difficulty::from_value(0xffff_ffc0_0000_0000),
        since_epoch_2: Thresholds::LIVE,
    };

    /// Below this a block is refused before anything else is looked at.
    pub(super) fn entry(&self) -> Difficulty {
        self.before_epoch_2
            .min(self.since_epoch_2.send)
            .min(self.since_epoch_2.receive)
    }

    /// What a block needs; `light` blocks are those that receive or upgrade.
    pub(super) fn needed(&self, epoch: u8, light: bool) -> Difficulty {
        match (epoch, light) {
            (0 | 1, _) => self.before_epoch_2,
            (_, true) => self.since_epoch_2.receive,
            (_, false) => self.since_epoch_2.send,
        }
    }
}
