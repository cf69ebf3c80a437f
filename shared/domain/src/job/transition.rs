//! What a job looks like after a command. The store writes the same changes as one update expression.

use super::deadline::{deliver_by, paid_by};
use super::{Command, ExpiryReason, Job, Lock, Order, Quote, Stage};
use crate::limits::Limits;
use crate::payment::{Payment, Refund, RefundState};

impl Order {
    /// The job after this order, whose guards hold.
    pub(super) fn apply(&self, mut job: Job, limits: &Limits) -> Job {
        let now = self.now;
        job.history.extend(self.history_entry());
        if self.is_visible() {
            job.version = job.version.saturating_add(1);
            job.updated_at = now;
        }
        match &self.command {
            Command::Quote { quote, .. } => {
                job.stage = Stage::Quoted { quote: *quote };
                job.due_at = Some(quote.expires_at);
            }
            Command::Accept => {
                job.stage = with_quote(job.stage, |quote| Stage::Accepted { quote });
                job.due_at = job.stage.quote().map(|quote| paid_by(quote, limits));
                job.watch_at = job.stage.quote().map(|quote| quote.expires_at);
            }
            Command::Decline { reason } => {
                job.stage = Stage::Declined { reason: reason.clone() };
                job.due_at = None;
            }
            Command::Cancel { reason } => {
                job.stage = Stage::Cancelled {
                    quote: job.stage.quote().copied(),
                    reason: reason.clone(),
                };
                job.due_at = None;
            }
            Command::SubmitPayment { hash } => {
                job.money.payment = Payment::Submitted {
                    hash: *hash,
                    submitted_at: now,
                    first_seen_at: None,
                };
                job.money.revision = job.money.revision.saturating_add(1);
                job.watch_at = Some(now.plus(limits.watch_interval_closed));
            }
            Command::Lock {
                token, fence, lease, ..
            } => {
                let lock = Lock {
                    token: token.clone(),
                    lease_expires_at: now.plus(*lease),
                };
                job.stage = with_quote(job.stage, |quote| Stage::Running { quote, lock });
                job.fence = *fence;
                job.due_at = Some(deliver_by(now, &job, limits));
            }
            Command::RenewLock { lease, .. } => {
                if let Stage::Running { lock, .. } = &mut job.stage {
                    lock.lease_expires_at = now.plus(*lease);
                }
            }
            Command::ReleaseLock { .. } => {
                job.stage = with_quote(job.stage, |quote| Stage::Accepted { quote });
            }
            Command::Deliver { delivery, .. } => {
                let delivery = *delivery;
                job.stage = with_quote(job.stage, |quote| Stage::Finished { quote, delivery });
                job.due_at = None;
            }
            Command::SubmitRefund { hash } => {
                job.money.refunds.insert(
                    *hash,
                    Refund {
                        submitted_at: now,
                        state: RefundState::Submitted,
                    },
                );
            }
            Command::NotePaymentSeen { .. } => {
                if let Payment::Submitted { first_seen_at, .. } = &mut job.money.payment {
                    *first_seen_at = first_seen_at.or(Some(now));
                }
                job.money.revision = job.money.revision.saturating_add(1);
            }
            Command::JudgePayment {
                hash,
                finding,
                receipts,
                next_due_at,
                ..
            } => {
                job.money.payment = Payment::Judged {
                    hash: *hash,
                    finding: *finding,
                    decided_at: now,
                };
                job.money.receipts.clone_from(receipts);
                job.money.revision = job.money.revision.saturating_add(1);
                job.due_at = next_due_at.or(job.due_at);
            }
            Command::JudgeRefund { hash, finding } => {
                if let Some(refund) = job.money.refunds.get_mut(hash) {
                    refund.state = RefundState::Judged {
                        finding: *finding,
                        decided_at: now,
                    };
                }
            }
            Command::Watch { next, .. } => job.watch_at = *next,
            Command::Postpone { until } => job.due_at = Some(*until),
            Command::Expire { reason } => {
                job.stage = expired(&job.stage, *reason);
                job.due_at = None;
            }
        }
        job
    }
}

/// The stage that `next` makes of this stage's quote. A stage without a quote stays, which the guards rule out.
fn with_quote(stage: Stage, next: impl FnOnce(Quote) -> Stage) -> Stage {
    match stage.quote().copied() {
        Some(quote) => next(quote),
        None => stage,
    }
}

fn expired(stage: &Stage, reason: ExpiryReason) -> Stage {
    Stage::Expired {
        quote: stage.quote().copied(),
        reason,
    }
}
