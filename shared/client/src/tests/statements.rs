use nanoark_domain::payload::Output;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::signature::StatementError;
use nanoark_http::wire::jobs::{DeliveredOutcome, JobView, QuoteView, ReceiptView};
use nanoark_http::wire::offers::OfferView;
use nanoark_nano::{Account, BlockHash, RawAmount};
use serde_json::json as value;

use crate::{Bot, IdempotencyKey, Unproved, offer_as_read, verify_quote, verify_receipt, verify_standing_quote};

const EXPIRES: Timestamp = Timestamp::from_seconds(1_795_254_300);

fn seller() -> Bot {
    Bot::from_seed(&[0x11; 32])
}

fn requested() -> JobView {
    let key: IdempotencyKey = "job-1".parse().unwrap();
    let buyer = Bot::from_seed(&[0x22; 32]);
    let input = value!({"json": {"text": "hello"}});
    let digest = serde_json::from_value::<nanoark_domain::payload::Input>(input.clone())
        .unwrap()
        .digest();
    serde_json::from_value(value!({
        "job_id": buyer.job_id(&key),
        "offer_id": seller().offer_id(&key),
        "buyer": buyer.id(),
        "seller": seller().id(),
        "you_are": "seller",
        "status": "requested",
        "input": input,
        "input_hash": digest,
        "turnaround_seconds": 60,
        "payment": {"status": "none", "receipts": []},
        "refunds": {"sent": []},
        "history": [],
        "version": 1,
        "created_at": "2026-11-21T09:30:00Z",
        "updated_at": "2026-11-21T09:30:00Z",
    }))
    .unwrap()
}

/// The job with a quote as the relay would show it.
fn quoted() -> JobView {
    let mut job = requested();
    let body = seller()
        .quote(&job, RawAmount::from_raw(5), Account::from_bytes([3; 32]), EXPIRES)
        .unwrap();
    let statement = super::super::statements::quote_statement(&job, body.amount_raw, body.invoice_account, EXPIRES);
    job.quote = Some(QuoteView {
        amount_raw: body.amount_raw,
        invoice_account: body.invoice_account,
        quoted_at: Timestamp::from_seconds(1_795_253_400),
        expires_at: EXPIRES,
        statement: statement.to_string(),
        signature: body.signature,
    });
    job
}

/// The job with a receipt as the relay would show it.
fn finished(outcome: DeliveredOutcome) -> JobView {
    let mut job = quoted();
    job.payment.block_hash = Some(BlockHash::from_bytes([4; 32]));
    let body = seller().delivery(&job, &"00".repeat(16), outcome).unwrap();
    let (status, word, result_hash) = match &body.outcome {
        DeliveredOutcome::Result(output) => ("delivered", "delivered", output.digest()),
        DeliveredOutcome::Error(text) => (
            "failed",
            "failed",
            nanoark_domain::digest::Sha256Digest::of(text.as_bytes()),
        ),
    };
    job.status = nanoark_domain::job::Status::named(status).unwrap();
    match body.outcome {
        DeliveredOutcome::Result(output) => job.result = Some(output),
        DeliveredOutcome::Error(text) => job.error = Some(text),
    }
    job.receipt = Some(ReceiptView {
        result_hash,
        payment_hash: body.payment_hash,
        delivered_at: EXPIRES,
        statement: format!(
            "nanoark-receipt-v1\njob_id={}\nbuyer={}\nseller={}\ninput_hash={}\npayment_hash={}\noutcome={word}\n\
             result_hash={result_hash}",
            job.job_id,
            job.buyer,
            job.seller,
            job.input_hash,
            BlockHash::from_bytes([4; 32]),
        ),
        signature: body.receipt_signature,
    });
    job
}

#[test]
fn a_quote_is_proved_by_the_seller_s_key_alone() {
    assert_eq!(verify_quote(&quoted()), Ok(()));
    assert_eq!(verify_quote(&requested()), Err(Unproved::Missing("quote")));
}

