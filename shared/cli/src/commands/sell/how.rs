//! How an offer is served.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use nanoark_bots::seller::{AtStop, ExecLimits, Policy, Refunds, Resume};

/// How an offer is served.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How it is served")]
pub(super) struct How {
    /// How many tools run at once
    #[arg(long, value_name = "N", default_value_t = 4)]
    concurrency: usize,
    /// How many seconds a tool may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub(super) timeout: u64,
    /// How many bytes a tool may write to its standard output
    #[arg(long, value_name = "BYTES", default_value_t = ExecLimits::default().max_output_bytes)]
    pub(super) output_cap: usize,
    /// How often a tool that failed is run again for the same job
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: u32,
    /// What becomes of a job whose tool was running when this was killed
    #[arg(long, value_enum, default_value_t = ResumePolicy::Rerun)]
    resume: ResumePolicy,
    /// Who pays back what is owed: this, or you with `nanoark jobs refund`
    #[arg(long, value_enum, default_value_t = RefundPolicy::ByHand)]
    refunds: RefundPolicy,
    /// Take the offer out of the search when this stops, and put it back at the next start
    #[arg(long)]
    pause_at_stop: bool,
    /// How many seconds running tools may take to finish when this is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    stop_patience: u64,
    /// Serve counters for Prometheus at `http://ADDR/metrics`, such as 127.0.0.1:9090
    #[arg(long, value_name = "ADDR")]
    pub(super) metrics: Option<SocketAddr>,
    /// Poll only, without the WebSocket API
    #[arg(long)]
    pub(super) no_socket: bool,
    /// Stop after so many jobs
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<u64>,
    /// A variable of this environment that the tool gets too; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(super) pass_env: Vec<String>,
    /// A program that names the price of each job: gets the job as JSON, answers {"amount_xno":"0.01"} or
    /// {"decline":"reason"}
    #[arg(long, value_name = "PROGRAM")]
    pub(super) quote_exec: Option<PathBuf>,
    /// The tool and its arguments; comes last
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true, required = true)]
    pub(super) exec: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ResumePolicy {
    /// It is run again: right for tools that may be run twice.
    Rerun,
    /// The job is failed: right for tools whose effects must not be repeated.
    Fail,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum RefundPolicy {
    /// At once, within what your own nodes show.
    Automatic,
    /// Never by itself.
    ByHand,
}

impl How {
    /// The worker's rules.
    pub(super) fn policy(&self) -> Policy {
        Policy {
            resume: match self.resume {
                ResumePolicy::Rerun => Resume::Rerun,
                ResumePolicy::Fail => Resume::Fail,
            },
            refunds: match self.refunds {
                RefundPolicy::Automatic => Refunds::Automatic,
                RefundPolicy::ByHand => Refunds::Manual,
            },
            retries: self.retries,
            tools: self.concurrency.max(1),
            patience: Duration::from_secs(self.stop_patience),
            at_stop: if self.pause_at_stop {
                AtStop::Pause
            } else {
                AtStop::Leave
            },
            ..Policy::default()
        }
    }
}
