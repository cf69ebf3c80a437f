//! The scripted gateway's one session: transactions, challenges, and what it says of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bitcoin::psbt::Psbt;
use bitcoin::secp256k1::{Message, Secp256k1};
use bitcoin::{Amount, OutPoint, TapSighashType, Transaction, TxOut, XOnlyPublicKey, taproot};
use nanoark_ark_verifier::challenge::{Answer, Challenge, Context, OperatorTerms, Recovery, SessionId, Step};
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::{Action, Destination, Intent, ReceiptMode};
use nanoark_ark_verifier::packet::Extension;
use nanoark_ark_verifier::proof::{Proof, message};
use nanoark_ark_verifier::reference::payload_ref;
use nanoark_ark_verifier::script::{LeafPair, default_address, exit_leaf, leaf_hash, payment};
use nanoark_ark_verifier::transaction::{Checkpoint, Input, Transactions};
use nanoark_domain::ceremony::{Receipt, Stage};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::wire::gateway::{PartyView, ReceiptView, SessionView};
use nanoark_nostr::{NostrKey, Scheme, compose};
use serde_json::Value;

use super::scripted::{Lie, State};
use super::world::{NOW, OPERATOR, coin, key, pair, terms};

#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) event: EventId,
    author: XOnlyPublicKey,
    intent: Intent,
    pub(super) stage: Stage,
}

impl Session {
    pub(super) fn new(event: EventId, author: XOnlyPublicKey, intent: Intent) -> Self {
        Self {
            id: SessionId::from_bytes([5; 16]),
            event,
            author,
            intent,
            stage: Stage::Challenged,
        }
    }

    fn terms(lie: Lie) -> OperatorTerms {
        match lie {
            Lie::Terms => OperatorTerms {
                checkpoint_tapscript: exit_leaf(key(91).public(), 1),
                ..terms()
            },
            _ => terms(),
        }
    }

    fn input(lie: Lie, owner: XOnlyPublicKey) -> Input {
        let coin = coin();
        let pair = LeafPair::vtxo(terms().signer, owner, coin.exit_delay);
        Input {
            outpoint: match lie {
                Lie::Input => OutPoint::new(coin.outpoint.txid, 9),
                _ => coin.outpoint,
            },
            amount: coin.amount,
            script_pubkey: pair.script_pubkey(),
            leaf: pair.collaborative().clone(),
        }
    }

    fn build(&self, lie: Lie, owner: XOnlyPublicKey) -> (Vec<Input>, Transactions) {
        let Action::Transfer(transfer) = &self.intent.action else {
            panic!("only transfers are scripted");
        };
        let (receiver, dust) = (&transfer.receivers[0], terms().dust);
        let Destination::Address(to) = receiver.to else {
            panic!("only addresses are scripted");
        };
        let to = match lie {
            Lie::Address => default_address(&terms(), key(66).public()),
            _ => to,
        };
        let stolen = match lie {
            Lie::Amount | Lie::Swapped => Amount::from_sat(100),
            _ => Amount::ZERO,
        };
        let fee = transfer.fee.amount + stolen;
        let change = coin().amount - receiver.amount - transfer.fee.amount;
        let outputs: Vec<TxOut> = vec![
            payment(&to, receiver.amount - stolen, dust),
            payment(&transfer.fee.address, fee, dust),
            payment(&default_address(&terms(), owner), change, dust),
        ];
        let inputs = vec![Self::input(lie, owner)];
        let extension = Extension {
            assets: None,
            intents: vec![self.event],
        };
        let mut built = Transactions::new(&inputs, outputs, &extension, &Self::terms(lie));
        if lie == Lie::CheckpointScript {
            let own = default_address(&terms(), key(66).public()).script_pubkey();
            built.checkpoints[0].pays.script_pubkey = own.clone();
            built.checkpoints[0].tx.output[0].script_pubkey = own;
            let spent = built.checkpoints[0].tx.compute_txid();
            built.ark_tx.input[0].previous_output = OutPoint::new(spent, 0);
        }
        (inputs, built)
    }

