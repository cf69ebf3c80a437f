//! What time does to a session: it expires, or somebody has to look at it again.

use crate::ceremony::code::FailureCode;
use crate::ceremony::progress::{Failure, Progress};
use crate::ceremony::session::Session;
use crate::time::{Seconds, Timestamp};

/// How long after a stage that is ours began it is tried once more: the queue has had its chance by then.
const OURS_AGAIN: Seconds = Seconds(60);

/// How long after submission the wallets are reminded of their second signature. After the last one, daily.
const REMINDERS: [Seconds; 3] = [Seconds(600), Seconds(3_600), Seconds(21_600)];

/// A day.
const DAY: Seconds = Seconds(86_400);

impl Session {
    /// Why the session ends now for lack of signatures, if it does.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Option<Failure> {
        let missing = match &self.progress {
            Progress::Gathering => "a party did not order in time",
            Progress::Accepted => "the transaction could not be built in time",
            Progress::Challenged(_) => "a wallet did not sign in time",
            Progress::Signed(_)
            | Progress::Submitted(_)
            | Progress::Countersigned(_)
            | Progress::Finalized(_)
            | Progress::Failed(_) => return None,
        };
        (now >= self.expires_at).then(|| Failure::new(FailureCode::Expired, missing))
    }

    /// When somebody should look at it again, if nothing happens by itself.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let since = self.stage_since();
        match &self.progress {
            Progress::Gathering | Progress::Challenged(_) => Some(self.expires_at),
            Progress::Accepted => Some(self.expires_at.min(since.plus(OURS_AGAIN))),
            Progress::Signed(_) | Progress::Countersigned(_) => Some(since.plus(OURS_AGAIN)),
            Progress::Submitted(submitted) => {
                let number = usize::try_from(submitted.reminders).unwrap_or(usize::MAX);
                let fixed = REMINDERS.get(number).copied();
                let later = number.saturating_sub(REMINDERS.len()).saturating_add(1);
                let wait =
                    fixed.unwrap_or_else(|| Seconds(DAY.0.saturating_mul(u32::try_from(later).unwrap_or(u32::MAX))));
                Some(since.plus(wait))
            }
            Progress::Finalized(_) | Progress::Failed(_) => None,
        }
    }
}
