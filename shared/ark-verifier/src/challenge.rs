//! What the gateway asks a wallet to sign, and the wallet's answer: the contents of kinds 31511 and 31512.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, ScriptBuf, XOnlyPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Network;
use crate::hash::{EventId, PayloadRef};

/// The gateway's name for a session: `ses_` and 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 16]);

/// Which of the two signatures is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Step {
    /// The ark transaction, before it is submitted to the operator.
    ArkTransaction,
    /// The checkpoints, once the operator has signed the ark transaction.
    Checkpoints,
}

/// The content of a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// The session.
    pub session_id: SessionId,
    /// Which of the two signatures is asked for.
    pub step: Step,
    /// How many there are.
    pub steps: u8,
    /// The events of all parties' intents, in the order of the packet in the ark transaction.
    pub intents: Vec<EventId>,
    /// The ark transaction, a PSBT in base64. At step 2 with the operator's signature on every input.
    pub ark_tx: String,
    /// The checkpoints, PSBTs in base64, one per input of the ark transaction and in its order. At step 2 with the
    /// operator's signatures.
    pub checkpoint_txs: Vec<String>,
    /// The inputs of the ark transaction that this wallet is to sign for.
    pub inputs: Vec<u32>,
    /// The key that owns them.
    pub owner: XOnlyPublicKey,
    /// The operator's terms that the transactions were built on.
    pub operator: OperatorTerms,
    /// At step 1: the proof of ownership by which the wallet, or the gateway, gets the transaction back from the operator
    /// if the answer to its submission is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// The events by which receivers that are named by a Nostr key have bound an address to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Value>,
    /// Names all that is signed; the answer repeats it.
    pub payload_ref: PayloadRef,
    /// What a person reads before signing.
    pub context: Context,
    /// When the answer is too late, in seconds since the Unix epoch. A challenge of step 2 never is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
}

/// What the operator (arkd's `GetInfo`) sets for every transaction. A wallet keeps its own copy and compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorTerms {
    /// The Bitcoin network.
    pub network: Network,
    /// The key that the operator co-signs with.
    pub signer: XOnlyPublicKey,
    /// The script of a checkpoint by which the operator gets at it alone, after its delay.
    pub checkpoint_tapscript: ScriptBuf,
    /// The delay of a VTXO's exit script, as a sequence number.
    pub exit_delay: u32,
    /// Outputs below this are no VTXOs of their own, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub dust: Amount,
}

/// An unsigned proof of ownership (BIP-322 in arkd's form) with which `GetPendingTx` is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// The proof, a PSBT in base64: its first input stands for the message, the others are the wallet's.
    pub proof: String,
    /// The message, as it is hashed.
    pub message: String,
}

/// What a person reads before signing. Nothing in it is checked; it says what the checked parts mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// One line: who, what, how much, fee, which step.
    pub human: String,
    /// What leaves the wallet besides the fee, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub sends: Amount,
    /// What comes to the wallet besides its change, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub receives: Amount,
    /// The gateway's fee, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub fee: Amount,
    /// What comes back, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub change: Amount,
}

/// The content of an answer to a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The session.
    pub session_id: SessionId,
    /// The step that is answered.
    pub step: Step,
    /// What was signed.
    pub payload_ref: PayloadRef,
    /// A signature per input that was asked for: on the ark transaction at step 1, on the input's checkpoint at step 2.
    pub signatures: Vec<InputSignature>,
    /// At step 1: the signatures on the recovery proof, one per input of the proof and in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<Signature>,
}

/// A signature for an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSignature {
    /// The input of the ark transaction.
    pub input: u32,
    /// BIP-340, over the sighash with `SIGHASH_DEFAULT`.
    pub signature: Signature,
}

impl Step {
    /// Its number, as people count.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::ArkTransaction => 1,
            Self::Checkpoints => 2,
        }
    }
}

impl From<Step> for u8 {
    fn from(step: Step) -> Self {
        step.number()
    }
}

impl TryFrom<u8> for Step {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, &'static str> {
        match number {
            1 => Ok(Self::ArkTransaction),
            2 => Ok(Self::Checkpoints),
            0 | 3..=u8::MAX => Err("a step is 1 or 2"),
        }
    }
}

const PREFIX: &str = "ses_";

/// A text that is no [`SessionId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a session id is ses_ and 32 hex digits")]
pub struct InvalidSessionId;

impl SessionId {
    /// The id of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(PREFIX)?;
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl core::str::FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, InvalidSessionId> {
        use bitcoin::hex::FromHex as _;
        let digits = text.strip_prefix(PREFIX).ok_or(InvalidSessionId)?;
        if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidSessionId);
        }
        <[u8; 16]>::from_hex(digits).map(Self).map_err(|_| InvalidSessionId)
    }
}

impl Serialize for SessionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = alloc::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
