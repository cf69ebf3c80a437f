//! `GET /v1/info`: what the gateway is.

use nanoark_ark_verifier::intent::{ActionType, MAX_INPUTS, MAX_PARTIES, MAX_RECEIVERS};
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::wire::gateway::{GatewayLimits, InfoView};
use nanoark_nostr::GatewayKind;
use nanoark_nostr::content::AcceptedEncryption;
use nanoark_nostr::event::MAX_EVENT_BYTES;
use nanoark_nostr::window::LONGEST_INTENT;
use nanoark_runtime::{Function, Relay, Trigger};

use crate::refusal::Refusal;

/// The function.
pub const FUNCTION: Function = Function {
    name: "get-info",
    trigger: Trigger::Public(|relay, _| Box::pin(handle(relay))),
};

async fn handle(relay: &Relay) -> Result<Response, Problem> {
    super::ok(&read(relay).await?)
}

pub(crate) async fn read(relay: &Relay) -> Result<InfoView, Refusal> {
    let gateway = relay.gateway()?;
    let info = gateway.arkd()?.info().await.map_err(Refusal::Operator)?;
    let keys = gateway.keys()?.publics();
    let (pubkey, retired) = keys
        .split_first()
        .ok_or_else(|| Refusal::Internal("a gateway without a key".to_owned()))?;
    let encryption = if gateway.nip04() {
        AcceptedEncryption::Nip44AndNip04
    } else {
        AcceptedEncryption::Nip44
    };
    Ok(InfoView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: info.network(),
        pubkey: *pubkey,
        retired_pubkeys: retired.to_vec(),
        relays: gateway.relays().to_vec(),
        encryption: encryption.as_str().to_owned(),
        kinds: GatewayKind::TO_GATEWAY.iter().map(|kind| kind.number()).collect(),
        actions: ActionType::ALL.to_vec(),
        operator: info.terms(),
        operator_digest: info.digest().to_owned(),
        quote: gateway.quote(&info, relay.now())?,
        limits: GatewayLimits {
            max_inputs: MAX_INPUTS,
            max_receivers: MAX_RECEIVERS,
            max_parties: MAX_PARTIES,
            max_open_sessions: gateway.most_open_sessions(),
            max_event_bytes: MAX_EVENT_BYTES,
            max_intent_seconds: LONGEST_INTENT.0,
        },
    })
}
