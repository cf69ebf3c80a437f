//! What a purchase tells on its way.

use std::sync::Arc;

use nanoark_bots::buyer::{Happened, Observer, Step};
use nanoark_client::{Surroundings as _, System};
use nanoark_domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::output::{Output, Report};
use crate::progress::Progress;
use crate::session::Session;

/// Prints each step: a line with the time since the beginning for people, an object for programs.
pub(crate) struct Narrator {
    output: Output,
    began: Timestamp,
    progress: Arc<Progress>,
}

/// A step, as a line.
#[derive(Serialize, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Told<'a> {
    #[serde(flatten)]
    #[schemars(with = "ToldShape")]
    step: &'a Step,
    #[serde(skip)]
    #[schemars(skip)]
    began: Timestamp,
}

/// The members of a step.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct ToldShape {
    /// When.
    at: String,
    /// The purchase's name, for `--key`.
    purchase: String,
    /// The job.
    job_id: String,
    /// What happened: `set_aside`, `resumed`, `went` (with `progress`), `job` (with `status` and `payment_status`),
    /// `waiting` (with `waiting_for`), `not_final` or `trouble` (with `error`).
    event: String,
}

impl Narrator {
    pub(crate) fn begin(session: &Session) -> Self {
        Self {
            output: session.output,
            began: System.now(),
            progress: Arc::clone(&session.progress),
        }
    }
}

impl Observer for Narrator {
    fn step(&self, step: &Step) {
        let told = Told {
            step,
            began: self.began,
        };
        let is_passing = match &step.what {
            Happened::Waiting { .. } | Happened::Job { .. } => true,
            Happened::SetAside { .. }
            | Happened::Resumed { .. }
            | Happened::Went { .. }
            | Happened::NotFinal { .. }
            | Happened::Trouble { .. } => false,
        };
        // What passes moves at the bottom where somebody watches, and is a line where it cannot.
        if is_passing && self.output.is_watched() {
            self.progress.say(step.what.sentence());
        } else {
            // A step that cannot be printed has happened all the same.
            let _ = self.progress.aside(|| self.output.step(&told));
        }
    }
}

impl Report for Told<'_> {
    fn text(&self) -> String {
        let passed = self.step.at.as_millis().saturating_sub(self.began.as_millis());
        format!(
            "{:>4}.{:03} s  {}",
            passed / 1_000,
            passed % 1_000,
            self.step.what.sentence()
        )
    }
}
