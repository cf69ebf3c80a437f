//! The domain's guards as a condition on the job's item.

use nanoark_domain::job::{Guard, Party, Status};
use nanoark_domain::payment::PaymentStatus;

use crate::expression::Expression;
use crate::item::{instant, number, span, text};

/// Adds the guard to the condition.
pub(super) fn require(expression: &mut Expression, guard: &Guard) {
    match guard {
        Guard::Exists => expression.require_present("job_id"),
        // Together with [`Guard::Exists`], which every order has, this never holds.
        Guard::NotForCaller => expression.require_absent("job_id"),
        Guard::PartyIs(Party::Buyer, bot) | Guard::BuyerIs(bot) => expression.compare("buyer", "=", text(bot)),
        Guard::PartyIs(Party::Seller, bot) => expression.compare("seller", "=", text(bot)),
        Guard::StatusIn(allowed) => expression.one_of("status", allowed.iter().copied().map(Status::as_str)),
        Guard::OfferIs(offer) => expression.compare("offer_id", "=", text(offer)),
        Guard::InputHashIs(hash) => expression.compare("input_hash", "=", text(hash)),
        Guard::TurnaroundIs(turnaround) => expression.compare("turnaround", "=", span(*turnaround)),
        Guard::PriceMayBe(amount) => expression.compare_if_present("fixed_amount", "=", text(amount)),
        Guard::QuoteMayStand(lifetime) => expression.compare_if_present("quote_lifetime", "<=", span(*lifetime)),
        Guard::RefundAccountIsNot(account) => expression.compare_if_present("refund_account", "<>", text(account)),
        Guard::QuotableAfter(now) => expression.compare("quote_by", ">", instant(*now)),
        Guard::QuoteStandsAfter(now) => expression.compare("quote_expires_at", ">", instant(*now)),
        Guard::HasQuote => expression.require_present("invoice"),
        Guard::PaymentIn(allowed, _) => {
            expression.one_of("payment_status", allowed.iter().copied().map(PaymentStatus::as_str));
        }
        Guard::PaymentHashIs(Some(hash)) => expression.compare("payment_hash", "=", text(hash)),
        Guard::PaymentHashIs(None) => expression.require_absent("payment_hash"),
        Guard::LeaseFreeAt(now) => expression.compare_if_present("lease_expires_at", "<=", instant(*now)),
        Guard::TokenIs(token) => expression.compare("lock_token", "=", text(token.reveal())),
        Guard::FenceBelow(fence) => expression.compare("fence", "<", number(fence.0)),
        Guard::HistoryBelow(most) => size_below(expression, "history", most.0),
        Guard::RefundsBelow(most) => size_below(expression, "refunds", most.0),
        Guard::RefundIsNew(hash) => {
            let (refunds, hash) = (expression.name("refunds"), expression.name(&hash.to_string()));
            expression.require(format!("attribute_not_exists({refunds}.{hash})"));
        }
        Guard::RefundIsOpen(hash) => {
            let (refunds, hash) = (expression.name("refunds"), expression.name(&hash.to_string()));
            let (state, submitted) = (expression.name("state"), expression.value(text("submitted")));
            expression.require(format!("{refunds}.{hash}.{state} = {submitted}"));
        }
        Guard::MoneyRevisionIs(revision) => expression.compare("money_revision", "=", number(*revision)),
        Guard::DueBy(now) => expression.compare("due_at", "<=", instant(*now)),
    }
}

fn size_below(expression: &mut Expression, attribute: &str, most: u32) {
    let (name, most) = (expression.name(attribute), expression.value(number(most)));
    expression.require(format!("size({name}) < {most}"));
}
