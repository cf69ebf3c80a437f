//! How a purchase that went as far as it could ends the program: a pure rule.

use nanoark_bots::buyer::{Bought, Outcome, Progress, Proof, SentPayment, Standing, Withdrawal};
use nanoark_nano::RawAmount;

use crate::amount;
use crate::failure::{Failure, Trouble};

/// Nothing to say when the result is there and proved, or when only payment was asked for.
pub(crate) fn verdict(bought: &Bought) -> Result<(), Failure> {
    let (job, key) = (bought.purchase.job_id, &bought.purchase.key);
    match bought.standing {
        Standing::Named => Ok(()),
        Standing::StillGoing => Err(Failure::new(
            Trouble::StillGoing,
            format!("{job} is not finished"),
            format!("the same command with --key {key} goes on; `nanoark jobs watch {job}` looks on"),
        )),
        Standing::NeedsOwner => Err(Failure::new(
            Trouble::MoneyElsewhere,
            format!("what arrived for {job} is short, late or refused"),
            format!("`nanoark jobs show {job}` says where the money is and what can be done"),
        )),
        Standing::Over => match bought.purchase.progress.outcome() {
            Some(outcome) => ended(bought, outcome),
            // Over without an outcome does not happen; if it did, nothing would be known.
            None => Ok(()),
        },
    }
}

fn ended(bought: &Bought, outcome: &Outcome) -> Result<(), Failure> {
    let job = bought.purchase.job_id;
    match outcome {
        Outcome::Delivered { receipt: Proof::Good } => Ok(()),
        Outcome::Delivered {
            receipt: Proof::Bad { why },
        } => Err(Failure::new(
            Trouble::Unproved,
            format!("{job} has a result whose receipt proves nothing: {why}"),
            "do not rely on the result; show the job to the seller",
        )),
        Outcome::Withdrawn {
            why: Withdrawal::Quote { code, detail },
        } => {
            let trouble = match code.as_str() {
                "quote_too_expensive" => Trouble::GuardRail,
                "quote_too_little_time" => Trouble::JobEnded,
                _ => Trouble::Unproved,
            };
            Err(Failure::new(
                trouble,
                format!("the quote was not accepted: {detail}"),
                "nothing was paid; buy from another seller, or allow more with --max and in policy.json",
            ))
        }
        Outcome::Withdrawn {
            why: Withdrawal::Policy { detail, .. },
        } => Err(Failure::new(
            Trouble::GuardRail,
            detail.clone(),
            "nothing was paid; edit policy.json in the bot's folder to allow it",
        )),
        Outcome::Refused { code, detail } => Err(Failure::of_relay(
            code,
            format!("the relay refuses the request: {detail}"),
            format!("nothing was paid; docs/problems.md#{code} says what to do"),
        )),
        Outcome::Failed { .. }
        | Outcome::Declined
        | Outcome::Cancelled
        | Outcome::Expired { .. }
        | Outcome::Withdrawn {
            why: Withdrawal::NoTimeToPay | Withdrawal::StrayMoney | Withdrawal::Asked { .. },
        } => Err(without_result(bought)),
    }
}

/// The job ended without a result: is any money still with the seller?
fn without_result(bought: &Bought) -> Failure {
    let purchase = &bought.purchase;
    let job = purchase.job_id;
    let status = bought.job.as_ref().map_or("over", |job| job.status.as_str());
    let left = left_behind(purchase.progress.sent(), returned(bought));
    if left == RawAmount::ZERO {
        return Failure::new(
            Trouble::JobEnded,
            format!("{job} is {status}, and no money is left with the seller"),
            "buy again, or from another seller",
        );
    }
    Failure::new(
        Trouble::MoneyElsewhere,
        format!("{job} is {status}, and {} are with the seller", amount::show(left)),
        format!("`nanoark jobs show {job}` says what is owed and what came back"),
    )
}

fn returned(bought: &Bought) -> RawAmount {
    match &bought.purchase.progress {
        Progress::Ended { returned, .. } => *returned,
        Progress::Reserved
        | Progress::Requesting
        | Progress::Requested
        | Progress::Agreed { .. }
        | Progress::Accepted { .. }
        | Progress::Paying { .. }
        | Progress::Paid { .. }
        | Progress::Named { .. }
        | Progress::Withdrawing { .. }
        | Progress::Refunding { .. } => RawAmount::ZERO,
    }
}

/// What was sent and did not come back.
fn left_behind(sent: &[SentPayment], returned: RawAmount) -> RawAmount {
    let sum = sent.iter().fold(RawAmount::ZERO, |sum, one| {
        sum.checked_add(one.payment.amount).unwrap_or(RawAmount::MAX)
    });
    sum.checked_sub(returned).unwrap_or(RawAmount::ZERO)
}
