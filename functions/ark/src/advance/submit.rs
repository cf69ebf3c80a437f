//! From the wallets' signatures to the operator's: the point of no return.
//!
//! Whether a submission arrived is never guessed. When its answer is lost, the operator's indexer says what became of the
//! inputs, and `GetPendingTx` gives back what the operator has signed, by the proofs that the wallets signed beforehand.

use bitcoin::OutPoint;
use nanoark_ark::arkd::Arkd;
use nanoark_ark::building;
use nanoark_ark::cosigned::check_operator_signed;
use nanoark_ark::error::ArkdError;
use nanoark_ark::refusal::ErrorCode;
use nanoark_ark::signing;
use nanoark_ark::submission::Submitted as FromOperator;
use nanoark_ark::{base64_psbt, indexer::IndexedVtxo};
use nanoark_ark_verifier::challenge::Step;
use nanoark_domain::ceremony::{Challenged, Failure, FailureCode, OperatorSigned, Session};
use nanoark_runtime::Relay;

use super::ask::{Round, decode, decode_all};
use super::finalize;
use super::outcome::Outcome;
use crate::refusal::Refusal;

/// Submits the transaction, unless the operator has it already, and asks for the second signatures.
pub(super) async fn submit(relay: &Relay, session: &Session, challenged: &Challenged) -> Result<Outcome, Refusal> {
    let arkd = relay.gateway()?.arkd()?;
    let ours = signed(challenged)?;
    let sent = arkd
        .submit(&challenged.unsigned.digest, &ours.ark_tx, &ours.checkpoints)
        .await;
    let error = match sent {
        Ok(submitted) => return accept(relay, session, challenged, &ours, &submitted),
        Err(error) => error,
    };
    tracing::warn!(session_id = %session.id, %error, "submission not answered as hoped");
    let found = arkd.vtxos_at(&inputs(challenged)).await?;
    match fate(challenged, &found) {
        Fate::Ours => recover(relay, session, challenged, &ours, arkd).await,
        Fate::Elsewhere(outpoints) => {
            let failure = Failure {
                outpoints,
                ..Failure::new(FailureCode::InputSpent, "An input was spent elsewhere.")
            };
            Outcome::failed(relay, session, failure, relay.now())
        }
        Fate::Open => refused(relay, session, challenged, &ours, arkd, error).await,
    }
}

fn inputs(challenged: &Challenged) -> Vec<OutPoint> {
    challenged.plan.outpoints().collect()
}

