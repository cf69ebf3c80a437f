//! A wallet that does not give up: what is not answered it sends again, the same bytes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bitcoin::{Psbt, ScriptBuf};
use http::{Method, StatusCode};
use nanoark_ark::base64_psbt::{self, MAX_PSBT_BYTES};
use nanoark_ark::building::Unsigned;
use nanoark_ark::cosigned::{CoSigned, check_operator_signed};
use nanoark_ark::signing;
use nanoark_ark_verifier::challenge::{Answer, Challenge, SessionId, Step};
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::Intent;
use nanoark_http::wire::gateway::SessionView;
use nanoark_nostr::SignedEvent;

use super::ways::Board;
use crate::ceremonies::house;
use crate::ceremonies::wallet::Wallet;

/// A wallet, and what it has sent and was asked.
pub(crate) struct Player<'a> {
    pub(crate) wallet: Wallet<'a>,
    board: Board,
    /// What it was asked first, and what it answered: by this it gets the transaction back without the gateway.
    firsts: RefCell<BTreeMap<SessionId, (Challenge, Answer)>>,
    answers: RefCell<BTreeMap<(SessionId, Step), SignedEvent>>,
    asked: RefCell<BTreeMap<(SessionId, Step), String>>,
}

/// What became of something that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Taken,
    Refused,
    Nothing,
}

