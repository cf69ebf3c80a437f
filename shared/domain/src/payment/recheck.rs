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
/// Often while the payment is due, evenly while a named block is undecided, ever more seldom afterwards, so that stray
/// money is found for [`Limits::payment_watch`] after the quote's expiry, at about twenty looks in a week.
#[must_use]
pub fn next_watch(job: &Job, now: Timestamp, limits: &Limits) -> Option<Timestamp> {
    let quote = job.stage.quote()?;
    let paid_in_time_until = quote.expires_at.plus(limits.payment_grace);
    let status = job.money.payment.status();
    let open = now < paid_in_time_until && !PaymentStatus::PAID.contains(&status);
    let next = now.plus(if open {
        limits.watch_interval_open
    } else if status == PaymentStatus::Submitted {
        limits.watch_interval_closed
    } else {
        let quarter = Seconds(now.since(quote.expires_at).0 / 4);
        limits.watch_interval_closed.max(quarter)
    });
    (now < quote.expires_at.plus(limits.payment_watch)).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Stage;
    use crate::job::tests::{at, job, judged, quote};
    use crate::payment::Finding;

    #[test]
    fn a_named_block_is_checked_ever_more_seldom_and_then_left_to_the_watch() {
        let delays: Vec<u32> = (0..20).map_while(next_check_delay).map(|delay| delay.0).collect();
        assert_eq!(delays, CHECK_DELAYS);
        assert!(delays.is_sorted());
        assert!(delays.iter().all(|delay| *delay <= 900), "SQS delays no longer");
        assert_eq!(next_check_delay(u32::MAX), None);
    }

    #[test]
    fn an_account_is_watched_often_while_its_payment_is_due_and_seldom_until_the_watch_is_over() {
        let limits = Limits::default();
        let mut job = job(Stage::Accepted { quote: quote() });
        // The quote expires at 1,000 s.
        let paid_in_time_until = 1_000 + u64::from(limits.payment_grace.0);
        let over = 1_000 + u64::from(limits.payment_watch.0);
        let (often, seldom) = (Some(limits.watch_interval_open), Some(limits.watch_interval_closed));
        let a_quarter_of = |span: u64| Some(Seconds(u32::try_from(span / 4).unwrap()));
        let rows = [
            (0, often),
            (paid_in_time_until - 1, often),
            (paid_in_time_until, seldom),
            (1_000 + 4 * 3_600, seldom),
            (1_000 + 40_000, a_quarter_of(40_000)),
            (over - 1, a_quarter_of(over - 1_001)),
            (over, None),
            (over + 1, None),
        ];
        let wait = |job: &Job, now: u64| next_watch(job, at(now), &limits).map(|next| next.since(at(now)));
        for (now, expected) in rows {
            assert_eq!(wait(&job, now), expected, "unpaid at {now}");
        }
        job.money.payment = judged(Finding::Short);
        assert_eq!(wait(&job, 0), often, "a short payment can still be completed");
        for finding in [Finding::Confirmed, Finding::Over, Finding::Duplicate] {
            job.money.payment = judged(finding);
            assert_eq!(wait(&job, 0), seldom, "nothing is due any more, but more may come");
        }
    }

    #[test]
    fn a_week_takes_about_twenty_looks() {
        let limits = Limits::default();
        let job = job(Stage::Accepted { quote: quote() });
        let first = at(1_000 + u64::from(limits.payment_grace.0));
        let looks = std::iter::successors(Some(first), |now| next_watch(&job, *now, &limits)).count();
        assert!((15..=25).contains(&looks), "{looks}");
    }

    #[test]
    fn an_account_that_nobody_was_told_of_is_not_watched() {
        let declined = job(Stage::Declined { reason: None });
        assert_eq!(next_watch(&declined, at(0), &Limits::default()), None);
    }
}
