//! Where the money of a purchase is: what left, what the relay makes of it, what is owed, and what came back.
//!
//! A pure function of the job as the relay shows it, of what the buyer knows that it sent, and of what its own nodes say
//! about the blocks. What came back counts only if our own nodes call it final.

use std::collections::{BTreeMap, BTreeSet};

use nanoark_client::wire::jobs::JobView;
use nanoark_client::wire::money::{OwedView, RefundStatus};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::payment::{PaymentStatus, RejectReason};
use nanoark_nano::{Account, BlockHash, RawAmount};
use serde::Serialize;

use super::ledger::Seen;
use super::purchase::{SentPayment, Terms, add, total};

/// What our own nodes say of blocks.
pub type Sightings = BTreeMap<BlockHash, Seen>;

/// What our own nodes and our own book say of the refunds that a seller named for a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Refunds {
    pub(super) seen: Sightings,
    /// Those that count for other jobs of ours.
    pub(super) counted_elsewhere: BTreeMap<BlockHash, JobId>,
}

/// What the buyer itself knows of the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnRecord<'a> {
    /// What was agreed to, if anything.
    pub terms: Option<&'a Terms>,
    /// What was sent.
    pub sent: &'a [SentPayment],
    /// Where money is to come back to.
    pub refund_account: Account,
    /// Blocks that count for other jobs of ours.
    pub counted_elsewhere: &'a BTreeMap<BlockHash, JobId>,
}

/// Where the money is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoneyReport {
    /// In a word that programs can rely on.
    pub code: MoneyCode,
    /// In a sentence.
    pub summary: String,
    /// Every send of ours.
    pub sent: Vec<SentReport>,
    /// What the relay says about the payment.
    pub relay_says: PaymentStatus,
    /// Why it pays nothing, where the relay rejects it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay_reason: Option<RejectReason>,
    /// What is missing from the price, in raw, while more can be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_raw: Option<RawAmount>,
    /// What the relay says the seller owes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owed: Option<OwedView>,
    /// Every block that the seller says sends money back.
    pub refunds: Vec<RefundReport>,
    /// What came back, by our own nodes, in raw.
    pub returned_raw: RawAmount,
}

/// A send of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentReport {
    /// The block.
    pub block_hash: BlockHash,
    /// Where it sends.
    pub to: Account,
    /// How much, in raw.
    pub amount_raw: RawAmount,
    /// Whether our nodes have called it final.
    pub confirmed: bool,
}

/// A block that the seller says sends money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefundReport {
    /// The block.
    pub block_hash: BlockHash,
    /// What the relay found.
    pub relay_says: RefundStatus,
    /// What our own nodes say.
    pub seen: Seen,
    /// Whether it counts: it is final, goes to the account where the buyer wants refunds, and counts for no other job.
    pub counts: bool,
    /// The other job of ours that it counts for, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted_for: Option<JobId>,
}

/// Where the money is, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyCode {
    /// Nothing was signed.
    NothingSent,
    /// Signed; our nodes have not called it final.
    OnItsWay,
    /// Final; the relay has not decided.
    BeingChecked,
    /// The price is there; the seller works or is to.
    Paid,
    /// The price is there and so is the result.
    Spent,
    /// More than the price is there.
    SurplusOwed,
    /// Less than the price is there, and the rest may follow.
    Short,
    /// The price came too late; it is owed back once the job has expired.
    Late,
    /// The relay says that the named block sends to another account.
    WrongAccount,
    /// The relay says that the named block pays nothing.
    Rejected,
    /// The job is over and the relay has no record of the money, which our nodes call final.
    NotOnRecord,
    /// The job is over and money is owed back.
    RefundOwed,
    /// A refund was named and is not final yet.
    RefundOnItsWay,
    /// A part came back.
    RefundPartial,
    /// The relay calls a refund confirmed; our own nodes do not.
    RefundUnverified,
    /// Everything that was owed came back.
    Refunded,
}

/// Where the money of a job is.
#[must_use]
pub fn money_report(job: &JobView, own: OwnRecord<'_>, seen: &Sightings) -> MoneyReport {
    let sent = sent_reports(own, seen);
    let refunds = refund_reports(job, own.refund_account, seen, own.counted_elsewhere);
    let returned = returned(&refunds);
    let code = code(job, own, &sent, &refunds, returned);
    let arrived = job
        .payment
        .receipts
        .iter()
        .fold(RawAmount::ZERO, |sum, one| add(sum, one.amount));
    let missing = own
        .terms
        .and_then(|terms| terms.amount.checked_sub(arrived))
        .filter(|_| code == MoneyCode::Short);
    MoneyReport {
        summary: summary(code, job, own, missing, returned),
        code,
        sent,
        relay_says: job.payment.status,
        relay_reason: job.payment.reason,
        missing_raw: missing,
        owed: job.refunds.owed.clone(),
        refunds,
        returned_raw: returned,
    }
}

