//! Paying back.

use nanoark_client::wire::jobs::JobView;
use nanoark_client::{Transport, Unproved, verify_quote, verify_receipt};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;
use nanoark_nano::RawAmount;
use nanoark_wallet::{AccountIndex, Purpose, SendOrder, Sent, WalletError};

use super::attend::Stepped;
use super::quoting::invoice_of;
use super::{Worker, code};
use crate::seller::error::StepError;
use crate::seller::keys::Intention;
use crate::seller::ledger::{self, Sought};
use crate::seller::metrics::Count;
use crate::seller::plan::{NextStep, plan};
use crate::seller::policy::{Policy, Refunds};
use crate::seller::record::{JobRecord, RefundRecord};
use crate::seller::refund::{Arrived, Decision, decide};
use crate::seller::state::NextLook;

/// After a demand that does not fit the ledger, how long until it is looked at again.
const LOOK_AGAIN: Seconds = Seconds(300);

/// What came of a refund that the operator asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    /// Everything that was sent back for this job, by now and before.
    pub refunds: Vec<RefundRecord>,
}

impl<T: Transport> Worker<T> {
    /// Pays back what is owed for a job that has ended, if anything is, as the worker does by itself under
    /// [`Refunds::Automatic`]. Safe to repeat, and beside a running worker.
    ///
    /// # Errors
    /// See [`StepError`]. What was signed is on record and goes on from there.
    pub async fn refund(&self, job_id: JobId) -> Result<Refunded, StepError> {
        let policy = Policy {
            refunds: Refunds::Automatic,
            ..self.policy.clone()
        };
        self.state.change(job_id, |record| record.refund_look_at = None)?;
        loop {
            let job = self.client.job(job_id).await?.value;
            let record = self.state.record(job_id)?;
            let stepped = match plan(&job, &record, &policy, self.now()) {
                NextStep::SendRefund(number) => self.send_refund(&job, &record, number).await?,
                NextStep::NameRefund(number) => self.name_refund(&job, &record, number).await?,
                NextStep::OwedBack => self.decide_refund(&job, &record).await?,
                NextStep::Quote
                | NextStep::Decline(_)
                | NextStep::CheckPayment
                | NextStep::Lock { .. }
                | NextStep::ForgetLock
                | NextStep::Run
                | NextStep::GiveUp(_)
                | NextStep::Deliver
                | NextStep::Settle
                | NextStep::Pocket
                | NextStep::Wait { .. } => Stepped::Rest(NextLook::OnNews),
            };
            if let Stepped::Rest(_) = stepped {
                return Ok(Refunded {
                    refunds: self.state.record(job_id)?.refunds,
                });
            }
        }
    }

