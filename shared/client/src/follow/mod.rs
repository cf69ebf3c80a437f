//! Which jobs of the bot changed.
//!
//! A [`Follower`] polls `GET /v1/jobs` with the relay's cursor, so that it misses no change, and hands out each version
//! of each job once. It rests as long as the relay asks for; with [`Hints`] it rests longer while they come and polls at
//! once when one says something new. Hints only ever shorten the wait.

mod pace;
mod seen;

use std::time::Duration;

use nanoark_domain::job::{JobSummary, Party};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::problem::Code;
use nanoark_http::wire::jobs::JobPage;

use self::pace::{Last, Nudge, Pace};
use self::seen::{Expected, Seen};
use crate::answer::{Answer, Polled};
use crate::client::Client;
use crate::error::ClientError;
use crate::jitter::dice;
use crate::query::{JobsQuery, Since};
use crate::realtime::{Hint, Hints};
use crate::transport::Transport;

/// How much earlier than a caller's instant the list begins: the caller's clock and the relay's are two.
const REWIND_MS: u64 = 200;

/// How much earlier than the newest change the list begins after a cursor was refused: twice the longest settle window
/// of a relay. What was handed out since is not handed out again.
const RESTART: Seconds = Seconds(600);

/// The rest where the relay names none.
const UNNAMED: Duration = Duration::from_secs(2);

/// Follows the changes of a bot's jobs on one side.
///
/// ```
/// use nanoark_client::{ClientError, Client, Follower, HttpTransport, Since};
/// use nanoark_domain::job::Party;
///
/// async fn work(client: Client<HttpTransport>, stored: Option<String>) -> Result<(), ClientError> {
///     let since = stored.map_or(Since::Beginning, Since::Cursor);
///     let mut jobs = Follower::new(client, Party::Seller).since(since);
///     loop {
///         for job in jobs.next().await? {
///             // Read the job, and do what is next for it.
///         }
///         // Now that all of them are dealt with, store `jobs.cursor()`.
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Follower<T> {
    client: Client<T>,
    role: Party,
    since: Since,
    /// Of the last answer, with the cursor that it answered and gave: only then a repetition is the same query.
    etag: Option<String>,
    seen: Seen,
    newest: Option<Timestamp>,
    hints: Hints,
    hinted: bool,
    nudge: Nudge,
    expected: Expected,
    last: Last,
    /// When the last poll ended, whatever came of it.
    polled_at: Option<Timestamp>,
    dice: u32,
}

impl<T: Transport> Follower<T> {
    /// Follows from the beginning: all jobs there are, then every change.
    #[must_use]
    pub fn new(client: Client<T>, role: Party) -> Self {
        Self {
            client,
            role,
            since: Since::Beginning,
            etag: None,
            seen: Seen::default(),
            newest: None,
            hints: Hints::none(),
            hinted: false,
            nudge: Nudge::Quiet,
            expected: Expected::default(),
            last: Last::Never,
            polled_at: None,
            dice: 0,
        }
    }

    /// Follows from here on: a cursor that was stored, or an instant, which is taken 200 ms earlier.
    #[must_use]
    pub fn since(mut self, since: Since) -> Self {
        self.since = match since {
            Since::Beginning => Since::Beginning,
            Since::Instant(instant) => {
                Since::Instant(Timestamp::from_millis(instant.as_millis().saturating_sub(REWIND_MS)))
            }
            Since::Cursor(cursor) => Since::Cursor(cursor),
        };
        self
    }

    /// Polls less often while hints come, and at once when one says something new.
    #[must_use]
    pub fn with_hints(mut self, hints: Hints) -> Self {
        self.hints = hints;
        self
    }

    /// Waits until something changed, and gives what did: never nothing, each version of a job at most once, least
    /// recently changed first. Where a job changed several times in between, only its newest version is there.
    ///
    /// The wait may be given up at any point and nothing is lost; a poll that was under way is made again. After an error it may be called again: it then waits
    /// by itself, longer with every error.
    ///
    /// # Errors
    /// See [`ClientError`]. What passes was tried again already, as the client's [`RetryPolicy`](crate::RetryPolicy)
    /// says. A cursor that the relay does not take is no error: the list begins again, as far back as is needed.
    pub async fn next(&mut self) -> Result<Vec<JobSummary>, ClientError> {
        loop {
            self.rest().await;
            let fresh = self.poll().await?;
            if !fresh.is_empty() {
                return Ok(fresh);
            }
        }
    }

