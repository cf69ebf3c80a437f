//! What may be done to an offer, by whom and when.
//!
//! A command names its guards: the conditions under which it is allowed. The pure rule evaluates them in order and names
//! the first that fails; the store compiles the same guards into a DynamoDB condition. There is one list, so the two
//! cannot drift apart.

use serde_json::Value;

use super::{Example, Offer, OfferStatus, Pricing};
use crate::bot::BotId;
use crate::time::{Seconds, Timestamp};

/// Something that is to be done to an offer, with who asks and when.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferOrder {
    /// Who asks; `None` is the relay itself.
    pub caller: Option<BotId>,
    /// What is asked.
    pub command: OfferCommand,
    /// The relay's clock.
    pub now: Timestamp,
}

/// Something that is to be done to an offer.
#[derive(Debug, Clone, PartialEq)]
pub enum OfferCommand {
    /// Change terms while nobody can buy them.
    Edit(Box<OfferEdit>),
    /// Hide from buyers.
    Pause,
    /// Show to buyers again.
    Resume,
    /// Withdraw for good.
    Cancel,
    /// Mark as over.
    Expire,
}

/// The parts of an offer that an edit replaces; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OfferEdit {
    /// A new title.
    pub title: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// New tags, all of them.
    pub tags: Option<Vec<String>>,
    /// A new price.
    pub pricing: Option<Pricing>,
    /// A new turnaround.
    pub turnaround: Option<Seconds>,
    /// A new input schema.
    pub input_schema: Option<Value>,
    /// A new output schema.
    pub output_schema: Option<Value>,
    /// A new example.
    pub example: Option<Example>,
    /// A new expiry.
    pub expires_at: Option<Timestamp>,
}

/// A condition on the offer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferGuard {
    /// There is such an offer.
    Exists,
    /// Never holds: a bot gives the relay's command, or the relay a seller's.
    NotForCaller,
    /// This bot sells.
    SellerIs(BotId),
    /// It stands in one of these.
    StatusIn(&'static [OfferStatus]),
    /// It expires after this.
    ExpiresAfter(Timestamp),
    /// It has expired by this.
    ExpiredBy(Timestamp),
    /// Its terms are those of this revision.
    RevisionIs(u64),
    /// It is priced like this.
    PricedAt(Pricing),
    /// It promises this turnaround.
    TurnaroundIs(Seconds),
}

/// Why something may not be done to an offer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfferRejection {
    /// There is no such offer.
    #[error("there is no such offer")]
    NotFound,
    /// The relay alone does this, or the seller alone.
    #[error("this is not for the caller to do")]
    NotForCaller,
    /// The caller does not own it.
    #[error("the offer belongs to another seller")]
    NotTheSeller,
    /// It stands elsewhere.
    #[error("the offer is {status}")]
    WrongStatus {
        /// Where it stands.
        status: OfferStatus,
    },
    /// Its time is over.
    #[error("the offer expired at {expired_at}")]
    Expired {
        /// Since when.
        expired_at: Timestamp,
    },
    /// Its time is not over.
    #[error("the offer stands until {expires_at}")]
    NotExpired {
        /// Until when.
        expires_at: Timestamp,
    },
    /// Its terms are not those that the buyer relies on.
    #[error("the offer's terms changed: it is at revision {revision}")]
    TermsChanged {
        /// Its revision now.
        revision: u64,
    },
}

/// What a buyer relies on when requesting a job: the offer as it was read. The request is refused if it is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelianceOnOffer {
    /// Who sells.
    pub seller: BotId,
    /// The revision that was read.
    pub revision: u64,
    /// The price that was read.
    pub pricing: Pricing,
    /// The turnaround that was read.
    pub turnaround: Seconds,
}

impl RelianceOnOffer {
    /// The conditions on the offer under which a job may be requested.
    #[must_use]
    pub fn guards(&self, now: Timestamp) -> Vec<OfferGuard> {
        vec![
            OfferGuard::Exists,
            OfferGuard::StatusIn(&[OfferStatus::Active]),
            OfferGuard::ExpiresAfter(now),
            OfferGuard::RevisionIs(self.revision),
            OfferGuard::SellerIs(self.seller),
            OfferGuard::PricedAt(self.pricing),
            OfferGuard::TurnaroundIs(self.turnaround),
        ]
    }

    /// Whether a job may be requested under the offer as it is stored.
    ///
    /// # Errors
    /// The first condition that fails.
    pub fn check(&self, offer: Option<&Offer>, now: Timestamp) -> Result<(), OfferRejection> {
        match first_failing(&self.guards(now), offer) {
            // Naming another seller than the offer's is a stale or made-up reading of it, not a question of ownership.
            Err(OfferRejection::NotTheSeller) => Err(OfferRejection::TermsChanged {
                revision: offer.map_or(0, |offer| offer.revision),
            }),
            other => other,
        }
    }
}

