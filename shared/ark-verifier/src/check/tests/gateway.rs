//! A gateway that builds its challenges with ark-core, and an operator that signs.

use alloc::string::ToString as _;
use alloc::vec;
use alloc::vec::Vec;
use std::collections::HashMap;

use ark_core::intent::{IntentMessage, make_intent};
use ark_core::send::{
    OffchainTransactions, SendReceiver, VtxoInput, build_asset_send_transactions, sign_ark_transaction,
    sign_checkpoint_transaction,
};
use ark_core::server::Info;
use ark_core::{Vtxo, extension};
use bitcoin::secp256k1::{Keypair, Message, Secp256k1, SecretKey, schnorr};
use bitcoin::{Address, Amount, OutPoint, Psbt, ScriptBuf, Sequence, TxOut, Txid, XOnlyPublicKey};
use serde_json::Value;

use crate::address::{ArkAddress, Network};
use crate::asset::AssetAmount;
use crate::challenge::{Challenge, Context, OperatorTerms, Recovery, SessionId, Step};
use crate::check::Coin;
use crate::hash::EventId;
use crate::packet::{INTENTS, intents_record};
use crate::reference::payload_ref;
use crate::script::{LeafPair, default_address};

pub(crate) const OPERATOR: u8 = 90;
pub(crate) const GATEWAY: u8 = 91;
pub(crate) const EXPIRES_AT: u64 = 2_000;

pub(crate) fn keys(byte: u8) -> Keypair {
    Keypair::from_secret_key(&Secp256k1::new(), &SecretKey::from_slice(&[byte; 32]).unwrap())
}

pub(crate) fn public(byte: u8) -> XOnlyPublicKey {
    keys(byte).x_only_public_key().0
}

pub(crate) fn sign(byte: u8, sighash: &[u8; 32]) -> schnorr::Signature {
    Secp256k1::new().sign_schnorr_no_aux_rand(&Message::from_digest(*sighash), &keys(byte))
}

pub(crate) fn outpoint(byte: u8) -> OutPoint {
    use bitcoin::hashes::Hash as _;
    OutPoint::new(Txid::from_byte_array([byte; 32]), u32::from(byte))
}

pub(crate) fn event(byte: u8) -> EventId {
    use bitcoin::hashes::Hash as _;
    EventId::from_byte_array([byte; 32])
}

pub(crate) fn session() -> SessionId {
    SessionId::from_bytes([5; 16])
}

pub(crate) fn terms() -> OperatorTerms {
    OperatorTerms {
        network: Network::Regtest,
        signer: public(OPERATOR),
        checkpoint_tapscript: crate::script::exit_leaf(public(OPERATOR), 20),
        exit_delay: 144,
        dust: Amount::from_sat(330),
    }
}

pub(crate) fn address(owner: u8) -> ArkAddress {
    default_address(&terms(), public(owner))
}

/// Somebody's VTXO that is to be spent.
#[derive(Debug, Clone)]
pub(crate) struct Spend {
    pub(crate) owner: u8,
    pub(crate) coin: Coin,
}

/// An output to make.
#[derive(Debug, Clone)]
pub(crate) struct Pay {
    pub(crate) to: ArkAddress,
    pub(crate) amount: Amount,
    pub(crate) assets: Vec<AssetAmount>,
}

/// All that a gateway decides on.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) terms: OperatorTerms,
    pub(crate) inputs: Vec<Spend>,
    pub(crate) outputs: Vec<Pay>,
    pub(crate) intents: Vec<EventId>,
    /// The owner key of the wallet that is asked.
    pub(crate) asks: u8,
    pub(crate) bindings: Vec<Value>,
}

pub(crate) fn ark_info(terms: &OperatorTerms) -> Info {
    let key = bitcoin::secp256k1::PublicKey::from_x_only_public_key(terms.signer, bitcoin::secp256k1::Parity::Even);
    let script = LeafPair::vtxo(terms.signer, terms.signer, terms.exit_delay).script_pubkey();
    Info {
        version: "0.9.15".into(),
        signer_pk: key,
        forfeit_pk: key,
        forfeit_address: Address::from_script(&script, bitcoin::Network::from(terms.network)).unwrap(),
        checkpoint_tapscript: terms.checkpoint_tapscript.clone(),
        network: terms.network.into(),
        session_duration: 30,
        unilateral_exit_delay: Sequence::from_consensus(terms.exit_delay),
        boarding_exit_delay: Sequence::from_consensus(terms.exit_delay),
        utxo_min_amount: None,
        utxo_max_amount: None,
        vtxo_min_amount: None,
        vtxo_max_amount: None,
        dust: terms.dust,
        fees: None,
        scheduled_session: None,
        deprecated_signers: Vec::new(),
        service_status: HashMap::new(),
        digest: "digest".into(),
        max_tx_weight: 40_000,
        max_op_return_outputs: 3,
    }
}

