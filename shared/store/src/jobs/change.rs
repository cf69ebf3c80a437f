//! The domain's commands as an update of the job's item. A property test holds this against
//! [`nanoark_domain::job::Order::decide`]: the item after the update is the job that the rule foretold.

use aws_sdk_dynamodb::types::AttributeValue;
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Command, Order, Status};
use nanoark_domain::limits::Limits;
use nanoark_domain::payment::{PaymentStatus, Refund, RefundState};
use nanoark_domain::time::Timestamp;

use super::item::{delivery_values, history_value, quote_values, receipts_value, refund_value};
use crate::expression::Expression;
use crate::item::{instant, number, span, text};
use crate::shard::shard_of;

/// Adds what the order changes.
pub(super) fn write(expression: &mut Expression, job: JobId, order: &Order, limits: &Limits) {
    let now = order.now;
    if order.is_visible() {
        expression.increment("version");
        expression.set("updated_at", instant(now));
    }
    if let Some(entry) = order.history_entry() {
        expression.append("history", history_value(&entry));
    }
    match &order.command {
        Command::Quote { quote, .. } => {
            expression.set("status", text(Status::Quoted));
            expression.remove("quote_by");
            for (attribute, value) in quote_values(quote) {
                expression.set(attribute, value);
            }
            expression.set("due_at", instant(quote.expires_at));
        }
        Command::Accept => {
            expression.set("status", text(Status::Accepted));
            expression.set_to_sum("due_at", "quote_expires_at", span(limits.payment_grace));
            expression.set("watch", text(shard_of(job.as_bytes())));
            expression.set_to_sum("watch_at", "quote_expires_at", number(0_u64));
        }
        Command::Decline { reason } => {
            expression.remove("quote_by");
            end(expression, Status::Declined, reason.as_ref().map(text));
        }
        Command::Cancel { reason } => {
            expression.remove("quote_by");
            end(expression, Status::Cancelled, reason.as_ref().map(text));
        }
        Command::SubmitPayment { hash } => {
            expression.set("payment_status", text(PaymentStatus::Submitted));
            expression.set("payment_hash", text(hash));
            expression.set("payment_submitted_at", instant(now));
            for attribute in ["payment_first_seen_at", "payment_reason", "payment_decided_at"] {
                expression.remove(attribute);
            }
            expression.increment("money_revision");
            watch(expression, job, Some(now.plus(limits.watch_interval_closed)));
        }
        Command::Lock {
            token, fence, lease, ..
        } => {
            expression.set("status", text(Status::Running));
            expression.set("lock_token", text(token.reveal()));
            expression.set("lease_expires_at", instant(now.plus(*lease)));
            expression.set("fence", number(fence.0));
            expression.set("due", text(shard_of(job.as_bytes())));
            let from = now.plus(limits.delivery_grace);
            expression.set_to_sum("due_at", "turnaround", instant(from));
        }
        Command::RenewLock { lease, .. } => expression.set("lease_expires_at", instant(now.plus(*lease))),
        Command::ReleaseLock { .. } => {
            expression.set("status", text(Status::Accepted));
            unlock(expression);
        }
        Command::Deliver { delivery, .. } => {
            for (attribute, value) in delivery_values(delivery) {
                expression.set_or_remove(attribute, value);
            }
            unlock(expression);
            end(expression, delivery.outcome.status(), None);
        }
        Command::SubmitRefund { hash } => {
            let refund = Refund {
                submitted_at: now,
                state: RefundState::Submitted,
            };
            set_refund(expression, &hash.to_string(), refund_value(&refund));
        }
        Command::NotePaymentSeen { .. } => {
            let (name, value) = (expression.name("payment_first_seen_at"), expression.value(instant(now)));
            expression.set_to(&name, &format!("if_not_exists({name}, {value})"));
            expression.increment("money_revision");
        }
        Command::JudgePayment {
            hash,
            finding,
            receipts,
            next_due_at,
            ..
        } => {
            expression.set("payment_status", text(finding.status()));
            expression.set("payment_hash", text(hash));
            expression.set_or_remove("payment_reason", finding.reason().map(text));
            expression.set("payment_decided_at", instant(now));
            expression.remove("payment_submitted_at");
            expression.remove("payment_first_seen_at");
            expression.set("receipts", receipts_value(receipts));
            expression.increment("money_revision");
            if next_due_at.is_some() {
                due(expression, job, *next_due_at);
            }
        }
        Command::JudgeRefund { hash, finding } => {
            // The time it was named stays: only the parts that are decided now are written.
            let state = RefundState::Judged {
                finding: *finding,
                decided_at: now,
            };
            let decided = refund_value(&Refund {
                submitted_at: Timestamp::EPOCH,
                state,
            });
            let parts = decided
                .as_m()
                .ok()
                .into_iter()
                .flatten()
                .filter(|(attribute, _)| *attribute != "submitted_at");
            let (refunds, hash) = (expression.name("refunds"), expression.name(&hash.to_string()));
            for (attribute, value) in parts {
                let (name, value) = (expression.name(attribute), expression.value(value.clone()));
                expression.set_to(&format!("{refunds}.{hash}.{name}"), &value);
            }
        }
        Command::Watch { next, .. } => watch(expression, job, *next),
        Command::Postpone { until } => due(expression, job, Some(*until)),
        Command::Expire { reason } => {
            expression.remove("quote_by");
            unlock(expression);
            end(expression, Status::Expired, Some(text(reason)));
        }
    }
}

fn end(expression: &mut Expression, status: Status, reason: Option<AttributeValue>) {
    expression.set("status", text(status));
    if let Some(reason) = reason {
        expression.set("reason", reason);
    }
    expression.remove("due");
    expression.remove("due_at");
}

fn unlock(expression: &mut Expression) {
    expression.remove("lock_token");
    expression.remove("lease_expires_at");
}

fn due(expression: &mut Expression, job: JobId, due_at: Option<Timestamp>) {
    expression.set_or_remove("due", due_at.map(|_| text(shard_of(job.as_bytes()))));
    expression.set_or_remove("due_at", due_at.map(instant));
}

fn watch(expression: &mut Expression, job: JobId, watch_at: Option<Timestamp>) {
    expression.set_or_remove("watch", watch_at.map(|_| text(shard_of(job.as_bytes()))));
    expression.set_or_remove("watch_at", watch_at.map(instant));
}

fn set_refund(expression: &mut Expression, hash: &str, value: AttributeValue) {
    let (refunds, hash, value) = (
        expression.name("refunds"),
        expression.name(hash),
        expression.value(value),
    );
    expression.set_to(&format!("{refunds}.{hash}"), &value);
}
