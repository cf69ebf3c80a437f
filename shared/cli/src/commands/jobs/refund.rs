//! `nanoark jobs refund`.

use std::sync::Arc;

use nanoark_bots::seller::record::RefundRecord;
use nanoark_bots::seller::{
    Metrics, OfferFile, Policy, Refunds, Stop, Task, Tool, ToolFailure, ToolOutput, Worker, WorkerParts,
};
use nanoark_client::Pending;
use nanoark_domain::id::JobId;
use nanoark_domain::job::Party;
use nanoark_nano::{Account, BlockHash, RawAmount};
use schemars::JsonSchema;
use serde::Serialize;

use crate::amount;
use crate::commands::sell::open_state;
use crate::failure::{Failure, Trouble};
use crate::output::Report;
use crate::session::{Session, Unlocked};

/// What was paid back for a job, now and before.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PaidBack {
    /// The job.
    #[schemars(with = "String")]
    job_id: JobId,
    /// Each send, oldest first.
    refunds: Vec<Refund>,
}

/// A send to the buyer.
#[derive(Debug, Serialize, JsonSchema)]
struct Refund {
    /// The send block, once it is signed.
    #[schemars(with = "Option<String>")]
    block_hash: Option<BlockHash>,
    /// Where to.
    #[schemars(with = "String")]
    to: Account,
    /// How much, in raw.
    #[schemars(with = "String")]
    amount_raw: RawAmount,
}

/// The offer of a worker that serves none.
const NO_OFFER: &str = r#"{"name": "refunds", "title": "Refunds", "price_raw": "1", "turnaround_seconds": 1}"#;

pub(super) async fn run(session: &Session, job_id: JobId) -> Result<(), Failure> {
    let Unlocked { client, wallet, .. } = session.unlock()?;
    let job = client.job(job_id).await?.value;
    if job.you_are != Party::Seller {
        return Err(Failure::new(
            Trouble::NotYours,
            format!("you are the buyer of {job_id}: its seller pays back"),
            format!("`nanoark jobs show {job_id}` says what is owed to you"),
        ));
    }
    let offer = OfferFile::parse(NO_OFFER).map_err(|error| Failure::internal(&error))?;
    let worker = Worker::new(WorkerParts {
        client,
        wallet,
        state: open_state(session, offer.name())?,
        offer,
        tool: Arc::new(NoTool),
        quoter: None,
        policy: Policy {
            refunds: Refunds::Manual,
            ..Policy::default()
        },
        metrics: Arc::new(Metrics::default()),
    })
    .map_err(|error| Failure::internal(&error))?;
    session.progress.say("paying back what is owed");
    let refunded = worker.refund(job_id).await?;
    session.progress.done();
    if refunded.refunds.is_empty() {
        return Err(Failure::new(
            Trouble::NothingOwed,
            format!("nothing is owed for {job_id}, by the ledger and by what this folder knows of the job"),
            format!("`nanoark jobs show {job_id}` says what the relay says is owed"),
        ));
    }
    session.output.result(&PaidBack {
        job_id,
        refunds: refunded.refunds.iter().map(Refund::from).collect(),
    })
}

/// The tool of a worker that does no jobs.
#[derive(Debug)]
struct NoTool;

impl Tool for NoTool {
    fn run<'a>(&'a self, _: &'a Task, _: Stop) -> Pending<'a, Result<ToolOutput, ToolFailure>> {
        Box::pin(async { Err(ToolFailure::NotStarted("there is none".to_owned())) })
    }
}

impl From<&RefundRecord> for Refund {
    fn from(refund: &RefundRecord) -> Self {
        Self {
            block_hash: refund.hash,
            to: refund.to,
            amount_raw: refund.amount,
        }
    }
}

impl Report for PaidBack {
    fn text(&self) -> String {
        let line = |refund: &Refund| {
            let block = refund
                .block_hash
                .map_or_else(|| "not signed yet".to_owned(), |hash| hash.to_string());
            format!(
                "paid back {} to {}  block {block}",
                amount::show(refund.amount_raw),
                refund.to
            )
        };
        self.refunds.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
