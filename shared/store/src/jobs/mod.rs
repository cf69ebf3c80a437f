//! The `jobs` table.

mod change;
mod condition;
mod item;
mod listing;

use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use futures::future::try_join_all;
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Job, Order, Rejection};
use nanoark_domain::limits::Limits;
use nanoark_domain::offer::{OfferRejection, RelianceOnOffer};
use nanoark_domain::payload::Input;
use nanoark_domain::time::Timestamp;

use crate::claims::Claim;
use crate::error::{CommitError, ReadError};
use crate::expression::Expression;
use crate::idempotency::IdempotencyRecord;
use crate::item::{Item, text};
use crate::payloads::{self, Payload};
use crate::transaction::{BuildError, Committed, Refusal, Verdict, built, replayed, send, update_alone};
use crate::{Store, offers};

pub(crate) use item::read;
pub use listing::{JobListing, JobPosition};

/// A job with what was handed in for it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredJob {
    /// The job.
    pub job: Job,
    /// The buyer's input.
    pub input: Option<Payload>,
    /// The seller's result or failure.
    pub result: Option<Payload>,
}

/// A job that is to begin.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// The job.
    pub job: Job,
    /// What the buyer relies on.
    pub reliance: RelianceOnOffer,
    /// The buyer's input.
    pub input: Input,
}

/// What becomes of claims together with a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claiming {
    /// The job takes it, if nobody else holds it.
    Take(Claim),
    /// The job gives it back.
    Release(Claim),
}

impl Store {
    /// Begins a job: the idempotency record, the job, its input and the conditions on its offer, in one transaction.
    ///
    /// # Errors
    /// See [`CommitError`]; the rejection is about the offer.
    pub async fn begin_job(
        &self,
        record: &IdempotencyRecord,
        new: &NewJob,
    ) -> Result<Committed, CommitError<OfferRejection>> {
        let tables = &self.tables;
        let now = record.now;
        let mut absent = Expression::new();
        absent.require_absent("job_id");
        let put = Put::builder()
            .table_name(&tables.jobs)
            .set_item(Some(item::write(&new.job)))
            .set_condition_expression(absent.condition_text())
            .set_expression_attribute_names(absent.names());
        let parts = vec![
            record.put(&tables.idempotency)?,
            offers::check(&tables.offers, new.job.offer_id, &new.reliance.guards(now))?,
            TransactWriteItem::builder().put(built(put.build())?).build(),
            Payload::Input(new.input.clone()).put(&tables.payloads, new.job.id, now)?,
        ];
        let verdicts = match send(&self.client, parts).await {
            Ok(()) => return Ok(Committed::Now),
            Err(Refusal::Final(error)) => return Err(error),
            Err(Refusal::Conditions(verdicts)) => verdicts,
        };
        if let Some(before) = replayed(record, verdicts.first())? {
            return Ok(before);
        }
        if let Some(Verdict::Failed(found)) = verdicts.get(1) {
            let offer = found.as_ref().map(offers::read).transpose()?;
            return Err(match new.reliance.check(offer.as_ref(), now) {
                Err(rejection) => CommitError::Rejected(rejection),
                Ok(()) => CommitError::Disagreement {
                    what: "request".to_owned(),
                },
            });
        }
        // The job's id follows from caller and key, so the job exists only if this key made it, longer ago than the
        // idempotency table remembers.
        Err(CommitError::KeyReused)
    }

