//! What a purchase does next: a pure rule over its progress, the job as the relay shows it, and what the wallet signed.
//!
//! Three things it never does: sign when money has come to the invoice account already, sign when there may be no time
//! left, and forget a block that is signed. And it touches no job that is not the one that was ordered.

use nanoark_client::verify_receipt;
use nanoark_client::wire::jobs::JobView;
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::Timestamp;
use nanoark_http::problem::Code;
use nanoark_nano::{BlockHash, RawAmount};

use super::progress::{Outcome, Progress, Proof, Withdrawal};
use super::purchase::{Payment, Purchase, SentPayment, Terms, total};
use super::quote::{Margins, other_than_ordered};

/// What is known besides the purchase itself.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The job as the relay shows it; `None` if it has none of that id.
    pub job: Option<&'a JobView>,
    /// What the wallet has done about the payment that is, or was to be, made.
    pub signing: Signing,
    /// What verifiably came back, in raw.
    pub returned: RawAmount,
    /// Now.
    pub now: Timestamp,
    /// How much time there must be.
    pub margins: Margins,
}

/// What the wallet has done about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// Nothing; it may sign.
    Open,
    /// It has signed this block, which stands for ever.
    Done(BlockHash),
    /// It has given the payment up and will never sign for it.
    Void,
}

/// What a purchase does next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Send the request.
    Request,
    /// Check the quote, and agree to it or withdraw.
    CheckQuote,
    /// Accept the quote.
    Accept,
    /// Have the wallet send.
    Send,
    /// Tell the relay which block pays.
    Name,
    /// See that our nodes call the last block final; publish it again if they do not.
    Confirm,
    /// Cancel the job.
    Cancel,
    /// Write this down.
    Move(Box<Progress>),
    /// Look again later.
    Wait(Waiting),
    /// Nothing: it is over.
    Done,
}

/// What a purchase waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// The seller's quote.
    Quote,
    /// The relay's verdict on the payment.
    Verdict,
    /// The seller's work.
    Result,
    /// A decision of the buyer's owner: what arrived is short, late or refused.
    Owner,
    /// Money that is owed.
    Refund,
    /// Another process, which has the wallet sign.
    OtherProcess,
}

/// What a purchase does next.
#[must_use]
pub fn next_step(purchase: &Purchase, facts: &Facts<'_>) -> Next {
    let Some(job) = facts.job else {
        return match purchase.progress {
            Progress::Reserved => go(Progress::Requesting),
            Progress::Requesting => Next::Request,
            Progress::Ended { .. } => Next::Done,
            // A relay that does not know a job that it took is not the relay; nothing follows from what it says.
            Progress::Requested
            | Progress::Agreed { .. }
            | Progress::Accepted { .. }
            | Progress::Paying { .. }
            | Progress::Paid { .. }
            | Progress::Named { .. }
            | Progress::Withdrawing { .. }
            | Progress::Refunding { .. } => Next::Wait(Waiting::Verdict),
        };
    };
    match &purchase.progress {
        Progress::Reserved | Progress::Requesting | Progress::Requested
            if other_than_ordered(purchase, job).is_some() =>
        {
            go(key_taken(purchase, job))
        }
        Progress::Reserved | Progress::Requesting => go(Progress::Requested),
        // Paid for in a life that this memory was lost of: the quote says what was agreed to.
        Progress::Requested if job.quote.is_some() && matches!(facts.signing, Signing::Done(_)) => Next::CheckQuote,
        Progress::Requested => match job.status {
            Status::Requested => Next::Wait(Waiting::Quote),
            Status::Quoted | Status::Accepted => Next::CheckQuote,
            Status::Running => Next::Wait(Waiting::Result),
            Status::Delivered | Status::Failed | Status::Cancelled | Status::Declined | Status::Expired => {
                over(job, None, &[])
            }
        },
        Progress::Agreed { terms } => match job.status {
            Status::Quoted if in_time(terms, facts) => Next::Accept,
            Status::Quoted => withdraw(Withdrawal::NoTimeToPay, Some(*terms)),
            Status::Accepted => go(Progress::Accepted { terms: *terms }),
            Status::Requested => Next::Wait(Waiting::Quote),
            Status::Running => Next::Wait(Waiting::Result),
            Status::Delivered | Status::Failed | Status::Cancelled | Status::Declined | Status::Expired => {
                over(job, Some(terms), &[])
            }
        },
        Progress::Accepted { terms } => {
            let payment = Payment {
                number: 1,
                amount: terms.amount,
            };
            let paying = Progress::Paying {
                terms: *terms,
                payment,
                sent: Vec::new(),
            };
            pay(job, facts, terms, &[], go(paying))
        }
        Progress::Paying { terms, payment, sent } => match facts.signing {
            Signing::Done(block) => go(Progress::signed(terms, *payment, sent, block)),
            Signing::Open | Signing::Void => pay(job, facts, terms, sent, Next::Send),
        },
        Progress::Paid { terms, sent } => name(job, terms, sent),
        Progress::Named { terms, sent } => follow(job, terms, sent),
        Progress::Withdrawing { why, terms } => match (job.status, facts.signing, terms) {
            // In a life that this memory was lost of. What is signed is signed.
            (_, Signing::Done(block), Some(terms)) => {
                let payment = Payment {
                    number: 1,
                    amount: terms.amount,
                };
                go(Progress::signed(terms, payment, &[], block))
            }
            (Status::Requested | Status::Quoted | Status::Accepted, _, _) => Next::Cancel,
            (Status::Running, _, _) => Next::Wait(Waiting::Result),
            (Status::Cancelled, _, _) => go(Progress::Ended {
                outcome: Outcome::Withdrawn { why: why.clone() },
                terms: *terms,
                sent: Vec::new(),
                returned: RawAmount::ZERO,
            }),
            (Status::Delivered | Status::Failed | Status::Declined | Status::Expired, _, _) => {
                over(job, terms.as_ref(), &[])
            }
        },
        Progress::Refunding {
            outcome,
            terms,
            sent,
            expected,
        } => {
            if facts.returned >= *expected {
                go(Progress::Ended {
                    outcome: outcome.clone(),
                    terms: Some(*terms),
                    sent: sent.clone(),
                    returned: facts.returned,
                })
            } else {
                Next::Wait(Waiting::Refund)
            }
        }
        Progress::Ended { .. } => Next::Done,
    }
}

