//! A job as an item, and back.

use aws_sdk_dynamodb::types::AttributeValue;
use nanoark_domain::job::{
    Delivery, ExpiryReason, Fence, HistoryEntry, Job, Lock, LockToken, Outcome, Promise, Quote, Stage, Status,
};
use nanoark_domain::payment::{
    Finding, Money, Payment, PaymentStatus, Receipt, Refund, RefundFinding, RefundState, RejectReason,
};
use nanoark_nano::{Account, BlockHash, RawAmount};

use crate::item::{Item, ItemError, Reader, Writer, instant, number, span, text};
use crate::shard::shard_of;

/// The whole item of a new job.
pub(super) fn write(job: &Job) -> Item {
    let mut item = Writer::default();
    item.put("job_id", text(job.id));
    item.put("offer_id", text(job.offer_id));
    item.put("buyer", text(job.buyer));
    item.put("seller", text(job.seller));
    item.put("input_hash", text(job.input_hash));
    item.put_if_some("fixed_amount", job.promise.fixed_amount.map(text));
    item.put_if_some("quote_lifetime", job.promise.quote_lifetime.map(span));
    item.put("turnaround", span(job.promise.turnaround));
    item.put_if_some("refund_account", job.refund_account.map(text));
    write_stage(&mut item, &job.stage);
    write_money(&mut item, &job.money);
    item.put("fence", number(job.fence.0));
    if let Some(due_at) = job.due_at {
        item.put("due", text(shard_of(job.id.as_bytes())));
        item.put("due_at", instant(due_at));
    }
    if let Some(watch_at) = job.watch_at {
        item.put("watch", text(shard_of(job.id.as_bytes())));
        item.put("watch_at", instant(watch_at));
    }
    item.put(
        "history",
        AttributeValue::L(job.history.iter().map(history_value).collect()),
    );
    item.put("version", number(job.version));
    item.put("created_at", instant(job.created_at));
    item.put("updated_at", instant(job.updated_at));
    item.finish()
}

fn write_stage(item: &mut Writer, stage: &Stage) {
    item.put("status", text(stage.status()));
    if let Some(quote) = stage.quote() {
        for (attribute, value) in quote_values(quote) {
            item.put(attribute, value);
        }
    }
    match stage {
        Stage::Requested { quote_by } => item.put("quote_by", instant(*quote_by)),
        Stage::Running { lock, .. } => {
            item.put("lock_token", text(lock.token.reveal()));
            item.put("lease_expires_at", instant(lock.lease_expires_at));
        }
        Stage::Finished { delivery, .. } => {
            for (attribute, value) in delivery_values(delivery) {
                item.put_if_some(attribute, value);
            }
        }
        Stage::Cancelled { reason, .. } | Stage::Declined { reason } => {
            item.put_if_some("reason", reason.as_ref().map(text));
        }
        Stage::Expired { reason, .. } => item.put("reason", text(reason)),
        Stage::Quoted { .. } | Stage::Accepted { .. } => {}
    }
}

fn write_money(item: &mut Writer, money: &Money) {
    item.put("payment_status", text(money.payment.status()));
    item.put_if_some("payment_hash", money.payment.hash().map(text));
    match &money.payment {
        Payment::None => {}
        Payment::Submitted {
            submitted_at,
            first_seen_at,
            ..
        } => {
            item.put("payment_submitted_at", instant(*submitted_at));
            item.put_if_some("payment_first_seen_at", first_seen_at.map(instant));
        }
        Payment::Judged {
            finding, decided_at, ..
        } => {
            item.put_if_some("payment_reason", finding.reason().map(text));
            item.put("payment_decided_at", instant(*decided_at));
        }
    }
    item.put("receipts", receipts_value(&money.receipts));
    let refunds = money
        .refunds
        .iter()
        .map(|(hash, refund)| (hash.to_string(), refund_value(refund)));
    item.put("refunds", AttributeValue::M(refunds.collect()));
    item.put("money_revision", number(money.revision));
}