    /// Checks a demand against the ledger and, if it holds, puts a refund on record.
    pub(super) async fn decide_refund(&self, job: &JobView, record: &JobRecord) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        let number = record.refunds.len();
        // A block of this purpose that is not on record was signed before the record was lost.
        if let Some(sent) = self.wallet.sent(&refund_purpose(job_id, number)?)? {
            self.add_refund(job_id, number, signed(&sent))?;
            return Ok(Stepped::Again);
        }
        let Some(quote) = &job.quote else {
            return Ok(Stepped::Rest(NextLook::OnNews));
        };
        let refused = match verify_own_word(job) {
            Err(_) => "the relay shows a quote or a failure that we did not sign",
            Ok(()) => {
                let nodes = self.wallet.nodes();
                let sight = ledger::look(nodes, job, quote, Sought::Everything, self.now()).await?;
                let arrived = Arrived {
                    amount: sight.arrived(),
                    payers: sight.greatest_payers(),
                };
                match decide(job, record, &arrived) {
                    Decision::Pay { amount, to } => {
                        tracing::info!(%job_id, step = "refund", amount_raw = %amount, %to, "pays back");
                        let refund = RefundRecord {
                            amount,
                            to,
                            hash: None,
                            named: 0,
                        };
                        self.add_refund(job_id, number, refund)?;
                        return Ok(Stepped::Again);
                    }
                    Decision::NothingOwed => "the ledger does not show that anything is owed",
                    Decision::OtherAccount => "it is to go to another account than the buyer named or paid from",
                }
            }
        };
        self.metrics.count(Count::RefundRefused);
        tracing::error!(%job_id, why = refused, "does not pay back what the relay says is owed");
        let look_at = self.now().plus(LOOK_AGAIN);
        self.state
            .change(job_id, |record| record.refund_look_at = Some(look_at))?;
        Ok(Stepped::Again)
    }

    /// Adds a refund, unless somebody was faster.
    fn add_refund(&self, job_id: JobId, number: usize, refund: RefundRecord) -> Result<(), StepError> {
        self.state.change(job_id, |record| {
            if record.refunds.len() == number {
                record.refunds.push(refund);
            }
        })?;
        Ok(())
    }

    /// Signs and publishes the block of a refund on record: the same block, however often this is done.
    pub(super) async fn send_refund(
        &self,
        job: &JobView,
        record: &JobRecord,
        number: usize,
    ) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        let (Some(refund), Some(invoice)) = (record.refunds.get(number), self.wallet.invoice_of(&invoice_of(job)?)?)
        else {
            return Ok(Stepped::Rest(NextLook::OnNews));
        };
        let purpose = refund_purpose(job_id, number)?;
        let sent = match self.wallet.sent(&purpose)? {
            Some(sent) => self.wallet.send(&sent.order).await?,
            None => {
                let order = SendOrder {
                    purpose,
                    from: invoice.index,
                    to: refund.to,
                    amount: refund.amount,
                };
                self.send_from_what_there_is(order).await?
            }
        };
        self.metrics.count(Count::Refund);
        tracing::info!(%job_id, step = "refund", block = %sent.hash, amount_raw = %sent.order.amount, "sent back");
        self.state.change(job_id, |record| {
            if let Some(refund) = record.refunds.get_mut(number) {
                *refund = RefundRecord {
                    named: refund.named,
                    ..signed(&sent)
                };
            }
        })?;
        Ok(Stepped::Again)
    }

    /// The money is on the invoice account, unless it was swept from there. What is too small to be received as income
    /// may be part of what goes back.
    async fn send_from_what_there_is(&self, order: SendOrder) -> Result<Sent, WalletError> {
        for least in [self.policy.dust.min(order.amount), RawAmount::from_raw(1)] {
            self.wallet.receive(order.from, least).await?;
            match self.wallet.send(&order).await {
                Err(WalletError::Insufficient { .. }) => {}
                other => return other,
            }
        }
        let from = AccountIndex::MAIN;
        self.wallet.send(&SendOrder { from, ..order }).await
    }

    /// Tells the relay of a refund.
    pub(super) async fn name_refund(
        &self,
        job: &JobView,
        record: &JobRecord,
        number: usize,
    ) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        let refund = record.refunds.get(number);
        let Some((hash, named)) = refund.and_then(|refund| Some((refund.hash?, refund.named))) else {
            return Ok(Stepped::Rest(NextLook::OnNews));
        };
        let attempt = named.saturating_add(1);
        let key = Intention::NameRefund {
            job: job_id,
            hash,
            attempt,
        }
        .key(&self.client);
        let told = self.client.record_refund(&key, job_id, hash).await;
        let rest = match told {
            Ok(_) => None,
            Err(error) => match code(&error) {
                Some(Code::RefundExists | Code::IdempotencyConflict) => None,
                Some(Code::JobFull) => Some(NextLook::OnNews),
                _ => return Err(error.into()),
            },
        };
        self.state.change(job_id, |record| {
            if let Some(refund) = record.refunds.get_mut(number) {
                refund.named = attempt;
            }
        })?;
        Ok(rest.map_or(Stepped::Again, Stepped::Rest))
    }
}

fn signed(sent: &Sent) -> RefundRecord {
    RefundRecord {
        amount: sent.order.amount,
        to: sent.order.to,
        hash: Some(sent.hash),
        named: 0,
    }
}

fn refund_purpose(job_id: JobId, number: usize) -> Result<Purpose, StepError> {
    super::purpose(format!("refund:{job_id}:{number}"))
}

/// Whether quote and, of a failed job, receipt are ours: a relay cannot make a delivered job look failed.
fn verify_own_word(job: &JobView) -> Result<(), Unproved> {
    verify_quote(job)?;
    match job.status {
        Status::Failed => verify_receipt(job),
        Status::Requested
        | Status::Quoted
        | Status::Accepted
        | Status::Running
        | Status::Delivered
        | Status::Declined
        | Status::Cancelled
        | Status::Expired => Ok(()),
    }
}
