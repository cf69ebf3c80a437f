//! The events by which a session's parties, and the public, learn what becomes of it. They are signed once, here, and
//! stored with the session; every relay gets the same bytes.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::challenge::{Challenge, Step};
use nanoark_ark_verifier::intent::{Action, ActionId, Destination};
use nanoark_domain::ceremony::{Cipher, Failure, Outgoing, Party, PartyIntent, Receipt, Session};
use nanoark_domain::time::Timestamp;
use nanoark_nostr::content::{self, FailureStatus, Notice, Subject};
use nanoark_nostr::{ComposeError, GatewayKeys, NostrKey, Scheme, SignedEvent, compose};
use nanoark_runtime::Relay;
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// The parties whose intents are here.
fn joined(session: &Session) -> impl Iterator<Item = (&Party, &PartyIntent)> {
    session
        .parties
        .iter()
        .filter_map(|party| party.intent.as_ref().map(|intent| (party, intent)))
}

const fn scheme(cipher: Cipher) -> Scheme {
    match cipher {
        Cipher::Nip44 => Scheme::Nip44,
        Cipher::Nip04 => Scheme::Nip04,
    }
}

/// The key that a party wrote to; the current one, if that one is no longer here.
pub(crate) fn key_for<'a>(keys: &'a GatewayKeys, intent: &PartyIntent) -> &'a NostrKey {
    keys.find(&intent.gateway).unwrap_or_else(|| keys.current())
}

fn outgoing(event: Result<SignedEvent, ComposeError>, to: Option<XOnlyPublicKey>) -> Result<Outgoing, Refusal> {
    let event = event.map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(Outgoing {
        id: event.id(),
        kind: event.kind(),
        to,
        json: event.json().to_owned(),
    })
}

/// A challenge for a party.
pub(crate) fn challenge(
    relay: &Relay,
    party: &Party,
    intent: &PartyIntent,
    challenge: &Challenge,
    now: Timestamp,
) -> Result<Outgoing, Refusal> {
    let key = key_for(relay.gateway()?.keys()?, intent);
    let event = compose::challenge(key, &party.nostr, challenge, scheme(intent.cipher), now);
    outgoing(event, Some(party.nostr))
}

/// A failure, for every party whose intent is here.
pub(crate) fn failure(
    relay: &Relay,
    session: &Session,
    failure: &Failure,
    now: Timestamp,
) -> Result<Vec<Outgoing>, Refusal> {
    let keys = relay.gateway()?.keys()?;
    joined(session)
        .map(|(party, intent)| {
            let content = content::Failure {
                status: FailureStatus::Failure,
                code: failure.code.number(),
                name: failure.code.name().to_owned(),
                message: failure.message.clone(),
                ref_action_id: Some(intent.intent.action_id.clone()),
                session_id: Some(session.id),
                details: if failure.outpoints.is_empty() {
                    Value::Null
                } else {
                    json!({ "outpoints": failure.outpoints })
                },
            };
            let key = key_for(keys, intent);
            let event = compose::failure(key, &party.nostr, intent.event, &content, scheme(intent.cipher), now);
            outgoing(event, Some(party.nostr))
        })
        .collect()
}

/// The confirmation, for everybody.
pub(crate) fn confirmation(relay: &Relay, session: &Session, receipt: &Receipt) -> Result<Vec<Outgoing>, Refusal> {
    let keys = relay.gateway()?.keys()?;
    let actions: Vec<ActionId> = joined(session)
        .map(|(_, intent)| intent.intent.action_id.clone())
        .collect();
    let parties: Vec<XOnlyPublicKey> = session.parties.iter().map(|party| party.nostr).collect();
    let receivers: Vec<XOnlyPublicKey> = joined(session)
        .flat_map(|(_, intent)| named_receivers(&intent.intent.action))
        .collect();
    let event = compose::confirmation(keys.current(), receipt, actions, &parties, &receivers);
    Ok(vec![outgoing(event, None)?])
}

/// The receivers that an action names by their Nostr keys.
fn named_receivers(action: &Action) -> Vec<XOnlyPublicKey> {
    let key = |to: &Destination| match to {
        Destination::Pubkey(key) => Some(*key),
        Destination::Address(_) => None,
    };
    match action {
        Action::Transfer(transfer) => transfer.receivers.iter().filter_map(|to| key(&to.to)).collect(),
        Action::AssetTransfer(transfer) => transfer.receivers.iter().filter_map(|to| key(&to.to)).collect(),
        Action::Swap(swap) => swap.legs.iter().map(|leg| leg.to).collect(),
        Action::Split(_) | Action::Consolidate(_) => Vec::new(),
    }
}

/// A reminder, for every party that has not signed its checkpoints.
pub(crate) fn reminder(
    relay: &Relay,
    session: &Session,
    number: u32,
    now: Timestamp,
) -> Result<Vec<Outgoing>, Refusal> {
    let keys = relay.gateway()?.keys()?;
    joined(session)
        .enumerate()
        .filter(|(party, _)| session.answered(*party, Step::Checkpoints).is_none())
        .map(|(_, (party, intent))| {
            let notice = Notice {
                notification_id: format!("{}:reminder:{number}", session.id),
                subject: Subject::AnswerWanted {
                    session_id: session.id,
                    step: Step::Checkpoints,
                },
                message: "The operator has signed the ark transaction. It is final once you sign its checkpoints."
                    .to_owned(),
            };
            let key = key_for(keys, intent);
            let event = compose::notice(key, &party.nostr, &notice, scheme(intent.cipher), now);
            outgoing(event, Some(party.nostr))
        })
        .collect()
}