/// The attributes of a quote.
pub(super) fn quote_values(quote: &Quote) -> [(&'static str, AttributeValue); 5] {
    [
        ("amount", text(quote.amount)),
        ("invoice", text(quote.invoice)),
        ("quoted_at", instant(quote.quoted_at)),
        ("quote_expires_at", instant(quote.expires_at)),
        ("quote_signature", text(quote.signature)),
    ]
}

/// The attributes of a delivery; those that are `None` stay away.
pub(super) fn delivery_values(delivery: &Delivery) -> [(&'static str, Option<AttributeValue>); 4] {
    [
        ("result_hash", Some(text(delivery.outcome.result_hash()))),
        ("receipt_payment_hash", delivery.payment_hash.map(text)),
        ("delivered_at", Some(instant(delivery.at))),
        ("receipt_signature", Some(text(delivery.signature))),
    ]
}

/// A history entry in the list.
pub(super) fn history_value(entry: &HistoryEntry) -> AttributeValue {
    let mut map = Writer::default();
    map.put("at", instant(entry.at));
    map.put("by", text(entry.by));
    map.put("event", text(entry.event));
    map.put_if_some("detail", entry.detail.as_ref().map(text));
    AttributeValue::M(map.finish())
}

/// The list of receipts.
pub(super) fn receipts_value(receipts: &[Receipt]) -> AttributeValue {
    let value = |receipt: &Receipt| {
        let mut map = Writer::default();
        map.put("hash", text(receipt.hash));
        map.put("payer", text(receipt.payer));
        map.put("amount", text(receipt.amount));
        map.put("seen_at", instant(receipt.seen_at));
        map.put("in_time", AttributeValue::Bool(receipt.in_time));
        AttributeValue::M(map.finish())
    };
    AttributeValue::L(receipts.iter().map(value).collect())
}

/// A refund in the map.
pub(super) fn refund_value(refund: &Refund) -> AttributeValue {
    let mut map = Writer::default();
    map.put("submitted_at", instant(refund.submitted_at));
    let state = match refund.state {
        RefundState::Submitted => "submitted",
        RefundState::Judged { finding, decided_at } => {
            map.put("decided_at", instant(decided_at));
            match finding {
                RefundFinding::Confirmed { amount, to } => {
                    map.put("amount", text(amount));
                    map.put("to", text(to));
                    "confirmed"
                }
                RefundFinding::WrongAccount => "wrong_account",
                RefundFinding::Rejected => "rejected",
            }
        }
    };
    map.put("state", text(state));
    AttributeValue::M(map.finish())
}

/// A job from its item.
pub(crate) fn read(item: &Item) -> Result<Job, ItemError> {
    let reader = Reader(item);
    Ok(Job {
        id: reader.parse("job_id")?,
        offer_id: reader.parse("offer_id")?,
        buyer: reader.parse("buyer")?,
        seller: reader.parse("seller")?,
        input_hash: reader.parse("input_hash")?,
        promise: Promise {
            fixed_amount: reader.optional_parse("fixed_amount")?,
            quote_lifetime: reader.optional_span("quote_lifetime")?,
            turnaround: reader.span("turnaround")?,
        },
        refund_account: reader.optional_parse("refund_account")?,
        stage: read_stage(reader)?,
        money: read_money(reader)?,
        fence: Fence(reader.number("fence")?),
        due_at: reader.optional_instant("due_at")?,
        watch_at: reader.optional_instant("watch_at")?,
        history: reader
            .list("history")?
            .iter()
            .map(read_history_entry)
            .collect::<Result<_, _>>()?,
        version: reader.number("version")?,
        created_at: reader.instant("created_at")?,
        updated_at: reader.instant("updated_at")?,
    })
}

fn read_stage(reader: Reader<'_>) -> Result<Stage, ItemError> {
    let quote = || read_quote(reader)?.ok_or_else(|| ItemError::new("amount", "missing"));
    let reason = || reader.optional_text("reason").map(|reason| reason.map(str::to_owned));
    Ok(match reader.named("status", Status::named)? {
        Status::Requested => Stage::Requested {
            quote_by: reader.instant("quote_by")?,
        },
        Status::Quoted => Stage::Quoted { quote: quote()? },
        Status::Accepted => Stage::Accepted { quote: quote()? },
        Status::Running => Stage::Running {
            quote: quote()?,
            lock: Lock {
                token: reader.parse::<LockToken>("lock_token")?,
                lease_expires_at: reader.instant("lease_expires_at")?,
            },
        },
        Status::Delivered => {
            let outcome = Outcome::Delivered {
                output_hash: reader.parse("result_hash")?,
            };
            Stage::Finished {
                quote: quote()?,
                delivery: read_delivery(reader, outcome)?,
            }
        }
        Status::Failed => {
            let outcome = Outcome::Failed {
                error_hash: reader.parse("result_hash")?,
            };
            Stage::Finished {
                quote: quote()?,
                delivery: read_delivery(reader, outcome)?,
            }
        }
        Status::Cancelled => Stage::Cancelled {
            quote: read_quote(reader)?,
            reason: reason()?,
        },
        Status::Declined => Stage::Declined { reason: reason()? },
        Status::Expired => Stage::Expired {
            quote: read_quote(reader)?,
            reason: reader.named("reason", ExpiryReason::named)?,
        },
    })
}

fn read_quote(reader: Reader<'_>) -> Result<Option<Quote>, ItemError> {
    if !reader.has("amount") {
        return Ok(None);
    }
    Ok(Some(Quote {
        amount: reader.parse::<RawAmount>("amount")?,
        invoice: reader.parse::<Account>("invoice")?,
        quoted_at: reader.instant("quoted_at")?,
        expires_at: reader.instant("quote_expires_at")?,
        signature: reader.parse("quote_signature")?,
    }))
}

fn read_delivery(reader: Reader<'_>, outcome: Outcome) -> Result<Delivery, ItemError> {
    Ok(Delivery {
        outcome,
        payment_hash: reader.optional_parse("receipt_payment_hash")?,
        at: reader.instant("delivered_at")?,
        signature: reader.parse("receipt_signature")?,
    })
}

fn read_money(reader: Reader<'_>) -> Result<Money, ItemError> {
    let hash = || reader.parse::<BlockHash>("payment_hash");
    let judged = |finding| -> Result<Payment, ItemError> {
        Ok(Payment::Judged {
            hash: hash()?,
            finding,
            decided_at: reader.instant("payment_decided_at")?,
        })
    };
    let payment = match reader.named("payment_status", PaymentStatus::named)? {
        PaymentStatus::None => Payment::None,
        PaymentStatus::Submitted => Payment::Submitted {
            hash: hash()?,
            submitted_at: reader.instant("payment_submitted_at")?,
            first_seen_at: reader.optional_instant("payment_first_seen_at")?,
        },
        PaymentStatus::Confirmed => judged(Finding::Confirmed)?,
        PaymentStatus::Short => judged(Finding::Short)?,
        PaymentStatus::Over => judged(Finding::Over)?,
        PaymentStatus::Late => judged(Finding::Late)?,
        PaymentStatus::Duplicate => judged(Finding::Duplicate)?,
        PaymentStatus::WrongAccount => judged(Finding::WrongAccount)?,
        PaymentStatus::Rejected => judged(Finding::Rejected(reader.named("payment_reason", RejectReason::named)?))?,
    };
    let mut refunds = std::collections::BTreeMap::new();
    for (hash, value) in reader.map("refunds")?.into_iter().flatten() {
        let hash = hash.parse().map_err(|_| ItemError::new("refunds", "malformed"))?;
        refunds.insert(hash, read_refund(value)?);
    }
    Ok(Money {
        payment,
        receipts: reader
            .list("receipts")?
            .iter()
            .map(read_receipt)
            .collect::<Result<_, _>>()?,
        refunds,
        revision: reader.number("money_revision")?,
    })
}

fn inner<'a>(attribute: &str, value: &'a AttributeValue) -> Result<Reader<'a>, ItemError> {
    value
        .as_m()
        .map(Reader)
        .map_err(|_| ItemError::new(attribute, "no map"))
}

