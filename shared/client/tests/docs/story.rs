//! One job from its offer to its refund, as all examples tell it. Keys, ids, digests and signatures are real.

use nanoark_client::{Bot, IdempotencyKey, offer_as_read, verify_quote, verify_receipt, verify_standing_quote};
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{
    Actor, Event, Fence, HistoryEntry, JobSummary, Outcome, Party, Quote, QuoteSubject, ReceiptSubject, Status,
};
use nanoark_domain::offer::{Example as InputExample, OfferStatus, OfferTerms, Pricing, StandingQuote};
use nanoark_domain::payload::{HttpsUrl, Input, Link, Output, SealedBox};
use nanoark_domain::payment::{PaymentStatus, Receipt};
use nanoark_domain::statement::{Statement, StatementSignature};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::problem::{Code, Problem};
use nanoark_http::wire::jobs::{
    DeliverJob, DeliveredOutcome, JobChanged, JobDelivered, JobLocked, JobPage, JobQuoted, JobRequested, JobView,
    LockJob, LockRenewed, QuoteJob, QuoteView, ReceiptView, ReleaseLock, RenewLock, RequestJob, WithReason,
};
use nanoark_http::wire::money::{NameBlock, PaymentNamed, PaymentView, RefundNamed, RefundStatus, RefundsView};
use nanoark_http::wire::offers::{EditOffer, OfferChanged, OfferPage, OfferView, PublishOffer};
use nanoark_http::wire::realtime::{SocketCommand, SocketError, SocketMessage};
use nanoark_nano::{Account, BlockHash, RawAmount, Seed};
use serde_json::json;

use crate::examples::{Example, of};

const LOCK_TOKEN: &str = "5f0c8a3e91d24b7706bd1e48a2c93f65";

fn seller() -> Bot {
    Bot::from_seed(&[0x11; 32])
}

fn buyer() -> Bot {
    Bot::from_seed(&[0x22; 32])
}

fn offer_key() -> IdempotencyKey {
    "publish-summaries-2026-11-21".parse().unwrap()
}

fn offer_id() -> OfferId {
    seller().offer_id(&offer_key())
}

fn job_id() -> JobId {
    buyer().job_id(&"0b6c0f4e-6f0d-4b8e-9d6b-2f5f0f1f7c11".parse().unwrap())
}

/// This many seconds after 2026-11-21T09:30:00Z.
fn at(seconds: u32) -> Timestamp {
    Timestamp::from_seconds(1_795_253_400).plus(Seconds(seconds))
}

fn price() -> RawAmount {
    RawAmount::from_xno("0.001").unwrap()
}

fn account(byte: u8, index: u32) -> Account {
    Seed::from_bytes([byte; 32]).private_key(index).public()
}

fn invoice() -> Account {
    account(0x33, 7)
}

fn block(name: &str) -> BlockHash {
    BlockHash::from_bytes(*Sha256Digest::of(name.as_bytes()).as_bytes())
}

fn input() -> Input {
    Input::Json(json!({"text": "Nano is a digital currency without fees.", "sentences": 1}))
}

fn result() -> Output {
    Output::Json(json!({"summary": "Nano moves money for free."}))
}

fn standing_quote() -> StandingQuote {
    seller().standing_quote(&offer_key(), price(), Seconds(600)).unwrap()
}

fn offer() -> OfferView {
    let view = OfferView {
        offer_id: offer_id(),
        seller: seller().id(),
        status: OfferStatus::Active,
        revision: 1,
        terms: OfferTerms {
            title: "Summaries of texts".to_owned(),
            description: "Up to 10,000 words in, up to ten sentences out.".to_owned(),
            tags: vec!["text".to_owned(), "summary".to_owned()],
            pricing: Pricing::Fixed {
                amount_raw: price(),
                standing_quote: Some(standing_quote()),
            },
            turnaround: Seconds(120),
            input_schema: Some(json!({"type": "object", "required": ["text"]})),
            output_schema: Some(json!({"type": "object", "required": ["summary"]})),
            example: Some(InputExample {
                input: json!({"text": "…", "sentences": 2}),
                output: json!({"summary": "…"}),
            }),
        },
        created_at: at(0),
        updated_at: at(0),
        expires_at: at(604_800),
    };
    assert_eq!(verify_standing_quote(&view), Ok(()));
    view
}

