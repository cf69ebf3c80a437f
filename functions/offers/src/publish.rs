//! `POST /v1/offers`: a seller publishes what it sells.

use http::StatusCode;
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::{Offer, OfferStatus, OfferTerms};
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::offers::{OfferView, PublishOffer};
use nanoark_runtime::{Function, Mutation, Relay, Trigger};

use crate::terms;

/// The function.
pub const FUNCTION: Function = Function {
    name: "publish-offer",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(FUNCTION.name, relay, signed)?;
    let body: PublishOffer = mutation.body()?;
    let id = OfferId::derive(&mutation.caller(), mutation.key());
    let terms = OfferTerms {
        title: body.title,
        description: body.description,
        tags: body.tags,
        pricing: body.pricing,
        turnaround: body.turnaround_seconds,
        input_schema: body.input_schema,
        output_schema: body.output_schema,
        example: body.example,
    }
    .normalised();
    terms::check(&terms, relay.limits())?;
    terms::check_standing_quote(&mutation, id, &terms.pricing)?;
    let expires_at = match terms::checked_expiry(body.expires_at, mutation.now, relay.limits()) {
        Ok(expires_at) => expires_at,
        Err(problem) => return mutation.earlier_or(problem).await,
    };
    let offer = Offer {
        id,
        seller: mutation.caller(),
        terms,
        status: OfferStatus::Active,
        revision: 1,
        created_at: mutation.now,
        updated_at: mutation.now,
        expires_at,
    };
    let record = mutation.record(StatusCode::CREATED, &OfferView::from(offer.clone()))?;
    let outcome = relay.store().publish_offer(&record, &offer).await;
    Mutation::answer(record, outcome)
}
