//! Checking the payment, and taking the money in.

use std::time::Duration;

use nanoark_client::wire::jobs::JobView;
use nanoark_client::{Transport, verify_quote};
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::Seconds;

use super::attend::Stepped;
use super::quoting::invoice_of;
use super::{Worker, after};
use crate::seller::error::StepError;
use crate::seller::ledger::{self, Sought, Verdict};
use crate::seller::metrics::Count;
use crate::seller::record::{JobRecord, PaymentRecord, Pocketed};

/// The longest wait between two looks at a payment.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How often nothing to receive is believed to be a node that is behind.
const MOST_TRIES: u32 = 3;

impl<T: Transport> Worker<T> {
    pub(super) async fn check_payment(&self, job: &JobView, record: &JobRecord) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        let relay_said = job.payment.status;
        let relay_says_paid = PaymentStatus::PAID.contains(&relay_said);
        // A quote with our signature names an account of ours, whichever of our workers made it. Any other may be
        // anybody's, and money on it is not ours.
        let quote = match (&job.quote, verify_quote(job)) {
            (Some(quote), Ok(())) => Some(quote),
            (Some(_) | None, Ok(()) | Err(_)) => None,
        };
        let now = self.now();
        let verdict = match quote {
            Some(quote) => {
                let least = self.policy.dust.min(quote.amount_raw);
                let sight = ledger::look(self.wallet.nodes(), job, quote, Sought::Price { least }, now).await?;
                sight.verdict(job, quote)
            }
            None => {
                tracing::error!(%job_id, "the relay shows a quote that we did not sign");
                Verdict::NotPaid
            }
        };
        match verdict {
            Verdict::Paid => {
                self.metrics.count(Count::PaymentVerified);
                tracing::info!(%job_id, step = "check_payment", relay = %relay_said, "paid, by our own nodes");
                self.state
                    .change(job_id, |record| record.payment = PaymentRecord::Verified { at: now })?;
            }
            Verdict::NotPaid => {
                if relay_says_paid {
                    self.metrics.count(Count::PaymentDisputed);
                    tracing::error!(%job_id, relay = %relay_said, "the relay says paid and our nodes do not: does not work");
                }
                let looks = match &record.payment {
                    PaymentRecord::Open {
                        looks,
                        relay_said: then,
                        ..
                    } if *then == relay_said => *looks,
                    PaymentRecord::Open { .. } | PaymentRecord::Unknown | PaymentRecord::Verified { .. } => 0,
                };
                let wait = until_next_look(relay_said, looks);
                let open = PaymentRecord::Open {
                    looks: looks.saturating_add(1),
                    look_at: after(self.now(), wait),
                    relay_said,
                };
                self.state.change(job_id, |record| record.payment = open)?;
            }
        }
        Ok(Stepped::Again)
    }

    pub(super) async fn pocket(&self, job: &JobView, record: &JobRecord) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        let everything = Pocketed::Everything {
            receipts: job.payment.receipts.len(),
        };
        let Some(invoice) = self.wallet.invoice_of(&invoice_of(job)?)? else {
            tracing::error!(%job_id, "the wallet does not know the invoice account of a job that it quoted");
            self.state.change(job_id, |record| record.pocketed = everything)?;
            return Ok(Stepped::Again);
        };
        let price = job.quote.as_ref().map_or(self.policy.dust, |quote| quote.amount_raw);
        let received = self.wallet.receive(invoice.index, self.policy.dust.min(price)).await?;
        for money in &received {
            self.metrics.count(Count::Received);
            tracing::info!(%job_id, step = "pocket", amount_raw = %money.amount, block = %money.hash, "received");
        }
        let tried = match record.pocketed {
            Pocketed::Nothing => 0,
            Pocketed::Tried { times, .. } => times,
            Pocketed::Everything { .. } => MOST_TRIES,
        };
        let pocketed = if received.is_empty() && tried < MOST_TRIES {
            Pocketed::Tried {
                times: tried.saturating_add(1),
                again_at: self.now().plus(Seconds(10_u32.saturating_mul(tried.saturating_add(1)))),
            }
        } else {
            everything
        };
        self.state.change(job_id, |record| record.pocketed = pocketed)?;
        Ok(Stepped::Again)
    }
}

/// How long to wait after so many looks that showed no payment. What the relay calls paid is looked at sooner.
fn until_next_look(relay_said: PaymentStatus, looks: u32) -> Duration {
    let first = if PaymentStatus::PAID.contains(&relay_said) {
        3
    } else {
        15
    };
    let doubled = 1_u32 << looks.min(7);
    Duration::from_secs(first).saturating_mul(doubled).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_at_a_payment_become_rarer_up_to_a_bound() {
        let waits = |said| [0, 1, 2, 3, 4, 5, 20].map(|looks| until_next_look(said, looks).as_secs());
        assert_eq!(waits(PaymentStatus::None), [15, 30, 60, 120, 240, 300, 300]);
        assert_eq!(waits(PaymentStatus::Over), [3, 6, 12, 24, 48, 96, 300]);
    }
}