fn vtxo(spend: &Spend, terms: &OperatorTerms) -> Vtxo {
    let delay = Sequence::from_consensus(spend.coin.exit_delay);
    Vtxo::new_default(
        &Secp256k1::new(),
        terms.signer,
        public(spend.owner),
        delay,
        terms.network.into(),
    )
    .unwrap()
}

fn assets(assets: &[AssetAmount]) -> Vec<ark_core::Asset> {
    let asset = |asset: &AssetAmount| ark_core::Asset {
        asset_id: asset.asset_id.to_string().parse().unwrap(),
        amount: asset.amount,
    };
    assets.iter().map(asset).collect()
}

impl Plan {
    /// The transactions, built by ark-core alone.
    pub(crate) fn build(&self) -> OffchainTransactions {
        let inputs: Vec<VtxoInput> = self.inputs.iter().map(|spend| self.vtxo_input(spend)).collect();
        let receivers: Vec<SendReceiver> = self.outputs.iter().map(|pay| self.receiver(pay)).collect();
        let change = receivers[0].address;
        let mut built = build_asset_send_transactions(&receivers, &change, &inputs, &ark_info(&self.terms)).unwrap();
        if !self.intents.is_empty() {
            extension::add_packet_to_psbt(&mut built.ark_tx, INTENTS, &intents_record(&self.intents)).unwrap();
        }
        built
    }

    fn vtxo_input(&self, spend: &Spend) -> VtxoInput {
        let vtxo = vtxo(spend, &self.terms);
        let (leaf, control_block) = vtxo.forfeit_spend_info().unwrap();
        VtxoInput::new(
            leaf,
            None,
            control_block,
            vtxo.tapscripts(),
            vtxo.script_pubkey(),
            spend.coin.amount,
            spend.coin.outpoint,
            assets(&spend.coin.assets),
        )
    }

    fn receiver(&self, pay: &Pay) -> SendReceiver {
        SendReceiver {
            address: ark_core::ArkAddress::new(self.terms.network.into(), pay.to.operator(), pay.to.output_key()),
            amount: pay.amount,
            assets: assets(&pay.assets),
        }
    }

    /// The inputs of the wallet that is asked.
    pub(crate) fn asked(&self) -> Vec<u32> {
        let inputs = (0..).zip(&self.inputs);
        inputs
            .filter(|(_, spend)| spend.owner == self.asks)
            .map(|(input, _)| input)
            .collect()
    }

    /// The recovery proof over these inputs, built by ark-core, with its sighashes.
    pub(crate) fn recovery(&self, inputs: &[u32], message: IntentMessage) -> (Recovery, Vec<[u8; 32]>) {
        let input = |input: &u32| {
            let spend = &self.inputs[usize::try_from(*input).unwrap()];
            let vtxo = vtxo(spend, &self.terms);
            ark_core::intent::Input::new(
                spend.coin.outpoint,
                Sequence::MAX,
                None,
                TxOut {
                    value: spend.coin.amount,
                    script_pubkey: vtxo.script_pubkey(),
                },
                vtxo.tapscripts(),
                vtxo.forfeit_spend_info().unwrap(),
                false,
                false,
                Vec::new(),
            )
        };
        let sighashes = core::cell::RefCell::new(Vec::new());
        let intent = make_intent(
            |_, sighash| {
                sighashes.borrow_mut().push(*sighash.as_ref());
                Ok(Vec::new())
            },
            |_, _| Err(ark_core::Error::ad_hoc("no input is on chain")),
            inputs.iter().map(input).collect(),
            Vec::new(),
            message,
        )
        .unwrap();
        let recovery = Recovery {
            proof: intent.serialize_proof(),
            message: intent.serialize_message().unwrap(),
        };
        (recovery, sighashes.into_inner())
    }

