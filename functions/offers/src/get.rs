//! `GET /v1/offers/{offer_id}`: an offer, whatever its status.

use http::StatusCode;
use nanoark_domain::id::OfferId;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::{Request, Response};
use nanoark_http::wire::offers::OfferView;
use nanoark_runtime::{Function, Relay, Trigger, path, read_failed};

/// The function.
pub const FUNCTION: Function = Function {
    name: "get-offer",
    trigger: Trigger::Public(|relay, request| Box::pin(handle(relay, request))),
};

async fn handle(relay: &Relay, request: &Request) -> Result<Response, Problem> {
    let offer_id: OfferId = path(request, "offer_id")?;
    let offer = relay.store().offer(offer_id).await.map_err(read_failed)?;
    let offer = offer.ok_or_else(|| Problem::new(Code::NotFound, "There is no such offer."))?;
    Response::json(StatusCode::OK, &OfferView::from(offer))
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))
}