/// Goes `onward` to a send if nothing stands against it; nothing is signed for it yet.
fn pay(job: &JobView, facts: &Facts<'_>, terms: &Terms, sent: &[SentPayment], onward: Next) -> Next {
    // A top-up that comes to nothing leaves what was sent before; a first payment leaves nothing, and can be withdrawn.
    let give_up = |why: Withdrawal| {
        if !sent.is_empty() {
            go(Progress::Named {
                terms: *terms,
                sent: sent.to_vec(),
            })
        } else if job.status == Status::Running {
            Next::Wait(Waiting::Result)
        } else {
            withdraw(why, Some(*terms))
        }
    };
    match job.status {
        // It was accepted before: this view is an old one.
        Status::Requested | Status::Quoted => Next::Wait(Waiting::Verdict),
        Status::Accepted | Status::Running => match job.payment.status {
            PaymentStatus::Confirmed | PaymentStatus::Over | PaymentStatus::Duplicate => {
                if sent.is_empty() {
                    // Somebody paid for us. The price is there: work goes on, and nothing is sent a second time.
                    Next::Wait(Waiting::Result)
                } else {
                    give_up(Withdrawal::StrayMoney)
                }
            }
            PaymentStatus::Submitted => Next::Wait(Waiting::Verdict),
            PaymentStatus::Short | PaymentStatus::Late if sent.is_empty() => give_up(Withdrawal::StrayMoney),
            PaymentStatus::Late => give_up(Withdrawal::NoTimeToPay),
            PaymentStatus::None | PaymentStatus::WrongAccount | PaymentStatus::Rejected | PaymentStatus::Short => {
                // Void: given up before, by somebody who did not live to write down why. Only time is always a reason.
                if facts.signing != Signing::Void && in_time(terms, facts) {
                    onward
                } else {
                    give_up(Withdrawal::NoTimeToPay)
                }
            }
        },
        Status::Delivered | Status::Failed | Status::Cancelled | Status::Declined | Status::Expired => {
            over(job, Some(terms), sent)
        }
    }
}

/// Names the last block, whatever became of the job: money that arrived must be on record.
fn name(job: &JobView, terms: &Terms, sent: &[SentPayment]) -> Next {
    let named = || {
        go(Progress::Named {
            terms: *terms,
            sent: sent.to_vec(),
        })
    };
    let Some(last) = sent.last() else {
        return named();
    };
    let known =
        job.payment.block_hash == Some(last.block) || job.payment.receipts.iter().any(|one| one.hash == last.block);
    if known {
        return named();
    }
    match job.status {
        Status::Requested | Status::Quoted | Status::Declined => Next::Wait(Waiting::Verdict),
        Status::Accepted
        | Status::Running
        | Status::Delivered
        | Status::Failed
        | Status::Cancelled
        | Status::Expired => match job.payment.status {
            PaymentStatus::None
            | PaymentStatus::Short
            | PaymentStatus::Late
            | PaymentStatus::WrongAccount
            | PaymentStatus::Rejected => Next::Name,
            // Another block is being looked at; ours can be named after it, and is found without that if it is not.
            PaymentStatus::Submitted => Next::Wait(Waiting::Verdict),
            PaymentStatus::Confirmed | PaymentStatus::Over | PaymentStatus::Duplicate => named(),
        },
    }
}