impl OfferOrder {
    /// The conditions on the offer under which this is done.
    #[must_use]
    pub fn guards(&self) -> Vec<OfferGuard> {
        const HIDABLE: &[OfferStatus] = &[OfferStatus::Active, OfferStatus::Paused];
        let mut guards = vec![OfferGuard::Exists];
        match (self.caller, &self.command) {
            (None, OfferCommand::Expire) => {}
            (
                Some(seller),
                OfferCommand::Edit(_) | OfferCommand::Pause | OfferCommand::Resume | OfferCommand::Cancel,
            ) => guards.push(OfferGuard::SellerIs(seller)),
            // No endpoint makes such an order; were one to, it must not count.
            (Some(_) | None, _) => guards.push(OfferGuard::NotForCaller),
        }
        match &self.command {
            OfferCommand::Edit(_) => guards.push(OfferGuard::StatusIn(&[OfferStatus::Paused])),
            OfferCommand::Pause | OfferCommand::Cancel => guards.push(OfferGuard::StatusIn(HIDABLE)),
            OfferCommand::Resume => {
                guards.push(OfferGuard::StatusIn(HIDABLE));
                guards.push(OfferGuard::ExpiresAfter(self.now));
            }
            OfferCommand::Expire => {
                guards.push(OfferGuard::StatusIn(HIDABLE));
                guards.push(OfferGuard::ExpiredBy(self.now));
            }
        }
        guards
    }

    /// The offer after this is done.
    ///
    /// # Errors
    /// The first condition that fails.
    pub fn decide(&self, offer: Option<&Offer>) -> Result<Offer, OfferRejection> {
        first_failing(&self.guards(), offer)?;
        let mut after = offer.cloned().ok_or(OfferRejection::NotFound)?;
        after.updated_at = self.now;
        match &self.command {
            OfferCommand::Edit(edit) => {
                edit.apply(&mut after);
                after.revision = after.revision.saturating_add(1);
            }
            OfferCommand::Pause => after.status = OfferStatus::Paused,
            OfferCommand::Resume => after.status = OfferStatus::Active,
            OfferCommand::Cancel => after.status = OfferStatus::Cancelled,
            OfferCommand::Expire => after.status = OfferStatus::Expired,
        }
        Ok(after)
    }
}

impl OfferEdit {
    fn apply(&self, offer: &mut Offer) {
        fn replace<T: Clone>(part: &mut T, by: Option<&T>) {
            if let Some(by) = by {
                part.clone_from(by);
            }
        }
        let terms = &mut offer.terms;
        replace(&mut terms.title, self.title.as_ref());
        replace(&mut terms.description, self.description.as_ref());
        replace(&mut terms.tags, self.tags.as_ref());
        replace(&mut terms.pricing, self.pricing.as_ref());
        replace(&mut terms.turnaround, self.turnaround.as_ref());
        replace(&mut offer.expires_at, self.expires_at.as_ref());
        if self.input_schema.is_some() {
            terms.input_schema.clone_from(&self.input_schema);
        }
        if self.output_schema.is_some() {
            terms.output_schema.clone_from(&self.output_schema);
        }
        if self.example.is_some() {
            terms.example.clone_from(&self.example);
        }
    }
}

fn first_failing(guards: &[OfferGuard], offer: Option<&Offer>) -> Result<(), OfferRejection> {
    let offer = offer.ok_or(OfferRejection::NotFound)?;
    guards.iter().try_for_each(|guard| guard.check(offer))
}

impl OfferGuard {
    /// Whether the condition holds.
    ///
    /// # Errors
    /// What to tell the caller when it does not.
    pub fn check(&self, offer: &Offer) -> Result<(), OfferRejection> {
        let changed = OfferRejection::TermsChanged {
            revision: offer.revision,
        };
        let (holds, rejection) = match self {
            Self::Exists => (true, OfferRejection::NotFound),
            Self::NotForCaller => (false, OfferRejection::NotForCaller),
            Self::SellerIs(bot) => (offer.seller == *bot, OfferRejection::NotTheSeller),
            Self::StatusIn(allowed) => (
                allowed.contains(&offer.status),
                OfferRejection::WrongStatus { status: offer.status },
            ),
            Self::ExpiresAfter(instant) => (
                offer.expires_at > *instant,
                OfferRejection::Expired {
                    expired_at: offer.expires_at,
                },
            ),
            Self::ExpiredBy(instant) => (
                offer.expires_at <= *instant,
                OfferRejection::NotExpired {
                    expires_at: offer.expires_at,
                },
            ),
            Self::RevisionIs(revision) => (offer.revision == *revision, changed),
            Self::PricedAt(pricing) => (offer.terms.pricing == *pricing, changed),
            Self::TurnaroundIs(turnaround) => (offer.terms.turnaround == *turnaround, changed),
        };
        if holds { Ok(()) } else { Err(rejection) }
    }
}
