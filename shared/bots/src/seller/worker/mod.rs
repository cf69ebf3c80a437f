//! The worker: follows its jobs, attends to those that are due, keeps the offer, and stops when asked.

mod attend;
mod deliver;
mod lock;
mod offers;
mod paid;
mod quoting;
mod refunding;
mod run;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use nanoark_client::{Client, ClientError, Follower, Hints, Since, Surroundings, Transport};
use nanoark_domain::job::{JobSummary, Party};
use nanoark_domain::time::Timestamp;
use nanoark_http::problem::Code;
use nanoark_wallet::Wallet;
use tokio::sync::{Notify, Semaphore};

use super::error::{SellerError, StepError};
use super::metrics::{Count, Metrics};
use super::offer_file::{OfferFile, OfferedPrice};
use super::policy::{AtStop, Policy};
use super::state::State;
use super::stop::{Stop, StopHandle};
use super::tool::Tool;

pub use refunding::Refunded;

/// How often jobs are looked for that another process of the same file has made due.
const LONGEST_IDLE: Duration = Duration::from_secs(5);

/// The longest wait after something failed.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often the jobs of processes that are gone are looked for.
const LOOK_FOR_DEAD: Duration = Duration::from_secs(15);

/// How long tools that were told to end may take to.
const TO_END: Duration = Duration::from_secs(15);

/// What a worker is made of.
#[derive(Debug)]
pub struct WorkerParts<T> {
    /// Speaks for the seller with the relay.
    pub client: Client<T>,
    /// Gives invoice accounts, takes money in and sends it back; its nodes are asked about payments.
    pub wallet: Wallet,
    /// Remembers.
    pub state: State,
    /// What is offered.
    pub offer: OfferFile,
    /// Does the work.
    pub tool: Arc<dyn Tool>,
    /// Makes prices; needed for an offer that is priced per job, and not asked about jobs with a fixed price.
    pub quoter: Option<Arc<dyn Tool>>,
    /// The rules.
    pub policy: Policy,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// An offer that is priced per job needs something that makes prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the offer is priced per job, and there is no quoting command")]
pub struct NoQuoter;

/// A seller's worker.
pub struct Worker<T> {
    client: Client<T>,
    wallet: Wallet,
    state: State,
    offer: OfferFile,
    tool: Arc<dyn Tool>,
    quoter: Option<Arc<dyn Tool>>,
    policy: Policy,
    metrics: Arc<Metrics>,
    /// Rung when a job may have become due.
    bell: Notify,
    tools: Semaphore,
}

/// What a worker did from its start to its stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Jobs that ended with a result of this worker.
    pub delivered: u64,
    /// Jobs that ended with a failure of this worker.
    pub failed: u64,
    /// Requests that were declined.
    pub declined: u64,
    /// Jobs that were left in the middle of something when the patience was over. The next start takes them up.
    pub cut_short: usize,
}

impl<T: Transport> Worker<T> {
    /// A worker of these parts. Does nothing yet.
    ///
    /// # Errors
    /// [`NoQuoter`].
    pub fn new(parts: WorkerParts<T>) -> Result<Self, NoQuoter> {
        if parts.quoter.is_none() && parts.offer.price() == OfferedPrice::PerJob {
            return Err(NoQuoter);
        }
        Ok(Self {
            tools: Semaphore::new(parts.policy.tools.max(1)),
            client: parts.client,
            wallet: parts.wallet,
            state: parts.state,
            offer: parts.offer,
            tool: parts.tool,
            quoter: parts.quoter,
            policy: parts.policy,
            metrics: parts.metrics,
            bell: Notify::new(),
        })
    }

