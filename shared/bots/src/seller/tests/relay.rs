//! The relay's own rules over jobs in memory, without its functions and tables.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use nanoark_client::wire::jobs::{
    DeliverJob, DeliveredOutcome, JobChanged, JobDelivered, JobLocked, JobPage, JobQuoted, JobView, LockJob,
    LockRenewed, QuoteJob, ReleaseLock, RenewLock, WithReason,
};
use nanoark_client::wire::money::{NameBlock, RefundNamed, RefundStatus};
use nanoark_client::wire::offers::{EditOffer, OfferChanged, OfferView, PublishOffer};
use nanoark_client::{Bot, Pending, Surroundings, Transport, TransportError};
use nanoark_domain::bot::BotId;
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{
    Caller, Command, Delivery, Fence, Job, JobRequest, LockToken, Order, Outcome, Promise, Quote, QuoteSubject,
    ReceiptSubject, Rejection, Stage,
};
use nanoark_domain::limits::Limits;
use nanoark_domain::offer::{OfferCommand, OfferOrder, OfferStatus, OfferTerms};
use nanoark_domain::payload::Input;
use nanoark_domain::payment::{Finding, Receipt, RefundFinding};
use nanoark_domain::time::Seconds;
use nanoark_http::problem::{Code, Problem};
use nanoark_nano::{Account, BlockHash};
use serde::Serialize;
use serde_json::json;

use super::view::{summary, view};
use super::world::{Clock, Fuse};

/// A relay. Clones are the same; each has a fuse of its own, for the process that calls through it.
#[derive(Clone)]
pub(super) struct Relay {
    inner: Arc<Mutex<Inner>>,
    clock: Clock,
    fuse: Fuse,
}

struct Inner {
    seller: BotId,
    offers: BTreeMap<OfferId, nanoark_domain::offer::Offer>,
    jobs: BTreeMap<JobId, Kept>,
    answers: HashMap<(String, String), (Bytes, u16, Bytes)>,
    invoices: BTreeSet<Account>,
    locks: u64,
}

pub(super) struct Kept {
    pub(super) job: Job,
    pub(super) input: Input,
    pub(super) outcome: Option<DeliveredOutcome>,
}

type Answer = (u16, Bytes);

