//! `nanoark sell`: publishes an offer and serves it until it is stopped.

mod announce;
mod how;
mod offer;
mod program;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nanoark_bots::Durability;
use nanoark_bots::seller::{
    ExecLimits, ExecTool, Metrics, State, Stop, StopHandle, Summary, Tool, Worker, WorkerParts, serve_metrics,
};
use nanoark_client::{Hints, System};
use schemars::JsonSchema;
use serde::Serialize;

use super::buy::hints;
use crate::failure::Failure;
use crate::interruption;
use crate::output::Report;
use crate::session::{Session, Unlocked};

pub(crate) use announce::Serving;
use how::How;
use offer::Terms;

/// What is sold, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nanoark sell --title \"Echo\" --price 0.001XNO --exec /bin/cat
  nanoark sell --offer summaries.json --concurrency 8 --timeout 120 --exec ./summarise --fast
  nanoark sell --offer summaries.json --quote-exec ./price --exec ./summarise
  nanoark sell --offer summaries.json --metrics 127.0.0.1:9090 --refunds automatic --exec ./summarise

The tool gets the job's input as JSON on its standard input, writes one JSON value to its standard output and ends \
with 0. Its environment has NANOARK_JOB_ID, NANOARK_RUN, NANOARK_FENCE and what --pass-env names, and no key of yours. \
--exec comes last: everything after it belongs to the tool.

Nobody needs to reach this machine. Start several on one folder to share the load. Ctrl-C or SIGTERM takes nothing new, \
lets running tools finish, and gives back what does not; the second one ends at once. Killed at any point, the next \
start goes on: what was finished is delivered and not done again.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    how: How,
}

/// What was done from start to stop.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Sold {
    /// Jobs with a result.
    delivered: u64,
    /// Jobs without one.
    failed: u64,
    /// Requests that were declined.
    declined: u64,
    /// Jobs left in the middle of something; the next start takes them up.
    cut_short: usize,
}

pub(crate) async fn run(session: &Session, arguments: Arguments) -> Result<(), Failure> {
    let offer = arguments.terms.read(arguments.how.quote_exec.is_some())?;
    let tool = arguments.tool(session)?;
    let quoter = arguments.quoter(session)?;
    let listener = match arguments.how.metrics {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let Unlocked { client, wallet, .. } = session.unlock()?;
    let state = open_state(session, offer.name())?;
    let metrics = Arc::new(Metrics::default());
    let worker = Worker::new(WorkerParts {
        client: client.clone(),
        wallet,
        state,
        offer: offer.clone(),
        tool,
        quoter,
        policy: arguments.how.policy(),
        metrics: Arc::clone(&metrics),
    })
    .map_err(|error| {
        Failure::usage(
            error.to_string(),
            "name a program that makes prices with --quote-exec PROGRAM",
        )
    })?;
    let (handle, stop) = StopHandle::new();
    let mut metrics_at = None;
    if let Some(listener) = listener {
        metrics_at = listener.local_addr().ok();
        tokio::spawn(serve_metrics(listener, Arc::clone(&metrics), stop.clone()));
    }
    let hints = if arguments.how.no_socket {
        Hints::none()
    } else {
        hints(session, &client)?
    };
    let stopping = stop_when_due(handle, stop.clone(), arguments.how.jobs, metrics);
    let announcing = announce::when_published(session, &client, &offer, metrics_at);
    let summary = tokio::select! {
        // Signals are listened to before anything is said.
        biased;
        interrupted = stopping => return Err(interrupted),
        summary = worker.run(hints, stop) => summary?,
        failed = announcing => return Err(failed),
    };
    session.output.result(&Sold::from(summary))
}

impl Arguments {
    fn tool(&self, session: &Session) -> Result<Arc<dyn Tool>, Failure> {
        let (program, rest) = self
            .how
            .exec
            .split_first()
            .ok_or_else(|| Failure::usage("--exec names no program", "nanoark sell --help"))?;
        self.program(session, program::find(program)?, rest.to_vec())
    }

    fn quoter(&self, session: &Session) -> Result<Option<Arc<dyn Tool>>, Failure> {
        let Some(program) = &self.how.quote_exec else {
            return Ok(None);
        };
        self.program(session, program::find(program.as_os_str())?, Vec::new())
            .map(Some)
    }

    fn program(&self, session: &Session, program: PathBuf, arguments: Vec<OsString>) -> Result<Arc<dyn Tool>, Failure> {
        let limits = ExecLimits {
            timeout: Duration::from_secs(self.how.timeout),
            max_output_bytes: self.how.output_cap,
        };
        let tool = ExecTool::new(program, arguments, session.home.runs())
            .with_limits(limits)
            .with_environment(program::environment(&self.how.pass_env)?);
        Ok(Arc::new(tool))
    }
}

/// The seller's memory.
pub(crate) fn open_state(session: &Session, offer: &str) -> Result<State, Failure> {
    Ok(State::open(
        &session.home.seller_state(),
        offer,
        Durability::Full,
        &System,
    )?)
}

async fn bind(address: SocketAddr) -> Result<tokio::net::TcpListener, Failure> {
    tokio::net::TcpListener::bind(address)
        .await
        .map_err(|error| Failure::usage(format!("--metrics {address}: {error}"), "name an address that is free"))
}

/// Asks for the stop when a signal comes or enough jobs are done; ends when a second signal does not want to wait.
async fn stop_when_due(handle: StopHandle, stop: Stop, jobs: Option<u64>, metrics: Arc<Metrics>) -> Failure {
    tokio::select! {
        biased;
        () = interruption::wait() => {}
        () = enough(jobs, &metrics) => {}
    }
    handle.stop();
    stop.asked().await;
    interruption::wait().await;
    interruption::failure()
}

/// Waits until so many jobs have ended here.
async fn enough(jobs: Option<u64>, metrics: &Metrics) {
    const LOOK_EVERY: Duration = Duration::from_millis(100);
    let Some(jobs) = jobs else {
        return std::future::pending().await;
    };
    let ended = |outcome: &str| metrics.get(&nanoark_bots::seller::Count::Job(outcome.to_owned()));
    while ended("delivered").saturating_add(ended("failed")) < jobs {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

impl From<Summary> for Sold {
    fn from(summary: Summary) -> Self {
        let Summary {
            delivered,
            failed,
            declined,
            cut_short,
        } = summary;
        Self {
            delivered,
            failed,
            declined,
            cut_short,
        }
    }
}

impl Report for Sold {
    fn text(&self) -> String {
        let mut text = format!(
            "{} delivered, {} failed, {} declined",
            self.delivered, self.failed, self.declined
        );
        if self.cut_short > 0 {
            text = format!("{text}, {} cut short: the next start takes them up", self.cut_short);
        }
        text
    }
}
