//! Conditions on a job.
//!
//! A command names its guards ([`super::Order::guards`]). The pure rule evaluates them in order and names the first that
//! fails; the store compiles the same guards into one DynamoDB condition. There is one list, so the two cannot drift apart
//! unnoticed: a property test compares them over random jobs, commands, callers and clocks.

use nanoark_nano::{Account, BlockHash, RawAmount};

use super::{Fence, Job, LockToken, Mismatch, Party, Rejection, Stage, Status};
use crate::bot::BotId;
use crate::digest::Sha256Digest;
use crate::id::OfferId;
use crate::limits::Count;
use crate::payment::{PaymentStatus, RefundState};
use crate::time::{Seconds, Timestamp};

/// A condition on a job as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// There is such a job.
    Exists,
    /// Never holds: a bot gives a command of the relay's, or the relay one of a party's.
    NotForCaller,
    /// This bot is on this side.
    PartyIs(Party, BotId),
    /// The work is in one of these stages.
    StatusIn(&'static [Status]),
    /// It was requested under this offer.
    OfferIs(OfferId),
    /// This bot pays.
    BuyerIs(BotId),
    /// Its input has this digest.
    InputHashIs(Sha256Digest),
    /// It is promised within this time.
    TurnaroundIs(Seconds),
    /// The offer's price is not fixed, or is this.
    PriceMayBe(RawAmount),
    /// The seller did not promise that quotes stand longer than this.
    QuoteMayStand(Seconds),
    /// The buyer does not want refunds to this account.
    RefundAccountIsNot(Account),
    /// The request waits for a quote beyond this.
    QuotableAfter(Timestamp),
    /// The quote stands beyond this.
    QuoteStandsAfter(Timestamp),
    /// Something was quoted.
    HasQuote,
    /// What is known of the payment is one of these. The [`Rejection`] differs by what the caller wants with it.
    PaymentIn(&'static [PaymentStatus], PaymentPurpose),
    /// The block that pays is this, or there is none.
    PaymentHashIs(Option<BlockHash>),
    /// Nobody holds the lock at this time.
    LeaseFreeAt(Timestamp),
    /// This token holds the lock, lapsed or not.
    TokenIs(LockToken),
    /// The last fencing number is smaller.
    FenceBelow(Fence),
    /// The history holds fewer entries.
    HistoryBelow(Count),
    /// Fewer refunds are recorded.
    RefundsBelow(Count),
    /// This refund is not recorded.
    RefundIsNew(BlockHash),
    /// This refund is recorded and undecided.
    RefundIsOpen(BlockHash),
    /// The record of money is at this revision.
    MoneyRevisionIs(u64),
    /// The stage's deadline is this or earlier.
    DueBy(Timestamp),
}

/// Why a guard asks about the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentPurpose {
    /// To name a block.
    Submit,
    /// To begin work.
    Begin,
    /// To end the job.
    End,
}