/// What came back for this job, in raw, as far as our own nodes call it final.
#[must_use]
pub(super) fn returned_so_far(job: &JobView, refund_account: Account, refunds: &Refunds) -> RawAmount {
    returned(&refund_reports(
        job,
        refund_account,
        &refunds.seen,
        &refunds.counted_elsewhere,
    ))
}

/// Whether our nodes show a final send to the account where the buyer wants refunds, from somebody else.
pub(super) fn is_refund(seen: &Seen, refund_account: Account) -> bool {
    matches!(seen, Seen::Final { to, payer, .. } if *to == refund_account && *payer != refund_account)
}

fn sent_reports(own: OwnRecord<'_>, seen: &Sightings) -> Vec<SentReport> {
    let report = |one: &SentPayment| {
        Some(SentReport {
            block_hash: one.block,
            to: own.terms?.invoice,
            amount_raw: one.payment.amount,
            confirmed: one.confirmed || matches!(seen.get(&one.block), Some(Seen::Final { .. })),
        })
    };
    own.sent.iter().filter_map(report).collect()
}

fn refund_reports(
    job: &JobView,
    refund_account: Account,
    seen: &Sightings,
    counted_elsewhere: &BTreeMap<BlockHash, JobId>,
) -> Vec<RefundReport> {
    let unseen = || Seen::Unknown {
        why: "not looked at".to_owned(),
    };
    let mut named = BTreeSet::new();
    let sent = job.refunds.sent.iter().filter(|refund| named.insert(refund.block_hash));
    sent.map(|refund| {
        let seen = seen.get(&refund.block_hash).cloned().unwrap_or_else(unseen);
        let counted_for = counted_elsewhere.get(&refund.block_hash).copied();
        RefundReport {
            block_hash: refund.block_hash,
            relay_says: refund.status,
            counts: counted_for.is_none() && is_refund(&seen, refund_account),
            counted_for,
            seen,
        }
    })
    .collect()
}

fn returned(refunds: &[RefundReport]) -> RawAmount {
    refunds.iter().fold(RawAmount::ZERO, |sum, refund| match refund.seen {
        Seen::Final { amount_raw, .. } if refund.counts => add(sum, amount_raw),
        Seen::Final { .. } | Seen::NotFinal { .. } | Seen::Missing | Seen::NoSend | Seen::Unknown { .. } => sum,
    })
}

fn code(
    job: &JobView,
    own: OwnRecord<'_>,
    sent: &[SentReport],
    refunds: &[RefundReport],
    returned: RawAmount,
) -> MoneyCode {
    if sent.is_empty() {
        return MoneyCode::NothingSent;
    }
    let all_final = sent.iter().all(|one| one.confirmed);
    let undecided = if all_final {
        MoneyCode::BeingChecked
    } else {
        MoneyCode::OnItsWay
    };
    let left = total(own.sent);
    let surplus = own
        .terms
        .and_then(|terms| left.checked_sub(terms.amount))
        .unwrap_or(RawAmount::ZERO);
    match job.status {
        Status::Requested | Status::Quoted | Status::Accepted | Status::Running => match job.payment.status {
            PaymentStatus::None | PaymentStatus::Submitted => undecided,
            PaymentStatus::Confirmed => MoneyCode::Paid,
            PaymentStatus::Over | PaymentStatus::Duplicate if surplus == RawAmount::ZERO => MoneyCode::Paid,
            PaymentStatus::Over | PaymentStatus::Duplicate => {
                refund_code(job, refunds, returned, surplus, MoneyCode::SurplusOwed)
            }
            PaymentStatus::Short => MoneyCode::Short,
            PaymentStatus::Late => MoneyCode::Late,
            PaymentStatus::WrongAccount => MoneyCode::WrongAccount,
            PaymentStatus::Rejected => MoneyCode::Rejected,
        },
        Status::Delivered if surplus == RawAmount::ZERO => MoneyCode::Spent,
        Status::Delivered => refund_code(job, refunds, returned, surplus, MoneyCode::SurplusOwed),
        Status::Failed | Status::Cancelled | Status::Declined | Status::Expired => {
            let unsettled = match job.payment.status {
                PaymentStatus::None | PaymentStatus::WrongAccount | PaymentStatus::Rejected if all_final => {
                    MoneyCode::NotOnRecord
                }
                PaymentStatus::None | PaymentStatus::WrongAccount | PaymentStatus::Rejected => MoneyCode::OnItsWay,
                PaymentStatus::Submitted => undecided,
                PaymentStatus::Confirmed
                | PaymentStatus::Over
                | PaymentStatus::Duplicate
                | PaymentStatus::Short
                | PaymentStatus::Late => MoneyCode::RefundOwed,
            };
            refund_code(job, refunds, returned, left, unsettled)
        }
    }
}