fn read_receipt(value: &AttributeValue) -> Result<Receipt, ItemError> {
    let reader = inner("receipts", value)?;
    let in_time = match reader.0.get("in_time") {
        Some(AttributeValue::Bool(in_time)) => *in_time,
        Some(_) | None => return Err(ItemError::new("in_time", "no boolean")),
    };
    Ok(Receipt {
        hash: reader.parse("hash")?,
        payer: reader.parse("payer")?,
        amount: reader.parse("amount")?,
        seen_at: reader.instant("seen_at")?,
        in_time,
    })
}

fn read_refund(value: &AttributeValue) -> Result<Refund, ItemError> {
    let reader = inner("refunds", value)?;
    let finding = match reader.text("state")? {
        "submitted" => None,
        "confirmed" => Some(RefundFinding::Confirmed {
            amount: reader.parse("amount")?,
            to: reader.parse("to")?,
        }),
        "wrong_account" => Some(RefundFinding::WrongAccount),
        "rejected" => Some(RefundFinding::Rejected),
        _ => return Err(ItemError::new("state", "an unknown name")),
    };
    let state = match finding {
        None => RefundState::Submitted,
        Some(finding) => RefundState::Judged {
            finding,
            decided_at: reader.instant("decided_at")?,
        },
    };
    Ok(Refund {
        submitted_at: reader.instant("submitted_at")?,
        state,
    })
}

fn read_history_entry(value: &AttributeValue) -> Result<HistoryEntry, ItemError> {
    let reader = inner("history", value)?;
    Ok(HistoryEntry {
        at: reader.instant("at")?,
        by: reader.named("by", nanoark_domain::job::Actor::named)?,
        event: reader.named("event", nanoark_domain::job::Event::named)?,
        detail: reader.optional_text("detail")?.map(str::to_owned),
    })
}
