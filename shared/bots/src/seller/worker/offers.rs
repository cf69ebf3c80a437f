//! Keeping the offer published.

use std::collections::BTreeSet;
use std::time::Duration;

use nanoark_client::wire::offers::{EditOffer, OfferView, PublishOffer};
use nanoark_client::{IdempotencyKey, Transport};
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::{OfferTerms, Pricing};
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;

use super::{Worker, code};
use crate::seller::error::{SellerError, StepError};
use crate::seller::keys::Intention;
use crate::seller::metrics::Count;
use crate::seller::offer::{OfferStep, keep};
use crate::seller::offer_file::OfferedPrice;
use crate::seller::state::OfferRecord;

/// Another worker of the seller, on another machine, may have published so many successors that this one has not seen.
const AHEAD: u32 = 8;

impl<T: Transport> Worker<T> {
    /// Keeps the offer as it is meant to be, for ever.
    pub(super) async fn keep_offer(&self) -> Result<(), SellerError> {
        let mut failures = 0_u32;
        loop {
            let wait = match self.look_at_offer().await {
                Ok(wait) => {
                    failures = 0;
                    wait
                }
                Err(StepError::State(error)) => return Err(error.into()),
                Err(error) => {
                    self.note_failure(&error, "keep the offer");
                    failures = failures.saturating_add(1);
                    self.backoff(failures)
                }
            };
            self.surroundings().sleep(wait).await;
        }
    }

    /// Does one thing about the offer; how long to wait before the next look.
    async fn look_at_offer(&self) -> Result<Duration, StepError> {
        let record = self.state.offer(self.offer.name())?;
        let key = self.offer_key(record.generation);
        let id = self.client.bot().offer_id(&key);
        let shown = match self.client.offer(id).await {
            Ok(answer) => Some(answer.value),
            Err(error) if code(&error) == Some(Code::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        let meant = self.terms(&key)?;
        let half = Seconds(self.offer.lifetime().0 / 2);
        let overlap = self.policy.offer_overlap.min(half);
        let step = keep(shown.as_ref(), &meant, record, overlap, self.now());
        if let OfferStep::Wait { until } = step {
            let left = Duration::from_millis(until.as_millis().saturating_sub(self.now().as_millis()));
            return Ok(left.clamp(Duration::from_secs(1), self.policy.offer_look));
        }
        if step == OfferStep::LeavePaused {
            tracing::warn!(offer_id = %id, "the offer is paused, and not by the worker: leaves it so");
            return Ok(self.policy.offer_look);
        }
        self.metrics.count(Count::OfferChange);
        tracing::info!(offer_id = %id, ?step, "changes the offer");
        self.change_offer(step, record, shown.as_ref(), meant, id).await?;
        Ok(Duration::from_millis(100))
    }

    async fn change_offer(
        &self,
        step: OfferStep,
        record: OfferRecord,
        shown: Option<&OfferView>,
        meant: OfferTerms,
        id: OfferId,
    ) -> Result<(), StepError> {
        let name = self.offer.name();
        let text = id.to_string();
        let key = |verb| {
            let (offer, at) = (text.as_str(), self.now());
            Intention::ChangeOffer { verb, offer, at }.key(&self.client)
        };
        let paused_by_us = |paused_by_us| self.state.set_offer(name, OfferRecord { paused_by_us, ..record });
        match step {
            OfferStep::Publish { generation, withdraw } => {
                self.publish(generation).await?;
                if withdraw && shown.is_some() {
                    match self.client.cancel_offer(&key("cancel"), id).await {
                        Err(error) if code(&error) != Some(Code::WrongState) => return Err(error.into()),
                        Ok(_) | Err(_) => {}
                    }
                }
                let paused_by_us = false;
                self.state.set_offer(
                    name,
                    OfferRecord {
                        generation,
                        paused_by_us,
                    },
                )?;
            }
            OfferStep::Pause => {
                paused_by_us(true)?;
                self.client.pause_offer(&key("pause"), id).await?;
            }
            OfferStep::Edit => {
                let edit = EditOffer {
                    title: Some(meant.title),
                    description: Some(meant.description),
                    tags: Some(meant.tags),
                    pricing: Some(meant.pricing),
                    turnaround_seconds: Some(meant.turnaround),
                    input_schema: meant.input_schema,
                    output_schema: meant.output_schema,
                    example: meant.example,
                    expires_at: None,
                };
                self.client.edit_offer(&key("edit"), id, &edit).await?;
            }
            OfferStep::Resume => {
                self.client.resume_offer(&key("resume"), id).await?;
                paused_by_us(false)?;
            }
            OfferStep::Wait { .. } | OfferStep::LeavePaused => {}
        }
        Ok(())
    }

    async fn publish(&self, generation: u32) -> Result<(), StepError> {
        let key = self.offer_key(generation);
        let terms = self.terms(&key)?;
        let offer = PublishOffer {
            title: terms.title,
            description: terms.description,
            tags: terms.tags,
            pricing: terms.pricing,
            turnaround_seconds: terms.turnaround,
            input_schema: terms.input_schema,
            output_schema: terms.output_schema,
            example: terms.example,
            expires_at: Some(self.now().plus(self.offer.lifetime())),
        };
        match self.client.publish_offer(&key, &offer).await {
            // It is there already; the next look shows what it says.
            Err(error) if code(&error) == Some(Code::IdempotencyConflict) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    pub(super) async fn pause_for_stop(&self) -> Result<(), StepError> {
        let record = self.state.offer(self.offer.name())?;
        let id = self.client.bot().offer_id(&self.offer_key(record.generation));
        let paused = OfferRecord {
            paused_by_us: true,
            ..record
        };
        self.state.set_offer(self.offer.name(), paused)?;
        let (text, at) = (id.to_string(), self.now());
        let verb = "pause";
        let key = Intention::ChangeOffer { verb, offer: &text, at }.key(&self.client);
        self.client.pause_offer(&key, id).await?;
        Ok(())
    }

    /// The ids under which jobs for this worker are requested: of this offer and those before and soon after it.
    pub(super) fn offer_ids(&self) -> Result<BTreeSet<OfferId>, SellerError> {
        let last = self.state.offer(self.offer.name())?.generation.saturating_add(AHEAD);
        let id = |generation| self.client.bot().offer_id(&self.offer_key(generation));
        Ok((1..=last).map(id).collect())
    }

    fn offer_key(&self, generation: u32) -> IdempotencyKey {
        let name = self.offer.name();
        Intention::Publish { name, generation }.key(&self.client)
    }

    /// What the offer that is published with this key is meant to say.
    fn terms(&self, key: &IdempotencyKey) -> Result<OfferTerms, StepError> {
        let mut terms = self.offer.terms().clone();
        if let OfferedPrice::Fixed {
            amount,
            standing: Some(lifetime),
        } = self.offer.price()
        {
            terms.pricing = Pricing::Fixed {
                amount_raw: amount,
                standing_quote: Some(self.client.bot().standing_quote(key, amount, lifetime)?),
            };
        }
        Ok(terms)
    }
}