impl<'a> Player<'a> {
    pub(crate) fn new(wallet: Wallet<'a>, board: Board) -> Self {
        Self {
            wallet,
            board,
            firsts: RefCell::default(),
            answers: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    pub(crate) fn script(&self) -> ScriptBuf {
        self.wallet.address().script_pubkey()
    }

    /// Sends an event once, by HTTPS.
    pub(crate) async fn send(&self, event: &SignedEvent) -> Heard {
        let (status, body) = self.wallet.try_post(event.json()).await;
        if status == StatusCode::ACCEPTED {
            Heard::Taken
        } else if status.is_server_error() || status == StatusCode::CONFLICT && body["code"] == "concurrent_request" {
            Heard::Nothing
        } else {
            Heard::Refused
        }
    }

    /// Orders, by HTTPS or by the relay.
    pub(crate) async fn order(&self, intent: &Intent, by_relay: bool) -> Heard {
        let event = self.wallet.signed(intent);
        if by_relay {
            self.board.put(&event);
            return Heard::Nothing;
        }
        self.send(&event).await
    }

    /// The session as the gateway shows it, unless it does not answer or does not know it.
    pub(crate) async fn look(&self, id: SessionId) -> Option<SessionView> {
        let (status, body) = self.wallet.call(Method::GET, &format!("/v1/sessions/{id}")).await;
        if status != StatusCode::OK {
            return None;
        }
        let view: SessionView = serde_json::from_value(body).unwrap();
        if let (Some(step), Some(challenge)) = (view.awaits, &view.challenge) {
            let mut asked = self.asked.borrow_mut();
            let text = challenge.to_string();
            let before = asked.entry((id, step)).or_insert_with(|| text.clone());
            assert_eq!(*before, text, "the same step asks by other bytes");
        }
        Some(view)
    }

    /// Whether the session asks this wallet for this step.
    pub(crate) fn is_asked(&self, view: &SessionView, step: Step) -> bool {
        let in_time = step == Step::Checkpoints || self.wallet.house.now() < view.expires_at;
        view.awaits == Some(step) && view.challenge.is_some() && in_time
    }

    /// The event that answers what the session asks. The same one as long as the gateway takes it for fresh.
    pub(crate) fn answer(&self, view: &SessionView) -> SignedEvent {
        let step = view.awaits.unwrap();
        let key = (view.session_id, step);
        let now = self.wallet.house.now();
        if let Some(event) = self.answers.borrow().get(&key)
            && now.since(event.created_at()).0 < 600
        {
            return event.clone();
        }
        let challenge = self.wallet.challenge(view);
        let answer = self.wallet.approve(&challenge);
        let event = self.wallet.answer_event(&answer);
        if step == Step::ArkTransaction {
            let mut firsts = self.firsts.borrow_mut();
            firsts.insert(view.session_id, (challenge, answer));
        }
        self.answers.borrow_mut().insert(key, event.clone());
        event
    }

    /// Answers, if the session asks for this step.
    pub(crate) async fn act(&self, view: &SessionView, step: Step, by_relay: bool) -> Heard {
        if !self.is_asked(view, step) {
            return Heard::Nothing;
        }
        let event = self.answer(view);
        if by_relay {
            self.board.put(&event);
            return Heard::Nothing;
        }
        self.send(&event).await
    }

    /// The events by which it took part in a session.
    pub(crate) fn sent(&self, id: SessionId, intent: &Intent) -> Vec<EventId> {
        let answers = self.answers.borrow();
        let steps = [Step::ArkTransaction, Step::Checkpoints];
        let answers = steps.iter().filter_map(|step| answers.get(&(id, *step)));
        answers
            .map(SignedEvent::id)
            .chain([self.wallet.signed(intent).id()])
            .collect()
    }

    pub(crate) async fn terminate(&self, id: SessionId) {
        self.wallet.call(Method::DELETE, &format!("/v1/sessions/{id}")).await;
    }

    /// An answer of this wallet whose first signature is somebody else's.
    pub(crate) fn spoiled(&self, view: &SessionView) -> SignedEvent {
        let mut answer = self.wallet.approve(&self.wallet.challenge(view));
        let wrong = bitcoin::secp256k1::schnorr::Signature::from_slice(&[7; 64]).unwrap();
        answer.signatures[0].signature = wrong;
        self.wallet.answer_event(&answer)
    }

    /// What the operator gives to whoever proves to be the owner: the transaction with its signatures.
    async fn recovered(&self, id: SessionId) -> Option<CoSigned> {
        let (challenge, answer) = self.firsts.borrow().get(&id).cloned()?;
        let decode = |text: &str| base64_psbt::decode(text, MAX_PSBT_BYTES).unwrap();
        let recovery = challenge.recovery.as_ref().unwrap();
        let owner = self.wallet.owner();
        let proof = signing::insert_recovery_signatures(&decode(&recovery.proof), owner, &answer.recovery).unwrap();
        let ours = Unsigned {
            ark_tx: decode(&challenge.ark_tx),
            checkpoints: challenge.checkpoint_txs.iter().map(|text| decode(text)).collect(),
        };
        let house = self.wallet.house;
        let arkd = house::client(&house.arkd, &house.shown);
        let pending = arkd.pending(&proof, &recovery.message).await.unwrap();
        let found = pending.iter().find(|found| found.ark_txid == ours.ark_txid())?;
        Some(check_operator_signed(&ours, found).unwrap())
    }

    /// The checkpoints with this wallet's signatures on its own.
    fn sign_own(&self, checkpoints: &[Psbt]) -> Vec<Psbt> {
        let (script, owner, pair) = (self.script(), self.wallet.owner(), self.wallet.keypair());
        let own = (0_u32..).zip(checkpoints).filter(|(_, checkpoint)| {
            let spent = checkpoint.inputs[0].witness_utxo.as_ref().unwrap();
            spent.script_pubkey == script
        });
        let secp = bitcoin::secp256k1::Secp256k1::new();
        let signatures: Vec<_> = own
            .map(|(input, checkpoint)| {
                let sighash = signing::sighashes(checkpoint).unwrap()[0];
                let message = bitcoin::secp256k1::Message::from_digest(sighash);
                (input, owner, secp.sign_schnorr_no_aux_rand(&message, &pair))
            })
            .collect();
        assert!(!signatures.is_empty(), "a party has inputs");
        signing::insert_checkpoint_signatures(checkpoints, &signatures).unwrap()
    }
}

/// The parties finish their session at the operator, without the gateway. Whether they could.
pub(crate) async fn finish_alone(parties: &[&Player<'_>], id: SessionId) -> bool {
    let Some(cosigned) = parties[0].recovered(id).await else {
        return false;
    };
    let mut checkpoints = cosigned.checkpoints;
    for party in parties {
        checkpoints = party.sign_own(&checkpoints);
    }
    let house = parties[0].wallet.house;
    let arkd = house::client(&house.arkd, &house.shown);
    let txid = cosigned.ark_tx.unsigned_tx.compute_txid();
    arkd.finalize(txid, &checkpoints).await.unwrap();
    true
}
