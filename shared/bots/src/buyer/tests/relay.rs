//! A relay and a seller that are a script: they move on whenever the buyer looks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use nanoark_client::wire::jobs::JobView;
use nanoark_client::wire::money::{RefundStatus, RefundView};
use nanoark_client::wire::offers::OfferView;
use nanoark_client::{Bot, Pending, Surroundings, Transport, TransportError};
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{ExpiryReason, Status};
use nanoark_domain::offer::{OfferStatus, OfferTerms, Pricing};
use nanoark_domain::payment::{PaymentStatus, Receipt};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::problem::{Code, Problem};
use nanoark_nano::{Account, RawAmount};
use nanoark_testkit::nano_ledger::{DevWallet, NanoLedger};
use serde::Serialize;

use super::fuse::Fuse;
use super::script::{change, expired, finish, quote, request_job};
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

pub(super) struct State {
    pub(super) seller: Bot,
    pub(super) offer: OfferView,
    pub(super) jobs: HashMap<JobId, JobView>,
    answers: HashMap<String, (u16, Bytes)>,
    pub(super) quirks: Quirks,
    next_invoice: u32,
    pub(super) buyer: Bot,
    failures: u32,
    offer_is_hidden: bool,
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
            offer_is_hidden: false,
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

    /// The offer is not shown any more.
    pub(super) fn hide_offer(&self) {
        self.state.lock().unwrap().offer_is_hidden = true;
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

    pub(super) fn change_jobs(&self, change: impl FnMut(&mut JobView)) {
        self.state.lock().unwrap().jobs.values_mut().for_each(change);
    }

    fn answer(&self, request: &Request<Bytes>) -> (u16, Bytes) {
        let mut state = self.state.lock().unwrap();
        let path = request.uri().path().trim_start_matches("/v1/").to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let now = self.clock.now();
        if request.method() == Method::GET {
            return match *parts.as_slice() {
                ["offers", _] if state.offer_is_hidden => problem(Code::NotFound),
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

pub(super) fn ok(status: u16, body: &impl Serialize) -> (u16, Bytes) {
    (status, serde_json::to_vec(body).unwrap().into())
}

pub(super) fn problem(code: Code) -> (u16, Bytes) {
    let response = Problem::new(code, "So says the script.")
        .for_request("r")
        .into_response();
    (response.status.as_u16(), response.body)
}
