//! The `offers` table.

mod condition;
mod item;

use aws_sdk_dynamodb::types::{ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use futures::future::try_join_all;
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::{Offer, OfferGuard, OfferOrder, OfferRejection};
use nanoark_domain::time::Timestamp;

use crate::Store;
use crate::error::{CommitError, ReadError};
use crate::expression::Expression;
use crate::idempotency::IdempotencyRecord;
use crate::item::text;
use crate::shard;
use crate::transaction::{BuildError, Committed, Refusal, Verdict, built, replayed, send, update_alone};

pub(crate) use item::read;

/// The condition that the offer is as a buyer read it.
pub(crate) fn check(table: &str, offer: OfferId, guards: &[OfferGuard]) -> Result<TransactWriteItem, BuildError> {
    let mut expression = Expression::new();
    for guard in guards {
        condition::require(&mut expression, guard);
    }
    let check = ConditionCheck::builder()
        .table_name(table)
        .key("offer_id", text(offer))
        .set_condition_expression(expression.condition_text())
        .set_expression_attribute_names(expression.names())
        .set_expression_attribute_values(expression.values())
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    Ok(TransactWriteItem::builder()
        .condition_check(built(check.build())?)
        .build())
}

impl Store {
    /// Publishes an offer: the idempotency record and the offer, in one transaction.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn publish_offer(
        &self,
        record: &IdempotencyRecord,
        offer: &Offer,
    ) -> Result<Committed, CommitError<OfferRejection>> {
        let mut absent = Expression::new();
        absent.require_absent("offer_id");
        let put = Put::builder()
            .table_name(&self.tables.offers)
            .set_item(Some(item::write(offer)))
            .set_condition_expression(absent.condition_text())
            .set_expression_attribute_names(absent.names());
        let parts = vec![
            record.put(&self.tables.idempotency)?,
            TransactWriteItem::builder().put(built(put.build())?).build(),
        ];
        match send(&self.client, parts).await {
            Ok(()) => Ok(Committed::Now),
            Err(Refusal::Final(error)) => Err(error),
            // The offer's id follows from caller and key: it exists only if this key made it, longer ago than the
            // idempotency table remembers.
            Err(Refusal::Conditions(verdicts)) => replayed(record, verdicts.first())?.ok_or(CommitError::KeyReused),
        }
    }

    /// Does what a seller orders: the idempotency record and the offer, in one transaction.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn order_offer(
        &self,
        record: &IdempotencyRecord,
        offer: OfferId,
        order: &OfferOrder,
    ) -> Result<Committed, CommitError<OfferRejection>> {
        let update = TransactWriteItem::builder()
            .update(self.offer_update(offer, order)?)
            .build();
        let parts = vec![record.put(&self.tables.idempotency)?, update];
        match send(&self.client, parts).await {
            Ok(()) => Ok(Committed::Now),
            Err(Refusal::Final(error)) => Err(error),
            Err(Refusal::Conditions(verdicts)) => match replayed(record, verdicts.first())? {
                Some(before) => Ok(before),
                None => Err(named(verdicts.get(1), order)?),
            },
        }
    }

    /// Does what the relay itself orders, in one conditional write.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn settle_offer(&self, offer: OfferId, order: &OfferOrder) -> Result<(), CommitError<OfferRejection>> {
        match update_alone(&self.client, self.offer_update(offer, order)?).await {
            Ok(()) => Ok(()),
            Err(Refusal::Final(error)) => Err(error),
            Err(Refusal::Conditions(verdicts)) => Err(named(verdicts.first(), order)?),
        }
    }

    fn offer_update(&self, offer: OfferId, order: &OfferOrder) -> Result<Update, BuildError> {
        let mut expression = Expression::new();
        for guard in order.guards() {
            condition::require(&mut expression, &guard);
        }
        item::change(&mut expression, offer, order);
        let update = Update::builder()
            .table_name(&self.tables.offers)
            .key("offer_id", text(offer))
            .update_expression(expression.update_text())
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        built(update.build())
    }

    /// An offer, consistently read.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn offer(&self, offer: OfferId) -> Result<Option<Offer>, ReadError> {
        let key = text(offer);
        let got = self
            .client
            .get_item()
            .table_name(&self.tables.offers)
            .key("offer_id", key)
            .consistent_read(true)
            .send()
            .await?;
        Ok(got.item().map(read).transpose()?)
    }

    /// Every offer that is listed, without schemas and examples. Search ranks them in memory: a page of the index (1 MiB)
    /// holds some 800 offers, so this is sound for thousands of offers and not for millions (docs/limits.md).
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn listed_offers(&self) -> Result<Vec<Offer>, ReadError> {
        // All partitions at once: a search takes the time of one query, not of four.
        let found = try_join_all(shard::all().map(|shard| self.listed_in(shard))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn listed_in(&self, shard: String) -> Result<Vec<Offer>, ReadError> {
        let (mut offers, mut start) = (Vec::new(), None);
        loop {
            let found = self
                .client
                .query()
                .table_name(&self.tables.offers)
                .index_name("listed")
                .key_condition_expression("#listed = :shard")
                .expression_attribute_names("#listed", "listed")
                .expression_attribute_values(":shard", text(&shard))
                .set_exclusive_start_key(start)
                .send()
                .await?;
            for item in found.items() {
                offers.push(read(item)?);
            }
            start = found.last_evaluated_key().cloned();
            if start.is_none() {
                return Ok(offers);
            }
        }
    }

    /// Offers that expired `by` then, at most `limit`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn offers_due(&self, by: Timestamp, limit: usize) -> Result<Vec<OfferId>, ReadError> {
        self.ids_until(&self.tables.offers, "due", by, limit, "offer_id").await
    }
}

/// The rejection that the item which failed the condition stands for.
fn named(
    verdict: Option<&Verdict>,
    order: &OfferOrder,
) -> Result<CommitError<OfferRejection>, CommitError<OfferRejection>> {
    let found = match verdict {
        Some(Verdict::Failed(found)) => found.as_ref(),
        Some(Verdict::Held) | None => None,
    };
    let offer = found.map(read).transpose()?;
    Ok(match order.decide(offer.as_ref()) {
        Err(rejection) => CommitError::Rejected(rejection),
        Ok(_) => CommitError::Disagreement {
            what: "offer".to_owned(),
        },
    })
}
