//! `nanoark receipt`: what a seller signed, checked without asking anybody.

use std::path::{Path, PathBuf};

use nanoark_client::wire::jobs::JobView;
use nanoark_client::{Proof, ProvedQuote, ProvedReceipt, Unproved, verify_receipt};
use nanoark_domain::bot::BotId;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::JobId;
use nanoark_domain::job::Outcome;
use nanoark_nano::{Account, BlockHash, RawAmount};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::amount;
use crate::failure::Failure;
use crate::input;
use crate::output::Report;
use crate::session::Session;

/// What to do with receipts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check a receipt: that the seller signed this very result, for this input and payment. Asks nobody
    #[command(after_help = "Examples:
  nanoark --json jobs show JOB > job.json && nanoark receipt verify job.json
  nanoark --json buy OFFER --input '{}' --max 0.01XNO --wait | tail -n 1 | nanoark receipt verify -")]
    Verify {
        /// A job as `nanoark --json jobs show` or `GET /v1/jobs/{job_id}` gives it, or a proof of one; - for standard input
        file: PathBuf,
    },
}

/// What the seller has signed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Verified {
    /// Always: otherwise the command fails.
    verified: bool,
    /// The job.
    #[schemars(with = "String")]
    job_id: JobId,
    /// Who signed.
    #[schemars(with = "String")]
    seller: BotId,
    /// For whom.
    #[schemars(with = "String")]
    buyer: BotId,
    /// The digest of the input.
    #[schemars(with = "String")]
    input_hash: Sha256Digest,
    /// `delivered` or `failed`.
    outcome: &'static str,
    /// The digest of the result, or of the error's text.
    #[schemars(with = "String")]
    result_hash: Sha256Digest,
    /// Whether the result itself was there and has that digest.
    result_checked: bool,
    /// The block that paid, if the receipt names one.
    #[schemars(with = "Option<String>")]
    payment_hash: Option<BlockHash>,
    /// The price, in raw, if a signed quote was there.
    #[schemars(with = "Option<String>")]
    amount_raw: Option<RawAmount>,
    /// Where it was to be paid, if a signed quote was there.
    #[schemars(with = "Option<String>")]
    invoice_account: Option<Account>,
}

/// What a file can hold.
enum Evidence {
    /// A whole job: result and input are checked too.
    Job(Box<JobView>),
    /// The signed statements alone.
    Proof(Proof),
}

pub(crate) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Verify { file } => verify(session, file),
    }
}

fn verify(session: &Session, file: &Path) -> Result<(), Failure> {
    let text = input::file_or_stdin(file)?;
    let evidence = read(&text).map_err(|reason| {
        Failure::usage(
            format!("{} is neither a job nor a proof: {reason}", file.display()),
            "save a job with `nanoark --json jobs show JOB`",
        )
    })?;
    let (proof, result_checked) = match evidence {
        Evidence::Job(job) => {
            verify_receipt(&job)?;
            (Proof::of(&job)?, true)
        }
        Evidence::Proof(proof) => (proof, false),
    };
    let proved = proof.verify()?;
    let receipt = proved.receipt.ok_or(Unproved::Missing("receipt"))?;
    session
        .output
        .result(&Verified::of(&receipt, proved.quote.as_ref(), result_checked))
}

/// A job as the relay gives it or inside a line of this program, or a proof.
fn read(text: &str) -> Result<Evidence, serde_json::Error> {
    let value: Value = serde_json::from_str(text)?;
    let value = value.get("job").filter(|job| job.is_object()).cloned().unwrap_or(value);
    if value.get("job_id").is_some() {
        serde_json::from_value(value).map(Evidence::Job)
    } else {
        serde_json::from_value(value).map(Evidence::Proof)
    }
}

impl Verified {
    fn of(receipt: &ProvedReceipt, quote: Option<&ProvedQuote>, result_checked: bool) -> Self {
        let (outcome, result_hash) = match receipt.outcome {
            Outcome::Delivered { output_hash } => ("delivered", output_hash),
            Outcome::Failed { error_hash } => ("failed", error_hash),
        };
        let subject = &receipt.subject;
        Self {
            verified: true,
            job_id: subject.job_id,
            seller: subject.seller,
            buyer: subject.buyer,
            input_hash: subject.input_hash,
            outcome,
            result_hash,
            result_checked,
            payment_hash: subject.payment_hash,
            amount_raw: quote.map(|quote| quote.amount),
            invoice_account: quote.map(|quote| quote.invoice_account),
        }
    }
}

impl Report for Verified {
    fn text(&self) -> String {
        let paid = self
            .payment_hash
            .map_or_else(|| "no block".to_owned(), |hash| format!("block {hash}"));
        let price = self
            .amount_raw
            .map_or_else(|| "not in this file".to_owned(), amount::show);
        let result = if self.result_checked {
            "the result has it"
        } else {
            "the result is not in this file"
        };
        format!(
            "The signatures hold.\njob      {}  ({})\nseller   {}\nbuyer    {}\ninput    sha256 {}\nresult   sha256 {}  \
             ({result})\nprice    {price}\npaid by  {paid}",
            self.job_id, self.outcome, self.seller, self.buyer, self.input_hash, self.result_hash
        )
    }
}