/// How far `expected` has come back; `otherwise` if nothing has and nothing is on its way.
fn refund_code(
    job: &JobView,
    refunds: &[RefundReport],
    returned: RawAmount,
    expected: RawAmount,
    otherwise: MoneyCode,
) -> MoneyCode {
    let on_its_way = |refund: &RefundReport| !refund.counts && refund.relay_says == RefundStatus::Submitted;
    let unverified = |refund: &RefundReport| !refund.counts && refund.relay_says == RefundStatus::Confirmed;
    if returned >= expected {
        MoneyCode::Refunded
    } else if refunds.iter().any(on_its_way) {
        MoneyCode::RefundOnItsWay
    } else if refunds.iter().any(unverified) {
        MoneyCode::RefundUnverified
    } else if returned > RawAmount::ZERO {
        MoneyCode::RefundPartial
    } else if job.refunds.owed.is_some() && otherwise != MoneyCode::SurplusOwed {
        MoneyCode::RefundOwed
    } else {
        otherwise
    }
}

fn summary(
    code: MoneyCode,
    job: &JobView,
    own: OwnRecord<'_>,
    missing: Option<RawAmount>,
    returned: RawAmount,
) -> String {
    let left = total(own.sent).to_xno();
    let invoice = own.terms.map_or_else(String::new, |terms| terms.invoice.to_string());
    let back = returned.to_xno();
    let owed = job.refunds.owed.as_ref().map_or_else(
        || "The relay does not say what is owed.".to_owned(),
        |owed| {
            let amount = owed.amount_raw.to_xno();
            format!("The seller owes {amount} XNO to {} ({}).", owed.to, owed.reason)
        },
    );
    match code {
        MoneyCode::NothingSent => "Nothing was signed: no money left the wallet.".to_owned(),
        MoneyCode::OnItsWay => {
            format!("{left} XNO to {invoice} are signed and not final on our nodes; the same block is published again.")
        }
        MoneyCode::BeingChecked => {
            format!("{left} XNO are final on {invoice}; the relay has not decided. Do not pay again.")
        }
        MoneyCode::Paid => format!("{left} XNO are paid to {invoice}; the seller is to work."),
        MoneyCode::Spent => format!("{left} XNO are paid to {invoice}, and the result is there."),
        MoneyCode::SurplusOwed => format!("{left} XNO are paid to {invoice}, more than the price. {owed}"),
        MoneyCode::Short => format!(
            "{left} XNO were sent to {invoice}; {} XNO of the price are missing. Add them before the quote expires, or \
             cancel to have everything owed back.",
            missing.unwrap_or(RawAmount::ZERO).to_xno()
        ),
        MoneyCode::Late => format!(
            "{left} XNO came to {invoice} after the time to pay. Once the job has expired they are owed back. {owed}"
        ),
        MoneyCode::WrongAccount => format!(
            "{left} XNO were sent to {invoice}, but the relay says that the block it was named sends to another \
             account. Look at both; do not pay again."
        ),
        MoneyCode::Rejected => format!(
            "{left} XNO were sent to {invoice}, but the relay rejects the block it was named{}. Do not pay again.",
            job.payment
                .reason
                .map_or_else(String::new, |reason| format!(": {reason}"))
        ),
        MoneyCode::NotOnRecord => format!(
            "{left} XNO are final on {invoice}, but the relay has no record of them. It looks at the account for seven \
             days; show the seller the block."
        ),
        MoneyCode::RefundOwed => format!("{left} XNO were paid and the job is {}. {owed}", job.status),
        MoneyCode::RefundOnItsWay => {
            format!("{back} XNO of {left} XNO came back; the seller named a refund that is not final yet. {owed}")
        }
        MoneyCode::RefundPartial => format!("{back} XNO of {left} XNO came back. {owed}"),
        MoneyCode::RefundUnverified => format!(
            "The relay calls a refund confirmed that our own nodes do not, or that counts for another job; {back} XNO of {left} XNO verifiably came back."
        ),
        MoneyCode::Refunded => format!("{back} XNO of {left} XNO came back: everything that was owed."),
    }
}

#[cfg(test)]
mod tests;