impl Relay {
    pub(super) fn new(seller: BotId, clock: Clock) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                seller,
                offers: BTreeMap::new(),
                jobs: BTreeMap::new(),
                answers: HashMap::new(),
                invoices: BTreeSet::new(),
                locks: 0,
            })),
            clock,
            fuse: Fuse::new(),
        }
    }

    pub(super) fn with_fuse(&self, fuse: Fuse) -> Self {
        Self { fuse, ..self.clone() }
    }

    /// A job under the offer that is published, by this buyer.
    pub(super) fn request(&self, buyer: &Bot, number: u32, input: Input) -> Option<JobId> {
        let mut inner = self.inner.lock().unwrap();
        let offer = inner
            .offers
            .values()
            .find(|offer| offer.status == OfferStatus::Active)?
            .clone();
        let id = buyer.job_id(&format!("job-{number}").parse().unwrap());
        let request = JobRequest {
            id,
            offer_id: offer.id,
            buyer: buyer.id(),
            seller: offer.seller,
            input_hash: input.digest(),
            promise: Promise {
                fixed_amount: offer.terms.pricing.fixed_amount(),
                quote_lifetime: offer
                    .terms
                    .pricing
                    .standing_quote()
                    .map(|standing| standing.quote_lifetime_seconds),
                turnaround: offer.terms.turnaround,
            },
            refund_account: None,
        };
        let job = request.begin(self.clock.now(), &Limits::default());
        inner.jobs.insert(
            id,
            Kept {
                job,
                input,
                outcome: None,
            },
        );
        Some(id)
    }

    pub(super) fn job(&self, id: JobId) -> Job {
        self.inner.lock().unwrap().jobs[&id].job.clone()
    }

    pub(super) fn view(&self, id: JobId) -> JobView {
        view(&self.inner.lock().unwrap().jobs[&id])
    }

    pub(super) fn offers(&self) -> Vec<OfferView> {
        self.inner
            .lock()
            .unwrap()
            .offers
            .values()
            .cloned()
            .map(OfferView::from)
            .collect()
    }

    /// Does this, as a buyer or as the relay itself.
    pub(super) fn order(&self, id: JobId, caller: Caller, command: Command) -> Result<(), Rejection> {
        let mut inner = self.inner.lock().unwrap();
        order(&mut inner, id, caller, command, &self.clock).map(drop)
    }

    /// The relay's verdict.
    pub(super) fn judge(&self, id: JobId, finding: Finding, receipts: Vec<Receipt>) {
        let mut inner = self.inner.lock().unwrap();
        let limits = Limits::default();
        let job = inner.jobs[&id].job.clone();
        let hash = receipts[0].hash;
        let judged = Order::judge_payment(&job, hash, finding, receipts, self.clock.now(), &limits);
        inner.jobs.get_mut(&id).unwrap().job = judged.decide(Some(&job), &limits).unwrap();
    }

    fn answer(&self, request: &Request<Bytes>) -> Answer {
        let mut inner = self.inner.lock().unwrap();
        let path = request.uri().path().trim_start_matches("/v1/").to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let body = request.body();
        if request.method() == Method::GET {
            return match *parts.as_slice() {
                ["offers", id] => match inner.offers.get(&id.parse().unwrap()) {
                    Some(offer) => ok(&OfferView::from(offer.clone())),
                    None => problem(Code::NotFound),
                },
                ["jobs"] => ok(&JobPage {
                    jobs: inner.jobs.values().map(|kept| summary(&kept.job)).collect(),
                    cursor: "c".to_owned(),
                    more: false,
                    next_poll_ms: 10_000,
                }),
                ["jobs", id] => match inner.jobs.get(&id.parse().unwrap()) {
                    Some(kept) => ok(&view(kept)),
                    None => problem(Code::NotFound),
                },
                _ => problem(Code::UnknownRoute),
            };
        }
        let key = request.headers()["idempotency-key"].to_str().unwrap().to_owned();
        let place = (format!("{} {path}", request.method()), key.clone());
        if let Some((before, status, answer)) = inner.answers.get(&place) {
            return if before == body {
                (*status, answer.clone())
            } else {
                problem(Code::IdempotencyConflict)
            };
        }
        let answer = match *parts.as_slice() {
            ["offers"] => self.publish(&mut inner, &key, body),
            ["offers", id] => {
                let edit: EditOffer = serde_json::from_slice(body).unwrap();
                self.change_offer(&mut inner, id, OfferCommand::Edit(Box::new(edit.into())))
            }
            ["offers", id, "pause"] => self.change_offer(&mut inner, id, OfferCommand::Pause),
            ["offers", id, "resume"] => self.change_offer(&mut inner, id, OfferCommand::Resume),
            ["offers", id, "cancel"] => self.change_offer(&mut inner, id, OfferCommand::Cancel),
            ["jobs", id, ref verb @ ..] => self.change_job(&mut inner, id.parse().unwrap(), &verb.join("/"), body),
            _ => problem(Code::UnknownRoute),
        };
        if answer.0 < 300 {
            inner.answers.insert(place, (body.clone(), answer.0, answer.1.clone()));
        }
        answer
    }

    fn publish(&self, inner: &mut Inner, key: &str, body: &Bytes) -> Answer {
        let offer: PublishOffer = serde_json::from_slice(body).unwrap();
        let now = self.clock.now();
        let published = nanoark_domain::offer::Offer {
            id: OfferId::derive(&inner.seller, key),
            seller: inner.seller,
            terms: OfferTerms {
                title: offer.title,
                description: offer.description,
                tags: offer.tags,
                pricing: offer.pricing,
                turnaround: offer.turnaround_seconds,
                input_schema: offer.input_schema,
                output_schema: offer.output_schema,
                example: offer.example,
            }
            .normalised(),
            status: OfferStatus::Active,
            revision: 1,
            created_at: now,
            updated_at: now,
            expires_at: offer.expires_at.unwrap_or(now.plus(Seconds(604_800))),
        };
        inner.offers.insert(published.id, published.clone());
        ok(&OfferView::from(published))
    }

    fn change_offer(&self, inner: &mut Inner, id: &str, command: OfferCommand) -> Answer {
        let id: OfferId = id.parse().unwrap();
        let order = OfferOrder {
            caller: Some(inner.seller),
            command,
            now: self.clock.now(),
        };
        match order.decide(inner.offers.get(&id)) {
            Ok(offer) => {
                let (offer_id, status, updated_at) = (id, offer.status, offer.updated_at);
                inner.offers.insert(id, offer);
                ok(&OfferChanged {
                    offer_id,
                    status,
                    updated_at,
                })
            }
            Err(_) => problem(Code::WrongState),
        }
    }

    fn change_job(&self, inner: &mut Inner, id: JobId, verb: &str, body: &Bytes) -> Answer {
        let now = self.clock.now();
        let limits = Limits::default();
        let seller = inner.seller;
        let job = inner.jobs[&id].job.clone();
        let token = |text: &str| text.parse::<LockToken>().unwrap();
        let mut invoice = None;
        let mut outcome = None;
        let command = match verb {
            "quote" => {
                let quote: QuoteJob = serde_json::from_slice(body).unwrap();
                if inner.invoices.contains(&quote.invoice_account) {
                    return problem(Code::InvoiceAccountUsed);
                }
                invoice = Some(quote.invoice_account);
                let expires_at = quote.expires_at.unwrap();
                Command::Quote {
                    quote: Quote {
                        amount: quote.amount_raw,
                        invoice: quote.invoice_account,
                        quoted_at: now,
                        expires_at,
                        signature: quote.signature,
                    },
                    subject: QuoteSubject {
                        job_id: id,
                        offer_id: quote.offer_id,
                        buyer: quote.buyer,
                        seller,
                        input_hash: quote.input_hash,
                        turnaround: quote.turnaround_seconds,
                    },
                    lifetime: expires_at.since(now),
                }
            }
            "decline" => Command::Decline {
                reason: serde_json::from_slice::<WithReason>(body).unwrap().reason,
            },
            "lock" => {
                let lock: LockJob = serde_json::from_slice(body).unwrap();
                inner.locks += 1;
                let mut random = [0; 16];
                random[..8].copy_from_slice(&inner.locks.to_be_bytes());
                Command::Lock {
                    token: LockToken::from_random(random),
                    fence: Fence(now.as_millis()),
                    lease: lock.lease_seconds.unwrap(),
                    seller_verified: lock.payment_verified_by_seller,
                }
            }
            "lock/renew" => {
                let renew: RenewLock = serde_json::from_slice(body).unwrap();
                Command::RenewLock {
                    token: token(&renew.lock_token),
                    lease: renew.lease_seconds.unwrap(),
                }
            }
            "lock/release" => {
                let release: ReleaseLock = serde_json::from_slice(body).unwrap();
                Command::ReleaseLock {
                    token: token(&release.lock_token),
                }
            }
            "deliver" => {
                let deliver: DeliverJob = serde_json::from_slice(body).unwrap();
                let delivered = match &deliver.outcome {
                    DeliveredOutcome::Result(output) => Outcome::Delivered {
                        output_hash: output.digest(),
                    },
                    DeliveredOutcome::Error(text) => Outcome::Failed {
                        error_hash: nanoark_domain::digest::Sha256Digest::of(text.as_bytes()),
                    },
                };
                outcome = Some(deliver.outcome);
                Command::Deliver {
                    token: token(&deliver.lock_token),
                    delivery: Delivery {
                        outcome: delivered,
                        payment_hash: deliver.payment_hash,
                        at: now,
                        signature: deliver.receipt_signature,
                    },
                    subject: ReceiptSubject {
                        job_id: id,
                        buyer: deliver.buyer,
                        seller,
                        input_hash: deliver.input_hash,
                        payment_hash: deliver.payment_hash,
                    },
                }
            }
            "refund" => Command::SubmitRefund {
                hash: serde_json::from_slice::<NameBlock>(body).unwrap().block_hash,
            },
            _ => return problem(Code::UnknownRoute),
        };
        let made = Order {
            caller: Caller::Bot(seller),
            command: command.clone(),
            now,
        };
        let after = match made.decide(Some(&job), &limits) {
            Ok(after) => after,
            Err(rejection) => return refusal(rejection),
        };
        let kept = inner.jobs.get_mut(&id).unwrap();
        kept.job = after.clone();
        kept.outcome = outcome.or(kept.outcome.take());
        inner.invoices.extend(invoice);
        let (job_id, status, updated_at) = (id, after.status(), after.updated_at);
        let lease_expires_at = match &after.stage {
            Stage::Running { lock, .. } => lock.lease_expires_at,
            _ => now,
        };
        match command {
            Command::Quote { quote, .. } => ok(&JobQuoted {
                job_id,
                status,
                expires_at: quote.expires_at,
                updated_at,
            }),
            Command::Lock { token, fence, .. } => ok(&JobLocked {
                job_id,
                status,
                lock_token: token.reveal(),
                fence,
                lease_expires_at,
                updated_at,
            }),
            Command::RenewLock { .. } => ok(&LockRenewed {
                job_id,
                status,
                lease_expires_at,
                updated_at,
            }),
            Command::Deliver { delivery, .. } => ok(&JobDelivered {
                job_id,
                status,
                result_hash: delivery.outcome.result_hash(),
                updated_at,
            }),
            Command::SubmitRefund { hash } => ok(&RefundNamed {
                job_id,
                refund_hash: hash,
                refund_status: RefundStatus::Submitted,
                updated_at,
            }),
            _ => ok(&JobChanged {
                job_id,
                status,
                updated_at,
            }),
        }
    }

    /// The relay's verdict on a refund that was named.
    pub(super) fn judge_refund(&self, id: JobId, hash: BlockHash, finding: RefundFinding) {
        self.order(id, Caller::Relay, Command::JudgeRefund { hash, finding })
            .unwrap();
    }
}

