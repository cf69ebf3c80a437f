//! An answer to a challenge: signatures, each of which is verified over our own sighash before anything is stored.

use std::collections::BTreeSet;

use bitcoin::{Psbt, XOnlyPublicKey};
use nanoark_ark::base64_psbt::{self, MAX_PSBT_BYTES};
use nanoark_ark::signing;
use nanoark_ark_verifier::challenge::{Answer, Step};
use nanoark_domain::ceremony::{AnswerRefusal, Challenged, Expected, FailureCode, Progress, Received, Session};
use nanoark_runtime::Relay;
use nanoark_store::{ChangeRefusal, CommitError};

use crate::measure;
use crate::refusal::Refusal;

/// How often the session is read anew when its parties answer at the same time.
const TRIES: u32 = 5;

pub(super) async fn take(relay: &Relay, author: &XOnlyPublicKey, answer: &Answer) -> Result<Session, Refusal> {
    let store = relay.store();
    let now = relay.now();
    let unknown = || {
        Refusal::failed(
            FailureCode::UnknownSession,
            "There is no such session, or you are no party to it.",
        )
    };
    let mut session = store.session(answer.session_id).await?.ok_or_else(unknown)?;
    for _ in 0..TRIES {
        let refused = |refusal: AnswerRefusal| match refusal {
            // In the very words of a session that there is not.
            AnswerRefusal::NoParty => unknown(),
            AnswerRefusal::Unexpected(_)
            | AnswerRefusal::WrongPayload
            | AnswerRefusal::AnsweredBefore
            | AnswerRefusal::Expired => Refusal::failed(refusal.code(), refusal.to_string()),
        };
        match session.expects(author, answer, now).map_err(refused)? {
            Expected::Had => return Ok(session),
            Expected::From(party) => verify(&session, party, answer)?,
        }
        let transition = match session.answer(author, answer.clone(), now).map_err(refused)? {
            Received::Before => return Ok(session),
            Received::Now(transition) => transition,
        };
        match store.change_session(session.version, &transition).await {
            Ok(()) => {
                measure::step(&session, &transition);
                return Ok(transition.session);
            }
            Err(CommitError::Rejected(ChangeRefusal::Outdated(found))) => session = *found,
            Err(CommitError::Rejected(ChangeRefusal::Gone)) => return Err(unknown()),
            // The lease was over by the store's clock, and another session has taken the VTXO.
            Err(CommitError::Rejected(ChangeRefusal::Held(outpoints))) => {
                let mut failure = nanoark_domain::ceremony::Failure::new(
                    FailureCode::InputReserved,
                    "Another session holds an input by now.",
                );
                failure.outpoints = outpoints;
                return Err(Refusal::Session(failure));
            }
            Err(CommitError::Contended) => session = store.session(answer.session_id).await?.ok_or_else(unknown)?,
            Err(error) => return Err(Refusal::commit(error)),
        }
    }
    Err(Refusal::Contended)
}

/// Verifies the signatures of a party: one per input that it was asked for, and no others.
fn verify(session: &Session, party: usize, answer: &Answer) -> Result<(), Refusal> {
    match (&session.progress, answer.step) {
        (Progress::Challenged(challenged), Step::ArkTransaction) => verify_first(challenged, party, answer),
        (Progress::Submitted(submitted), Step::Checkpoints) => {
            verify_second(&submitted.first, &submitted.signed.checkpoints, party, answer)
        }
        (progress, Step::ArkTransaction | Step::Checkpoints) => Err(Refusal::failed(
            FailureCode::UnexpectedAnswer,
            format!("The session is {}.", progress.stage().as_str()),
        )),
    }
}

fn verify_first(challenged: &Challenged, party: usize, answer: &Answer) -> Result<(), Refusal> {
    let owner = asked_inputs(challenged, party, answer)?;
    let ark_tx = decode(&challenged.unsigned.ark_tx)?;
    for given in &answer.signatures {
        signing::verify_ark_signature(&ark_tx, given.input, owner, &given.signature).map_err(wrong)?;
    }
    let recovery = challenged.asked.get(party).and_then(|asked| asked.recovery.as_ref());
    let recovery =
        recovery.ok_or_else(|| Refusal::Internal("a first challenge without a recovery proof".to_owned()))?;
    signing::verify_recovery(&decode(&recovery.proof)?, owner, &answer.recovery).map_err(wrong)
}

fn verify_second(first: &Challenged, checkpoints: &[String], party: usize, answer: &Answer) -> Result<(), Refusal> {
    let owner = asked_inputs(first, party, answer)?;
    if !answer.recovery.is_empty() {
        return Err(Refusal::failed(
            FailureCode::Malformed,
            "The recovery proof is signed at the first step only.",
        ));
    }
    let checkpoints = checkpoints
        .iter()
        .map(|text| decode(text))
        .collect::<Result<Vec<_>, _>>()?;
    for given in &answer.signatures {
        signing::verify_checkpoint_signature(&checkpoints, given.input, owner, &given.signature).map_err(wrong)?;
    }
    Ok(())
}

/// The key that owns the party's inputs, if the answer signs for exactly those.
fn asked_inputs(challenged: &Challenged, party: usize, answer: &Answer) -> Result<XOnlyPublicKey, Refusal> {
    let asked: BTreeSet<u32> = challenged.plan.inputs_of(party).map(|(number, _)| number).collect();
    let given: BTreeSet<u32> = answer.signatures.iter().map(|given| given.input).collect();
    if asked != given || answer.signatures.len() != asked.len() {
        return Err(Refusal::failed(
            FailureCode::InvalidSignature,
            format!("Signatures are asked for the inputs {asked:?}, one for each."),
        ));
    }
    let owner = challenged.plan.owner_of(party);
    owner.ok_or_else(|| Refusal::Internal("a party without inputs".to_owned()))
}

fn decode(text: &str) -> Result<Psbt, Refusal> {
    base64_psbt::decode(text, MAX_PSBT_BYTES).map_err(|error| Refusal::Internal(error.to_string()))
}

fn wrong(error: signing::SignatureError) -> Refusal {
    Refusal::failed(
        FailureCode::InvalidSignature,
        format!("A signature is not taken: {error}."),
    )
}