    /// The step that is asked for, and the challenge.
    fn challenge(&self, state: &State) -> Option<(Step, Value)> {
        let step = match (self.stage, state.lie) {
            (Stage::Challenged, Lie::SecondFirst) | (Stage::Submitted, _) => Step::Checkpoints,
            (Stage::Challenged, _) => Step::ArkTransaction,
            _ => return None,
        };
        let challenge = match step {
            Step::ArkTransaction => self.first(state),
            Step::Checkpoints => self.second(state),
        };
        let key: NostrKey = match state.lie {
            Lie::Key => key(92),
            _ => state.gateway.clone(),
        };
        let event = compose::challenge(&key, &self.author, &challenge, Scheme::Nip44, NOW).unwrap();
        Some((step, serde_json::from_str(event.json()).unwrap()))
    }

    fn first(&self, state: &State) -> Challenge {
        let lie = match state.lie {
            Lie::Swapped => Lie::Nothing,
            lie => lie,
        };
        let (inputs, built) = self.build(lie, state.owner);
        let expires_at = self.intent.expires_at;
        let proof = Proof::new(&message(0), &inputs).unwrap();
        let recovery = Recovery {
            proof: psbt(&proof.tx, &proof.spends, None),
            message: message(0),
        };
        let sighash = built.ark_sighash(0).unwrap();
        let (txid, gateway) = (built.ark_tx.compute_txid(), state.gateway.public());
        let named = payload_ref(
            self.id,
            Step::ArkTransaction,
            txid,
            &[(0, sighash)],
            &proof.sighashes().unwrap(),
            gateway,
            Some(expires_at),
        );
        Challenge {
            recovery: Some(recovery),
            payload_ref: named,
            expires_at: Some(expires_at),
            ..self.asked(state, Step::ArkTransaction, &built, None)
        }
    }

    fn second(&self, state: &State) -> Challenge {
        let lie = match state.lie {
            Lie::Swapped => Lie::Swapped,
            _ => Lie::Nothing,
        };
        let (_, built) = self.build(lie, state.owner);
        let sighash = built.checkpoints[0].sighash().unwrap();
        let (txid, gateway) = (built.ark_tx.compute_txid(), state.gateway.public());
        let named = payload_ref(self.id, Step::Checkpoints, txid, &[(0, sighash)], &[], gateway, None);
        let signer = (state.lie != Lie::NotSubmitted).then_some(&built);
        Challenge {
            payload_ref: named,
            ..self.asked(state, Step::Checkpoints, &built, signer)
        }
    }

    fn asked(&self, state: &State, step: Step, built: &Transactions, signed: Option<&Transactions>) -> Challenge {
        let checkpoint = &built.checkpoints[0];
        let ark_signed = signed.map(|built| (checkpoint, built.ark_sighash(0).unwrap()));
        let checkpoint_signed = signed.map(|_| (checkpoint, checkpoint.sighash().unwrap()));
        let nothing = payload_ref(self.id, step, built.ark_tx.compute_txid(), &[], &[], self.author, None);
        Challenge {
            session_id: match state.lie {
                Lie::OtherSession => SessionId::from_bytes([6; 16]),
                _ => self.id,
            },
            step,
            steps: 2,
            intents: vec![self.event],
            ark_tx: psbt(&built.ark_tx, std::slice::from_ref(&checkpoint.pays), ark_signed),
            checkpoint_txs: vec![psbt(
                &checkpoint.tx,
                std::slice::from_ref(&checkpoint.spends),
                checkpoint_signed,
            )],
            inputs: vec![0],
            owner: state.owner,
            operator: Self::terms(state.lie),
            recovery: None,
            bindings: Vec::new(),
            payload_ref: nothing,
            context: Context {
                human: "what a person reads".to_owned(),
                sends: Amount::ZERO,
                receives: Amount::ZERO,
                fee: Amount::ZERO,
                change: Amount::ZERO,
            },
            expires_at: None,
        }
    }