impl Transport for Relay {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            self.fuse.cross().await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            let (status, body) = self.answer(&request);
            self.fuse.cross().await;
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

fn order(inner: &mut Inner, id: JobId, caller: Caller, command: Command, clock: &Clock) -> Result<Job, Rejection> {
    let kept = inner.jobs.get_mut(&id).unwrap();
    let now = clock.now();
    let after = Order { caller, command, now }.decide(Some(&kept.job), &Limits::default())?;
    kept.job = after.clone();
    Ok(after)
}

fn refusal(rejection: Rejection) -> Answer {
    match rejection {
        Rejection::Locked { lease_expires_at } => with(Code::Locked, &json!({ "lease_expires_at": lease_expires_at })),
        Rejection::LockLost => problem(Code::LockLost),
        Rejection::WrongStatus { .. } => problem(Code::WrongState),
        Rejection::PaymentNotConfirmed { .. } => problem(Code::PaymentNotConfirmed),
        Rejection::Mismatch { .. } => problem(Code::JobMismatch),
        Rejection::TooLate { .. } => problem(Code::TooLate),
        Rejection::RefundExists => problem(Code::RefundExists),
        Rejection::LockedJustNow => problem(Code::ConcurrentRequest),
        other => panic!("the worker is refused: {other}"),
    }
}

fn ok(body: &impl Serialize) -> Answer {
    (200, serde_json::to_vec(body).unwrap().into())
}

fn problem(code: Code) -> Answer {
    with(code, &json!({}))
}

fn with(code: Code, more: &serde_json::Value) -> Answer {
    let response = Problem::new(code, "So say the rules.").for_request("r").into_response();
    let mut body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (response.status.as_u16(), body.to_string().into_bytes().into())
}
