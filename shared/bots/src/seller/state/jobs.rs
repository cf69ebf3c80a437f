//! Jobs: what is known of them, who is at them, and when they are looked at again.

use nanoark_client::wire::jobs::DeliveredOutcome;
use nanoark_domain::id::JobId;
use nanoark_domain::job::JobSummary;
use nanoark_domain::time::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{State, StateError, millis};
use crate::seller::record::{JobRecord, RunRecord};

/// A job that this process has taken for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// The job.
    pub job_id: JobId,
    /// How many looks at it failed in a row.
    pub failures: u32,
    /// Whether it waited for a tool, and was taken because there is one to spare.
    pub has_waited: bool,
}

/// When a job is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextLook {
    /// At this time, or when there is news.
    At(Timestamp),
    /// When there is news.
    OnNews,
    /// When a tool is to spare, or there is news.
    WhenToolIsFree,
}

impl State {
    /// Notes what the relay listed and, in the same stroke, where to go on listing, so that a job is known before the
    /// cursor is past it.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn note(&self, jobs: &[JobSummary], cursor: Option<&str>, now: Timestamp) -> Result<(), StateError> {
        let blank = written(&JobRecord::default())?;
        self.write(|transaction| {
            for job in jobs {
                let version = i64::try_from(job.version).unwrap_or(i64::MAX);
                transaction
                    .prepare_cached(
                        "INSERT INTO jobs (job_id, offer, listed_version, seen_version, next_look, failures, record)
                         VALUES (?1, ?5, ?2, 0, ?3, 0, ?4)
                         ON CONFLICT (job_id) DO UPDATE
                         SET listed_version = ?2, next_look = ?3, failures = 0, waiting_since = NULL
                         WHERE listed_version < ?2 AND seen_version < ?2",
                    )?
                    .execute(params![job.job_id.to_string(), version, millis(now), blank, self.offer])?;
            }
            if let Some(cursor) = cursor {
                transaction.execute(
                    "INSERT INTO cursors (slot, offer, cursor) VALUES (?1, ?2, ?3)
                     ON CONFLICT (slot, offer) DO UPDATE SET cursor = ?3",
                    params![self.slot.number(), self.offer, cursor],
                )?;
            }
            Ok(())
        })
    }

    /// Where this process's listing goes on.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn cursor(&self) -> Result<Option<String>, StateError> {
        let connection = self.connection();
        let cursor = connection
            .query_row(
                "SELECT cursor FROM cursors WHERE slot = ?1 AND offer = ?2",
                params![self.slot.number(), self.offer],
                |row| row.get(0),
            )
            .optional()?;
        Ok(cursor)
    }

    /// Takes up to `most` jobs that are due, those that are due longest first; of those that wait for a tool no more than
    /// there are `tools` to spare, those that wait longest first.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn claim_due(&self, most: usize, tools: usize, now: Timestamp) -> Result<Vec<Claimed>, StateError> {
        if most == 0 {
            return Ok(Vec::new());
        }
        self.write(|transaction| {
            let waiting = "waiting_since IS NOT NULL ORDER BY waiting_since, job_id";
            let mut claimed = self.claim(transaction, waiting, tools.min(most), now)?;
            let most = most.saturating_sub(claimed.len());
            let due = "waiting_since IS NULL ORDER BY next_look, job_id";
            claimed.extend(self.claim(transaction, due, most, now)?);
            Ok(claimed)
        })
    }

    fn claim(
        &self,
        transaction: &Transaction<'_>,
        which: &str,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<Claimed>, StateError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut due = transaction.prepare_cached(&format!(
            "SELECT job_id, failures, waiting_since IS NOT NULL FROM jobs
             WHERE offer = ?1 AND next_look <= ?2 AND slot IS NULL AND {which} LIMIT ?3"
        ))?;
        let rows = due.query_map(params![self.offer, millis(now), most], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?, row.get::<_, bool>(2)?))
        })?;
        let mut claimed = Vec::new();
        for row in rows {
            let (text, failures, has_waited) = row?;
            transaction
                .prepare_cached("UPDATE jobs SET slot = ?2 WHERE job_id = ?1")?
                .execute(params![text, self.slot.number()])?;
            let job_id = text.parse().map_err(|_| StateError::Unreadable("jobs.job_id"))?;
            claimed.push(Claimed {
                job_id,
                failures,
                has_waited,
            });
        }
        Ok(claimed)
    }

    /// Whether a job that nobody is at waits for a tool.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn somebody_waits(&self) -> Result<bool, StateError> {
        let connection = self.connection();
        let waits = connection
            .prepare_cached(
                "SELECT EXISTS (
                     SELECT 1 FROM jobs WHERE offer = ?1 AND slot IS NULL AND waiting_since IS NOT NULL
                 )",
            )?
            .query_row([&self.offer], |row| row.get(0))?;
        Ok(waits)
    }

    /// Gives a job back that was taken. If the relay has listed a later version than was `seen`, it is due at once.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn give_back(
        &self,
        job: JobId,
        seen: u64,
        next: NextLook,
        failures: u32,
        now: Timestamp,
    ) -> Result<(), StateError> {
        let (next, waits) = match next {
            NextLook::At(at) => (Some(millis(at)), false),
            NextLook::OnNews => (None, false),
            NextLook::WhenToolIsFree => (Some(millis(now)), true),
        };
        let seen = i64::try_from(seen).unwrap_or(i64::MAX);
        self.write(|transaction| {
            transaction.execute(
                "UPDATE jobs SET slot = NULL, failures = ?4, seen_version = max(seen_version, ?2),
                     next_look = CASE WHEN listed_version > max(seen_version, ?2) AND ?4 = 0 THEN ?5 ELSE ?3 END,
                     waiting_since = CASE WHEN ?7 THEN coalesce(waiting_since, ?5) END
                 WHERE job_id = ?1 AND slot = ?6",
                params![
                    job.to_string(),
                    seen,
                    next,
                    failures,
                    millis(now),
                    self.slot.number(),
                    waits
                ],
            )?;
            Ok(())
        })
    }

    /// When the next job is due that nobody is at and that waits for no tool.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn next_due(&self) -> Result<Option<Timestamp>, StateError> {
        let connection = self.connection();
        let next: Option<i64> = connection
            .prepare_cached(
                "SELECT min(next_look) FROM jobs WHERE offer = ?1 AND next_look IS NOT NULL AND slot IS NULL AND waiting_since IS NULL",
            )?
            .query_row([&self.offer], |row| row.get(0))?;
        Ok(next.map(|next| Timestamp::from_millis(u64::try_from(next).unwrap_or(0))))
    }

    /// What is remembered of a job.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn record(&self, job: JobId) -> Result<JobRecord, StateError> {
        read(&self.connection(), job)
    }

    /// Changes what is remembered of a job, and returns how it is remembered now.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn change(&self, job: JobId, change: impl FnOnce(&mut JobRecord)) -> Result<JobRecord, StateError> {
        self.write(|transaction| changed(transaction, job, change))
    }

    /// Writes down how the work ended. Only a failure can replace what is there, and only a result: the relay would
    /// not take it.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn finish(&self, job: JobId, outcome: &DeliveredOutcome) -> Result<JobRecord, StateError> {
        let text = serde_json::to_string(outcome).map_err(|_| StateError::Unreadable("an outcome"))?;
        self.write(|transaction| {
            let statement = match outcome {
                DeliveredOutcome::Result(_) => {
                    "INSERT INTO outcomes (job_id, outcome) VALUES (?1, ?2) ON CONFLICT (job_id) DO NOTHING"
                }
                DeliveredOutcome::Error(_) => {
                    "INSERT INTO outcomes (job_id, outcome) VALUES (?1, ?2)
                     ON CONFLICT (job_id) DO UPDATE SET outcome = ?2"
                }
            };
            transaction.execute(statement, params![job.to_string(), text])?;
            changed(transaction, job, |record| record.run = RunRecord::Finished)
        })
    }

    /// How the work ended, if it did.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn outcome(&self, job: JobId) -> Result<Option<DeliveredOutcome>, StateError> {
        let connection = self.connection();
        let text: Option<String> = connection
            .query_row(
                "SELECT outcome FROM outcomes WHERE job_id = ?1",
                [job.to_string()],
                |row| row.get(0),
            )
            .optional()?;
        text.map(|text| serde_json::from_str(&text).map_err(|_| StateError::Unreadable("outcomes.outcome")))
            .transpose()
    }

    pub(super) fn taken_slots(&self) -> Result<Vec<u32>, StateError> {
        let connection = self.connection();
        let mut slots = connection.prepare_cached("SELECT DISTINCT slot FROM jobs WHERE slot IS NOT NULL")?;
        let slots = slots.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(slots)
    }

    pub(super) fn free(&self, slot: u32, now: Timestamp) -> Result<(), StateError> {
        self.connection().execute(
            "UPDATE jobs SET slot = NULL, next_look = ?2 WHERE slot = ?1",
            params![slot, millis(now)],
        )?;
        Ok(())
    }
}

fn changed(
    transaction: &Transaction<'_>,
    job: JobId,
    change: impl FnOnce(&mut JobRecord),
) -> Result<JobRecord, StateError> {
    let mut record = read(transaction, job)?;
    change(&mut record);
    transaction.execute(
        "UPDATE jobs SET record = ?2 WHERE job_id = ?1",
        params![job.to_string(), written(&record)?],
    )?;
    Ok(record)
}

fn read(connection: &rusqlite::Connection, job: JobId) -> Result<JobRecord, StateError> {
    let text: String = connection
        .prepare_cached("SELECT record FROM jobs WHERE job_id = ?1")?
        .query_row([job.to_string()], |row| row.get(0))?;
    serde_json::from_str(&text).map_err(|_| StateError::Unreadable("jobs.record"))
}

fn written(record: &JobRecord) -> Result<String, StateError> {
    serde_json::to_string(record).map_err(|_| StateError::Unreadable("a record"))
}
