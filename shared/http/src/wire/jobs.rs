//! Bodies about the work.

use nanoark_domain::bot::BotId;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{ExpiryReason, Fence, HistoryEntry, JobSummary, Party, Status};
use nanoark_domain::object;
use nanoark_domain::offer::Pricing;
use nanoark_domain::payload::{Input, Output};
use nanoark_domain::statement::StatementSignature;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::{Account, BlockHash, RawAmount};
use serde::{Deserialize, Serialize};

use super::money::{PaymentView, RefundsView};

/// `POST /v1/jobs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestJob {
    /// The offer as the buyer read it; the request is refused if it has changed.
    #[serde(deserialize_with = "object::required")]
    pub offer: OfferAsRead,
    /// What to work on.
    pub input: Input,
    /// Where money goes back to, if any is owed; otherwise to the account that paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_account: Option<Account>,
}

/// What a buyer relies on: copied from the offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferAsRead {
    /// Its name.
    pub offer_id: OfferId,
    /// Who sells.
    pub seller: BotId,
    /// Its revision.
    pub revision: u64,
    /// What it costs.
    #[serde(deserialize_with = "object::required")]
    pub pricing: Pricing,
    /// The time from confirmed payment to result.
    pub turnaround_seconds: Seconds,
}

/// The answer to `POST /v1/jobs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRequested {
    /// The job's name.
    pub job_id: JobId,
    /// `requested`.
    pub status: Status,
    /// The digest of the input, which the seller's quote will name.
    pub input_hash: Sha256Digest,
    /// Until when the seller may quote.
    pub quote_by: Timestamp,
    /// When it was requested.
    pub updated_at: Timestamp,
}

/// The answer to a change of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobChanged {
    /// The job.
    pub job_id: JobId,
    /// How far the work is now.
    pub status: Status,
    /// When it changed.
    pub updated_at: Timestamp,
}

/// `POST /v1/jobs/{job_id}/quote`. The first four fields repeat the job, so that what was signed can be checked without
/// reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteJob {
    /// The job's offer.
    pub offer_id: OfferId,
    /// The job's buyer.
    pub buyer: BotId,
    /// The digest of the job's input.
    pub input_hash: Sha256Digest,
    /// The job's turnaround.
    pub turnaround_seconds: Seconds,
    /// The price, in raw.
    pub amount_raw: RawAmount,
    /// Where to pay: an account that was never used for any job.
    pub invoice_account: Account,
    /// Until when to accept and pay; left out, it is the request's `created` plus the default (15 minutes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The seller's Ed25519 signature over the quote's statement (docs/authentication.md).
    pub signature: StatementSignature,
}

/// The answer to `POST /v1/jobs/{job_id}/quote`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobQuoted {
    /// The job.
    pub job_id: JobId,
    /// `quoted`.
    pub status: Status,
    /// Until when the buyer may accept and pay.
    pub expires_at: Timestamp,
    /// When it was quoted.
    pub updated_at: Timestamp,
}

/// `POST /v1/jobs/{job_id}/cancel` and `/decline`; the body may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithReason {
    /// Why, for the other party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of calls that need none: nothing, or `{}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// `POST /v1/jobs/{job_id}/lock`; the body may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockJob {
    /// How long nobody else may take it; 5 minutes if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_seconds: Option<Seconds>,
    /// The seller verified the payment itself and begins whatever the relay found.
    #[serde(default)]
    pub payment_verified_by_seller: bool,
}

/// The answer to `POST /v1/jobs/{job_id}/lock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobLocked {
    /// The job.
    pub job_id: JobId,
    /// `running`.
    pub status: Status,
    /// The lock's secret. Only the worker that holds it can renew, release or deliver.
    pub lock_token: String,
    /// Grows with every lock of the job; refuse smaller ones where a stale worker could write.
    pub fence: Fence,
    /// Until when nobody else can take the job.
    pub lease_expires_at: Timestamp,
    /// When it was locked.
    pub updated_at: Timestamp,
}

/// `POST /v1/jobs/{job_id}/lock/renew`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewLock {
    /// The lock's secret.
    pub lock_token: String,
    /// How long from now; 5 minutes if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_seconds: Option<Seconds>,
}

