//! What may be done to a job, by whom and when.

use nanoark_nano::{Account, BlockHash};

use super::deadline::{deliver_by, paid_by};
use super::guard::PaymentPurpose;
use super::{
    Actor, Delivery, Event, ExpiryReason, Fence, Guard, HistoryEntry, Job, LockToken, Outcome, Party, Promise,
};
use super::{Quote, QuoteSubject, ReceiptSubject, Rejection, Stage, Status};
use crate::bot::BotId;
use crate::digest::Sha256Digest;
use crate::id::{JobId, OfferId};
use crate::limits::Limits;
use crate::payment::{Finding, Money, PaymentStatus, Receipt, RefundFinding};
use crate::time::{Seconds, Timestamp};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A bot whose signature was verified.
    Bot(BotId),
    /// The relay itself: a queue or a schedule.
    Relay,
}

/// Something that is to be done to a job, with who asks and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Who asks.
    pub caller: Caller,
    /// What is asked.
    pub command: Command,
    /// The relay's clock.
    pub now: Timestamp,
}

/// Something that is to be done to a job. Everything in it was checked as far as that needs no job.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// The seller names its price, for exactly this subject.
    Quote {
        /// The price.
        quote: Quote,
        /// What the seller signed it for.
        subject: QuoteSubject,
        /// How long the quote stands by the seller's own clock.
        lifetime: Seconds,
    },
    /// The buyer agrees.
    Accept,
    /// The seller does not want the job.
    Decline {
        /// Why.
        reason: Option<String>,
    },
    /// The buyer withdraws.
    Cancel {
        /// Why.
        reason: Option<String>,
    },
    /// The buyer names a block that pays.
    SubmitPayment {
        /// The block.
        hash: BlockHash,
    },
    /// A worker of the seller takes the job.
    Lock {
        /// The new lock's secret.
        token: LockToken,
        /// The new lock's fencing number.
        fence: Fence,
        /// How long nobody else may take it.
        lease: Seconds,
        /// The seller says that it verified the payment itself, whatever the relay found.
        seller_verified: bool,
    },
    /// The worker keeps the job.
    RenewLock {
        /// Its secret.
        token: LockToken,
        /// How long from now.
        lease: Seconds,
    },
    /// The worker gives the job back.
    ReleaseLock {
        /// Its secret.
        token: LockToken,
    },
    /// The worker hands in the outcome.
    Deliver {
        /// Its secret.
        token: LockToken,
        /// The outcome.
        delivery: Delivery,
        /// What the seller signed the receipt for.
        subject: ReceiptSubject,
    },
    /// The seller names a block that sends money back.
    SubmitRefund {
        /// The block.
        hash: BlockHash,
    },
    /// The verifier found the named block on the ledger, unconfirmed.
    NotePaymentSeen {
        /// The state of money that it looked at.
        revision: u64,
    },
    /// The verifier decided.
    JudgePayment {
        /// The state of money that it looked at.
        revision: u64,
        /// The status of the work when it looked.
        status: Status,
        /// The block that pays.
        hash: BlockHash,
        /// What it found.
        finding: Finding,
        /// Every confirmed send to the invoice account.
        receipts: Vec<Receipt>,
        /// The stage's deadline from now on; `None` when it keeps its own, which may have moved since it was read.
        next_due_at: Option<Timestamp>,
    },
    /// The verifier decided about a refund.
    JudgeRefund {
        /// The block.
        hash: BlockHash,
        /// What it found.
        finding: RefundFinding,
    },
    /// The invoice account was looked at and nothing was new.
    Watch {
        /// The state of money that was looked at.
        revision: u64,
        /// When to look again; `None` for never.
        next: Option<Timestamp>,
    },
    /// A deadline passed, but the nodes have not decided about the payment.
    Postpone {
        /// The new deadline.
        until: Timestamp,
    },
    /// A deadline passed.
    Expire {
        /// Which one.
        reason: ExpiryReason,
    },
}