impl Guard {
    /// Whether the condition holds.
    ///
    /// # Errors
    /// What to tell the caller when it does not.
    pub fn check(&self, job: &Job) -> Result<(), Rejection> {
        let mismatch = |what| Rejection::Mismatch { what };
        let payment = job.money.payment.status();
        let (holds, rejection) = match self {
            Self::Exists => (true, Rejection::NotFound),
            Self::NotForCaller => (false, Rejection::NotForCaller),
            Self::PartyIs(needed, bot) => match job.party(bot) {
                Some(party) => (party == *needed, Rejection::WrongParty { needed: *needed }),
                None => (false, Rejection::NotFound),
            },
            Self::StatusIn(allowed) => (
                allowed.contains(&job.status()),
                Rejection::WrongStatus { status: job.status() },
            ),
            Self::OfferIs(offer) => (job.offer_id == *offer, mismatch(Mismatch::Offer)),
            Self::BuyerIs(buyer) => (job.buyer == *buyer, mismatch(Mismatch::Buyer)),
            Self::InputHashIs(hash) => (job.input_hash == *hash, mismatch(Mismatch::InputHash)),
            Self::TurnaroundIs(turnaround) => (job.promise.turnaround == *turnaround, mismatch(Mismatch::Turnaround)),
            Self::PriceMayBe(amount) => {
                let fixed = job.promise.fixed_amount.unwrap_or(*amount);
                (fixed == *amount, Rejection::PriceIsFixed { fixed })
            }
            Self::QuoteMayStand(lifetime) => {
                let least = job.promise.quote_lifetime.unwrap_or(Seconds(0));
                (least <= *lifetime, Rejection::StandsTooShort { least })
            }
            Self::RefundAccountIsNot(account) => {
                (job.refund_account != Some(*account), Rejection::InvoiceIsRefundAccount)
            }
            Self::QuotableAfter(instant) => still_open(job, *instant, quote_by(job)),
            Self::QuoteStandsAfter(instant) => {
                still_open(job, *instant, job.stage.quote().map(|quote| quote.expires_at))
            }
            Self::HasQuote => (job.stage.quote().is_some(), Rejection::NoQuote),
            Self::PaymentIn(allowed, purpose) => {
                let rejection = match purpose {
                    PaymentPurpose::Submit => Rejection::PaymentExists { status: payment },
                    PaymentPurpose::Begin => Rejection::PaymentNotConfirmed { status: payment },
                    PaymentPurpose::End => Rejection::Superseded,
                };
                (allowed.contains(&payment), rejection)
            }
            Self::PaymentHashIs(hash) => (job.payment_hash() == *hash, mismatch(Mismatch::PaymentHash)),
            Self::LeaseFreeAt(instant) => match lock_of(job) {
                Some(lock) => (
                    lock.lease_expires_at <= *instant,
                    Rejection::Locked {
                        lease_expires_at: lock.lease_expires_at,
                    },
                ),
                None => (true, Rejection::LockLost),
            },
            Self::TokenIs(token) => (
                lock_of(job).is_some_and(|lock| lock.token == *token),
                Rejection::LockLost,
            ),
            Self::FenceBelow(fence) => (job.fence < *fence, Rejection::LockedJustNow),
            Self::HistoryBelow(most) => (
                most.0 > 0 && Count(most.0.saturating_sub(1)).allows(job.history.len()),
                Rejection::HistoryFull,
            ),
            Self::RefundsBelow(most) => (
                most.0 > 0 && Count(most.0.saturating_sub(1)).allows(job.money.refunds.len()),
                Rejection::TooManyRefunds,
            ),
            Self::RefundIsNew(hash) => (!job.money.refunds.contains_key(hash), Rejection::RefundExists),
            Self::RefundIsOpen(hash) => (
                job.money
                    .refunds
                    .get(hash)
                    .is_some_and(|refund| refund.state == RefundState::Submitted),
                Rejection::Superseded,
            ),
            Self::MoneyRevisionIs(revision) => (job.money.revision == *revision, Rejection::Superseded),
            Self::DueBy(instant) => (job.due_at.is_some_and(|due_at| due_at <= *instant), Rejection::NotDue),
        };
        if holds { Ok(()) } else { Err(rejection) }
    }
}

fn still_open(job: &Job, now: Timestamp, until: Option<Timestamp>) -> (bool, Rejection) {
    let ended_at = until.unwrap_or(Timestamp::EPOCH);
    (
        ended_at > now,
        Rejection::TooLate {
            status: job.status(),
            ended_at,
        },
    )
}

fn quote_by(job: &Job) -> Option<Timestamp> {
    match &job.stage {
        Stage::Requested { quote_by } => Some(*quote_by),
        Stage::Quoted { .. }
        | Stage::Accepted { .. }
        | Stage::Running { .. }
        | Stage::Finished { .. }
        | Stage::Cancelled { .. }
        | Stage::Declined { .. }
        | Stage::Expired { .. } => None,
    }
}

fn lock_of(job: &Job) -> Option<&super::Lock> {
    match &job.stage {
        Stage::Running { lock, .. } => Some(lock),
        Stage::Requested { .. }
        | Stage::Quoted { .. }
        | Stage::Accepted { .. }
        | Stage::Finished { .. }
        | Stage::Cancelled { .. }
        | Stage::Declined { .. }
        | Stage::Expired { .. } => None,
    }
}
