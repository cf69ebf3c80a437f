//! When a block becomes final: after a delay, unless a test holds it back. Time is read, never waited for.

use nanoark_nano::BlockHash;

use super::ledger::{Effect, Entry, Ledger};

impl Ledger {
    /// Confirms what has waited long enough. Called before every look at the ledger, so that no task has to sleep.
    pub(super) fn settle(&mut self, now_ms: u64) {
        // In the order of arrival a block comes after everything it rests on, so one pass is enough.
        for hash in self.unconfirmed.clone() {
            if self.get(&hash).is_some_and(|entry| self.is_due(entry, now_ms)) {
                self.mark_confirmed(hash);
            }
        }
    }

    /// Makes the block and all it rests on final at once, whatever holds them back.
    pub(super) fn confirm(&mut self, hash: BlockHash) -> bool {
        for ancestor in self.unconfirmed_ancestors(hash) {
            self.mark_confirmed(ancestor);
        }
        self.get(&hash).is_some_and(|entry| entry.confirmed)
    }

    fn is_due(&self, entry: &Entry, now_ms: u64) -> bool {
        let held = self.held.everything
            || self.held.blocks.contains(&entry.hash)
            || self.held.accounts.contains(&entry.facts.account);
        let waited = now_ms.saturating_sub(entry.arrived_ms) >= self.confirmation_delay_ms;
        let rests_on = match entry.facts.effect {
            Effect::Receive { source, .. } => [entry.block.previous(), source],
            Effect::Send { .. } | Effect::Change | Effect::Epoch => [entry.block.previous(), BlockHash::ZERO],
        };
        waited
            && !held
            && rests_on
                .iter()
                .all(|hash| self.get(hash).is_none_or(|entry| entry.confirmed))
    }
}
