//! A program as a tool: JSON on its standard input, JSON on its standard output.

mod group;
mod place;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nanoark_client::Pending;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use self::group::Group;
use self::place::Place;
use super::stop::Stop;
use super::tool::{Task, TaskKind, Tool, ToolFailure, ToolOutput};

/// How much of a tool's standard error goes to the log.
const STDERR_SHOWN: usize = 4_096;

/// How long a tool's process may take to disappear once it was killed.
const REAP: Duration = Duration::from_secs(5);

/// A program, started without a shell for every task.
///
/// It gets the task's JSON on its standard input (an ordinary file, so nothing waits for it to be read) and must write
/// one JSON value to its standard output and end with exit code 0. What it writes to its standard error goes to the
/// worker's log, up to 4 KiB.
///
/// Its environment holds `PATH`, `LANG`, `HOME` and `TMPDIR` (both its own working directory, empty when it starts and
/// deleted when it ends), `NANOARK_TASK` (`work` or `quote`), `NANOARK_JOB_ID`, for work also `NANOARK_FENCE` and
/// `NANOARK_RUN`, what [`ExecTool::with_environment`] adds, and nothing of the worker's own: no key, no address.
///
/// It runs in a process group of its own. The whole group is killed when the time is over, when the output is too
/// large, when the run is cancelled, and when the program ends and leaves others behind. If the worker itself is killed,
/// the next run for the same job first ends what is left of the one before.
#[derive(Debug, Clone)]
pub struct ExecTool {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    runs: PathBuf,
    limits: ExecLimits,
}

/// What a program may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExecLimits {
    /// From start to end.
    pub timeout: Duration,
    /// Its standard output, in bytes.
    pub max_output_bytes: usize,
}

impl Default for ExecLimits {
    /// Ten minutes, and 512 KiB: a result of 256 KiB may be written with as many spaces.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(600),
            max_output_bytes: 512 << 10,
        }
    }
}

impl ExecTool {
    /// The program with these arguments. `runs` is a folder for the working directories, which is made when needed;
    /// workers of one seller on one machine should share it.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, arguments: Vec<OsString>, runs: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments,
            environment: BTreeMap::new(),
            runs: runs.into(),
            limits: ExecLimits::default(),
        }
    }

    /// The same with these limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: ExecLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with these variables in its environment too; they win over the usual ones.
    #[must_use]
    pub fn with_environment(mut self, variables: BTreeMap<OsString, OsString>) -> Self {
        self.environment = variables;
        self
    }

    fn command(&self, task: &Task, place: &Place) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("HOME", place.working_directory())
            .env("TMPDIR", place.working_directory())
            .env("NANOARK_TASK", task.purpose())
            .env("NANOARK_JOB_ID", task.job_id.to_string());
        match task.kind {
            TaskKind::Work { fence, run } => {
                command
                    .env("NANOARK_FENCE", fence.0.to_string())
                    .env("NANOARK_RUN", run.to_string());
            }
            TaskKind::Quote => {}
        }
        command
            .envs(&self.environment)
            .current_dir(place.working_directory())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        command
    }

    async fn execute(&self, task: &Task, cancel: Stop) -> Result<ToolOutput, ToolFailure> {
        let not_started = |error: std::io::Error| ToolFailure::NotStarted(error.to_string());
        let name = format!("{}-{}", task.purpose(), task.job_id);
        let place = Place::take(&self.runs, &name).await?;
        let mut child = self
            .command(task, &place)
            .stdin(place.input(&task.input).map_err(not_started)?)
            .spawn()
            .map_err(not_started)?;
        let group = Group::of(child.id());
        place.note_group(&group).map_err(not_started)?;

        let ended = tokio::select! {
            biased;
            ended = tokio::time::timeout(self.limits.timeout, self.watch(&mut child, &group, task)) => {
                ended.unwrap_or(Err(ToolFailure::TimedOut(self.limits.timeout)))
            }
            () = cancel.asked() => Err(ToolFailure::Cancelled),
        };
        group.kill();
        // Without it a killed process stays as a zombie until the runtime finds time to look for such.
        let _ = tokio::time::timeout(REAP, child.wait()).await;
        drop(group);
        place.leave();
        ended
    }

    /// Waits for the end, taking in what the program says.
    async fn watch(&self, child: &mut Child, group: &Group, task: &Task) -> Result<ToolOutput, ToolFailure> {
        let most = self.limits.max_output_bytes;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let ended = async {
            let ended = child.wait().await;
            // Whatever the program left behind still holds its standard output.
            group.kill();
            ended
        };
        let taken_in = async {
            let taken_in = head_of(stdout, most).await;
            if taken_in.is_none() {
                group.kill();
            }
            taken_in
        };
        let (ended, output, said) = tokio::join!(ended, taken_in, all_but_the_head_dropped(stderr));
        if !said.is_empty() {
            let said = String::from_utf8_lossy(&said);
            tracing::info!(job_id = %task.job_id, task = task.purpose(), stderr = %said.trim_end(), "the tool says");
        }
        let output = output.ok_or(ToolFailure::TooLarge(most))?;
        success(&ended)?;
        serde_json::from_slice(&output)
            .map(ToolOutput)
            .map_err(|_| ToolFailure::NotJson)
    }
}

impl Tool for ExecTool {
    fn run<'a>(&'a self, task: &'a Task, cancel: Stop) -> Pending<'a, Result<ToolOutput, ToolFailure>> {
        Box::pin(self.execute(task, cancel))
    }
}

fn success(ended: &std::io::Result<ExitStatus>) -> Result<(), ToolFailure> {
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.code().map_or(ToolFailure::Signal, ToolFailure::Exit)),
        Err(_) => Err(ToolFailure::Signal),
    }
}

/// Everything that is said; `None` as soon as it is more than `most` bytes.
async fn head_of(source: Option<impl AsyncRead + Unpin>, most: usize) -> Option<Vec<u8>> {
    let mut said = Vec::new();
    let Some(source) = source else {
        return Some(said);
    };
    let readable = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    // A broken pipe is an end like another: what counts is the exit code.
    let _ = source.take(readable).read_to_end(&mut said).await;
    (said.len() <= most).then_some(said)
}

/// How what is said begins. The rest is read and dropped, so that the program is not held up.
async fn all_but_the_head_dropped(source: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut said = Vec::new();
    let Some(mut source) = source else {
        return said;
    };
    let mut part = [0; 1_024];
    while let Ok(length @ 1..) = source.read(&mut part).await {
        let room = STDERR_SHOWN.saturating_sub(said.len());
        said.extend(part.iter().take(length.min(room)));
    }
    said
}