    /// What it counts.
    #[must_use]
    pub const fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The wallet that it uses.
    #[must_use]
    pub const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// Works until the stop is asked for. Then it takes nothing new, lets running tools finish within the policy's
    /// patience, ends the others and gives their locks back.
    ///
    /// Dropping the future is like killing the worker: the next start goes on from what is written down.
    ///
    /// # Errors
    /// When the state file cannot be used any more. Everything else is tried again, for ever.
    pub async fn run(&self, hints: Hints, stop: Stop) -> Result<Summary, SellerError> {
        let (end_tools, tools_end) = StopHandle::new();
        let mut jobs = FuturesUnordered::new();
        {
            let mut following = pin!(self.follow(hints));
            let mut offering = pin!(self.keep_offer());
            let mut looking = pin!(self.look_for_dead());
            loop {
                let now = self.now();
                let room = self.policy.jobs.max(1).saturating_sub(jobs.len());
                for claimed in self.state.claim_due(room, self.tools.available_permits(), now)? {
                    jobs.push(self.attend(claimed, stop.clone(), tools_end.clone()));
                }
                let full = jobs.len() >= self.policy.jobs.max(1);
                let idle = self.until_due(now)?;
                tokio::select! {
                    biased;
                    () = stop.asked() => break,
                    Some(attended) = jobs.next(), if !jobs.is_empty() => attended?,
                    ended = &mut following => ended?,
                    ended = &mut offering => ended?,
                    ended = &mut looking => ended?,
                    () = self.bell.notified() => {}
                    () = self.surroundings().sleep(idle), if !full => {}
                }
            }
        }
        tracing::info!(jobs = jobs.len(), "stops: takes nothing new");
        let mut patience = pin!(self.surroundings().sleep(self.policy.patience));
        let mut told_to_end = false;
        while !jobs.is_empty() {
            tokio::select! {
                biased;
                Some(attended) = jobs.next() => attended?,
                () = &mut patience => {
                    if told_to_end {
                        break;
                    }
                    told_to_end = true;
                    end_tools.stop();
                    patience.set(self.surroundings().sleep(TO_END));
                }
            }
        }
        let cut_short = jobs.len();
        drop(jobs);
        if self.policy.at_stop == AtStop::Pause
            && let Err(error) = self.pause_for_stop().await
        {
            self.note_failure(&error, "pause the offer");
        }
        let count = |outcome: &str| self.metrics.get(&Count::Job(outcome.to_owned()));
        Ok(Summary {
            delivered: count("delivered"),
            failed: count("failed"),
            declined: count("declined"),
            cut_short,
        })
    }

    /// Writes down what the relay lists, for ever.
    async fn follow(&self, hints: Hints) -> Result<(), SellerError> {
        let since = self.state.cursor()?.map_or(Since::Beginning, Since::Cursor);
        let mut follower = Follower::new(self.client.clone(), Party::Seller)
            .since(since)
            .with_hints(hints);
        loop {
            match follower.next().await {
                Ok(listed) => {
                    self.metrics.count(Count::Poll);
                    let ours = self.offer_ids()?;
                    let is_ours = |job: &JobSummary| ours.contains(&job.offer_id);
                    let listed: Vec<_> = listed.into_iter().filter(is_ours).collect();
                    self.state.note(&listed, follower.cursor(), self.now())?;
                    self.bell.notify_one();
                }
                // It waits by itself before it polls again.
                Err(error) => self.note_failure(&StepError::Client(error), "follow"),
            }
        }
    }

    async fn look_for_dead(&self) -> Result<(), SellerError> {
        loop {
            self.surroundings().sleep(LOOK_FOR_DEAD).await;
            self.state.free_dead(self.now())?;
            self.bell.notify_one();
        }
    }

    /// How long nothing becomes due by itself.
    fn until_due(&self, now: Timestamp) -> Result<Duration, SellerError> {
        const AT_LEAST: u64 = 10;
        let due = self.state.next_due()?;
        let longest = u64::try_from(LONGEST_IDLE.as_millis()).unwrap_or(u64::MAX);
        let wait = due.map_or(longest, |due| due.as_millis().saturating_sub(now.as_millis()));
        Ok(Duration::from_millis(wait.clamp(AT_LEAST, longest)))
    }

    /// How long to wait after so many failures in a row: doubling from a second, and up to a half less at random.
    fn backoff(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(6);
        let bound = Duration::from_secs(1_u64 << doublings).min(LONGEST_WAIT);
        let half = bound.checked_div(2).unwrap_or(bound);
        half.saturating_add(self.at_random(half))
    }

    /// A random part of a time.
    fn at_random(&self, most: Duration) -> Duration {
        let mut bytes = [0; 2];
        if self.surroundings().fill(&mut bytes).is_err() {
            return most;
        }
        most.saturating_mul(u32::from(u16::from_le_bytes(bytes)))
            .checked_div(u32::from(u16::MAX))
            .unwrap_or(most)
    }

    fn surroundings(&self) -> &dyn Surroundings {
        self.client.surroundings()
    }

    fn now(&self) -> Timestamp {
        self.surroundings().now()
    }

    fn note_failure(&self, error: &StepError, what: &'static str) {
        self.metrics.count(Count::Error(error.name()));
        tracing::warn!(%error, what, "failed, is tried again");
    }
}

/// The instant so much later.
fn after(instant: Timestamp, wait: Duration) -> Timestamp {
    let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(instant.as_millis().saturating_add(milliseconds))
}

/// The code of a refusal.
fn code(error: &ClientError) -> Option<Code> {
    error.code()
}

impl<T> fmt::Debug for Worker<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Worker")
            .field("client", &self.client)
            .field("offer", &self.offer.name())
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// What a block or an invoice account is for. These are all shorter than the longest.
fn purpose(text: String) -> Result<nanoark_wallet::Purpose, StepError> {
    nanoark_wallet::Purpose::new(text).map_err(|_| StepError::OtherJob)
}