    /// Takes an answer, whose signatures hold.
    pub(super) fn take(&mut self, answer: &Answer, state: &State) {
        let (inputs, built) = self.build(Lie::Nothing, state.owner);
        let verified = |sighash: [u8; 32], signature| {
            Secp256k1::new()
                .verify_schnorr(signature, &Message::from_digest(sighash), &state.owner)
                .unwrap();
        };
        match answer.step {
            Step::ArkTransaction => {
                verified(built.ark_sighash(0).unwrap(), &answer.signatures[0].signature);
                let proof = Proof::new(&message(0), &inputs).unwrap().sighashes().unwrap();
                assert_eq!(proof.len(), answer.recovery.len());
                proof
                    .into_iter()
                    .zip(&answer.recovery)
                    .for_each(|(sighash, signature)| verified(sighash, signature));
                if self.stage == Stage::Challenged {
                    self.stage = Stage::Submitted;
                }
            }
            Step::Checkpoints => {
                assert_ne!(self.stage, Stage::Challenged);
                verified(built.checkpoints[0].sighash().unwrap(), &answer.signatures[0].signature);
                self.stage = Stage::Finalized;
            }
        }
    }

    pub(super) fn view(&self, state: &State) -> SessionView {
        let (awaits, challenge) = self.challenge(state).unzip();
        let stage = match state.lie {
            Lie::Finalized => Stage::Finalized,
            _ => self.stage,
        };
        let receipt = (stage == Stage::Finalized).then(|| self.receipt(state));
        let events = receipt.iter().map(|receipt| {
            let ids = vec![self.intent.action_id.clone()];
            let event = compose::confirmation(&state.gateway, receipt, ids, &[self.author], &[]).unwrap();
            serde_json::from_str(event.json()).unwrap()
        });
        SessionView {
            session_id: self.id,
            action: self.intent.action.kind(),
            stage,
            step_index: stage.step(),
            step_total: 6,
            parties: vec![PartyView {
                pubkey: self.author,
                intent: Some(self.event),
                action_id: Some(self.intent.action_id.clone()),
            }],
            created_at: NOW,
            expires_at: Timestamp::from_seconds(self.intent.expires_at),
            history: Vec::new(),
            ark_txid: Some(self.build(Lie::Nothing, state.owner).1.ark_tx.compute_txid()),
            awaits,
            challenge,
            failure: None,
            events: events.collect(),
            receipt: receipt.map(|receipt| ReceiptView {
                ark_txid: receipt.ark_txid,
                receipt_hash: receipt.hash(),
                receipt: Some(receipt),
            }),
        }
    }

    fn receipt(&self, state: &State) -> Receipt {
        Receipt {
            ark_txid: self.build(Lie::Nothing, state.owner).1.ark_tx.compute_txid(),
            session_id: self.id,
            action: self.intent.action.kind(),
            intents: vec![self.event],
            inputs: Vec::new(),
            outputs: Vec::new(),
            fee: Amount::from_sat(500),
            finalized_at: NOW.plus(Seconds(1)),
            mode: ReceiptMode::Full,
        }
    }
}

/// A PSBT of one input per output spent; the operator signs the first one, if it does.
fn psbt(tx: &Transaction, spends: &[TxOut], signed: Option<(&Checkpoint, [u8; 32])>) -> String {
    let mut psbt = Psbt::from_unsigned_tx(tx.clone()).unwrap();
    for (input, spent) in psbt.inputs.iter_mut().zip(spends) {
        input.witness_utxo = Some(spent.clone());
    }
    if let Some((checkpoint, sighash)) = signed {
        let signature = taproot::Signature {
            signature: Secp256k1::new().sign_schnorr_no_aux_rand(&Message::from_digest(sighash), &pair(OPERATOR)),
            sighash_type: TapSighashType::Default,
        };
        psbt.inputs[0]
            .tap_script_sigs
            .insert((terms().signer, leaf_hash(&checkpoint.leaf)), signature);
    }
    STANDARD.encode(psbt.serialize())
}
