//! What the calls that change an offer have in common, and the three that carry nothing else.

use http::StatusCode;
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::{OfferCommand, OfferOrder, OfferStatus};
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::jobs::Nothing;
use nanoark_http::wire::offers::OfferChanged;
use nanoark_runtime::{Function, Mutation, Relay, Trigger};

/// `POST /v1/offers/{offer_id}/pause`: hide from buyers.
pub const PAUSE: Function = Function {
    name: "pause-offer",
    trigger: Trigger::Signed(|relay, signed| {
        Box::pin(plain(
            PAUSE.name,
            relay,
            signed,
            OfferCommand::Pause,
            OfferStatus::Paused,
        ))
    }),
};
/// `POST /v1/offers/{offer_id}/resume`: show to buyers again.
pub const RESUME: Function = Function {
    name: "resume-offer",
    trigger: Trigger::Signed(|relay, signed| {
        Box::pin(plain(
            RESUME.name,
            relay,
            signed,
            OfferCommand::Resume,
            OfferStatus::Active,
        ))
    }),
};
/// `POST /v1/offers/{offer_id}/cancel`: withdraw for good.
pub const CANCEL: Function = Function {
    name: "cancel-offer",
    trigger: Trigger::Signed(|relay, signed| {
        Box::pin(plain(
            CANCEL.name,
            relay,
            signed,
            OfferCommand::Cancel,
            OfferStatus::Cancelled,
        ))
    }),
};

async fn plain(
    function: &'static str,
    relay: &Relay,
    signed: &Signed,
    command: OfferCommand,
    status: OfferStatus,
) -> Result<Response, Problem> {
    let mutation = Mutation::begin(function, relay, signed)?;
    let offer_id: OfferId = mutation.path("offer_id")?;
    let Nothing {} = mutation.optional_body()?;
    give(&mutation, offer_id, command, status).await
}

/// Gives the caller's order; when it is done the offer stands at `status`.
pub(crate) async fn give(
    mutation: &Mutation<'_>,
    offer_id: OfferId,
    command: OfferCommand,
    status: OfferStatus,
) -> Result<Response, Problem> {
    let order = OfferOrder {
        caller: Some(mutation.caller()),
        command,
        now: mutation.now,
    };
    let answer = OfferChanged {
        offer_id,
        status,
        updated_at: mutation.now,
    };
    let record = mutation.record(StatusCode::OK, &answer)?;
    let outcome = mutation.relay.store().order_offer(&record, offer_id, &order).await;
    Mutation::answer(record, outcome)
}
