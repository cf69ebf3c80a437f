//! What finishes a transaction without the gateway.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bitcoin::psbt::Psbt;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{TapSighashType, Txid, XOnlyPublicKey, taproot};
use nanoark_ark_verifier::challenge::{Recovery, SessionId};
use nanoark_ark_verifier::check::Approved;
use nanoark_ark_verifier::intent::ActionId;
use nanoark_ark_verifier::script::leaf_hash;
use serde::{Deserialize, Serialize};

/// What finishes a transaction without the gateway, by any wallet with the owner key: the operator gives the transaction
/// back for the proof (`POST /v1/tx/pending` of arkd), the wallet signs the checkpoints, and the operator finalises it
/// (`POST /v1/tx/finalize`). The proof moves no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescue {
    /// The order.
    pub action_id: ActionId,
    /// The session.
    pub session_id: SessionId,
    /// The ark transaction that was approved.
    pub ark_txid: Txid,
    /// The signed proof of ownership, a PSBT in base64.
    pub proof: String,
    /// Its message.
    pub message: String,
    /// What to do, in words.
    pub how: String,
}

impl Rescue {
    pub(crate) fn new(
        action_id: ActionId,
        approved: &Approved,
        recovery: &Recovery,
        owner: XOnlyPublicKey,
        signatures: &[Signature],
    ) -> Option<Self> {
        let proof = signed(recovery, approved, owner, signatures)?;
        Some(Self {
            how: how(approved.txid),
            action_id,
            session_id: approved.session_id,
            ark_txid: approved.txid,
            proof,
            message: recovery.message.clone(),
        })
    }
}

fn how(ark_txid: Txid) -> String {
    format!(
        "Send {{\"intent\":{{\"proof\":…,\"message\":…}}}} to the operator's POST /v1/tx/pending. It returns the ark \
         transaction {ark_txid} and its checkpoints with its own signatures. Sign every checkpoint of yours with the owner \
         key, and send {{\"arkTxid\":…,\"finalCheckpointTxs\":[…]}} to POST /v1/tx/finalize."
    )
}

/// The proof with the owner's signatures, one per input. The verifier has compared it with the one it built itself.
fn signed(recovery: &Recovery, approved: &Approved, owner: XOnlyPublicKey, signatures: &[Signature]) -> Option<String> {
    let mut proof = Psbt::deserialize(&STANDARD.decode(&recovery.proof).ok()?).ok()?;
    let own: Vec<_> = (0_u32..)
        .zip(&approved.inputs)
        .filter(|(place, _)| approved.own.contains(place))
        .map(|(_, input)| input)
        .collect();
    // The first input stands for the message, and is spent by the leaf of the first coin.
    let leaves = own.first().into_iter().chain(&own).map(|input| leaf_hash(&input.leaf));
    if proof.inputs.len() != signatures.len() || signatures.len() != own.len().checked_add(1)? {
        return None;
    }
    for ((input, leaf), signature) in proof.inputs.iter_mut().zip(leaves).zip(signatures) {
        let signature = taproot::Signature {
            signature: *signature,
            sighash_type: TapSighashType::Default,
        };
        input.tap_script_sigs.insert((owner, leaf), signature);
    }
    Some(STANDARD.encode(proof.serialize()))
}
