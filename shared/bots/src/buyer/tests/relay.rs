//! A relay and a seller that are a script: they move on whenever the buyer looks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use nanoark_client::wire::jobs::{JobChanged, JobRequested, JobView, QuoteView, ReceiptView, RequestJob};
use nanoark_client::wire::money::{
    NameBlock, OwedView, PaymentNamed, PaymentView, RefundStatus, RefundView, RefundsView,
};
use nanoark_client::wire::offers::OfferView;
use nanoark_client::{Bot, Pending, Surroundings, Transport, TransportError};
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{self, ExpiryReason, Party, Quote, QuoteSubject, ReceiptSubject, Status};
use nanoark_domain::offer::{OfferStatus, OfferTerms, Pricing};
use nanoark_domain::payload::Output;
use nanoark_domain::payment::{OwedReason, PaymentStatus, Receipt};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::problem::{Code, Problem};
use nanoark_nano::{Account, BlockHash, RawAmount};
use nanoark_testkit::nano_ledger::{DevWallet, NanoLedger};
use serde::Serialize;
use serde_json::json;

use super::fuse::Fuse;
use super::world::{Clock, PRICE, xno};

/// What the seller does out of the ordinary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Quirks {
    /// It never quotes.
    pub(super) silent: bool,
    /// It quotes this much instead of the price.
    pub(super) quotes: Option<RawAmount>,
    /// It names this invoice account.
    pub(super) invoice: Option<Account>,
    /// Its quotes stand for this long.
    pub(super) quote_seconds: Option<u32>,
    /// It fails instead of delivering, and pays back.
    pub(super) fails: bool,
    /// It delivers, and signs its receipt for another result.
    pub(super) forges_receipt: bool,
    /// It never delivers.
    pub(super) lazy: bool,
}

/// The relay with one offer and its seller. Clones are the same.
#[derive(Clone)]
pub(super) struct Relay {
    state: Arc<Mutex<State>>,
    ledger: NanoLedger,
    clock: Clock,
    fuse: Fuse,
}

struct State {
    seller: Bot,
    offer: OfferView,
    jobs: HashMap<JobId, JobView>,
    answers: HashMap<String, (u16, Bytes)>,
    quirks: Quirks,
    next_invoice: u32,
    buyer: Bot,
    failures: u32,
}

impl Relay {
    pub(super) fn new(ledger: &NanoLedger, clock: Clock, fuse: Fuse, buyer: Bot) -> Self {
        let seller = Bot::from_seed(&[9; 32]);
        let offer = OfferView {
            offer_id: OfferId::from_bytes([5; 16]),
            seller: seller.id(),
            status: OfferStatus::Active,
            revision: 1,
            terms: OfferTerms {
                title: "Words, counted".to_owned(),
                description: String::new(),
                tags: vec!["text".to_owned()],
                pricing: Pricing::Quote {},
                turnaround: Seconds(60),
                input_schema: None,
                output_schema: None,
                example: None,
            },
            created_at: clock.now(),
            updated_at: clock.now(),
            expires_at: clock.now().plus(Seconds(1_000_000)),
        };
        let state = State {
            seller,
            offer,
            jobs: HashMap::new(),
            answers: HashMap::new(),
            quirks: Quirks::default(),
            next_invoice: 1,
            buyer,
            failures: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            ledger: ledger.clone(),
            clock,
            fuse,
        }
    }

    pub(super) fn offer(&self) -> OfferView {
        self.state.lock().unwrap().offer.clone()
    }

    pub(super) fn change_offer(&self, change: impl FnOnce(&mut OfferView)) {
        change(&mut self.state.lock().unwrap().offer);
    }

    pub(super) fn quirks(&self, quirks: Quirks) {
        self.state.lock().unwrap().quirks = quirks;
    }

    /// The next requests get no answer, though they arrive.
    pub(super) fn fail(&self, requests: u32) {
        self.state.lock().unwrap().failures = requests;
    }

    pub(super) fn jobs(&self) -> Vec<JobView> {
        self.state.lock().unwrap().jobs.values().cloned().collect()
    }

    pub(super) fn change_job(&self, change: impl FnOnce(&mut JobView)) {
        let mut state = self.state.lock().unwrap();
        change(state.jobs.values_mut().next().unwrap());
    }

    fn answer(&self, request: &Request<Bytes>) -> (u16, Bytes) {
        let mut state = self.state.lock().unwrap();
        let path = request.uri().path().trim_start_matches("/v1/").to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let now = self.clock.now();
        if request.method() == Method::GET {
            return match *parts.as_slice() {
                ["offers", _] => ok(200, &state.offer),
                ["jobs", id] => match state.jobs.get(&id.parse().unwrap()).cloned() {
                    Some(job) => {
                        let moved = self.seller_acts(&mut state, job.clone(), now);
                        state.jobs.insert(moved.job_id, moved);
                        ok(200, &job)
                    }
                    None => problem(Code::NotFound),
                },
                _ => problem(Code::UnknownRoute),
            };
        }
        let key = request.headers()["idempotency-key"].to_str().unwrap().to_owned();
        if let Some(before) = state.answers.get(&key) {
            return before.clone();
        }
        let answer = match *parts.as_slice() {
            ["jobs"] => request_job(&mut state, &key, serde_json::from_slice(request.body()).unwrap(), now),
            ["jobs", id, verb] => match state.jobs.get_mut(&id.parse().unwrap()) {
                Some(job) => change(job, verb, request.body(), now),
                None => problem(Code::NotFound),
            },
            _ => problem(Code::UnknownRoute),
        };
        state.answers.insert(key, answer.clone());
        answer
    }

