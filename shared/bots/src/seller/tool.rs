//! What a worker runs for a job.

use std::fmt;
use std::time::Duration;

use nanoark_client::Pending;
use nanoark_domain::id::JobId;
use nanoark_domain::job::Fence;

use super::stop::Stop;

/// Something that makes a result of an input: a program ([`ExecTool`](super::ExecTool)), or a function in a test.
pub trait Tool: fmt::Debug + Send + Sync {
    /// Runs once. When `cancel` is asked for, and when the future is dropped, whatever was begun MUST end at once: the
    /// lock may be another worker's by then.
    fn run<'a>(&'a self, task: &'a Task, cancel: Stop) -> Pending<'a, Result<ToolOutput, ToolFailure>>;
}

/// What there is to do.
#[derive(Clone, PartialEq, Eq)]
pub struct Task {
    /// What it is for.
    pub kind: TaskKind,
    /// The job.
    pub job_id: JobId,
    /// JSON for the tool's standard input.
    pub input: Vec<u8>,
}

/// What a task is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// To do the job; the input is the job's.
    Work {
        /// The lock's fencing number: let what the tool writes to refuse smaller ones.
        fence: Fence,
        /// Counts the runs for this job, from 1.
        run: u32,
    },
    /// To name a price; the input describes the job.
    Quote,
}

/// What a tool said: a JSON value.
#[derive(Clone, PartialEq)]
pub struct ToolOutput(pub serde_json::Value);

/// Why a tool made no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolFailure {
    /// It could not be started.
    #[error("the tool cannot be started")]
    NotStarted(String),
    /// A run for the same job, of a worker that is gone, has not ended.
    #[error("an earlier run of the tool has not ended")]
    StillRunning,
    /// It ended with another exit code than 0.
    #[error("the tool ended with exit code {0}")]
    Exit(i32),
    /// A signal ended it.
    #[error("the tool was ended by a signal")]
    Signal,
    /// It took too long.
    #[error("the tool took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
    /// It said too much.
    #[error("the tool's output is larger than {0} bytes")]
    TooLarge(usize),
    /// It said something that is not one JSON value.
    #[error("the tool's output is not JSON")]
    NotJson,
    /// It was told to end.
    #[error("the tool was cancelled")]
    Cancelled,
}

impl ToolFailure {
    /// The failure in one word, for metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotStarted(_) => "not_started",
            Self::StillRunning => "still_running",
            Self::Exit(_) => "exit_code",
            Self::Signal => "signal",
            Self::TimedOut(_) => "timed_out",
            Self::TooLarge(_) => "too_large",
            Self::NotJson => "not_json",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Task {
    /// What the task is for, in one word.
    #[must_use]
    pub const fn purpose(&self) -> &'static str {
        match self.kind {
            TaskKind::Work { .. } => "work",
            TaskKind::Quote => "quote",
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Task({:?}, {}, {} bytes)",
            self.kind,
            self.job_id,
            self.input.len()
        )
    }
}

impl fmt::Debug for ToolOutput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ToolOutput(…)")
    }
}