fn publish() -> PublishOffer {
    let OfferView { terms, .. } = offer();
    PublishOffer {
        title: terms.title,
        description: terms.description,
        tags: terms.tags,
        pricing: terms.pricing,
        turnaround_seconds: terms.turnaround,
        input_schema: terms.input_schema,
        output_schema: terms.output_schema,
        example: terms.example,
        expires_at: None,
    }
}

fn quote_subject() -> QuoteSubject {
    QuoteSubject {
        job_id: job_id(),
        offer_id: offer_id(),
        buyer: buyer().id(),
        seller: seller().id(),
        input_hash: input().digest(),
        turnaround: Seconds(120),
    }
}

/// What the seller signs when it quotes.
pub(crate) fn quote_statement() -> Statement {
    let quote = Quote {
        amount: price(),
        invoice: invoice(),
        quoted_at: at(61),
        expires_at: at(960),
        signature: StatementSignature::from_bytes([0; 64]),
    };
    quote.statement(&quote_subject())
}

/// What the seller signs when it delivers.
pub(crate) fn receipt_statement() -> Statement {
    let subject = ReceiptSubject {
        job_id: job_id(),
        buyer: buyer().id(),
        seller: seller().id(),
        input_hash: input().digest(),
        payment_hash: Some(block("payment")),
    };
    Outcome::Delivered {
        output_hash: result().digest(),
    }
    .receipt(&subject)
}

/// What the seller signs when it promises a price.
pub(crate) fn standing_statement() -> Statement {
    StandingQuote::statement(&seller().id(), &offer_id(), price(), Seconds(600))
}

/// The signatures of the three statements, as a table.
pub(crate) fn signatures() -> String {
    let job = delivered();
    let rows = [
        ("quote", job.quote.unwrap().signature),
        ("receipt", job.receipt.unwrap().signature),
        ("standing quote", standing_quote().signature),
    ];
    let rows: String = rows
        .iter()
        .map(|(name, signature)| format!("| {name} | `{signature}` |\n"))
        .collect();
    format!("| statement | signature |\n|---|---|\n{rows}")
}

fn requested() -> JobView {
    JobView {
        job_id: job_id(),
        offer_id: offer_id(),
        buyer: buyer().id(),
        seller: seller().id(),
        you_are: Party::Buyer,
        status: Status::Requested,
        reason: None,
        expiry_reason: None,
        due_at: Some(at(86_430)),
        input: Some(input()),
        input_hash: input().digest(),
        turnaround_seconds: Seconds(120),
        fixed_amount_raw: Some(price()),
        quote_lifetime_seconds: Some(Seconds(600)),
        refund_account: Some(account(0x44, 0)),
        quote: None,
        payment: PaymentView {
            status: PaymentStatus::None,
            reason: None,
            block_hash: None,
            submitted_at: None,
            first_seen_at: None,
            decided_at: None,
            receipts: Vec::new(),
        },
        refunds: RefundsView {
            owed: None,
            sent: Vec::new(),
        },
        lock: None,
        result: None,
        error: None,
        receipt: None,
        history: vec![entry(30, Actor::Buyer, Event::Requested, None)],
        version: 1,
        created_at: at(30),
        updated_at: at(30),
    }
}

fn entry(seconds: u32, by: Actor, event: Event, detail: Option<String>) -> HistoryEntry {
    HistoryEntry {
        at: at(seconds),
        by,
        event,
        detail,
    }
}

fn quote() -> QuoteJob {
    seller().quote(&requested(), price(), invoice(), at(960)).unwrap()
}

fn delivery(outcome: DeliveredOutcome) -> DeliverJob {
    let mut job = requested();
    job.payment.block_hash = Some(block("payment"));
    seller().delivery(&job, LOCK_TOKEN, outcome).unwrap()
}

