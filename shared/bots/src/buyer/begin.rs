//! The beginning of a purchase: the offer is read and held against the policy, and the money set aside.

use nanoark_client::{Transport, offer_as_read};
use nanoark_domain::offer::OfferStatus;
use nanoark_domain::time::Timestamp;
use nanoark_nano::RawAmount;

use super::book::{Asked, Begun};
use super::error::BuyError;
use super::policy::{Committed, Proposal};
use super::progress::Progress;
use super::purchase::{Order, Purchase, PurchaseKey};
use super::session::{Buyer, Wish, random};

impl<T: Transport> Buyer<T> {
    /// Takes up what was begun before; otherwise reads the offer, holds it against the policy and sets the money aside.
    pub(super) async fn begin(&self, wish: Wish) -> Result<Begun, BuyError> {
        let asked = Asked {
            key: wish.key.as_ref(),
            offer: wish.offer,
            input_hash: wish.input.digest(),
        };
        // The offer may be another by now, or gone: what was written down counts.
        let bound = |order: &Order| self.bound(wish.max, order.offer.pricing.fixed_amount());
        if let Some(before) = self.book.take_up(&asked, bound)? {
            return Ok(Begun::Found(before));
        }
        let named = wish.key.is_some();
        let now = self.now();
        let offer = self.client.offer(wish.offer).await?.value;
        let order = Order {
            offer: offer_as_read(&offer),
            tags: offer.terms.tags.clone(),
            input: wish.input,
            max: self.bound(wish.max, offer.terms.pricing.fixed_amount()),
            refund_account: wish.refund_account.unwrap_or_else(|| self.purse.main_account()),
        };
        let key = match wish.key {
            Some(key) => key,
            None => PurchaseKey::from_random(random(self.client.surroundings())?),
        };
        let purchase = Purchase {
            job_id: self.client.bot().job_id(&self.client.key_for(&key.call("request"))),
            key,
            order,
            progress: Progress::Reserved,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        self.book.begin(&purchase, named, |committed| {
            let order = &purchase.order;
            if offer.status != OfferStatus::Active || offer.expires_at <= now {
                let (offer, status) = (offer.offer_id, offer.status);
                return Err(BuyError::NotOnSale { offer, status });
            }
            if offer.seller == self.client.bot().id() {
                return Err(BuyError::OwnOffer);
            }
            if let Some(price) = offer.terms.pricing.fixed_amount().filter(|price| *price > order.max) {
                return Err(BuyError::TooExpensive { price, max: order.max });
            }
            self.permits(order, order.max, committed, now)
        })
    }

    /// The most that a purchase may cost: what the caller, the policy and a fixed price leave of each other. A fixed price
    /// above the others is not taken for a bound, so that it is refused.
    fn bound(&self, max: RawAmount, price: Option<RawAmount>) -> RawAmount {
        let allowed = match &self.settings.policy {
            Some(policy) => max.min(policy.max_per_job),
            None => max,
        };
        price.filter(|price| *price <= allowed).unwrap_or(allowed)
    }

    pub(super) fn permits(
        &self,
        order: &Order,
        amount: RawAmount,
        committed: Committed,
        now: Timestamp,
    ) -> Result<(), BuyError> {
        let Some(policy) = &self.settings.policy else {
            return Ok(());
        };
        let proposal = Proposal {
            seller: order.offer.seller,
            tags: &order.tags,
            amount,
        };
        Ok(policy.permits(&proposal, committed, now)?)
    }
}