/// The answer to `POST /v1/jobs/{job_id}/lock/renew`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockRenewed {
    /// The job.
    pub job_id: JobId,
    /// `running`.
    pub status: Status,
    /// Until when nobody else can take the job.
    pub lease_expires_at: Timestamp,
    /// When it was renewed.
    pub updated_at: Timestamp,
}

/// `POST /v1/jobs/{job_id}/lock/release`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseLock {
    /// The lock's secret.
    pub lock_token: String,
}

/// `POST /v1/jobs/{job_id}/deliver`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliverJob {
    /// The lock's secret.
    pub lock_token: String,
    /// The job's buyer.
    pub buyer: BotId,
    /// The digest of the job's input.
    pub input_hash: Sha256Digest,
    /// The block that paid; left out when the relay knows of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_hash: Option<BlockHash>,
    /// The result, or why there is none.
    pub outcome: DeliveredOutcome,
    /// The seller's Ed25519 signature over the receipt's statement (docs/authentication.md).
    pub receipt_signature: StatementSignature,
}

/// How the work ended: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveredOutcome {
    /// The result.
    Result(Output),
    /// Why there is none.
    Error(String),
}

/// The answer to `POST /v1/jobs/{job_id}/deliver`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobDelivered {
    /// The job.
    pub job_id: JobId,
    /// `delivered` or `failed`.
    pub status: Status,
    /// The digest of the result, or of the error's text.
    pub result_hash: Sha256Digest,
    /// When it was handed in.
    pub updated_at: Timestamp,
}

/// `GET /v1/jobs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPage {
    /// Jobs, least recently changed first. A job that just changed may be listed again: compare its version.
    pub jobs: Vec<JobSummary>,
    /// Send this with the next call.
    pub cursor: String,
    /// Whether there is more right now.
    pub more: bool,
    /// How long to wait before the next call, in milliseconds.
    pub next_poll_ms: u64,
}

/// `GET /v1/jobs/{job_id}`: everything that a party may see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobView {
    /// Its name.
    pub job_id: JobId,
    /// The offer it was requested under.
    pub offer_id: OfferId,
    /// Who pays.
    pub buyer: BotId,
    /// Who works.
    pub seller: BotId,
    /// Which of the two is asking.
    pub you_are: Party,
    /// How far the work is.
    pub status: Status,
    /// Why it was cancelled or declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Which deadline ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_reason: Option<ExpiryReason>,
    /// When this status ends if nothing happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// What to work on.
    pub input: Option<Input>,
    /// Its digest.
    pub input_hash: Sha256Digest,
    /// The time from confirmed payment to result.
    pub turnaround_seconds: Seconds,
    /// The only price that may be quoted, where the offer had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_amount_raw: Option<RawAmount>,
    /// The least time a quote must stand, where the seller promised one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_lifetime_seconds: Option<Seconds>,
    /// Where the buyer wants money back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_account: Option<Account>,
    /// The seller's price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<QuoteView>,
    /// What is known of the payment.
    pub payment: PaymentView,
    /// What is owed back, and what was sent back.
    pub refunds: RefundsView,
    /// Who works, for the seller's eyes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockView>,
    /// The result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Output>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The seller's signed receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptView>,
    /// What happened, oldest first.
    pub history: Vec<HistoryEntry>,
    /// Counts changes.
    pub version: u64,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The seller's price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteView {
    /// What to pay, in raw.
    pub amount_raw: RawAmount,
    /// Where to pay it.
    pub invoice_account: Account,
    /// When it was quoted.
    pub quoted_at: Timestamp,
    /// Until when to accept and pay.
    pub expires_at: Timestamp,
    /// What the seller signed, word for word.
    pub statement: String,
    /// The seller's Ed25519 signature over it.
    pub signature: StatementSignature,
}

/// Who works. The secret is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockView {
    /// The lock's fencing number.
    pub fence: Fence,
    /// Until when nobody else can take the job.
    pub lease_expires_at: Timestamp,
}

/// The seller's signed receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptView {
    /// The digest of the result, or of the error's text.
    pub result_hash: Sha256Digest,
    /// The block that paid, if the relay knows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_hash: Option<BlockHash>,
    /// When it was handed in.
    pub delivered_at: Timestamp,
    /// What the seller signed, word for word.
    pub statement: String,
    /// The seller's Ed25519 signature over it.
    pub signature: StatementSignature,
}
