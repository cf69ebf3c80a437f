//! From the wallets' signatures on the checkpoints to the confirmation.

use bitcoin::OutPoint;
use nanoark_ark::arkd::Arkd;
use nanoark_ark::signing;
use nanoark_domain::ceremony::{Challenged, Session, Submitted};
use nanoark_runtime::Relay;

use super::ask::decode_all;
use super::outcome::Outcome;
use crate::refusal::Refusal;
use crate::tell;

/// Finalises the transaction, unless it is final already.
pub(super) async fn finalize(relay: &Relay, session: &Session, submitted: &Submitted) -> Result<Outcome, Refusal> {
    let arkd = relay.gateway()?.arkd()?;
    let first = &submitted.first;
    let mut signatures = Vec::new();
    for (party, given) in &submitted.answers {
        let owner = first
            .plan
            .owner_of(*party)
            .ok_or_else(|| Refusal::Internal("a party without inputs".to_owned()))?;
        signatures.extend(
            given
                .answer
                .signatures
                .iter()
                .map(|given| (given.input, owner, given.signature)),
        );
    }
    // arkd gives a transaction up on any wrong signature, so each is verified once more before it is sent.
    let checkpoints = signing::insert_checkpoint_signatures(&decode_all(&submitted.signed.checkpoints)?, &signatures)
        .map_err(|error| Refusal::Internal(error.to_string()))?;
    match arkd.finalize(first.unsigned.ark_txid, &checkpoints).await {
        Ok(()) => done(relay, session),
        // A second try after success is refused too: the outputs tell.
        Err(error) => {
            if is_final(arkd, first).await? {
                done(relay, session)
            } else {
                Err(Refusal::Operator(error))
            }
        }
    }
}

/// Whether the outputs exist.
pub(super) async fn is_final(arkd: &Arkd, first: &Challenged) -> Result<bool, Refusal> {
    let output = OutPoint {
        txid: first.unsigned.ark_txid,
        vout: 0,
    };
    Ok(!arkd.vtxos_at(&[output]).await?.is_empty())
}

/// The transaction is final: the receipt, and its confirmation.
pub(super) fn done(relay: &Relay, session: &Session) -> Result<Outcome, Refusal> {
    let now = relay.now();
    let receipt = session
        .receipt(now)
        .ok_or_else(|| Refusal::Internal("a final session that was never submitted".to_owned()))?;
    let events = tell::confirmation(relay, session, &receipt)?;
    Outcome::change(session.finalized(receipt, events, now))
}