    /// One move of seller and relay.
    fn seller_acts(&self, state: &mut State, mut job: JobView, now: Timestamp) -> JobView {
        let quirks = state.quirks;
        match job.status {
            Status::Requested if !quirks.silent => {
                let wallet = DevWallet::numbered(7, state.next_invoice, &self.ledger);
                state.next_invoice += 1;
                let invoice = quirks.invoice.unwrap_or_else(|| wallet.account());
                let expires_at = now.plus(Seconds(quirks.quote_seconds.unwrap_or(900)));
                quote(
                    &mut job,
                    &state.seller,
                    quirks.quotes.unwrap_or(xno(PRICE)),
                    invoice,
                    expires_at,
                    now,
                );
            }
            Status::Quoted | Status::Accepted if expired(&job, now) => {
                job.status = Status::Expired;
                job.expiry_reason = Some(ExpiryReason::NotPaid);
            }
            Status::Accepted => match job.payment.status {
                PaymentStatus::Submitted => self.judge(&mut job, now),
                PaymentStatus::Confirmed if !quirks.lazy => finish(&mut job, state, now),
                _ => {}
            },
            Status::Failed if job.refunds.sent.is_empty() => self.pay_back(&mut job, now),
            _ => {}
        }
        job.version += 1;
        job
    }

    fn judge(&self, job: &mut JobView, now: Timestamp) {
        let hash = job.payment.block_hash.unwrap();
        let quote = job.quote.clone().unwrap();
        if !self.ledger.is_confirmed(&hash) {
            return;
        }
        let block = self.ledger.block(&hash).unwrap();
        let before = self.ledger.balance_after(&block.block.previous).unwrap();
        let amount = before.checked_sub(block.block.balance).unwrap();
        job.payment.receipts.push(Receipt {
            hash,
            payer: block.block.account,
            amount,
            seen_at: now,
            in_time: true,
        });
        assert_eq!(block.block.link.as_account(), quote.invoice_account);
        job.payment.status = match amount.cmp(&quote.amount_raw) {
            std::cmp::Ordering::Less => PaymentStatus::Short,
            std::cmp::Ordering::Equal => PaymentStatus::Confirmed,
            std::cmp::Ordering::Greater => PaymentStatus::Over,
        };
    }

    fn pay_back(&self, job: &mut JobView, now: Timestamp) {
        let quote = job.quote.clone().unwrap();
        let invoice = (1..50)
            .map(|index| DevWallet::numbered(7, index, &self.ledger))
            .find(|wallet| wallet.account() == quote.invoice_account)
            .unwrap();
        invoice.receive_all().unwrap();
        let block = invoice.send(job.refund_account.unwrap(), quote.amount_raw).unwrap();
        job.refunds.sent.push(RefundView {
            block_hash: block.block.hash(),
            status: RefundStatus::Submitted,
            amount_raw: None,
            submitted_at: now,
            decided_at: None,
        });
    }
}

impl Transport for Relay {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            self.fuse.cross().await;
            let (status, body) = self.answer(&request);
            self.fuse.cross().await;
            {
                let mut state = self.state.lock().unwrap();
                if state.failures > 0 {
                    state.failures -= 1;
                    return Err(TransportError::Timeout);
                }
            }
            let kind = if status < 400 {
                "application/json"
            } else {
                "application/problem+json"
            };
            Ok(Response::builder()
                .status(status)
                .header("content-type", kind)
                .body(body)
                .unwrap())
        })
    }
}

fn expired(job: &JobView, now: Timestamp) -> bool {
    let paid = job.payment.status != PaymentStatus::None;
    !paid && job.quote.as_ref().is_some_and(|quote| quote.expires_at <= now)
}

