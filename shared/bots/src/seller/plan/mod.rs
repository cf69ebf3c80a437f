//! What to do next about a job: a pure rule over what the relay says and what the worker remembers.
//!
//! The worker does one step, writes down what came of it, and asks again. A step that was done and not written down
//! comes out again, and every step can be done twice.

#[cfg(test)]
mod tests;

use nanoark_client::wire::jobs::JobView;
use nanoark_client::wire::money::{RefundStatus, RefundView};
use nanoark_domain::job::Status;
use nanoark_domain::payload::Input;
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::RawAmount;

use super::policy::{OwnWord, Policy, Refunds, Resume};
use super::record::{HeldLock, JobRecord, LockRecord, PaymentRecord, Pocketed, RefundRecord, RunRecord};

/// How often the relay is told of one refund, which it may not find at first.
const MOST_NAMINGS: u32 = 4;

/// What to do next about a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// Make a price, sign it, and send it.
    Quote,
    /// Send the refusal.
    Decline(Refusal),
    /// Look at the ledger.
    CheckPayment,
    /// Ask for the lock.
    Lock {
        /// The attempt whose key to use.
        attempt: u32,
        /// Whether to say that the payment was verified by the seller.
        own_word: bool,
    },
    /// The lock is not ours any more: forget it.
    ForgetLock,
    /// Run the tool under the lock that is held.
    Run,
    /// Record a failure instead of a result.
    GiveUp(GivenUp),
    /// Hand in the outcome that is on record.
    Deliver,
    /// Note how the job ended.
    Settle,
    /// Receive the money.
    Pocket,
    /// Send this refund, which is on record.
    SendRefund(usize),
    /// Tell the relay of this refund.
    NameRefund(usize),
    /// Check what is owed, and put a refund on record.
    OwedBack,
    /// Nothing for now.
    Wait {
        /// For what.
        on: Wait,
        /// Until when at the most, if it ends by itself. Any change of the job ends it too.
        until: Option<Timestamp>,
    },
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its input is a sealed box, which this worker does not open.
    Sealed,
    /// It has no input.
    NoInput,
}

/// Why a job is failed without a result of the tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenUp {
    /// The worker died while the tool ran, and the tool must not be run twice.
    Interrupted,
    /// The tool was started too often.
    TooManyRuns,
}

/// What a job waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The buyer accepts or does not.
    Acceptance,
    /// The buyer pays, or the relay or the nodes find out.
    Payment,
    /// Another worker works.
    OtherWorker,
    /// The relay does not say who holds the lock.
    LockUnknown,
    /// The relay showed the job as it was before.
    NewerView,
    /// The relay looks at a refund.
    Refund,
    /// A refund that could not be made is looked at again.
    RefundBlocked,
    /// The operator refunds.
    Operator,
    /// Another worker of the seller has the invoice account.
    OtherWallet,
    /// Money is to be received a little later.
    Money,
    /// The relay contradicts what it said before.
    Contradiction,
    /// Nothing: the job is over.
    Over,
}

impl Refusal {
    /// What the buyer is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Sealed => "This seller takes inputs in the clear only, not sealed boxes.",
            Self::NoInput => "The request has no input.",
        }
    }
}

impl GivenUp {
    /// What the buyer is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Interrupted => "The work was interrupted and cannot be repeated.",
            Self::TooManyRuns => "The work was begun several times and never came to an end.",
        }
    }
}

/// What to do next about a job.
#[must_use]
pub fn plan(job: &JobView, ours: &JobRecord, policy: &Policy, now: Timestamp) -> NextStep {
    match job.status {
        Status::Requested => requested(job, now),
        Status::Quoted => wait(Wait::Acceptance, job.due_at),
        Status::Accepted => accepted(job, ours, policy, now),
        Status::Running => running(job, ours, policy, now),
        Status::Declined => settled(job, ours).unwrap_or(wait(Wait::Over, None)),
        Status::Delivered | Status::Failed | Status::Cancelled | Status::Expired => {
            settled(job, ours).unwrap_or_else(|| money(job, ours, policy, now))
        }
    }
}