/// After the payment was named.
fn follow(job: &JobView, terms: &Terms, sent: &[SentPayment]) -> Next {
    match job.status {
        Status::Requested | Status::Quoted | Status::Accepted => match job.payment.status {
            PaymentStatus::Confirmed | PaymentStatus::Over | PaymentStatus::Duplicate => Next::Wait(Waiting::Result),
            PaymentStatus::None | PaymentStatus::Submitted => unconfirmed(sent, Waiting::Verdict),
            PaymentStatus::Short | PaymentStatus::Late | PaymentStatus::WrongAccount | PaymentStatus::Rejected => {
                unconfirmed(sent, Waiting::Owner)
            }
        },
        Status::Running => Next::Wait(Waiting::Result),
        Status::Delivered | Status::Failed | Status::Cancelled | Status::Declined | Status::Expired => {
            over(job, Some(terms), sent)
        }
    }
}

fn unconfirmed(sent: &[SentPayment], otherwise: Waiting) -> Next {
    if sent.last().is_some_and(|last| !last.confirmed) {
        Next::Confirm
    } else {
        Next::Wait(otherwise)
    }
}

/// The work is over: is money to come back?
fn over(job: &JobView, terms: Option<&Terms>, sent: &[SentPayment]) -> Next {
    let Some(outcome) = outcome(job, sent) else {
        return Next::Wait(Waiting::Result);
    };
    let price = match &outcome {
        Outcome::Delivered { .. } => terms.map_or(RawAmount::ZERO, |terms| terms.amount),
        Outcome::Failed { .. }
        | Outcome::Declined
        | Outcome::Cancelled
        | Outcome::Expired { .. }
        | Outcome::Withdrawn { .. }
        | Outcome::Refused { .. } => RawAmount::ZERO,
    };
    let expected = total(sent).checked_sub(price).unwrap_or(RawAmount::ZERO);
    go(match terms {
        Some(terms) if expected > RawAmount::ZERO => Progress::Refunding {
            outcome,
            terms: *terms,
            sent: sent.to_vec(),
            expected,
        },
        _ => Progress::Ended {
            outcome,
            terms: terms.copied(),
            sent: sent.to_vec(),
            returned: RawAmount::ZERO,
        },
    })
}

/// How the work ended; `None` while it has not.
fn outcome(job: &JobView, sent: &[SentPayment]) -> Option<Outcome> {
    match job.status {
        Status::Requested | Status::Quoted | Status::Accepted | Status::Running => None,
        Status::Delivered => Some(Outcome::Delivered {
            receipt: proof(job, sent),
        }),
        Status::Failed => Some(Outcome::Failed {
            receipt: proof(job, sent),
        }),
        Status::Cancelled => Some(Outcome::Cancelled),
        Status::Declined => Some(Outcome::Declined),
        Status::Expired => Some(Outcome::Expired {
            reason: job.expiry_reason,
        }),
    }
}

/// What the seller's receipt is worth to us: signed for this job, and naming one of our payments if we made any.
fn proof(job: &JobView, sent: &[SentPayment]) -> Proof {
    if let Err(fault) = verify_receipt(job) {
        return Proof::Bad { why: fault.to_string() };
    }
    let paid = job.receipt.as_ref().and_then(|receipt| receipt.payment_hash);
    let ours = |hash: BlockHash| sent.iter().any(|one| one.block == hash);
    if sent.is_empty() || paid.is_some_and(ours) {
        Proof::Good
    } else {
        Proof::Bad {
            why: "the receipt names no payment of ours".to_owned(),
        }
    }
}

/// The job is another purchase's: its key named it before, in a life that this memory was lost of.
fn key_taken(purchase: &Purchase, job: &JobView) -> Progress {
    let what = other_than_ordered(purchase, job).unwrap_or("order");
    Progress::Ended {
        outcome: Outcome::Refused {
            code: Code::IdempotencyConflict.to_string(),
            detail: format!(
                "the key {} was used before to buy {} with another {what}; that job is left as it is",
                purchase.key, purchase.job_id
            ),
        },
        terms: None,
        sent: Vec::new(),
        returned: RawAmount::ZERO,
    }
}

fn in_time(terms: &Terms, facts: &Facts<'_>) -> bool {
    facts.now.plus(facts.margins.to_pay) <= terms.expires_at
}

fn withdraw(why: Withdrawal, terms: Option<Terms>) -> Next {
    go(Progress::Withdrawing { why, terms })
}

fn go(progress: Progress) -> Next {
    Next::Move(Box::new(progress))
}

#[cfg(test)]
mod tests;