    /// Where to go on after what was handed out: store it when that is dealt with. Nothing until the first page.
    #[must_use]
    pub const fn cursor(&self) -> Option<&str> {
        match &self.since {
            Since::Cursor(cursor) => Some(cursor.as_str()),
            Since::Beginning | Since::Instant(_) => None,
        }
    }

    /// Whether everything that the relay had to show at the last poll was handed out.
    #[must_use]
    pub const fn caught_up(&self) -> bool {
        matches!(self.last, Last::Done(_))
    }

    /// The hints, for a look at their health.
    #[must_use]
    pub const fn hints(&self) -> &Hints {
        &self.hints
    }

    /// Waits until the next poll is due.
    async fn rest(&mut self) {
        loop {
            let left = self.left();
            if left.is_zero() {
                return;
            }
            tokio::select! {
                biased;
                hint = self.hints.next() => self.heard(hint),
                () = self.client.surroundings().sleep(left) => return,
            }
        }
    }

    /// What is left of the rest. A clock that was set back cannot make it longer than it was.
    fn left(&self) -> Duration {
        let pace = Pace {
            last: self.last,
            hinted: self.hinted,
            nudge: self.nudge,
            expecting: self.expected.polls(),
        };
        let rest = pace.rest(self.dice);
        let Some(polled_at) = self.polled_at else {
            return rest;
        };
        let now = self.client.surroundings().now().as_millis();
        rest.saturating_sub(Duration::from_millis(now.saturating_sub(polled_at.as_millis())))
    }

    fn heard(&mut self, hint: Hint) {
        match hint {
            Hint::Job { job_id, version, .. } => {
                if self.seen.version(job_id) < version {
                    self.expected.name(job_id, version);
                    self.nudge = Nudge::News;
                }
            }
            Hint::Connected => {
                self.hinted = true;
                self.nudge = Nudge::News;
                // Whatever kept polls from succeeding may be over.
                if let Last::Failed { times, .. } = &mut self.last {
                    *times = 1;
                }
            }
            Hint::Disconnected => {
                self.hinted = false;
                self.nudge = self.nudge.max(Nudge::Lost);
            }
        }
    }

    /// Asks once, and gives what is new. Up to the answer nothing changes, and after it there is nothing to wait for.
    async fn poll(&mut self) -> Result<Vec<JobSummary>, ClientError> {
        let query = JobsQuery {
            since: self.since.clone(),
            etag: self.etag.clone(),
            ..JobsQuery::of(self.role)
        };
        let answer = self.client.list_jobs(&query).await;
        let surroundings = self.client.surroundings();
        (self.polled_at, self.dice) = (Some(surroundings.now()), dice(surroundings));
        match answer {
            Ok(Polled::Changed(answer)) => Ok(self.changed(answer)),
            Ok(Polled::Unchanged(answer)) => {
                self.read_all(answer.next_poll);
                Ok(Vec::new())
            }
            Err(error) if error.code() == Some(Code::BadCursor) && self.cursor().is_some() => {
                self.since = self
                    .newest
                    .map_or(Since::Beginning, |newest| Since::Instant(newest.minus(RESTART)));
                self.etag = None;
                self.last = Last::More;
                Ok(Vec::new())
            }
            Err(error) => {
                let times = match self.last {
                    Last::Failed { times, .. } => times.saturating_add(1),
                    Last::Never | Last::More | Last::Done(_) => 1,
                };
                let asked = error.advice().wait().unwrap_or_default();
                self.last = Last::Failed { times, asked };
                Err(error)
            }
        }
    }

    fn changed(&mut self, answer: Answer<JobPage>) -> Vec<JobSummary> {
        let page = answer.value;
        let same_query = self.cursor() == Some(page.cursor.as_str());
        self.etag = answer.etag.filter(|_| same_query);
        self.since = Since::Cursor(page.cursor);
        let newest = page.jobs.iter().map(|job| job.updated_at).max();
        self.newest = self.newest.max(newest);
        let mut fresh = page.jobs;
        fresh.retain(|job| self.seen.note(job.job_id, job.version));
        if page.more {
            self.last = Last::More;
        } else {
            self.read_all(Some(Duration::from_millis(page.next_poll_ms)));
        }
        fresh
    }

    fn read_all(&mut self, asked: Option<Duration>) {
        self.last = Last::Done(asked.unwrap_or(UNNAMED));
        self.nudge = Nudge::Quiet;
        self.expected.settle(&self.seen);
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests count")]
mod tests;