/// A buyer's request, from which a job begins.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRequest {
    /// The job's name.
    pub id: JobId,
    /// The offer.
    pub offer_id: OfferId,
    /// Who pays.
    pub buyer: BotId,
    /// Who works.
    pub seller: BotId,
    /// The digest of the input.
    pub input_hash: Sha256Digest,
    /// What the offer promised.
    pub promise: Promise,
    /// Where the buyer wants money back.
    pub refund_account: Option<Account>,
}

impl JobRequest {
    /// The job as it begins.
    #[must_use]
    pub fn begin(self, now: Timestamp, limits: &Limits) -> Job {
        let quote_by = now.plus(limits.quote_wait);
        Job {
            id: self.id,
            offer_id: self.offer_id,
            buyer: self.buyer,
            seller: self.seller,
            input_hash: self.input_hash,
            promise: self.promise,
            refund_account: self.refund_account,
            stage: Stage::Requested { quote_by },
            money: Money::default(),
            fence: Fence::default(),
            due_at: Some(quote_by),
            watch_at: None,
            history: vec![HistoryEntry {
                at: now,
                by: Actor::Buyer,
                event: Event::Requested,
                detail: None,
            }],
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// The stages in which the relay knows an invoice account and takes a block for it: money that comes after a job ended
/// must be on record too, because it is owed back.
const PAYABLE: &[Status] = &[
    Status::Accepted,
    Status::Running,
    Status::Delivered,
    Status::Failed,
    Status::Cancelled,
    Status::Expired,
];

impl Order {
    /// The relay's verdict on the payment of `job`, as it was read.
    #[must_use]
    pub fn judge_payment(
        job: &Job,
        hash: BlockHash,
        finding: Finding,
        receipts: Vec<Receipt>,
        now: Timestamp,
        limits: &Limits,
    ) -> Self {
        // A job that is over or running keeps its own deadline; one that waits gets the deadline of what it waits for.
        let next_due_at = match (&job.stage, PaymentStatus::PAID.contains(&finding.status())) {
            (Stage::Accepted { .. }, true) => Some(deliver_by(now, job, limits)),
            (Stage::Accepted { quote }, false) => Some(paid_by(quote, limits)),
            (
                Stage::Requested { .. }
                | Stage::Quoted { .. }
                | Stage::Running { .. }
                | Stage::Finished { .. }
                | Stage::Cancelled { .. }
                | Stage::Declined { .. }
                | Stage::Expired { .. },
                _,
            ) => None,
        };
        let (revision, status) = (job.money.revision, job.status());
        let command = Command::JudgePayment {
            revision,
            status,
            hash,
            finding,
            receipts,
            next_due_at,
        };
        Self {
            caller: Caller::Relay,
            command,
            now,
        }
    }

    /// The conditions on the job under which this is done, in the order in which they are reported.
    #[must_use]
    pub fn guards(&self, limits: &Limits) -> Vec<Guard> {
        let mut guards = vec![Guard::Exists];
        match (self.caller, self.command.party()) {
            (Caller::Bot(bot), Some(party)) => guards.push(Guard::PartyIs(party, bot)),
            (Caller::Relay, None) => {}
            // No endpoint makes such an order; were one to, it must not count.
            (Caller::Bot(_), None) | (Caller::Relay, Some(_)) => guards.push(Guard::NotForCaller),
        }
        match &self.command {
            Command::Quote {
                quote,
                subject,
                lifetime,
            } => guards.extend([
                Guard::StatusIn(&[Status::Requested]),
                Guard::QuotableAfter(self.now),
                Guard::OfferIs(subject.offer_id),
                Guard::BuyerIs(subject.buyer),
                Guard::InputHashIs(subject.input_hash),
                Guard::TurnaroundIs(subject.turnaround),
                Guard::PriceMayBe(quote.amount),
                Guard::QuoteMayStand(*lifetime),
                Guard::RefundAccountIsNot(quote.invoice),
            ]),
            Command::Accept => {
                guards.extend([Guard::StatusIn(&[Status::Quoted]), Guard::QuoteStandsAfter(self.now)]);
            }
            Command::Decline { .. } => guards.push(Guard::StatusIn(&[Status::Requested])),
            Command::Cancel { .. } => {
                guards.push(Guard::StatusIn(&[Status::Requested, Status::Quoted, Status::Accepted]));
            }
            Command::SubmitPayment { .. } => guards.extend([
                Guard::StatusIn(PAYABLE),
                Guard::HasQuote,
                Guard::PaymentIn(PaymentStatus::UNPAID, PaymentPurpose::Submit),
                Guard::HistoryBelow(limits.history_max),
            ]),
            Command::Lock {
                fence, seller_verified, ..
            } => {
                guards.push(Guard::StatusIn(&[Status::Accepted, Status::Running]));
                if !seller_verified {
                    guards.push(Guard::PaymentIn(PaymentStatus::PAID, PaymentPurpose::Begin));
                }
                guards.extend([
                    Guard::LeaseFreeAt(self.now),
                    Guard::FenceBelow(*fence),
                    Guard::HistoryBelow(limits.history_max),
                ]);
            }
            Command::RenewLock { token, .. } | Command::ReleaseLock { token } => {
                guards.extend([Guard::StatusIn(&[Status::Running]), Guard::TokenIs(token.clone())]);
            }
            Command::Deliver { token, subject, .. } => guards.extend([
                Guard::StatusIn(&[Status::Running]),
                Guard::TokenIs(token.clone()),
                Guard::BuyerIs(subject.buyer),
                Guard::InputHashIs(subject.input_hash),
                Guard::PaymentHashIs(subject.payment_hash),
            ]),
            Command::SubmitRefund { hash } => guards.extend([
                Guard::HasQuote,
                Guard::RefundIsNew(*hash),
                Guard::RefundsBelow(limits.refunds_max),
            ]),
            Command::NotePaymentSeen { revision } => guards.extend([
                Guard::PaymentIn(&[PaymentStatus::Submitted], PaymentPurpose::End),
                Guard::MoneyRevisionIs(*revision),
            ]),
            Command::JudgePayment { revision, status, .. } => guards.extend([
                Guard::HasQuote,
                Guard::StatusIn(status.alone()),
                Guard::MoneyRevisionIs(*revision),
            ]),
            Command::JudgeRefund { hash, .. } => guards.push(Guard::RefundIsOpen(*hash)),
            Command::Watch { revision, .. } => guards.push(Guard::MoneyRevisionIs(*revision)),
            Command::Postpone { .. } => {
                guards.push(Guard::DueBy(self.now));
                guards.extend(expiry_guards(ExpiryReason::PaymentUndecided));
            }
            Command::Expire { reason } => {
                guards.push(Guard::DueBy(self.now));
                guards.extend(expiry_guards(*reason));
            }
        }
        guards
    }

    /// The job after this is done.
    ///
    /// # Errors
    /// The first condition that fails.
    pub fn decide(&self, job: Option<&Job>, limits: &Limits) -> Result<Job, Rejection> {
        let job = job.ok_or(Rejection::NotFound)?;
        self.guards(limits).iter().try_for_each(|guard| guard.check(job))?;
        Ok(self.apply(job.clone(), limits))
    }

    /// Who this order's history entry names.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        match (self.caller, self.command.party()) {
            (Caller::Relay, _) | (Caller::Bot(_), None) => Actor::Relay,
            (Caller::Bot(_), Some(Party::Buyer)) => Actor::Buyer,
            (Caller::Bot(_), Some(Party::Seller)) => Actor::Seller,
        }
    }

    /// Whether a party can see what this changes. What it cannot is no news for pollers: it counts as no change.
    #[must_use]
    pub const fn is_visible(&self) -> bool {
        !matches!(self.command, Command::Watch { .. })
    }

    /// The entry that this order leaves in the history; `None` when it is not worth one.
    #[must_use]
    pub fn history_entry(&self) -> Option<HistoryEntry> {
        let (event, detail) = match &self.command {
            Command::Quote { quote, .. } => (Event::Quoted, Some(format!("{} raw", quote.amount))),
            Command::Accept => (Event::Accepted, None),
            Command::Decline { reason } => (Event::Declined, reason.clone()),
            Command::Cancel { reason } => (Event::Cancelled, reason.clone()),
            Command::SubmitPayment { hash } => (Event::PaymentSubmitted, Some(hash.to_string())),
            Command::Lock {
                fence, seller_verified, ..
            } => {
                let word = if *seller_verified {
                    ", payment verified by the seller"
                } else {
                    ""
                };
                (Event::Locked, Some(format!("fence {}{word}", fence.0)))
            }
            Command::ReleaseLock { .. } => (Event::LockReleased, None),
            Command::Deliver { delivery, .. } => match delivery.outcome {
                Outcome::Delivered { .. } => (Event::Delivered, None),
                Outcome::Failed { .. } => (Event::Failed, None),
            },
            Command::SubmitRefund { hash } => (Event::RefundSubmitted, Some(hash.to_string())),
            Command::JudgePayment { finding, .. } => {
                let reason = finding
                    .reason()
                    .map_or_else(String::new, |reason| format!(": {reason}"));
                (Event::PaymentJudged, Some(format!("{}{reason}", finding.status())))
            }
            Command::JudgeRefund { finding, .. } => {
                let word = match finding {
                    RefundFinding::Confirmed { .. } => "confirmed",
                    RefundFinding::WrongAccount => "wrong_account",
                    RefundFinding::Rejected => "rejected",
                };
                (Event::RefundJudged, Some(word.to_owned()))
            }
            Command::Expire { reason } => (Event::Expired, Some(reason.to_string())),
            Command::RenewLock { .. }
            | Command::NotePaymentSeen { .. }
            | Command::Watch { .. }
            | Command::Postpone { .. } => return None,
        };
        Some(HistoryEntry {
            at: self.now,
            by: self.actor(),
            event,
            detail,
        })
    }
}

impl Command {
    /// What it does in a word or two, for people who read logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Quote { .. } => "quote",
            Self::Accept => "accept",
            Self::Decline { .. } => "decline",
            Self::Cancel { .. } => "cancel",
            Self::SubmitPayment { .. } => "submit payment",
            Self::Lock { .. } => "lock",
            Self::RenewLock { .. } => "renew lock",
            Self::ReleaseLock { .. } => "release lock",
            Self::Deliver { .. } => "deliver",
            Self::SubmitRefund { .. } => "submit refund",
            Self::NotePaymentSeen { .. } => "note payment seen",
            Self::JudgePayment { .. } => "judge payment",
            Self::JudgeRefund { .. } => "judge refund",
            Self::Watch { .. } => "watch",
            Self::Postpone { .. } => "postpone",
            Self::Expire { .. } => "expire",
        }
    }

    /// The side that may give this command; `None` for the relay alone.
    #[must_use]
    pub const fn party(&self) -> Option<Party> {
        match self {
            Self::Accept | Self::Cancel { .. } | Self::SubmitPayment { .. } => Some(Party::Buyer),
            Self::Quote { .. }
            | Self::Decline { .. }
            | Self::Lock { .. }
            | Self::RenewLock { .. }
            | Self::ReleaseLock { .. }
            | Self::Deliver { .. }
            | Self::SubmitRefund { .. } => Some(Party::Seller),
            Self::NotePaymentSeen { .. }
            | Self::JudgePayment { .. }
            | Self::JudgeRefund { .. }
            | Self::Watch { .. }
            | Self::Postpone { .. }
            | Self::Expire { .. } => None,
        }
    }
}

/// What must still be true for a job to end for this reason.
fn expiry_guards(reason: ExpiryReason) -> Vec<Guard> {
    let ends = |status, payments| vec![Guard::StatusIn(status), Guard::PaymentIn(payments, PaymentPurpose::End)];
    match reason {
        ExpiryReason::NotQuoted => vec![Guard::StatusIn(&[Status::Requested])],
        ExpiryReason::NotAccepted => vec![Guard::StatusIn(&[Status::Quoted])],
        ExpiryReason::NotPaid => ends(&[Status::Accepted], PaymentStatus::UNPAID),
        ExpiryReason::PaymentUndecided => ends(&[Status::Accepted], &[PaymentStatus::Submitted]),
        ExpiryReason::NotStarted => ends(&[Status::Accepted], PaymentStatus::PAID),
        ExpiryReason::NotDelivered => vec![Guard::StatusIn(&[Status::Running])],
    }
}
