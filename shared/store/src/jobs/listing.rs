//! A party's jobs in the order of their last change, so that a poller which follows the cursor misses none.
//!
//! `updated_at` is a function's clock before its commit, and indexes lag: a change may become visible after a later one.
//! A position therefore counts as settled only when it is older than [`Limits::settle_window`], and a traversal starts
//! again at the last settled position. What lies after it is listed again; its version says whether it is new.

use nanoark_domain::bot::BotId;
use nanoark_domain::id::JobId;
use nanoark_domain::job::{JobSummary, Party, Status};
use nanoark_domain::limits::Limits;
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::ReadError;
use crate::item::{Item, ItemError, Reader, instant, text};

/// Where a poller is. Opaque to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPosition {
    /// Everything up to here was listed for good.
    settled: Option<Place>,
    /// Where the current traversal is, and what it counts as settled.
    page: Option<(Place, Timestamp)>,
}

/// A job's place in the order: its last change, then its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    updated_at: u64,
    job_id: JobId,
}

/// A page of a party's jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobListing {
    /// Jobs, least recently changed first.
    pub jobs: Vec<JobSummary>,
    /// Where to go on.
    pub next: JobPosition,
    /// Whether more can be had right away.
    pub more: bool,
}

impl JobPosition {
    /// Everything.
    pub const START: Self = Self {
        settled: None,
        page: None,
    };

    /// Everything that changed after this.
    #[must_use]
    pub fn after(instant: Timestamp) -> Self {
        // The greatest id, so that nothing of that very millisecond is listed.
        let place = Place {
            updated_at: instant.as_millis(),
            job_id: JobId::from_bytes([0xff; 16]),
        };
        Self {
            settled: Some(place),
            page: None,
        }
    }
}

/// How many index pages one request may read to fill its own when a status filter leaves few.
const MAX_INDEX_PAGES: usize = 5;

impl Store {
    /// A party's jobs that changed after `from`, of these statuses (all if none is named), at most `limit`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn jobs_of(
        &self,
        (party, bot): (Party, BotId),
        statuses: &[Status],
        from: JobPosition,
        limit: usize,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<JobListing, ReadError> {
        let (mut place, horizon) = match from.page {
            Some((place, horizon)) => (Some(place), horizon),
            None => (from.settled, now.minus(limits.settle_window)),
        };
        let mut settled = from.settled;
        let mut jobs = Vec::new();
        let mut more = true;
        for _ in 0..MAX_INDEX_PAGES {
            let rest = limit.saturating_sub(jobs.len());
            if rest == 0 || !more {
                break;
            }
            let (found, last) = self.index_page(party, bot, place, rest).await?;
            more = last;
            for job in found {
                let here = Place {
                    updated_at: job.updated_at.as_millis(),
                    job_id: job.job_id,
                };
                place = Some(here);
                if job.updated_at <= horizon {
                    settled = Some(here);
                }
                if statuses.is_empty() || statuses.contains(&job.status) {
                    jobs.push(job);
                }
            }
        }
        let page = if more {
            place.map(|place| (place, horizon))
        } else {
            None
        };
        Ok(JobListing {
            jobs,
            next: JobPosition { settled, page },
            more,
        })
    }

    /// The next jobs of the index, and whether there may be more.
    async fn index_page(
        &self,
        party: Party,
        bot: BotId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<(Vec<JobSummary>, bool), ReadError> {
        let (index, attribute) = match party {
            Party::Buyer => ("by-buyer", "buyer"),
            Party::Seller => ("by-seller", "seller"),
        };
        let start = after.map(|place| {
            Item::from([
                (attribute.to_owned(), text(bot)),
                (
                    "updated_at".to_owned(),
                    instant(Timestamp::from_millis(place.updated_at)),
                ),
                ("job_id".to_owned(), text(place.job_id)),
            ])
        });
        let found = self
            .client
            .query()
            .table_name(&self.tables.jobs)
            .index_name(index)
            .key_condition_expression("#party = :party")
            .expression_attribute_names("#party", attribute)
            .expression_attribute_values(":party", text(bot))
            .set_exclusive_start_key(start)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await?;
        let jobs = found.items().iter().map(summary).collect::<Result<_, _>>()?;
        Ok((jobs, found.last_evaluated_key().is_some_and(|key| !key.is_empty())))
    }
}

fn summary(item: &Item) -> Result<JobSummary, ItemError> {
    let reader = Reader(item);
    Ok(JobSummary {
        job_id: reader.parse("job_id")?,
        offer_id: reader.parse("offer_id")?,
        buyer: reader.parse("buyer")?,
        seller: reader.parse("seller")?,
        status: reader.named("status", Status::named)?,
        payment_status: reader.named("payment_status", PaymentStatus::named)?,
        version: reader.number("version")?,
        created_at: reader.instant("created_at")?,
        updated_at: reader.instant("updated_at")?,
    })
}
