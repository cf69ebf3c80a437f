//! Questions that move no value (kind 31500). The answers are those of the HTTP API.

use bitcoin::XOnlyPublicKey;
use nanoark_http::wire::gateway::StateView;
use nanoark_nostr::EventCode;
use nanoark_nostr::content::{Outcome, Service};
use nanoark_runtime::Relay;
use serde::Serialize;

use crate::reads::{balances, info, quote, session, vtxos};
use crate::refusal::Refusal;

/// The most bytes of JSON that an answer may have. NIP-44 fills up to a multiple of 8 KiB, and base64 adds a third: of what
/// an event may have, 40 KiB are left, some of them for the rest of the answer.
const ROOM: usize = 40_000;

/// The answer. What passes is not answered: the wallet's question is taken up again.
pub(super) async fn answer(relay: &Relay, author: &XOnlyPublicKey, service: &Service) -> Result<Outcome, Refusal> {
    let outcome = match service {
        Service::SyncState => json(state(relay, author).await.map(that_fits)),
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
        Ok(Outcome::Ok { result }) if result.to_string().len() > ROOM => Ok(Outcome::Error {
            code: EventCode::TooLarge.number(),
            name: EventCode::TooLarge.name().to_owned(),
            message: "The answer is larger than an event may be: it is to be had over HTTPS.".to_owned(),
        }),
        outcome => outcome,
    }
}

/// Leaves out what wallets also find on their relays, as far as the answer would be too large with it: the sessions' events,
/// and their challenges.
fn that_fits(mut state: StateView) -> StateView {
    let is_too_large = |state: &StateView| serde_json::to_string(state).is_ok_and(|text| text.len() > ROOM);
    if is_too_large(&state) {
        state.sessions.iter_mut().for_each(|session| session.events.clear());
    }
    if is_too_large(&state) {
        state.sessions.iter_mut().for_each(|session| session.challenge = None);
    }
    state
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