fn request_job(state: &mut State, key: &str, request: RequestJob, now: Timestamp) -> (u16, Bytes) {
    if request.offer.revision != state.offer.revision {
        return problem(Code::OfferChanged);
    }
    let job = JobView {
        job_id: state.buyer.job_id(&key.parse().unwrap()),
        offer_id: request.offer.offer_id,
        buyer: state.buyer.id(),
        seller: request.offer.seller,
        you_are: Party::Buyer,
        status: Status::Requested,
        reason: None,
        expiry_reason: None,
        due_at: None,
        input_hash: request.input.digest(),
        input: Some(request.input),
        turnaround_seconds: request.offer.turnaround_seconds,
        fixed_amount_raw: request.offer.pricing.fixed_amount(),
        quote_lifetime_seconds: None,
        refund_account: request.refund_account,
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
        history: Vec::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let answer = JobRequested {
        job_id: job.job_id,
        status: job.status,
        input_hash: job.input_hash,
        quote_by: now.plus(Seconds(86_400)),
        updated_at: now,
    };
    state.jobs.insert(job.job_id, job);
    ok(201, &answer)
}

fn change(job: &mut JobView, verb: &str, body: &Bytes, now: Timestamp) -> (u16, Bytes) {
    match (verb, job.status) {
        ("accept", Status::Quoted) if !expired(job, now) => job.status = Status::Accepted,
        ("cancel", Status::Requested | Status::Quoted | Status::Accepted) => {
            job.status = Status::Cancelled;
            owe(job, OwedReason::Cancelled);
        }
        ("payment", Status::Accepted) => {
            let NameBlock { block_hash } = serde_json::from_slice(body).unwrap();
            if job.payment.status == PaymentStatus::Submitted {
                return problem(Code::PaymentExists);
            }
            job.payment.status = PaymentStatus::Submitted;
            job.payment.block_hash = Some(block_hash);
            job.version += 1;
            return ok(
                200,
                &PaymentNamed {
                    job_id: job.job_id,
                    payment_hash: block_hash,
                    payment_status: PaymentStatus::Submitted,
                    updated_at: now,
                },
            );
        }
        ("accept", _) => return problem(Code::TooLate),
        _ => return problem(Code::WrongState),
    }
    job.version += 1;
    let answer = JobChanged {
        job_id: job.job_id,
        status: job.status,
        updated_at: now,
    };
    ok(200, &answer)
}

fn owe(job: &mut JobView, reason: OwedReason) {
    let amount = job.payment.receipts.first().map(|receipt| receipt.amount);
    job.refunds.owed = amount.map(|amount_raw| OwedView {
        amount_raw,
        to: job.refund_account.unwrap(),
        reason,
    });
}

/// Puts the seller's signed quote on the job.
pub(in crate::buyer) fn quote(
    job: &mut JobView,
    seller: &Bot,
    amount: RawAmount,
    invoice: Account,
    expires_at: Timestamp,
    now: Timestamp,
) {
    let signed = seller.quote(job, amount, invoice, expires_at).unwrap();
    let subject = QuoteSubject {
        job_id: job.job_id,
        offer_id: job.offer_id,
        buyer: job.buyer,
        seller: job.seller,
        input_hash: job.input_hash,
        turnaround: job.turnaround_seconds,
    };
    let statement = Quote {
        amount,
        invoice,
        quoted_at: now,
        expires_at,
        signature: signed.signature,
    }
    .statement(&subject);
    job.status = Status::Quoted;
    job.quote = Some(QuoteView {
        amount_raw: amount,
        invoice_account: invoice,
        quoted_at: now,
        expires_at,
        statement: statement.to_string(),
        signature: signed.signature,
    });
}

fn finish(job: &mut JobView, state: &State, now: Timestamp) {
    let result = Output::Json(json!({ "words": 3 }));
    let error = "It cannot be counted.";
    let outcome = if state.quirks.fails {
        job.status = Status::Failed;
        job.error = Some(error.to_owned());
        owe(job, OwedReason::Failed);
        job::Outcome::Failed {
            error_hash: nanoark_domain::digest::Sha256Digest::of(error.as_bytes()),
        }
    } else {
        job.status = Status::Delivered;
        job.result = Some(if state.quirks.forges_receipt {
            Output::Json(json!({ "words": 4 }))
        } else {
            result.clone()
        });
        job::Outcome::Delivered {
            output_hash: result.digest(),
        }
    };
    sign_receipt(job, &state.seller, &outcome, now);
}

/// Puts the seller's signed receipt on the job.
pub(super) fn sign_receipt(job: &mut JobView, seller: &Bot, outcome: &job::Outcome, now: Timestamp) {
    let payment_hash: Option<BlockHash> = job.payment.block_hash;
    let subject = ReceiptSubject {
        job_id: job.job_id,
        buyer: job.buyer,
        seller: job.seller,
        input_hash: job.input_hash,
        payment_hash,
    };
    let result_hash = match outcome {
        job::Outcome::Delivered { output_hash } => *output_hash,
        job::Outcome::Failed { error_hash } => *error_hash,
    };
    let statement = outcome.receipt(&subject);
    job.receipt = Some(ReceiptView {
        result_hash,
        payment_hash,
        delivered_at: now,
        statement: statement.to_string(),
        signature: seller.sign(&statement).unwrap(),
    });
}

fn ok(status: u16, body: &impl Serialize) -> (u16, Bytes) {
    (status, serde_json::to_vec(body).unwrap().into())
}

fn problem(code: Code) -> (u16, Bytes) {
    let response = Problem::new(code, "So says the script.")
        .for_request("r")
        .into_response();
    (response.status.as_u16(), response.body)
}
