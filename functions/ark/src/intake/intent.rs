//! An intent: it begins a session, joins a swap that another party began, or is there already.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::intent::Intent;
use nanoark_domain::ceremony::{Cipher, Order, PartyIntent, Received, Session};
use nanoark_nostr::{Scheme, SignedEvent};
use nanoark_runtime::Relay;
use nanoark_store::{CommitError, OpenRefusal, Opened};

use super::relays;
use crate::measure;
use crate::refusal::Refusal;
use nanoark_domain::ceremony::FailureCode;

/// How often a swap's session is read anew when its parties join at the same time.
const TRIES: u32 = 5;

pub(super) async fn take(
    relay: &Relay,
    event: &SignedEvent,
    intent: Intent,
    addressee: XOnlyPublicKey,
    scheme: Scheme,
) -> Result<Session, Refusal> {
    let gateway = relay.gateway()?;
    let author = event.author();
    let now = relay.now();
    let info = gateway.arkd()?.info().await.map_err(Refusal::Operator)?;
    let refused = |refusal: nanoark_domain::ceremony::OrderRefusal| Refusal::Session(refusal.failure());
    Order::check_alone(&author, &intent, info.network(), info.signer()).map_err(refused)?;
    let parties = Order::parties(&author, &intent).map_err(refused)?;
    let quote = gateway.quote(&info, now)?;
    // All parties sign the same parameters, so one intent says what every one of them would be refused for.
    let alike: Vec<_> = parties.iter().map(|party| (*party, &intent)).collect();
    Order::read(&alike, &quote).map_err(refused)?;
    let party = PartyIntent {
        event: event.id(),
        relays: relays::named_in(event),
        gateway: addressee,
        cipher: match scheme {
            Scheme::Nip44 => Cipher::Nip44,
            Scheme::Nip04 => Cipher::Nip04,
        },
        intent,
    };
    let most = gateway.most_open_sessions();
    let session = Session::open(author, party.clone(), &parties, now);
    let store = relay.store();
    let mut found = match store.open_session(&session, &author, &party.intent, most).await {
        Ok(Opened::Now) => return Ok(session),
        Ok(Opened::Before) => return existing(relay, &session).await,
        Err(CommitError::Rejected(refusal)) => rejected(refusal)?,
        Err(error) => return Err(Refusal::commit(error)),
    };
    for _ in 0..TRIES {
        let transition = match found.join(&author, party.clone(), now) {
            Ok(Received::Before) => return Ok(*found),
            Ok(Received::Now(transition)) => transition,
            Err(refusal) => return Err(Refusal::failed(refusal.code(), refusal.to_string())),
        };
        let joined = store.join_session(found.version, &transition, &author, &party.intent, most);
        match joined.await {
            Ok(Opened::Now) => {
                measure::step(&found, &transition);
                return Ok(transition.session);
            }
            Ok(Opened::Before) => return existing(relay, &session).await,
            Err(CommitError::Rejected(refusal)) => found = rejected(refusal)?,
            Err(CommitError::Contended) => *found = existing(relay, &session).await?,
            Err(error) => return Err(Refusal::commit(error)),
        }
    }
    Err(Refusal::Contended)
}

/// The session that is there instead, or why the intent is refused.
fn rejected(refusal: OpenRefusal) -> Result<Box<Session>, Refusal> {
    match refusal {
        OpenRefusal::Exists(session) | OpenRefusal::Outdated(session) => Ok(session),
        OpenRefusal::ActionIdReused { session } => Err(Refusal::failed(
            FailureCode::ActionIdReused,
            format!("This action id was used for another intent, in session {session}."),
        )),
        OpenRefusal::TooManySessions => Err(Refusal::failed(
            FailureCode::TooManySessions,
            "There are as many open sessions of this key as there may be.",
        )),
    }
}

async fn existing(relay: &Relay, session: &Session) -> Result<Session, Refusal> {
    let found = relay.store().session(session.id).await?;
    found.ok_or(Refusal::Contended)
}
