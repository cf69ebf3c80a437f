//! What a purchase tells while it goes on.

use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::Timestamp;
use nanoark_nano::{BlockHash, RawAmount};
use serde::Serialize;

use super::next::Waiting;
use super::progress::{Outcome, Progress, Proof, Withdrawal};
use super::purchase::PurchaseKey;

/// Who is told of a purchase's steps. A step may be told twice, as it may be done twice.
pub trait Observer: Send + Sync {
    /// This happened.
    fn step(&self, step: &Step);
}

/// Nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn step(&self, _: &Step) {}
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// To which purchase.
    pub purchase: PurchaseKey,
    /// Its job.
    pub job_id: JobId,
    /// What.
    #[serde(flatten)]
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happened {
    /// The money is set aside for a new purchase.
    SetAside {
        /// The most that it may cost, in raw.
        amount_raw: RawAmount,
    },
    /// An unfinished purchase goes on.
    Resumed {
        /// Where it stands.
        progress: Progress,
    },
    /// The purchase went on; this is written down.
    Went {
        /// Where it stands now.
        progress: Progress,
    },
    /// The relay shows the job in another state than before.
    Job {
        /// How far the work is.
        status: Status,
        /// What the relay makes of the payment.
        payment_status: PaymentStatus,
    },
    /// There is nothing to do for now.
    Waiting {
        /// What it waits for.
        waiting_for: Waiting,
    },
    /// Our nodes do not call the payment final yet; it is published again.
    NotFinal {
        /// The block.
        block_hash: BlockHash,
    },
    /// Something failed that may mend itself; it is tried again.
    Trouble {
        /// What.
        error: String,
    },
}

impl Happened {
    /// In a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::SetAside { amount_raw } => format!("sets {} XNO aside", amount_raw.to_xno()),
            Self::Resumed { progress } => format!("goes on with the unfinished purchase: {}", progress.name()),
            Self::Went { progress } => went(progress),
            Self::Job { status, payment_status } => format!("the job is {status}, the payment {payment_status}"),
            Self::Waiting { waiting_for } => match waiting_for {
                Waiting::Quote => "waits for the seller's quote",
                Waiting::Verdict => "waits for the relay",
                Waiting::Result => "waits for the result",
                Waiting::Owner => "waits for a decision of its owner",
                Waiting::Refund => "waits for a refund",
                Waiting::OtherProcess => "waits for another process that pays",
            }
            .to_owned(),
            Self::NotFinal { block_hash } => {
                format!("no quorum of our nodes calls {block_hash} final yet; publishes it again")
            }
            Self::Trouble { error } => format!("tries again: {error}"),
        }
    }
}

fn went(progress: &Progress) -> String {
    match progress {
        Progress::Reserved => "has set the money aside".to_owned(),
        Progress::Requesting => "requests the job".to_owned(),
        Progress::Requested => "has requested the job".to_owned(),
        Progress::Agreed { terms } => format!(
            "has checked the quote of {} XNO to {}, good until {}, and accepts it",
            terms.amount.to_xno(),
            terms.invoice,
            terms.expires_at
        ),
        Progress::Accepted { .. } => "has accepted the quote".to_owned(),
        Progress::Paying { terms, payment, .. } => {
            format!("sends {} XNO to {}", payment.amount.to_xno(), terms.invoice)
        }
        Progress::Paid { sent, .. } => match sent.last() {
            Some(last) => format!("has signed and published {}", last.block),
            None => "has paid".to_owned(),
        },
        Progress::Named { sent, .. } => match sent.last() {
            Some(last) if last.confirmed => format!("{} is final on our nodes", last.block),
            Some(last) => format!("has told the relay that {} pays", last.block),
            None => "has told the relay".to_owned(),
        },
        Progress::Withdrawing { why, .. } => format!("withdraws: {}", reason(why)),
        Progress::Refunding { outcome, expected, .. } => {
            format!("{}; {} XNO are to come back", ended(outcome), expected.to_xno())
        }
        Progress::Ended { outcome, .. } => ended(outcome),
    }
}

fn ended(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Delivered { receipt: Proof::Good } => "has the result and the seller's receipt".to_owned(),
        Outcome::Delivered {
            receipt: Proof::Bad { why },
        } => format!("has a result whose receipt proves nothing: {why}"),
        Outcome::Failed { .. } => "the seller failed".to_owned(),
        Outcome::Declined => "the seller declined".to_owned(),
        Outcome::Cancelled => "the job is cancelled".to_owned(),
        Outcome::Expired { reason: None } => "the job expired".to_owned(),
        Outcome::Expired { reason: Some(reason) } => format!("the job expired: {reason}"),
        Outcome::Withdrawn { why } => format!("nothing was paid: {}", reason(why)),
        Outcome::Refused { code, detail } => format!("the relay refused the request: {code}: {detail}"),
    }
}

/// Why it is given up, in words.
pub(super) fn reason(why: &Withdrawal) -> String {
    match why {
        Withdrawal::Quote { detail, .. } | Withdrawal::Policy { detail, .. } => detail.clone(),
        Withdrawal::NoTimeToPay => "there was too little time left to pay".to_owned(),
        Withdrawal::StrayMoney => "somebody else sent money to the invoice account".to_owned(),
        Withdrawal::Asked { reason: Some(reason) } => reason.clone(),
        Withdrawal::Asked { reason: None } => "the owner asked for it".to_owned(),
    }
}
