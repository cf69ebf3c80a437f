//! When an undecided payment is looked at again.

use super::PaymentStatus;
use crate::job::Job;
use crate::limits::Limits;
use crate::time::{Seconds, Timestamp};

/// The waits between checks of one named block. Confirmation typically takes less than a second, so the first are short;
/// the queue delays no longer than 900 s.
const CHECK_DELAYS: [u32; 9] = [2, 5, 10, 30, 60, 120, 300, 600, 900];

/// How long to wait after check number `attempt` (from 0); `None` when the invoice account's watch takes over.
#[must_use]
pub fn next_check_delay(attempt: u32) -> Option<Seconds> {
    let index = usize::try_from(attempt).ok()?;
    CHECK_DELAYS.get(index).copied().map(Seconds)
}

/// When the invoice account is looked at after a look at `now`; `None` when its watch is over.
///
/// Often while the payment is due or undecided, seldom afterwards, so that stray money is found for
/// [`Limits::payment_watch`] after the quote's expiry.
#[must_use]
pub fn next_watch(job: &Job, now: Timestamp, limits: &Limits) -> Option<Timestamp> {
    let quote = job.stage.quote()?;
    let paid_in_time_until = quote.expires_at.plus(limits.payment_grace);
    let open = now < paid_in_time_until && !PaymentStatus::PAID.contains(&job.money.payment.status());
    let next = now.plus(if open {
        limits.watch_interval_open
    } else {
        limits.watch_interval_closed
    });
    (now < quote.expires_at.plus(limits.payment_watch)).then_some(next)
}
