//! Saying which offer is served, once the relay has it.

use std::net::SocketAddr;
use std::time::Duration;

use nanoark_bots::seller::OfferFile;
use nanoark_client::{Client, HttpTransport, OffersQuery};
use nanoark_domain::bot::BotId;
use nanoark_domain::id::OfferId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

/// How often the relay is asked until it shows the offer.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// The offer that is served.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Serving {
    /// `serving`.
    event: &'static str,
    /// The offer.
    #[schemars(with = "String")]
    offer_id: OfferId,
    /// Its title.
    title: String,
    /// Who sells.
    #[schemars(with = "String")]
    seller: BotId,
    /// Where counters for Prometheus are served, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    metrics: Option<SocketAddr>,
}

/// Tells once, and then waits for ever. Ends only if it cannot be told.
pub(super) async fn when_published(
    session: &Session,
    client: &Client<HttpTransport>,
    offer: &OfferFile,
    metrics: Option<SocketAddr>,
) -> Failure {
    let query = OffersQuery {
        seller: Some(client.bot().id()),
        ..OffersQuery::default()
    };
    let title = &offer.terms().title;
    let offer_id = loop {
        // The worker says what is wrong with the relay, if anything is.
        let found = client.search_offers(&query).await.ok();
        let ours = found.and_then(|page| page.value.offers.into_iter().find(|shown| shown.terms.title == *title));
        match ours {
            Some(ours) => break ours.offer_id,
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
    };
    let serving = Serving {
        event: "serving",
        offer_id,
        title: title.clone(),
        seller: client.bot().id(),
        metrics,
    };
    match session.output.step(&serving) {
        Ok(()) => std::future::pending().await,
        Err(failure) => failure,
    }
}

impl Report for Serving {
    fn text(&self) -> String {
        let metrics = self
            .metrics
            .map_or_else(String::new, |address| format!("\nCounters: http://{address}/metrics"));
        format!(
            "Serving \"{}\" as {}. Ctrl-C stops.{metrics}",
            self.title, self.offer_id
        )
    }
}
