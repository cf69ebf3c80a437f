//! `PATCH /v1/offers/{offer_id}`: the seller changes what nobody can buy at the moment.

use nanoark_domain::id::OfferId;
use nanoark_domain::offer::{OfferCommand, OfferEdit, OfferStatus, OfferTerms, Pricing};
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::offers::EditOffer;
use nanoark_runtime::{Function, Mutation, Relay, Trigger};

use crate::{change, terms};

/// The function.
pub const FUNCTION: Function = Function {
    name: "edit-offer",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(FUNCTION.name, relay, signed)?;
    let offer_id: OfferId = mutation.path("offer_id")?;
    let body: EditOffer = mutation.body()?;
    let expiry = body.expires_at;
    let edit = normalised(OfferEdit::from(body));
    terms::check(&as_terms(&edit), relay.limits())?;
    if let Some(pricing) = &edit.pricing {
        terms::check_standing_quote(&mutation, offer_id, pricing)?;
    }
    if let Some(expires_at) = expiry
        && let Err(problem) = terms::checked_expiry(Some(expires_at), mutation.now, relay.limits())
    {
        return mutation.earlier_or(problem).await;
    }
    change::give(
        &mutation,
        offer_id,
        OfferCommand::Edit(Box::new(edit)),
        OfferStatus::Paused,
    )
    .await
}

/// The edit with its texts in the normal form of an offer's.
fn normalised(edit: OfferEdit) -> OfferEdit {
    let terms = as_terms(&edit).normalised();
    OfferEdit {
        title: edit.title.map(|_| terms.title),
        description: edit.description.map(|_| terms.description),
        tags: edit.tags.map(|_| terms.tags),
        ..edit
    }
}

/// The edit as terms, so that one set of limits holds for both: what is not edited is something that breaks none.
fn as_terms(edit: &OfferEdit) -> OfferTerms {
    OfferTerms {
        title: edit.title.clone().unwrap_or_else(|| "-".to_owned()),
        description: edit.description.clone().unwrap_or_default(),
        tags: edit.tags.clone().unwrap_or_default(),
        pricing: edit.pricing.unwrap_or(Pricing::Quote {}),
        turnaround: edit.turnaround.unwrap_or(Seconds(1)),
        input_schema: edit.input_schema.clone(),
        output_schema: edit.output_schema.clone(),
        example: edit.example.clone(),
    }
}