/// The transactions with the wallets' signatures on the ark transaction.
fn signed(challenged: &Challenged) -> Result<building::Unsigned, Refusal> {
    let mut signatures = Vec::new();
    for (party, given) in &challenged.answers {
        let owner = challenged
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
    let ark_tx = signing::insert_ark_signatures(&decode(&challenged.unsigned.ark_tx)?, &signatures)
        .map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(building::Unsigned {
        ark_tx,
        checkpoints: decode_all(&challenged.unsigned.checkpoints)?,
    })
}

/// What became of the inputs.
enum Fate {
    /// They are spent by our transaction: it arrived.
    Ours,
    /// These are spent by something else: ours never will be.
    Elsewhere(Vec<OutPoint>),
    /// They are as they were.
    Open,
}

fn fate(challenged: &Challenged, found: &[IndexedVtxo]) -> Fate {
    let ours = Some(challenged.unsigned.ark_txid);
    if found.iter().any(|vtxo| vtxo.is_spent && vtxo.ark_txid == ours) {
        return Fate::Ours;
    }
    let elsewhere: Vec<OutPoint> = found
        .iter()
        .filter(|vtxo| vtxo.is_spent || vtxo.is_unrolled)
        .map(|vtxo| vtxo.outpoint)
        .collect();
    if elsewhere.is_empty() {
        Fate::Open
    } else {
        Fate::Elsewhere(elsewhere)
    }
}

/// Gets back what the operator has signed.
async fn recover(
    relay: &Relay,
    session: &Session,
    challenged: &Challenged,
    ours: &building::Unsigned,
    arkd: &Arkd,
) -> Result<Outcome, Refusal> {
    for (party, given) in &challenged.answers {
        let asked = challenged.asked.get(*party).and_then(|asked| asked.recovery.as_ref());
        let (Some(recovery), Some(owner)) = (asked, challenged.plan.owner_of(*party)) else {
            return Err(Refusal::Internal("a party without a recovery proof".to_owned()));
        };
        let proof = signing::insert_recovery_signatures(&decode(&recovery.proof)?, owner, &given.answer.recovery)
            .map_err(|error| Refusal::Internal(error.to_string()))?;
        let pending = arkd.pending(&proof, &recovery.message).await?;
        let found = pending
            .iter()
            .find(|pending| pending.ark_txid == challenged.unsigned.ark_txid);
        if let Some(submitted) = found {
            return accept(relay, session, challenged, ours, submitted);
        }
    }
    // It may have been finalised by a wallet itself.
    if finalize::is_final(arkd, challenged).await? {
        return finalize::done(relay, session);
    }
    Err(Refusal::Unavailable(
        "the operator has the transaction, and does not give it back yet".to_owned(),
    ))
}

/// The operator has said no, or nothing, and the inputs are as they were.
async fn refused(
    relay: &Relay,
    session: &Session,
    challenged: &Challenged,
    ours: &building::Unsigned,
    arkd: &Arkd,
    error: ArkdError,
) -> Result<Outcome, Refusal> {
    let ArkdError::Refused(refusal) = &error else {
        return Err(Refusal::Operator(error));
    };
    // Nothing is said about the transaction, or that the operator has it although its inputs do not show it yet.
    if error.outcome_unknown() || refusal.is_duplicate() || matches!(refusal.code, ErrorCode::Unknown { .. }) {
        return Err(Refusal::Operator(error));
    }
    if refusal.code == ErrorCode::DigestMismatch {
        let info = arkd.fresh_info().await?;
        if info.terms() == challenged.unsigned.operator {
            // Something changed that does not touch this transaction.
            let sent = arkd.submit(info.digest(), &ours.ark_tx, &ours.checkpoints).await?;
            return accept(relay, session, challenged, ours, &sent);
        }
    }
    let code = failure_code(&refusal.code);
    let message = format!(
        "The operator refuses the transaction: {} ({}).",
        refusal.code.name(),
        refusal.message
    );
    Outcome::failed(relay, session, Failure::new(code, message), relay.now())
}

/// The code by which the wallets learn of the operator's refusal.
fn failure_code(code: &ErrorCode) -> FailureCode {
    let is = |codes: &[ErrorCode]| codes.contains(code);
    if is(&[ErrorCode::DigestMismatch]) {
        FailureCode::OperatorChanged
    } else if is(&[
        ErrorCode::VtxoAlreadySpent,
        ErrorCode::VtxoAlreadyUnrolled,
        ErrorCode::VtxoAlreadyRegistered,
    ]) {
        FailureCode::InputSpent
    } else if is(&[ErrorCode::VtxoRecoverable]) {
        FailureCode::InputRecoverable
    } else if is(&[ErrorCode::AmountTooLow, ErrorCode::AmountTooHigh]) {
        FailureCode::OutputOutOfBounds
    } else {
        FailureCode::OperatorRefused
    }
}

/// Takes the operator's signatures, each of which is verified, and asks for those on the checkpoints.
fn accept(
    relay: &Relay,
    session: &Session,
    challenged: &Challenged,
    ours: &building::Unsigned,
    submitted: &FromOperator,
) -> Result<Outcome, Refusal> {
    let now = relay.now();
    let cosigned = check_operator_signed(ours, submitted).map_err(|error| {
        // Loud, and never asked of a wallet: with the checkpoints signed the operator could take the money.
        Refusal::Internal(format!("the operator's signatures are not taken: {error}"))
    })?;
    let sighashes =
        signing::checkpoint_sighashes(&cosigned.checkpoints).map_err(|error| Refusal::Internal(error.to_string()))?;
    let signed = OperatorSigned {
        ark_tx: base64_psbt::encode(&cosigned.ark_tx),
        checkpoints: cosigned.checkpoints.iter().map(base64_psbt::encode).collect(),
    };
    let round = Round {
        session,
        plan: &challenged.plan,
        step: Step::Checkpoints,
        ark_txid: challenged.unsigned.ark_txid,
        ark_tx: &signed.ark_tx,
        checkpoints: &signed.checkpoints,
        sighashes: &sighashes,
        operator: &challenged.unsigned.operator,
        bindings: &[],
        now,
    };
    let asking = round.ask(relay, &[])?;
    Outcome::change(session.submitted(signed, asking.asked, asking.events, now))
}
