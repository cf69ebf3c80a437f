//! The seller's tool: counts words, takes its time, fails now and then, and remembers each of its runs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use nanoark_bots::seller::{Stop, Task, TaskKind, Tool, ToolFailure, ToolOutput};
use nanoark_client::Pending;
use nanoark_domain::id::JobId;
use serde_json::{Value, json};

use super::chaos::Chaos;

/// What the tool does with one job, over all workers and restarts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    pub(crate) started: usize,
    pub(crate) finished: usize,
    /// How many run at this moment.
    pub(crate) running: usize,
    /// The most that ever ran at one moment.
    pub(crate) most: usize,
    pub(crate) fences: Vec<u64>,
}

/// The tool. Clones share their memory.
#[derive(Clone)]
pub(crate) struct Counter {
    chaos: Chaos,
    runs: Arc<Mutex<BTreeMap<JobId, Runs>>>,
}

impl fmt::Debug for Counter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Counter")
    }
}

/// A run that ends, however it ends.
struct Running<'a>(&'a Counter, JobId);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.note(self.1, |runs| runs.running -= 1);
    }
}

impl Counter {
    pub(crate) fn new(chaos: Chaos) -> Self {
        Self {
            chaos,
            runs: Arc::default(),
        }
    }

    pub(crate) fn runs(&self) -> BTreeMap<JobId, Runs> {
        self.runs.lock().unwrap().clone()
    }

    fn note(&self, job_id: JobId, change: impl FnOnce(&mut Runs)) {
        change(self.runs.lock().unwrap().entry(job_id).or_default());
    }

    async fn count(&self, task: &Task, cancel: &Stop) -> Result<ToolOutput, ToolFailure> {
        let TaskKind::Work { fence, .. } = task.kind else {
            return Err(ToolFailure::NotJson);
        };
        self.note(task.job_id, |runs| {
            runs.started += 1;
            runs.running += 1;
            runs.most = runs.most.max(runs.running);
            runs.fences.push(fence.0);
        });
        let _running = Running(self, task.job_id);
        tokio::select! {
            () = tokio::time::sleep(self.chaos.between(50, 20_000)) => {}
            () = cancel.asked() => return Err(ToolFailure::Cancelled),
        }
        let outcome = if self.chaos.strikes(self.chaos.weather.tool_fails) {
            Err(ToolFailure::Exit(1))
        } else {
            let input: Value = serde_json::from_slice(&task.input).map_err(|_| ToolFailure::NotJson)?;
            Ok(ToolOutput(answer(&input)))
        };
        self.note(task.job_id, |runs| runs.finished += 1);
        outcome
    }
}

/// What the tool makes of an input.
pub(crate) fn answer(input: &Value) -> Value {
    let words = input["text"].as_str().map_or(0, |text| text.split_whitespace().count());
    json!({ "words": words })
}

impl Tool for Counter {
    fn run<'a>(&'a self, task: &'a Task, cancel: Stop) -> Pending<'a, Result<ToolOutput, ToolFailure>> {
        Box::pin(async move { self.count(task, &cancel).await })
    }
}
