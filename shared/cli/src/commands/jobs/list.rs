//! `nanoark jobs list`.

use nanoark_client::{Answer, JobsQuery, Polled, Since};
use nanoark_domain::bot::BotId;
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{JobSummary, Party, Status};
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

/// Which jobs to list.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nanoark jobs list
  nanoark jobs list --as seller --status accepted --status running
  nanoark --json jobs list --limit 20 | jq .cursor")]
pub(crate) struct Arguments {
    /// On which side of them you are: buyer or seller
    #[arg(long = "as", value_name = "ROLE", default_value = "buyer", value_parser = super::party)]
    role: Party,
    /// Only jobs with this status; may be given several times
    #[arg(long = "status", value_name = "STATUS", value_parser = super::status)]
    statuses: Vec<Status>,
    /// How many at a time
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Where to go on: the cursor of the page before
    #[arg(long)]
    cursor: Option<String>,
}

/// A page of jobs, least recently changed first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Page {
    /// The jobs.
    jobs: Vec<Listed>,
    /// Send this to go on from here, now or later.
    cursor: String,
    /// Whether there is more right now.
    more: bool,
}

/// A job in a few words.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listed {
    /// The job.
    #[schemars(with = "String")]
    job_id: JobId,
    /// The offer.
    #[schemars(with = "String")]
    offer_id: OfferId,
    /// Who pays.
    #[schemars(with = "String")]
    buyer: BotId,
    /// Who works.
    #[schemars(with = "String")]
    seller: BotId,
    /// How far the work is.
    #[schemars(with = "String")]
    status: Status,
    /// What is known of the payment.
    #[schemars(with = "String")]
    payment_status: PaymentStatus,
    /// Counts changes.
    version: u64,
    /// When it was requested.
    #[schemars(with = "String")]
    created_at: Timestamp,
    /// When it last changed.
    #[schemars(with = "String")]
    updated_at: Timestamp,
}

pub(super) async fn run(session: &Session, arguments: Arguments) -> Result<(), Failure> {
    let query = JobsQuery {
        statuses: arguments.statuses,
        since: arguments.cursor.map_or(Since::Beginning, Since::Cursor),
        limit: arguments.limit,
        ..JobsQuery::of(arguments.role)
    };
    let page = match session.own_client()?.list_jobs(&query).await? {
        Polled::Changed(Answer { value, .. }) => value,
        // Never without an etag.
        Polled::Unchanged(_) => return Ok(()),
    };
    session.output.result(&Page {
        jobs: page.jobs.into_iter().map(Listed::from).collect(),
        cursor: page.cursor,
        more: page.more,
    })
}

impl From<JobSummary> for Listed {
    fn from(job: JobSummary) -> Self {
        let JobSummary {
            job_id,
            offer_id,
            buyer,
            seller,
            status,
            payment_status,
            version,
            created_at,
            updated_at,
        } = job;
        Self {
            job_id,
            offer_id,
            buyer,
            seller,
            status,
            payment_status,
            version,
            created_at,
            updated_at,
        }
    }
}

impl Report for Listed {
    fn text(&self) -> String {
        format!(
            "{}  {:<9}  payment {:<9}  {}",
            self.job_id,
            self.status.as_str(),
            self.payment_status.as_str(),
            self.updated_at
        )
    }
}

impl Report for Page {
    fn text(&self) -> String {
        if self.jobs.is_empty() {
            return "No jobs.".to_owned();
        }
        let mut lines: Vec<String> = self.jobs.iter().map(Listed::text).collect();
        if self.more {
            lines.push(format!("more: --cursor {}", self.cursor));
        }
        lines.join("\n")
    }
}
