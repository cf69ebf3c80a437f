//! Schedules: functions that are called every so often, or now.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::clock::{self, Clock};
use crate::invoke::{Caller, FunctionError};
use crate::template::{ACCOUNT, Schedule};

/// The schedules of a template. The first call of each is one period after the start.
pub(crate) struct Schedules {
    entries: Vec<Entry>,
    region: String,
    caller: Arc<Caller>,
    clock: Clock,
}

struct Entry {
    schedule: Schedule,
    due_at: AtomicU64,
}

impl Schedules {
    /// The schedules, counted from now.
    #[must_use]
    pub(crate) fn new(schedules: Vec<Schedule>, region: String, caller: Arc<Caller>, clock: Clock) -> Self {
        let now = clock.now();
        let entry = |schedule: Schedule| {
            let due_at = AtomicU64::new(now.saturating_add(period(&schedule)));
            Entry { schedule, due_at }
        };
        Self {
            entries: schedules.into_iter().map(entry).collect(),
            region,
            caller,
            clock,
        }
    }

    /// Calls every function whose time has come, and says how many. Periods that were slept through count once.
    ///
    /// A function that fails is called again at its next time, as the template asks for no retry.
    pub(crate) async fn step(&self) -> usize {
        let mut fired: usize = 0;
        for entry in &self.entries {
            let (now, due_at) = (self.clock.now(), entry.due_at.load(Ordering::SeqCst));
            if now < due_at {
                continue;
            }
            let period = period(&entry.schedule);
            let periods = (now.saturating_sub(due_at))
                .checked_div(period)
                .unwrap_or(0)
                .saturating_add(1);
            let next = due_at.saturating_add(period.saturating_mul(periods));
            // Two drivers may get here at once: one of them moves the time and makes the call.
            if entry
                .due_at
                .compare_exchange(due_at, next, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
            {
                if let Err(error) = self.fire(&entry.schedule).await {
                    tracing::warn!(schedule = entry.schedule.id, %error, "the scheduled function failed");
                }
                fired = fired.saturating_add(1);
            }
        }
        fired
    }

    /// Calls the function of a schedule now, by the function's name or the schedule's id; its next time stays.
    ///
    /// # Errors
    ///
    /// When there is no such schedule, or the function fails.
    pub(crate) async fn trigger(&self, name: &str) -> Result<Box<RawValue>, FunctionError> {
        let named = |entry: &&Entry| entry.schedule.function == name || entry.schedule.id == name;
        match self.entries.iter().find(named) {
            Some(entry) => self.fire(&entry.schedule).await,
            None => Err(FunctionError::new(
                "ResourceNotFoundException",
                format!("nothing schedules {name}"),
            )),
        }
    }

    async fn fire(&self, schedule: &Schedule) -> Result<Box<RawValue>, FunctionError> {
        let request_id = self.caller.request_id();
        let event = match &schedule.input {
            Some(input) => input.clone(),
            None => json!({
                "version": "0",
                "id": request_id,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": ACCOUNT,
                "time": clock::rfc3339(self.clock.now()),
                "region": self.region,
                "resources": [schedule.arn],
                // A text, unlike in the events of EventBridge's rules.
                "detail": "{}",
            }),
        };
        let event = to_raw_value(&event).map_err(|error| FunctionError::new("InvalidInput", error.to_string()))?;
        self.caller.call(&schedule.function, request_id, event).await
    }
}

fn period(schedule: &Schedule) -> u64 {
    u64::try_from(schedule.every.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Schedules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_list()
            .entries(self.entries.iter().map(|entry| &entry.schedule))
            .finish()
    }
}