const fn wait(on: Wait, until: Option<Timestamp>) -> NextStep {
    NextStep::Wait { on, until }
}

fn requested(job: &JobView, now: Timestamp) -> NextStep {
    if job.due_at.is_some_and(|due_at| due_at <= now) {
        return wait(Wait::Over, None);
    }
    match &job.input {
        Some(Input::Json(_)) => NextStep::Quote,
        Some(Input::Sealed(_)) => NextStep::Decline(Refusal::Sealed),
        None => NextStep::Decline(Refusal::NoInput),
    }
}

fn accepted(job: &JobView, ours: &JobRecord, policy: &Policy, now: Timestamp) -> NextStep {
    if let Some(held) = ours.held() {
        // An accepted job is nobody's, unless this was read before the lock was given.
        return if job.updated_at < held.locked_at {
            stale(now)
        } else {
            NextStep::ForgetLock
        };
    }
    match basis(job, ours, policy, now) {
        Ok(own_word) => lock(ours, own_word),
        Err(step) => step,
    }
}

/// Whether work may begin, and if so whether on the worker's own word; else what to do about it.
fn basis(job: &JobView, ours: &JobRecord, policy: &Policy, now: Timestamp) -> Result<bool, NextStep> {
    let own_verdict = match &ours.payment {
        PaymentRecord::Verified { at } => Ok(*at),
        PaymentRecord::Open {
            look_at, relay_said, ..
        } if *look_at > now && *relay_said == job.payment.status => Err(wait(Wait::Payment, Some(*look_at))),
        PaymentRecord::Unknown | PaymentRecord::Open { .. } => Err(NextStep::CheckPayment),
    };
    match job.payment.status {
        PaymentStatus::Confirmed | PaymentStatus::Over | PaymentStatus::Duplicate => own_verdict.map(|_| false),
        // What the relay finds too late is owed back, not worked for.
        PaymentStatus::Late => Err(wait(Wait::Payment, job.due_at)),
        PaymentStatus::None
        | PaymentStatus::Submitted
        | PaymentStatus::Short
        | PaymentStatus::WrongAccount
        | PaymentStatus::Rejected => match policy.own_word {
            OwnWord::Never => Err(wait(Wait::Payment, job.due_at)),
            OwnWord::After(patience) => {
                let begin_at = own_verdict?.plus(patience);
                if begin_at > now {
                    return Err(wait(Wait::Payment, Some(begin_at)));
                }
                Ok(true)
            }
        },
    }
}

const fn lock(ours: &JobRecord, own_word: bool) -> NextStep {
    NextStep::Lock {
        attempt: ours.lock.next_attempt(),
        own_word,
    }
}

fn running(job: &JobView, ours: &JobRecord, policy: &Policy, now: Timestamp) -> NextStep {
    let Some(shown) = &job.lock else {
        return wait(Wait::LockUnknown, Some(now.plus(Seconds(30))));
    };
    match &ours.lock {
        LockRecord::Held(HeldLock { fence, .. }) if *fence == shown.fence => at_work(ours, policy),
        LockRecord::Held(HeldLock { fence, .. }) if *fence > shown.fence => stale(now),
        LockRecord::Held(_) => NextStep::ForgetLock,
        // Perhaps it is ours and the answer was lost: the same request with the same key finds out, and takes nothing
        // from anybody.
        LockRecord::Asked { own_word, .. } => lock(ours, *own_word),
        LockRecord::Never | LockRecord::Refused { .. } | LockRecord::Gone { .. } => {
            if shown.lease_expires_at > now {
                return wait(Wait::OtherWorker, Some(shown.lease_expires_at));
            }
            match basis(job, ours, policy, now) {
                Ok(own_word) => lock(ours, own_word),
                Err(step) => step,
            }
        }
    }
}

/// What was read is older than what the relay has answered since.
fn stale(now: Timestamp) -> NextStep {
    wait(Wait::NewerView, Some(now.plus(Seconds(1))))
}