fn delivered() -> JobView {
    let mut job = requested();
    let QuoteJob {
        amount_raw,
        invoice_account,
        signature,
        ..
    } = quote();
    job.status = Status::Delivered;
    job.due_at = None;
    job.quote = Some(QuoteView {
        amount_raw,
        invoice_account,
        quoted_at: at(61),
        expires_at: at(960),
        statement: quote_statement().to_string(),
        signature,
    });
    let payment = block("payment");
    job.payment = PaymentView {
        status: PaymentStatus::Confirmed,
        reason: None,
        block_hash: Some(payment),
        submitted_at: None,
        first_seen_at: None,
        decided_at: Some(at(102)),
        receipts: vec![Receipt {
            hash: payment,
            payer: account(0x55, 0),
            amount: price(),
            seen_at: at(99),
            in_time: true,
        }],
    };
    let result = result();
    job.receipt = Some(ReceiptView {
        result_hash: result.digest(),
        payment_hash: Some(payment),
        delivered_at: at(140),
        statement: receipt_statement().to_string(),
        signature: delivery(DeliveredOutcome::Result(result.clone())).receipt_signature,
    });
    job.result = Some(result);
    job.history.extend([
        entry(61, Actor::Seller, Event::Quoted, Some(format!("{} raw", price()))),
        entry(90, Actor::Buyer, Event::Accepted, None),
        entry(100, Actor::Buyer, Event::PaymentSubmitted, Some(payment.to_string())),
        entry(102, Actor::Relay, Event::PaymentJudged, Some("confirmed".to_owned())),
        entry(
            105,
            Actor::Seller,
            Event::Locked,
            Some(format!("fence {}", at(105).as_millis())),
        ),
        entry(140, Actor::Seller, Event::Delivered, None),
    ]);
    job.version = 7;
    job.updated_at = at(140);
    assert_eq!(verify_quote(&job), Ok(()));
    assert_eq!(verify_receipt(&job), Ok(()));
    job
}

fn summary(job: &JobView) -> JobSummary {
    JobSummary {
        job_id: job.job_id,
        offer_id: job.offer_id,
        buyer: job.buyer,
        seller: job.seller,
        status: job.status,
        payment_status: job.payment.status,
        version: job.version,
        created_at: job.created_at,
        updated_at: job.updated_at,
    }
}

/// A listed offer: without schemas and example.
fn listed() -> OfferView {
    let mut offer = offer();
    offer.terms.input_schema = None;
    offer.terms.output_schema = None;
    offer.terms.example = None;
    offer
}

fn changed(status: OfferStatus) -> OfferChanged {
    OfferChanged {
        offer_id: offer_id(),
        status,
        updated_at: at(600),
    }
}

/// Every JSON block of docs/api.md.
pub(crate) fn examples() -> Vec<Example> {
    let offers = [
        of("PublishOffer", &publish()),
        of("OfferView", &offer()),
        of(
            "OfferPage",
            &OfferPage {
                offers: vec![listed()],
                cursor: None,
            },
        ),
        of(
            "EditOffer",
            &EditOffer {
                tags: Some(vec!["text".to_owned()]),
                turnaround_seconds: Some(Seconds(60)),
                ..EditOffer::default()
            },
        ),
        of("OfferChanged", &changed(OfferStatus::Paused)),
    ];
    offers
        .into_iter()
        .chain(work())
        .chain(money())
        .chain(hints())
        .chain([refusal()])
        .collect()
}

