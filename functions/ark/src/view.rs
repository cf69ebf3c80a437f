//! A session as one of its parties sees it.

use bitcoin::XOnlyPublicKey;
use nanoark_domain::ceremony::{Failure, Outgoing, Progress, Receipt, Session};
use nanoark_http::wire::gateway::{FailureView, PartyView, ReceiptView, SessionView, StageView};
use nanoark_nostr::GatewayKind;
use serde_json::Value;

/// How many steps a ceremony has.
const STEPS: u8 = 6;

/// The session as `caller` sees it: events that are for others are not in it.
#[must_use]
pub fn session(session: &Session, caller: &XOnlyPublicKey) -> SessionView {
    let party = session.party_of(caller);
    let awaits = session
        .progress
        .asks_for()
        .filter(|step| party.is_some_and(|party| session.answered(party, *step).is_none()));
    let told = |outgoing: &&Outgoing| outgoing.to.is_none_or(|to| to == *caller);
    let events: Vec<Value> = session.outbox.iter().filter(told).filter_map(json).collect();
    let challenge = awaits.and_then(|_| {
        let mut challenges = session.outbox.iter().rev().filter(told);
        challenges.find(|outgoing| outgoing.kind == GatewayKind::Challenge.number())
    });
    SessionView {
        session_id: session.id,
        action: session.action,
        stage: session.progress.stage(),
        step_index: session.progress.stage().step(),
        step_total: STEPS,
        parties: session
            .parties
            .iter()
            .map(|party| PartyView {
                pubkey: party.nostr,
                intent: party.intent.as_ref().map(|intent| intent.event),
                action_id: party.intent.as_ref().map(|intent| intent.intent.action_id.clone()),
            })
            .collect(),
        created_at: session.created_at,
        expires_at: session.expires_at,
        history: session
            .timings
            .iter()
            .map(|timing| StageView {
                stage: timing.stage,
                at: timing.at,
            })
            .collect(),
        ark_txid: session.progress.ark_txid(),
        awaits,
        challenge: challenge.and_then(json),
        failure: failure_of(&session.progress).map(failure),
        receipt: receipt_of(&session.progress).map(receipt),
        events,
    }
}

fn json(outgoing: &Outgoing) -> Option<Value> {
    serde_json::from_str(&outgoing.json).ok()
}

fn failure_of(progress: &Progress) -> Option<&Failure> {
    if let Progress::Failed(failure) = progress {
        Some(failure)
    } else {
        None
    }
}

fn receipt_of(progress: &Progress) -> Option<&Receipt> {
    if let Progress::Finalized(receipt) = progress {
        Some(receipt)
    } else {
        None
    }
}

fn failure(failure: &Failure) -> FailureView {
    FailureView {
        code: failure.code.number(),
        name: failure.code.name().to_owned(),
        message: failure.message.clone(),
        outpoints: failure.outpoints.clone(),
    }
}

/// A receipt as a party to it sees it.
pub(crate) fn receipt(receipt: &Receipt) -> ReceiptView {
    ReceiptView {
        ark_txid: receipt.ark_txid,
        receipt_hash: receipt.hash(),
        receipt: Some(receipt.clone()),
    }
}
