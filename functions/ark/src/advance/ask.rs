//! What each party is asked to sign.

use bitcoin::{Amount, Psbt, Txid, XOnlyPublicKey};
use nanoark_ark::base64_psbt::{self, MAX_PSBT_BYTES};
use nanoark_ark_verifier::challenge::{Challenge, Context, OperatorTerms, Recovery, Step};
use nanoark_ark_verifier::reference::payload_ref;
use nanoark_ark_verifier::script::default_address;
use nanoark_domain::ceremony::{Asked, Outgoing, OutputRole, Party, PartyIntent, Plan, Session};
use nanoark_domain::time::Timestamp;
use nanoark_runtime::Relay;
use serde_json::Value;

use crate::refusal::Refusal;
use crate::tell;

/// What is the same for all parties at a step.
pub(super) struct Round<'a> {
    pub(super) session: &'a Session,
    pub(super) plan: &'a Plan,
    pub(super) step: Step,
    pub(super) ark_txid: Txid,
    /// PSBT in base64.
    pub(super) ark_tx: &'a str,
    /// PSBTs in base64.
    pub(super) checkpoints: &'a [String],
    /// What is signed for each input: of the ark transaction, or of its checkpoint.
    pub(super) sighashes: &'a [[u8; 32]],
    pub(super) operator: &'a OperatorTerms,
    pub(super) bindings: &'a [Value],
    pub(super) now: Timestamp,
}

/// Several at once, and the events that carry them.
pub(super) struct Asking {
    pub(super) asked: Vec<Asked>,
    pub(super) events: Vec<Outgoing>,
}

impl Round<'_> {
    /// What each party is asked. `recovery` holds the proof of each, at the first step.
    pub(super) fn ask(&self, relay: &Relay, recovery: &[Option<Recovery>]) -> Result<Asking, Refusal> {
        let mut asking = Asking {
            asked: Vec::new(),
            events: Vec::new(),
        };
        for (number, party) in self.session.parties.iter().enumerate() {
            let intent = party
                .intent
                .as_ref()
                .ok_or_else(|| Refusal::Internal("a party without an intent".to_owned()))?;
            let recovery = recovery.get(number).cloned().flatten();
            let challenge = self.challenge(relay, number, party, intent, recovery)?;
            asking
                .events
                .push(tell::challenge(relay, party, intent, &challenge, self.now)?);
            asking.asked.push(Asked {
                payload_ref: challenge.payload_ref,
                recovery: challenge.recovery,
            });
        }
        Ok(asking)
    }

    fn challenge(
        &self,
        relay: &Relay,
        number: usize,
        party: &Party,
        intent: &PartyIntent,
        recovery: Option<Recovery>,
    ) -> Result<Challenge, Refusal> {
        let gateway = tell::key_for(relay.gateway()?.keys()?, intent).public();
        let inputs: Vec<u32> = self.plan.inputs_of(number).map(|(input, _)| input).collect();
        let sighashes: Vec<(u32, [u8; 32])> = (0_u32..)
            .zip(self.sighashes)
            .filter(|(input, _)| inputs.contains(input))
            .map(|(input, sighash)| (input, *sighash))
            .collect();
        let proof_sighashes = match &recovery {
            Some(recovery) => sighashes_of(&recovery.proof)?,
            None => Vec::new(),
        };
        let expires_at = match self.step {
            Step::ArkTransaction => Some(self.session.expires_at.as_seconds()),
            Step::Checkpoints => None,
        };
        let owner = self.plan.owner_of(number);
        Ok(Challenge {
            session_id: self.session.id,
            step: self.step,
            steps: 2,
            intents: self.session.intent_events(),
            ark_tx: self.ark_tx.to_owned(),
            checkpoint_txs: self.checkpoints.to_vec(),
            inputs,
            owner: owner.ok_or_else(|| Refusal::Internal("a party without inputs".to_owned()))?,
            operator: self.operator.clone(),
            payload_ref: payload_ref(
                self.session.id,
                self.step,
                self.ark_txid,
                &sighashes,
                &proof_sighashes,
                gateway,
                expires_at,
            ),
            recovery,
            bindings: self.bindings.to_vec(),
            context: self.context(number, party, intent),
            expires_at,
        })
    }

    /// What a person reads.
    fn context(&self, number: usize, party: &Party, intent: &PartyIntent) -> Context {
        let sum = |amounts: &mut dyn Iterator<Item = Amount>| {
            amounts.fold(Amount::ZERO, |sum, amount| {
                sum.checked_add(amount).unwrap_or(Amount::MAX)
            })
        };
        let fee = intent.intent.action.fee().amount;
        let spent = sum(&mut self.plan.inputs_of(number).map(|(_, input)| input.coin.amount));
        let home = self.home_of(number);
        let of_role = |role: OutputRole| {
            self.plan
                .outputs
                .iter()
                .filter(move |output| output.role == role && Some(output.address.output_key()) == home)
                .map(|output| output.amount)
        };
        let (receives, change) = (
            sum(&mut of_role(OutputRole::Ordered)),
            sum(&mut of_role(OutputRole::Change)),
        );
        let sends = spent
            .checked_sub(fee)
            .and_then(|rest| rest.checked_sub(change))
            .unwrap_or(Amount::ZERO);
        let what = match self.step {
            Step::ArkTransaction => "Sign the ark transaction",
            Step::Checkpoints => "Sign the checkpoints",
        };
        let action = self.session.action.as_str();
        let who = party.nostr.to_string();
        Context {
            human: format!(
                "Step {} of 2. {what} of {action} by {}…: {} sat out, {} sat in, fee {} sat, {} sat back.",
                self.step.number(),
                who.get(..8).unwrap_or_default(),
                sends.to_sat(),
                receives.to_sat(),
                fee.to_sat(),
                change.to_sat()
            ),
            sends,
            receives,
            fee,
            change,
        }
    }

    /// The output key of a party's own address.
    fn home_of(&self, number: usize) -> Option<bitcoin::key::TweakedPublicKey> {
        let owner: XOnlyPublicKey = self.plan.owner_of(number)?;
        Some(default_address(self.operator, owner).output_key())
    }
}

/// What is signed for each input of a PSBT in base64.
pub(super) fn sighashes_of(psbt: &str) -> Result<Vec<[u8; 32]>, Refusal> {
    let psbt = decode(psbt)?;
    nanoark_ark::signing::sighashes(&psbt).map_err(|error| Refusal::Internal(error.to_string()))
}

/// A PSBT of our own record.
pub(super) fn decode(psbt: &str) -> Result<Psbt, Refusal> {
    base64_psbt::decode(psbt, MAX_PSBT_BYTES).map_err(|error| Refusal::Internal(error.to_string()))
}

/// PSBTs of our own record.
pub(super) fn decode_all(psbts: &[String]) -> Result<Vec<Psbt>, Refusal> {
    psbts.iter().map(|psbt| decode(psbt)).collect()
}
