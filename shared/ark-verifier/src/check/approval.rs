//! What a wallet signs after a check.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, Txid};
use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::asset::AssetAmount;
use crate::challenge::{Answer, InputSignature, OperatorTerms, SessionId, Step};
use crate::hash::{EventId, PayloadRef};
use crate::transaction::Input;

/// What was approved at step 1. A wallet stores it before it answers, and needs it at step 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// The session.
    pub session_id: SessionId,
    /// The wallet's intent event.
    pub event: EventId,
    /// The intent events of all parties.
    pub intents: Vec<EventId>,
    /// The ark transaction. Its id covers every input and output.
    pub txid: Txid,
    /// The operator's terms at that time.
    pub operator: OperatorTerms,
    /// All inputs of the ark transaction.
    pub inputs: Vec<Input>,
    /// Those of them that the wallet signs for.
    pub own: Vec<u32>,
}

/// What the order does to the wallet, as checked. Show this, not what the challenge says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What goes to others, besides the fee.
    pub sends: Amount,
    /// What comes to the wallet besides its change.
    pub receives: Amount,
    /// The gateway's fee.
    pub fee: Amount,
    /// What comes back.
    pub change: Amount,
    /// The assets that go to others.
    pub sends_assets: Vec<AssetAmount>,
    /// The assets that come to the wallet, besides its own that come back.
    pub receives_assets: Vec<AssetAmount>,
}

/// A challenge of step 1 that does what was ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstApproval {
    /// To be stored for step 2.
    pub approved: Approved,
    /// What is signed per input of the ark transaction.
    pub sighashes: Vec<(u32, [u8; 32])>,
    /// What is signed per input of the recovery proof.
    pub recovery: Vec<[u8; 32]>,
    /// Names all of it.
    pub payload_ref: PayloadRef,
    /// What it does.
    pub summary: Summary,
}

/// A challenge of step 2 that finishes what was approved at step 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondApproval {
    /// The session.
    pub session_id: SessionId,
    /// What is signed per checkpoint, by the input of the ark transaction that spends it.
    pub sighashes: Vec<(u32, [u8; 32])>,
    /// Names all of it.
    pub payload_ref: PayloadRef,
}

/// A challenge that may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// Of step 1.
    First(Box<FirstApproval>),
    /// Of step 2.
    Second(SecondApproval),
}

impl FirstApproval {
    /// The same session asks again for the same transaction. Two different ones, of different coins, would both be good,
    /// and the wallet would pay twice.
    pub(super) fn is_what_was(&self, approved: &Approved) -> Result<(), Refusal> {
        if self.approved.session_id != approved.session_id {
            return Err(Refusal::OtherSession {
                approved: approved.session_id,
                found: self.approved.session_id,
            });
        }
        if self.approved.txid != approved.txid {
            return Err(Refusal::OtherTransaction {
                approved: approved.txid,
                found: self.approved.txid,
            });
        }
        Ok(())
    }

    /// The answer, with signatures of the owner key (BIP-340) by `sign`.
    pub fn answer(&self, mut sign: impl FnMut(&[u8; 32]) -> Signature) -> Answer {
        Answer {
            session_id: self.approved.session_id,
            step: Step::ArkTransaction,
            payload_ref: self.payload_ref,
            signatures: signatures(&self.sighashes, &mut sign),
            recovery: self.recovery.iter().map(sign).collect(),
        }
    }
}

impl SecondApproval {
    /// The answer, with signatures of the owner key (BIP-340) by `sign`.
    pub fn answer(&self, mut sign: impl FnMut(&[u8; 32]) -> Signature) -> Answer {
        Answer {
            session_id: self.session_id,
            step: Step::Checkpoints,
            payload_ref: self.payload_ref,
            signatures: signatures(&self.sighashes, &mut sign),
            recovery: Vec::new(),
        }
    }
}

impl Approval {
    /// The answer, with signatures of the owner key (BIP-340) by `sign`.
    pub fn answer(&self, sign: impl FnMut(&[u8; 32]) -> Signature) -> Answer {
        match self {
            Self::First(approval) => approval.answer(sign),
            Self::Second(approval) => approval.answer(sign),
        }
    }
}

fn signatures(sighashes: &[(u32, [u8; 32])], sign: &mut impl FnMut(&[u8; 32]) -> Signature) -> Vec<InputSignature> {
    sighashes
        .iter()
        .map(|(input, sighash)| InputSignature {
            input: *input,
            signature: sign(sighash),
        })
        .collect()
}