fn work() -> Vec<Example> {
    let sealed = SealedBox::parse(&"A".repeat(64)).unwrap();
    let request = RequestJob {
        offer: offer_as_read(&offer()),
        input: input(),
        refund_account: Some(account(0x44, 0)),
    };
    let link = Link {
        url: HttpsUrl::parse("https://files.example/summary.json").unwrap(),
        sha256: Sha256Digest::of(b"summary"),
    };
    let job = delivered();
    vec![
        of("RequestJob", &request),
        of(
            "RequestJob: sealed",
            &RequestJob {
                input: Input::Sealed(sealed),
                refund_account: None,
                ..request
            },
        ),
        of(
            "JobRequested",
            &JobRequested {
                job_id: job_id(),
                status: Status::Requested,
                input_hash: input().digest(),
                quote_by: at(86_430),
                updated_at: at(30),
            },
        ),
        of(
            "JobPage",
            &JobPage {
                jobs: vec![summary(&job)],
                cursor: concat!(
                    "eyJxdWVyeSI6IjljMWYwZTVhN2QzYjQyYzgiLCJwb3NpdGlvbiI6eyJzZXR0bGVkIjp7InVwZGF0ZWRfYXQiOjE3OTUyN",
                    "TM1NDAwMDAsImpvYl9pZCI6ImpvYl9hNjNhM2M2MTc2NjVlMjhkZjdhZDRhNmFmMWMwOWEzYiJ9LCJwYWdlIjpudWxsfX0"
                )
                .to_owned(),
                more: false,
                next_poll_ms: 2_000,
            },
        ),
        of("JobView", &job),
        of("QuoteJob", &quote()),
        of(
            "JobQuoted",
            &JobQuoted {
                job_id: job_id(),
                status: Status::Quoted,
                expires_at: at(960),
                updated_at: at(61),
            },
        ),
        of(
            "JobChanged",
            &JobChanged {
                job_id: job_id(),
                status: Status::Accepted,
                updated_at: at(90),
            },
        ),
        of(
            "WithReason",
            &WithReason {
                reason: Some("No capacity today.".to_owned()),
            },
        ),
        of(
            "LockJob",
            &LockJob {
                lease_seconds: Some(Seconds(300)),
                payment_verified_by_seller: false,
            },
        ),
        of(
            "JobLocked",
            &JobLocked {
                job_id: job_id(),
                status: Status::Running,
                lock_token: LOCK_TOKEN.to_owned(),
                fence: Fence(at(105).as_millis()),
                lease_expires_at: at(405),
                updated_at: at(105),
            },
        ),
        of(
            "RenewLock",
            &RenewLock {
                lock_token: LOCK_TOKEN.to_owned(),
                lease_seconds: Some(Seconds(300)),
            },
        ),
        of(
            "LockRenewed",
            &LockRenewed {
                job_id: job_id(),
                status: Status::Running,
                lease_expires_at: at(420),
                updated_at: at(120),
            },
        ),
        of(
            "ReleaseLock",
            &ReleaseLock {
                lock_token: LOCK_TOKEN.to_owned(),
            },
        ),
        of("DeliverJob", &delivery(DeliveredOutcome::Result(result()))),
        of(
            "DeliverJob: link",
            &delivery(DeliveredOutcome::Result(Output::Link(link))),
        ),
        of(
            "DeliverJob: failed",
            &delivery(DeliveredOutcome::Error("The text is empty.".to_owned())),
        ),
        of(
            "JobDelivered",
            &JobDelivered {
                job_id: job_id(),
                status: Status::Delivered,
                result_hash: result().digest(),
                updated_at: at(140),
            },
        ),
    ]
}

fn money() -> Vec<Example> {
    vec![
        of(
            "NameBlock",
            &NameBlock {
                block_hash: block("payment"),
            },
        ),
        of(
            "PaymentNamed",
            &PaymentNamed {
                job_id: job_id(),
                payment_hash: block("payment"),
                payment_status: PaymentStatus::Submitted,
                updated_at: at(100),
            },
        ),
        of(
            "RefundNamed",
            &RefundNamed {
                job_id: job_id(),
                refund_hash: block("refund"),
                refund_status: RefundStatus::Submitted,
                updated_at: at(300),
            },
        ),
    ]
}

/// What goes over a connection.
fn hints() -> [Example; 6] {
    let hint = SocketMessage::JobHint {
        job_id: job_id(),
        version: 2,
        status: Status::Quoted,
    };
    let error = SocketMessage::Error {
        code: SocketError::NotConnected,
    };
    [
        of("SocketCommand: ping", &SocketCommand::Ping {}),
        of("SocketCommand: subscribe", &SocketCommand::Subscribe {}),
        of("SocketMessage: pong", &SocketMessage::Pong {}),
        of("SocketMessage: subscribed", &SocketMessage::Subscribed {}),
        of("SocketMessage: hint", &hint),
        of("SocketMessage: error", &error),
    ]
}

/// A problem document, as the relay writes it.
fn refusal() -> Example {
    let problem = Problem::new(
        Code::Locked,
        "Another worker holds the lock until 2026-11-21T09:36:45Z.",
    )
    .with_extra("lease_expires_at", at(405).to_string())
    .for_request("JKJaXmPLvHcESHA=");
    let value: serde_json::Value = serde_json::from_slice(&problem.to_json()).unwrap();
    Example {
        label: "Problem",
        json: serde_json::to_string_pretty(&value).unwrap(),
    }
}
