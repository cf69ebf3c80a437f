//! An operator that co-signs with keys of its own.

use std::collections::HashMap;

use ark_core::script::csv_sig_script;
use ark_core::server::{DeprecatedSigner, Info};
use bitcoin::key::{CompressedPublicKey, Keypair};
use bitcoin::secp256k1::PublicKey;
use bitcoin::{Address, Amount, Network, Psbt, Sequence, XOnlyPublicKey};

use crate::building::Unsigned;
use crate::info::OperatorInfo;
use crate::signing::ToSign;
use crate::submission::Submitted;
use crate::tests::wallet::{keypair, sign};

pub(crate) struct Operator {
    keys: Vec<Keypair>,
}

impl Operator {
    pub(crate) fn new(seed: u8) -> Self {
        Self {
            keys: vec![keypair(seed)],
        }
    }

    /// One that has changed its key, and still signs with the earlier one.
    pub(crate) fn rotated(seed: u8, earlier: u8) -> Self {
        Self {
            keys: vec![keypair(seed), keypair(earlier)],
        }
    }

    pub(crate) fn full_key(&self) -> PublicKey {
        self.keys[0].public_key()
    }

    pub(crate) fn key(&self) -> XOnlyPublicKey {
        self.keys[0].x_only_public_key().0
    }

    pub(crate) fn earlier_key(&self) -> Option<XOnlyPublicKey> {
        self.keys.get(1).map(|key| key.x_only_public_key().0)
    }

    pub(crate) fn info(&self) -> OperatorInfo {
        OperatorInfo::new(raw_info(self))
    }

    /// What arkd answers to a submission.
    pub(crate) fn co_sign(&self, unsigned: &Unsigned) -> Submitted {
        let mut ark_tx = unsigned.ark_tx.clone();
        self.sign_all(&mut ark_tx);
        let mut checkpoints = unsigned.checkpoints.clone();
        for checkpoint in &mut checkpoints {
            self.sign_all(checkpoint);
        }
        Submitted {
            ark_txid: unsigned.ark_txid(),
            ark_tx,
            checkpoints,
        }
    }

    pub(crate) fn sign_all(&self, psbt: &mut Psbt) {
        for place in 0..psbt.inputs.len() {
            let to_sign = ToSign::of(psbt, place).unwrap();
            let key = self
                .keys
                .iter()
                .find(|key| key.x_only_public_key().0 == to_sign.signer)
                .unwrap();
            let signature = sign(key, to_sign.sighash);
            to_sign.place(&mut psbt.inputs[place], to_sign.signer, signature);
        }
    }
}

pub(crate) fn raw_info(operator: &Operator) -> Info {
    let full_key = operator.full_key();
    Info {
        version: "0.9.15".to_owned(),
        signer_pk: full_key,
        forfeit_pk: full_key,
        forfeit_address: Address::p2wpkh(&CompressedPublicKey(full_key), Network::Regtest),
        checkpoint_tapscript: csv_sig_script(Sequence::from_seconds_ceil(86_400).unwrap(), operator.key()),
        network: Network::Regtest,
        session_duration: 30,
        unilateral_exit_delay: Sequence::from_seconds_ceil(172_544).unwrap(),
        boarding_exit_delay: Sequence::from_seconds_ceil(7_776_256).unwrap(),
        utxo_min_amount: None,
        utxo_max_amount: None,
        vtxo_min_amount: None,
        vtxo_max_amount: None,
        dust: Amount::from_sat(330),
        fees: None,
        scheduled_session: None,
        deprecated_signers: operator
            .keys
            .iter()
            .skip(1)
            .map(|key| DeprecatedSigner {
                pk: key.public_key(),
                cutoff_date: 0,
            })
            .collect(),
        service_status: HashMap::new(),
        digest: "d1".to_owned(),
        max_tx_weight: 40_000,
        max_op_return_outputs: 3,
    }
}