fn at_work(ours: &JobRecord, policy: &Policy) -> NextStep {
    match ours.run {
        RunRecord::Finished => NextStep::Deliver,
        RunRecord::UnderWay { started, .. } | RunRecord::Idle { started, .. } if started >= policy.most_runs => {
            NextStep::GiveUp(GivenUp::TooManyRuns)
        }
        RunRecord::Idle { .. } => NextStep::Run,
        RunRecord::UnderWay { .. } => match policy.resume {
            Resume::Rerun => NextStep::Run,
            Resume::Fail => NextStep::GiveUp(GivenUp::Interrupted),
        },
    }
}

/// What to note about a job that has ended.
fn settled(job: &JobView, ours: &JobRecord) -> Option<NextStep> {
    let Some(settled) = ours.settled else {
        return Some(NextStep::Settle);
    };
    (settled.status != job.status).then_some(wait(Wait::Contradiction, None))
}

/// What to do about the money of a job that has ended.
fn money(job: &JobView, ours: &JobRecord, policy: &Policy, now: Timestamp) -> NextStep {
    let Some(quote) = &job.quote else {
        return wait(Wait::Over, None);
    };
    if ours
        .quote
        .as_ref()
        .is_none_or(|draft| draft.invoice != quote.invoice_account)
    {
        return wait(Wait::OtherWallet, None);
    }
    if let Some(step) = refunds_on_record(job, ours) {
        return step;
    }
    if let Some(step) = owed_back(job, ours, policy, now) {
        return step;
    }
    let due = job.status == Status::Delivered && policy.pocket;
    match ours.pocketed {
        _ if !due => wait(Wait::Over, None),
        Pocketed::Everything { receipts } if receipts >= job.payment.receipts.len() => wait(Wait::Over, None),
        Pocketed::Tried { again_at, .. } if again_at > now => wait(Wait::Money, Some(again_at)),
        Pocketed::Nothing | Pocketed::Tried { .. } | Pocketed::Everything { .. } => NextStep::Pocket,
    }
}

/// What is left to do about refunds that were decided.
fn refunds_on_record(job: &JobView, ours: &JobRecord) -> Option<NextStep> {
    ours.refunds.iter().enumerate().find_map(|(number, refund)| {
        let Some(hash) = refund.hash else {
            return Some(NextStep::SendRefund(number));
        };
        let shown = job.refunds.sent.iter().find(|shown| shown.block_hash == hash);
        let to_be_named = match shown.map(|shown| shown.status) {
            // The relay gave it free again: it had not found it.
            None | Some(RefundStatus::Rejected) => refund.named < MOST_NAMINGS,
            Some(RefundStatus::Submitted | RefundStatus::Confirmed | RefundStatus::WrongAccount) => false,
        };
        to_be_named.then_some(NextStep::NameRefund(number))
    })
}

/// What to do about what the relay says is owed, beyond what is on its way.
fn owed_back(job: &JobView, ours: &JobRecord, policy: &Policy, now: Timestamp) -> Option<NextStep> {
    let owed = job.refunds.owed.as_ref()?;
    let confirmed = |refund: &&RefundRecord| {
        let is_it = |shown: &RefundView| Some(shown.block_hash) == refund.hash;
        let shown = job.refunds.sent.iter().find(|shown| is_it(shown));
        shown.is_some_and(|shown| shown.status == RefundStatus::Confirmed)
    };
    let on_its_way = ours.refunds.iter().filter(|refund| !confirmed(refund));
    let on_its_way = on_its_way.fold(RawAmount::ZERO, |sum, refund| {
        sum.checked_add(refund.amount).unwrap_or(RawAmount::MAX)
    });
    let others_open = job.refunds.sent.iter().any(|shown| {
        shown.status == RefundStatus::Submitted
            && ours.refunds.iter().all(|refund| refund.hash != Some(shown.block_hash))
    });
    if on_its_way >= owed.amount_raw || others_open {
        return Some(wait(Wait::Refund, None));
    }
    match policy.refunds {
        Refunds::Manual => Some(wait(Wait::Operator, None)),
        Refunds::Automatic => match ours.refund_look_at {
            Some(look_at) if look_at > now => Some(wait(Wait::RefundBlocked, Some(look_at))),
            Some(_) | None => Some(NextStep::OwedBack),
        },
    }
}
