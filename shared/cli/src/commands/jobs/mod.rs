//! `nanoark jobs`.

mod cancel;
mod list;
mod refund;
mod show;
mod top_up;

use std::time::Duration;

use nanoark_domain::id::JobId;
use nanoark_domain::job::{Party, Status};
use nanoark_nano::RawAmount;

use super::buy::hints;
use crate::amount;
use crate::failure::Failure;
use crate::session::Session;

pub(crate) use cancel::CancelledJob;
pub(crate) use list::Page;
pub(crate) use refund::PaidBack;
pub(crate) use show::ShownJob;

/// What to do with jobs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List your jobs, least recently changed first
    List(list::Arguments),
    /// Show a job: how far it is, where the money is, what is owed
    #[command(after_help = "Examples:\n  nanoark jobs show JOB\n  nanoark --json jobs show JOB > job.json")]
    Show {
        /// The job
        job: JobId,
    },
    /// Show a job every time it changes, until it is over
    #[command(after_help = "Examples:\n  nanoark jobs watch JOB\n  nanoark --json jobs watch JOB --patience 60")]
    Watch {
        /// The job
        job: JobId,
        /// How many seconds to watch
        #[arg(long, value_name = "SECONDS", default_value_t = 600)]
        patience: u64,
    },
    /// Withdraw before the work has begun, as the buyer; what was paid is owed back
    #[command(after_help = "Example:\n  nanoark jobs cancel JOB --reason \"no longer needed\"")]
    Cancel {
        /// The job
        job: JobId,
        /// Why, for the seller
        #[arg(long)]
        reason: Option<String>,
    },
    /// Add what is missing to a short payment, as the buyer
    #[command(after_help = "Example:\n  nanoark jobs top-up JOB --max 0.001XNO")]
    TopUp {
        /// The job
        job: JobId,
        /// The most to add, such as 0.001XNO
        #[arg(long, value_name = "AMOUNT", value_parser = amount::parse)]
        max: RawAmount,
    },
    /// Pay back what is owed, as the seller
    #[command(after_help = "Examples:
  nanoark jobs refund JOB
  nanoark jobs list --as seller --status failed --status expired

What is owed is worked out from the ledger, not taken from the relay's word. It is never paid twice.")]
    Refund {
        /// The job
        job: JobId,
    },
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<(), Failure> {
    match command {
        Command::List(arguments) => list::run(session, arguments).await,
        Command::Show { job } => show::show(session, job).await,
        Command::Watch { job, patience } => show::watch(session, job, Duration::from_secs(patience)).await,
        Command::Cancel { job, reason } => cancel::run(session, job, reason).await,
        Command::TopUp { job, max } => top_up::run(session, job, max).await,
        Command::Refund { job } => refund::run(session, job).await,
    }
}

fn party(name: &str) -> Result<Party, String> {
    match name {
        "buyer" => Ok(Party::Buyer),
        "seller" => Ok(Party::Seller),
        _ => Err("a role is buyer or seller".to_owned()),
    }
}

fn status(name: &str) -> Result<Status, String> {
    Status::named(name).ok_or_else(|| {
        let names: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
        format!("a status is one of {}", names.join(", "))
    })
}
