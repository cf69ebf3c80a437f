//! `GET /v1/quote`: what a party to a session pays.

use nanoark_domain::ceremony::Quote;
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_runtime::{Function, Relay, Trigger};

use crate::refusal::Refusal;

/// The function.
pub const FUNCTION: Function = Function {
    name: "get-quote",
    trigger: Trigger::Public(|relay, _| Box::pin(handle(relay))),
};

async fn handle(relay: &Relay) -> Result<Response, Problem> {
    super::ok(&read(relay).await?)
}

pub(crate) async fn read(relay: &Relay) -> Result<Quote, Refusal> {
    let gateway = relay.gateway()?;
    let info = gateway.arkd()?.info().await.map_err(Refusal::Operator)?;
    Ok(gateway.quote(&info, relay.now())?)
}