#[test]
fn a_quote_for_anything_else_proves_nothing() {
    type Change = fn(&mut JobView);
    let changes: [Change; 6] = [
        |job| job.buyer = Bot::from_seed(&[9; 32]).id(),
        |job| job.turnaround_seconds = Seconds(61),
        |job| job.quote.as_mut().unwrap().amount_raw = RawAmount::from_raw(4),
        |job| job.quote.as_mut().unwrap().invoice_account = Account::from_bytes([4; 32]),
        |job| job.quote.as_mut().unwrap().expires_at = Timestamp::from_seconds(1_795_254_301),
        |job| job.quote.as_mut().unwrap().statement.push('\n'),
    ];
    for change in changes {
        let mut job = quoted();
        change(&mut job);
        assert!(
            matches!(verify_quote(&job), Err(Unproved::OtherStatement { .. })),
            "{job:?}"
        );
    }
    let mut job = quoted();
    job.input = Some(serde_json::from_value(value!({"json": {"text": "other"}})).unwrap());
    assert_eq!(verify_quote(&job), Err(Unproved::OtherInput(job.input_hash)));

    // Statement and fields agree, but another key signed.
    let mut job = quoted();
    let forged = Bot::from_seed(&[9; 32]).quote(&job, RawAmount::from_raw(5), Account::from_bytes([3; 32]), EXPIRES);
    job.quote.as_mut().unwrap().signature = forged.unwrap().signature;
    assert_eq!(
        verify_quote(&job),
        Err(Unproved::Signature(StatementError::WrongSignature))
    );
}

#[test]
fn a_receipt_is_proved_for_a_result_and_for_a_failure() {
    let result = DeliveredOutcome::Result(Output::Json(value!({"text": "HELLO"})));
    assert_eq!(verify_receipt(&finished(result)), Ok(()));
    assert_eq!(
        verify_receipt(&finished(DeliveredOutcome::Error("out of ink".to_owned()))),
        Ok(())
    );
    assert_eq!(verify_receipt(&quoted()), Err(Unproved::Missing("receipt")));
}

#[test]
fn a_receipt_for_anything_else_proves_nothing() {
    let job = || finished(DeliveredOutcome::Result(Output::Json(value!({"text": "HELLO"}))));
    let mut other = job();
    other.result = Some(Output::Json(value!({"text": "hello"})));
    assert!(matches!(verify_receipt(&other), Err(Unproved::OtherResult(_))));
    let mut unpaid = job();
    unpaid.receipt.as_mut().unwrap().payment_hash = None;
    assert!(matches!(verify_receipt(&unpaid), Err(Unproved::OtherStatement { .. })));
    let mut lost = job();
    lost.result = None;
    assert_eq!(verify_receipt(&lost), Err(Unproved::Missing("result")));
}

#[test]
fn a_standing_quote_belongs_to_one_offer_of_one_seller() {
    let key: IdempotencyKey = "offer-1".parse().unwrap();
    let standing = seller()
        .standing_quote(&key, RawAmount::from_raw(5), Seconds(900))
        .unwrap();
    let mut offer: OfferView = serde_json::from_value(value!({
        "offer_id": seller().offer_id(&key),
        "seller": seller().id(),
        "status": "active",
        "revision": 1,
        "title": "t", "description": "", "tags": [],
        "pricing": {"type": "fixed", "amount_raw": "5", "standing_quote": standing},
        "turnaround_seconds": 60,
        "created_at": "2026-11-21T09:30:00Z",
        "updated_at": "2026-11-21T09:30:00Z",
        "expires_at": "2026-11-28T09:30:00Z",
    }))
    .unwrap();
    assert_eq!(verify_standing_quote(&offer), Ok(()));
    assert_eq!(offer_as_read(&offer).pricing, offer.terms.pricing);
    offer.offer_id = seller().offer_id(&"offer-2".parse().unwrap());
    assert!(verify_standing_quote(&offer).is_err());
    offer.terms.pricing = nanoark_domain::offer::Pricing::Quote {};
    assert_eq!(verify_standing_quote(&offer), Err(Unproved::Missing("standing quote")));
}