    /// Does what a bot orders: the idempotency record, the job, what is claimed and what is handed in, in one
    /// transaction.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn order_job(
        &self,
        record: &IdempotencyRecord,
        job: JobId,
        order: &Order,
        claim: Option<Claim>,
        payload: Option<&Payload>,
        limits: &Limits,
    ) -> Result<Committed, CommitError<Rejection>> {
        let tables = &self.tables;
        let update = TransactWriteItem::builder()
            .update(self.job_update(job, order, limits)?)
            .build();
        let mut parts = vec![record.put(&tables.idempotency)?, update];
        if let Some(claim) = claim {
            parts.push(claim.take(&tables.claims, job, order.now)?);
        }
        if let Some(payload) = payload {
            parts.push(payload.put(&tables.payloads, job, order.now)?);
        }
        let verdicts = match send(&self.client, parts).await {
            Ok(()) => return Ok(Committed::Now),
            Err(Refusal::Final(error)) => return Err(error),
            Err(Refusal::Conditions(verdicts)) => verdicts,
        };
        if let Some(before) = replayed(record, verdicts.first())? {
            return Ok(before);
        }
        if let Some(Verdict::Failed(found)) = verdicts.get(1) {
            return Err(named(found.as_ref(), order, limits)?);
        }
        Err(match claim {
            Some(claim) => CommitError::Claimed(claim.kind()),
            None => CommitError::Disagreement {
                what: order.command.name().to_owned(),
            },
        })
    }

    /// Does what the relay itself orders. A single conditional write, or one transaction where claims change too.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn settle_job(
        &self,
        job: JobId,
        order: &Order,
        claims: &[Claiming],
        limits: &Limits,
    ) -> Result<(), CommitError<Rejection>> {
        let update = self.job_update(job, order, limits)?;
        let sent = if claims.is_empty() {
            update_alone(&self.client, update).await
        } else {
            let mut parts = vec![TransactWriteItem::builder().update(update).build()];
            for claiming in claims {
                parts.push(match claiming {
                    Claiming::Take(claim) => claim.take(&self.tables.claims, job, order.now)?,
                    Claiming::Release(claim) => claim.release(&self.tables.claims, job)?,
                });
            }
            send(&self.client, parts).await
        };
        match sent {
            Ok(()) => Ok(()),
            Err(Refusal::Final(error)) => Err(error),
            Err(Refusal::Conditions(verdicts)) => {
                if let Some(Verdict::Failed(found)) = verdicts.first() {
                    return Err(named(found.as_ref(), order, limits)?);
                }
                let taken = claims
                    .iter()
                    .zip(verdicts.iter().skip(1))
                    .find_map(|(claiming, verdict)| match (claiming, verdict) {
                        (Claiming::Take(claim), Verdict::Failed(_)) => Some(claim.kind()),
                        (Claiming::Take(_) | Claiming::Release(_), Verdict::Held | Verdict::Failed(_)) => None,
                    });
                Err(match taken {
                    Some(kind) => CommitError::Claimed(kind),
                    // A claim that somebody else holds is not ours to give back.
                    None => CommitError::Disagreement {
                        what: order.command.name().to_owned(),
                    },
                })
            }
        }
    }

    fn job_update(&self, job: JobId, order: &Order, limits: &Limits) -> Result<Update, BuildError> {
        let mut expression = Expression::new();
        for guard in order.guards(limits) {
            condition::require(&mut expression, &guard);
        }
        change::write(&mut expression, job, order, limits);
        let update = Update::builder()
            .table_name(&self.tables.jobs)
            .key("job_id", text(job))
            .update_expression(expression.update_text())
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        built(update.build())
    }

    /// A job without its payloads, consistently read.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn job(&self, job: JobId) -> Result<Option<Job>, ReadError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.tables.jobs)
            .key("job_id", text(job))
            .consistent_read(true)
            .send()
            .await?;
        Ok(got.item().map(read).transpose()?)
    }

    /// A job with its payloads, consistently read in one call.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn job_with_payloads(&self, job: JobId) -> Result<Option<StoredJob>, ReadError> {
        let tables = &self.tables;
        let key = |kind: Option<&str>| {
            let mut key = Item::from([("job_id".to_owned(), text(job))]);
            key.extend(kind.map(|kind| ("kind".to_owned(), text(kind))));
            key
        };
        let wanted = |keys: Vec<Item>| {
            KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .build()
                .map_err(|error| ReadError::Unavailable {
                    detail: error.to_string(),
                })
        };
        let got = self
            .client
            .batch_get_item()
            .request_items(&tables.jobs, wanted(vec![key(None)])?)
            .request_items(
                &tables.payloads,
                wanted(vec![key(Some(payloads::INPUT)), key(Some(payloads::RESULT))])?,
            )
            .send()
            .await?;
        if got.unprocessed_keys().is_some_and(|keys| !keys.is_empty()) {
            return Err(ReadError::Unavailable {
                detail: "DynamoDB left keys unprocessed".to_owned(),
            });
        }
        let found = |table: &str| {
            got.responses()
                .and_then(|tables| tables.get(table))
                .map_or(&[][..], Vec::as_slice)
        };
        let Some(job) = found(&tables.jobs).first().map(read).transpose()? else {
            return Ok(None);
        };
        let payload = |kind: &str| {
            found(&tables.payloads)
                .iter()
                .find(|item| item.get("kind") == Some(&AttributeValue::S(kind.to_owned())))
                .map(Payload::read)
                .transpose()
        };
        Ok(Some(StoredJob {
            job,
            input: payload(payloads::INPUT)?,
            result: payload(payloads::RESULT)?,
        }))
    }

    /// Jobs whose deadline is `by` or earlier, at most `limit`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn jobs_due(&self, by: Timestamp, limit: usize) -> Result<Vec<JobId>, ReadError> {
        self.ids_until(&self.tables.jobs, "due", by, limit, "job_id").await
    }

    /// Jobs whose invoice account is to be looked at `by` then or earlier, at most `limit`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn jobs_to_watch(&self, by: Timestamp, limit: usize) -> Result<Vec<JobId>, ReadError> {
        self.ids_until(&self.tables.jobs, "watch", by, limit, "job_id").await
    }

    /// Ids out of a sparse index of the form `<index>` (partition), `<index>_at` (time), earliest first over all partitions:
    /// a partition that always has enough must not keep the others waiting.
    pub(crate) async fn ids_until<T: std::str::FromStr>(
        &self,
        table: &str,
        index: &str,
        by: Timestamp,
        limit: usize,
        id: &str,
    ) -> Result<Vec<T>, ReadError> {
        let at = format!("{index}_at");
        let of_shard = async |shard: String| {
            let found = self
                .client
                .query()
                .table_name(table)
                .index_name(index)
                .key_condition_expression("#shard = :shard AND #at <= :by")
                .expression_attribute_names("#shard", index)
                .expression_attribute_names("#at", &at)
                .expression_attribute_values(":shard", text(shard))
                .expression_attribute_values(":by", crate::item::instant(by))
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .send()
                .await?;
            found
                .items()
                .iter()
                .map(|item| {
                    let reader = crate::item::Reader(item);
                    Ok((reader.instant(&at)?, reader.parse::<T>(id)?))
                })
                .collect::<Result<Vec<_>, ReadError>>()
        };
        let found = try_join_all(crate::shard::all().map(of_shard)).await?;
        let mut ids: Vec<(Timestamp, T)> = found.into_iter().flatten().collect();
        ids.sort_by_key(|(at, _)| *at);
        ids.truncate(limit);
        Ok(ids.into_iter().map(|(_, id)| id).collect())
    }
}

/// The rejection that the item which failed the condition stands for.
fn named(
    found: Option<&Item>,
    order: &Order,
    limits: &Limits,
) -> Result<CommitError<Rejection>, CommitError<Rejection>> {
    let job = found.map(read).transpose()?;
    Ok(match order.decide(job.as_ref(), limits) {
        Err(rejection) => CommitError::Rejected(rejection),
        Ok(_) => CommitError::Disagreement {
            what: order.command.name().to_owned(),
        },
    })
}
