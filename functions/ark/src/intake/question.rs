//! Questions that move no value (kind 31500). The answers are those of the HTTP API.

use bitcoin::XOnlyPublicKey;
use nanoark_http::wire::gateway::StateView;
use nanoark_nostr::content::{Outcome, Service};
use nanoark_runtime::Relay;
use serde::Serialize;

use crate::reads::{balances, info, quote, session, vtxos};
use crate::refusal::Refusal;

/// The answer. What passes is not answered: the wallet's question is taken up again.
pub(super) async fn answer(relay: &Relay, author: &XOnlyPublicKey, service: &Service) -> Result<Outcome, Refusal> {
    let outcome = match service {
        Service::SyncState => json(state(relay, author).await),
        Service::Balance => json(balances::read(relay, author).await),
        Service::Vtxos => json(vtxos::read(relay, author).await),
        Service::Quote(_) => json(quote::read(relay).await),
    };
    match outcome {
        Err(refusal) if !refusal.is_passing() => {
            let (code, name) = refusal.code();
            Ok(Outcome::Error {
                code,
                name: name.to_owned(),
                message: refusal.to_string(),
            })
        }
        outcome => outcome,
    }
}

async fn state(relay: &Relay, author: &XOnlyPublicKey) -> Result<StateView, Refusal> {
    Ok(StateView {
        vtxos: vtxos::read(relay, author).await?,
        sessions: session::open_of(relay, author).await?,
        info: info::read(relay).await?,
    })
}

fn json<T: Serialize>(read: Result<T, Refusal>) -> Result<Outcome, Refusal> {
    let result = serde_json::to_value(read?).map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(Outcome::Ok { result })
}