    /// The challenge of step 1.
    pub(crate) fn first(&self) -> Challenge {
        let mut built = self.build();
        let asked = self.asked();
        let sighashes: Vec<_> = asked
            .iter()
            .map(|input| (*input, ark_sighash(&mut built.ark_tx, *input)))
            .collect();
        let message = IntentMessage::GetPendingTx { expire_at: EXPIRES_AT };
        let (recovery, recovery_sighashes) = self.recovery(&asked, message);
        let txid = built.ark_tx.unsigned_tx.compute_txid();
        Challenge {
            recovery: Some(recovery),
            payload_ref: payload_ref(
                session(),
                Step::ArkTransaction,
                txid,
                &sighashes,
                &recovery_sighashes,
                public(GATEWAY),
                Some(EXPIRES_AT),
            ),
            expires_at: Some(EXPIRES_AT),
            ..self.challenge(Step::ArkTransaction, &built)
        }
    }

    /// The challenge of step 2, after the operator has signed.
    pub(crate) fn second(&self) -> Challenge {
        let mut built = self.build();
        for input in 0..built.ark_tx.inputs.len() {
            sign_ark_transaction(operator_signs, &mut built.ark_tx, input).unwrap();
        }
        for checkpoint in &mut built.checkpoint_txs {
            sign_checkpoint_transaction(operator_signs, checkpoint).unwrap();
        }
        let sighashes: Vec<_> = self
            .asked()
            .into_iter()
            .map(|input| {
                let checkpoint = &mut built.checkpoint_txs[usize::try_from(input).unwrap()];
                (input, checkpoint_sighash(checkpoint))
            })
            .collect();
        let txid = built.ark_tx.unsigned_tx.compute_txid();
        Challenge {
            payload_ref: payload_ref(
                session(),
                Step::Checkpoints,
                txid,
                &sighashes,
                &[],
                public(GATEWAY),
                None,
            ),
            ..self.challenge(Step::Checkpoints, &built)
        }
    }

    fn challenge(&self, step: Step, built: &OffchainTransactions) -> Challenge {
        Challenge {
            session_id: session(),
            step,
            steps: 2,
            intents: self.intents.clone(),
            ark_tx: built.ark_tx.to_string(),
            checkpoint_txs: built.checkpoint_txs.iter().map(Psbt::to_string).collect(),
            inputs: self.asked(),
            owner: public(self.asks),
            operator: self.terms.clone(),
            recovery: None,
            bindings: self.bindings.clone(),
            payload_ref: payload_ref(
                session(),
                step,
                built.ark_tx.unsigned_tx.compute_txid(),
                &[],
                &[],
                public(GATEWAY),
                None,
            ),
            context: Context {
                human: "what a person reads".into(),
                sends: Amount::ZERO,
                receives: Amount::ZERO,
                fee: Amount::ZERO,
                change: Amount::ZERO,
            },
            expires_at: None,
        }
    }
}

type Signatures = Result<Vec<(schnorr::Signature, XOnlyPublicKey)>, ark_core::Error>;

fn operator_signs(_: &mut bitcoin::psbt::Input, sighash: Message) -> Signatures {
    Ok(vec![(sign(OPERATOR, sighash.as_ref()), public(OPERATOR))])
}

/// What ark-core would sign.
pub(crate) fn ark_sighash(ark_tx: &mut Psbt, input: u32) -> [u8; 32] {
    let mut found = [0; 32];
    let look = |_: &mut bitcoin::psbt::Input, sighash: Message| {
        found = *sighash.as_ref();
        Signatures::Ok(Vec::new())
    };
    sign_ark_transaction(look, ark_tx, usize::try_from(input).unwrap()).unwrap();
    found
}

/// What ark-core would sign.
pub(crate) fn checkpoint_sighash(checkpoint: &mut Psbt) -> [u8; 32] {
    let mut found = [0; 32];
    let look = |_: &mut bitcoin::psbt::Input, sighash: Message| {
        found = *sighash.as_ref();
        Signatures::Ok(Vec::new())
    };
    sign_checkpoint_transaction(look, checkpoint).unwrap();
    found
}

/// A worthless output with bytes that mean nothing.
pub(crate) fn note(bytes: &[u8; 8]) -> TxOut {
    TxOut {
        value: Amount::ZERO,
        script_pubkey: ScriptBuf::new_op_return(bytes),
    }
}
