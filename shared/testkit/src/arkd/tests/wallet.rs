//! An owner with a real key, who builds with ark-core and speaks JSON.

use ark_core::intent::{self, IntentMessage, make_intent};
use ark_core::send::{
    OffchainTransactions, SendReceiver, VtxoInput, build_offchain_transactions, sign_ark_transaction,
    sign_checkpoint_transaction,
};
use ark_core::{ArkAddress, Asset, Vtxo};
use bitcoin::key::Secp256k1;
use bitcoin::secp256k1::{Keypair, Message, SecretKey, schnorr};
use bitcoin::{Amount, OutPoint, Psbt, ScriptBuf, TxOut, Txid, XOnlyPublicKey};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use crate::arkd::{Arkd, Outcome};
use crate::clock::FakeClock;

/// 2023-11-14.
pub(super) const START_MS: u64 = 1_700_000_000_000;

pub(super) fn operator() -> (Arkd, FakeClock) {
    let clock = FakeClock::at_millis(START_MS);
    (Arkd::new(clock.closure()), clock)
}

pub(super) fn sat(amount: u64) -> Amount {
    Amount::from_sat(amount)
}

pub(super) fn get(arkd: &Arkd, path: &str) -> Outcome {
    arkd.call(&Method::GET, path, &HeaderMap::new(), &[])
}

pub(super) fn post(arkd: &Arkd, path: &str, body: &Value) -> Outcome {
    let mut headers = HeaderMap::new();
    headers.insert("x-digest", HeaderValue::from_str(&arkd.info().digest).unwrap());
    arkd.call(&Method::POST, path, &headers, body.to_string().as_bytes())
}

/// An owner and the script of the default VTXO.
#[derive(Clone)]
pub(super) struct Owner {
    pub(super) key: Keypair,
    pub(super) vtxo: Vtxo,
}

impl Owner {
    pub(super) fn new(arkd: &Arkd, number: u8) -> Self {
        let secp = Secp256k1::new();
        let key = Keypair::from_secret_key(&secp, &SecretKey::from_slice(&[number; 32]).unwrap());
        let info = arkd.info();
        let vtxo = Vtxo::new_default(
            &secp,
            info.signer_pk.x_only_public_key().0,
            key.x_only_public_key().0,
            info.unilateral_exit_delay,
            info.network,
        )
        .unwrap();
        Self { key, vtxo }
    }

    pub(super) fn script(&self) -> ScriptBuf {
        self.vtxo.script_pubkey()
    }

    pub(super) fn address(&self) -> ArkAddress {
        self.vtxo.to_ark_address()
    }

    pub(super) fn input(&self, arkd: &Arkd, outpoint: OutPoint) -> VtxoInput {
        let known = arkd.vtxo(outpoint);
        let (leaf, control) = self.vtxo.forfeit_spend_info().unwrap();
        let assets = known.iter().flat_map(|vtxo| &vtxo.assets);
        VtxoInput::new(
            leaf,
            None,
            control,
            self.vtxo.tapscripts(),
            self.script(),
            known.as_ref().map_or(sat(10_000), |vtxo| vtxo.amount),
            outpoint,
            assets
                .map(|(asset_id, amount)| Asset {
                    asset_id: *asset_id,
                    amount: *amount,
                })
                .collect(),
        )
    }

    /// A transfer that is not signed yet; the rest comes back.
    pub(super) fn transfer(&self, arkd: &Arkd, coins: &[OutPoint], to: &[(&Self, u64)]) -> OffchainTransactions {
        let inputs: Vec<VtxoInput> = coins.iter().map(|coin| self.input(arkd, *coin)).collect();
        let receivers: Vec<SendReceiver> = to
            .iter()
            .map(|(owner, amount)| SendReceiver::bitcoin(owner.address(), sat(*amount)))
            .collect();
        build_offchain_transactions(&receivers, &self.address(), &inputs, &arkd.info()).unwrap()
    }

