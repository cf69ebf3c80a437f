//! Calls about offers.

use http::Method;
use nanoark_domain::id::OfferId;
use nanoark_http::idempotency::IdempotencyKey;
use nanoark_http::wire::jobs::Nothing;
use nanoark_http::wire::offers::{EditOffer, OfferChanged, OfferPage, OfferView, PublishOffer};

use crate::answer::Answer;
use crate::call::Call;
use crate::client::Client;
use crate::error::ClientError;
use crate::query::OffersQuery;
use crate::transport::Transport;

impl<T: Transport> Client<T> {
    /// Publishes an offer. Its id is [`Bot::offer_id`](crate::Bot::offer_id) of the key.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn publish_offer(
        &self,
        key: &IdempotencyKey,
        offer: &PublishOffer,
    ) -> Result<Answer<OfferView>, ClientError> {
        self.ask(&Call::mutation(Method::POST, "/v1/offers".to_owned(), key, offer)?)
            .await
    }

    /// Searches the offers that can be bought right now. Not signed.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn search_offers(&self, query: &OffersQuery) -> Result<Answer<OfferPage>, ClientError> {
        self.ask(&Call::public(format!("/v1/offers{}", query.query_string())))
            .await
    }

    /// An offer, whatever its status. Not signed.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn offer(&self, offer: OfferId) -> Result<Answer<OfferView>, ClientError> {
        self.ask(&Call::public(format!("/v1/offers/{offer}"))).await
    }

    /// Changes a paused offer of this bot.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn edit_offer(
        &self,
        key: &IdempotencyKey,
        offer: OfferId,
        edit: &EditOffer,
    ) -> Result<Answer<OfferChanged>, ClientError> {
        self.ask(&Call::mutation(
            Method::PATCH,
            format!("/v1/offers/{offer}"),
            key,
            edit,
        )?)
        .await
    }

    /// Hides an offer of this bot from buyers.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn pause_offer(&self, key: &IdempotencyKey, offer: OfferId) -> Result<Answer<OfferChanged>, ClientError> {
        self.change_offer(key, offer, "pause").await
    }

    /// Shows a paused offer of this bot to buyers again.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn resume_offer(
        &self,
        key: &IdempotencyKey,
        offer: OfferId,
    ) -> Result<Answer<OfferChanged>, ClientError> {
        self.change_offer(key, offer, "resume").await
    }

    /// Withdraws an offer of this bot for good.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn cancel_offer(
        &self,
        key: &IdempotencyKey,
        offer: OfferId,
    ) -> Result<Answer<OfferChanged>, ClientError> {
        self.change_offer(key, offer, "cancel").await
    }

    async fn change_offer(
        &self,
        key: &IdempotencyKey,
        offer: OfferId,
        verb: &str,
    ) -> Result<Answer<OfferChanged>, ClientError> {
        self.ask(&Call::mutation(
            Method::POST,
            format!("/v1/offers/{offer}/{verb}"),
            key,
            &Nothing {},
        )?)
        .await
    }
}