    pub(super) fn signature(&self, message: Message) -> (schnorr::Signature, XOnlyPublicKey) {
        let signature = Secp256k1::new().sign_schnorr_no_aux_rand(&message, &self.key);
        (signature, self.key.x_only_public_key().0)
    }

    /// Signs every input of the ark transaction.
    pub(super) fn sign(&self, ark: &mut Psbt) {
        for index in 0..ark.inputs.len() {
            sign_ark_transaction(|_, message| Ok(vec![self.signature(message)]), ark, index).unwrap();
        }
    }

    pub(super) fn signed(&self, arkd: &Arkd, coins: &[OutPoint], to: &[(&Self, u64)]) -> OffchainTransactions {
        let mut transactions = self.transfer(arkd, coins, to);
        self.sign(&mut transactions.ark_tx);
        transactions
    }

    pub(super) fn sign_checkpoint(&self, checkpoint: &mut Psbt) {
        sign_checkpoint_transaction(|_, message| Ok(vec![self.signature(message)]), checkpoint).unwrap();
    }

    /// The whole way, and the ark transaction's id.
    pub(super) fn send(&self, arkd: &Arkd, coins: &[OutPoint], to: &[(&Self, u64)]) -> Txid {
        let transactions = self.signed(arkd, coins, to);
        self.finish(arkd, &transactions)
    }

    pub(super) fn finish(&self, arkd: &Arkd, transactions: &OffchainTransactions) -> Txid {
        let submitted = submit(arkd, transactions);
        assert_eq!(submitted.status, 200, "{}", submitted.json());
        let finalized = finalize(arkd, &submitted.json(), |checkpoint| self.sign_checkpoint(checkpoint));
        assert_eq!(finalized.status, 200, "{}", finalized.json());
        transactions.ark_tx.unsigned_tx.compute_txid()
    }

    /// A proof that the owner has these coins.
    pub(super) fn proof(&self, arkd: &Arkd, coins: &[OutPoint], expire_at: u64) -> Value {
        let inputs = coins.iter().map(|coin| {
            intent::Input::new(
                *coin,
                bitcoin::Sequence::MAX,
                None,
                TxOut {
                    value: arkd.vtxo(*coin).unwrap().amount,
                    script_pubkey: self.script(),
                },
                self.vtxo.tapscripts(),
                self.vtxo.forfeit_spend_info().unwrap(),
                false,
                false,
                Vec::new(),
            )
        });
        let intent = make_intent(
            |_, message| Ok(vec![self.signature(message)]),
            |_, message| Ok(self.signature(message)),
            inputs.collect(),
            Vec::new(),
            IntentMessage::GetPendingTx { expire_at },
        )
        .unwrap();
        json!({ "intent": { "proof": intent.serialize_proof(), "message": intent.serialize_message().unwrap() } })
    }
}

pub(super) fn submission(transactions: &OffchainTransactions) -> Value {
    json!({
        "signedArkTx": transactions.ark_tx.to_string(),
        "checkpointTxs": transactions.checkpoint_txs.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

pub(super) fn submit(arkd: &Arkd, transactions: &OffchainTransactions) -> Outcome {
    post(arkd, "/v1/tx/submit", &submission(transactions))
}

/// The checkpoints of a SubmitTx answer or of one pending transaction, signed.
pub(super) fn finalization(accepted: &Value, sign: impl Fn(&mut Psbt)) -> Value {
    let checkpoints: Vec<String> = accepted["signedCheckpointTxs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| {
            let mut psbt: Psbt = text.as_str().unwrap().parse().unwrap();
            sign(&mut psbt);
            psbt.to_string()
        })
        .collect();
    json!({ "arkTxid": accepted["arkTxid"], "finalCheckpointTxs": checkpoints })
}

pub(super) fn finalize(arkd: &Arkd, accepted: &Value, sign: impl Fn(&mut Psbt)) -> Outcome {
    post(arkd, "/v1/tx/finalize", &finalization(accepted, sign))
}
