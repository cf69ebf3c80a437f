//! How far a session has come.

use std::collections::BTreeMap;

use bitcoin::Txid;
use nanoark_ark_verifier::challenge::{Answer, OperatorTerms, Recovery, Step};
use nanoark_ark_verifier::hash::PayloadRef;
use serde::{Deserialize, Serialize};

use super::code::FailureCode;
use super::plan::Plan;
use super::receipt::Receipt;
use crate::time::Timestamp;

/// How far a session has come. Each state holds what the next one needs, so that nothing has to be made twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Progress {
    /// A swap waits for the intents of the other parties.
    Gathering,
    /// Every intent is here: the transaction is to be built.
    Accepted,
    /// The wallets are asked to sign the ark transaction.
    Challenged(Box<Challenged>),
    /// Every wallet has: the transaction is to be submitted, or was. There is no way back from here.
    Signed(Box<Challenged>),
    /// The operator has signed, and the wallets are asked to sign the checkpoints.
    Submitted(Box<Submitted>),
    /// Every wallet has: the transaction is to be finalised, or was.
    Countersigned(Box<Submitted>),
    /// It is final.
    Finalized(Box<Receipt>),
    /// It did not happen, and will not.
    Failed(Failure),
}

/// The name of a [`Progress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// [`Progress::Gathering`].
    Gathering,
    /// [`Progress::Accepted`].
    Accepted,
    /// [`Progress::Challenged`].
    Challenged,
    /// [`Progress::Signed`].
    Signed,
    /// [`Progress::Submitted`].
    Submitted,
    /// [`Progress::Countersigned`].
    Countersigned,
    /// [`Progress::Finalized`].
    Finalized,
    /// [`Progress::Failed`].
    Failed,
}

/// The transactions as they were built, PSBTs in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsigned {
    /// The ark transaction's id.
    pub ark_txid: Txid,
    /// The ark transaction.
    pub ark_tx: String,
    /// The checkpoints, one per input.
    pub checkpoints: Vec<String>,
    /// The operator's terms that they were built on.
    pub operator: OperatorTerms,
    /// The digest of the operator's configuration that they were built on.
    pub digest: String,
}

/// What is known while the ark transaction is being signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenged {
    /// What is to happen.
    pub plan: Plan,
    /// The transactions.
    pub unsigned: Unsigned,
    /// What each party is asked to sign, in party order.
    pub asked: Vec<Asked>,
    /// What each party has answered, by its number.
    #[serde(deserialize_with = "by_party")]
    pub answers: BTreeMap<usize, PartyAnswer>,
}

/// Answers by the numbers of their parties. Inside a tagged enum serde has the keys of a JSON object as texts, which it does
/// not make numbers of.
fn by_party<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<usize, PartyAnswer>, D::Error> {
    let answers = BTreeMap::<String, PartyAnswer>::deserialize(deserializer)?;
    let numbered = answers.into_iter().map(|(party, answer)| {
        let party = party.parse().map_err(serde::de::Error::custom)?;
        Ok((party, answer))
    });
    numbered.collect()
}

/// What a party is asked to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Names it all.
    pub payload_ref: PayloadRef,
    /// The proof of ownership that is signed with it, at the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
}

/// What a party has answered. Its signatures were verified before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyAnswer {
    /// The signatures.
    pub answer: Answer,
    /// When it came.
    pub at: Timestamp,
}

/// The transactions with the operator's signatures, PSBTs in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorSigned {
    /// The ark transaction.
    pub ark_tx: String,
    /// The checkpoints, one per input.
    pub checkpoints: Vec<String>,
}

/// What is known while the checkpoints are being signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// What was known before, with all first answers.
    pub first: Challenged,
    /// What came back from the operator.
    pub signed: OperatorSigned,
    /// What each party is asked to sign, in party order.
    pub asked: Vec<Asked>,
    /// What each party has answered, by its number.
    #[serde(deserialize_with = "by_party")]
    pub answers: BTreeMap<usize, PartyAnswer>,
    /// How often the wallets were reminded.
    pub reminders: u32,
}

/// Why a session did not happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The code.
    pub code: FailureCode,
    /// What happened, for a person.
    pub message: String,
    /// The VTXOs that it was about, if it was about some: a wallet leaves them out and tries again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outpoints: Vec<bitcoin::OutPoint>,
}

impl Failure {
    /// A failure that is about no VTXO in particular.
    #[must_use]
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            outpoints: Vec::new(),
        }
    }
}

impl Progress {
    /// Its name.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Gathering => Stage::Gathering,
            Self::Accepted => Stage::Accepted,
            Self::Challenged(_) => Stage::Challenged,
            Self::Signed(_) => Stage::Signed,
            Self::Submitted(_) => Stage::Submitted,
            Self::Countersigned(_) => Stage::Countersigned,
            Self::Finalized(_) => Stage::Finalized,
            Self::Failed(_) => Stage::Failed,
        }
    }

    /// The ark transaction's id, once there is one.
    #[must_use]
    pub fn ark_txid(&self) -> Option<Txid> {
        match self {
            Self::Challenged(challenged) | Self::Signed(challenged) => Some(challenged.unsigned.ark_txid),
            Self::Submitted(submitted) | Self::Countersigned(submitted) => Some(submitted.first.unsigned.ark_txid),
            Self::Finalized(receipt) => Some(receipt.ark_txid),
            Self::Gathering | Self::Accepted | Self::Failed(_) => None,
        }
    }

    /// What the wallets have signed, while the operator may have it and it is not known to be final.
    #[must_use]
    pub fn underway(&self) -> Option<&Challenged> {
        match self {
            Self::Signed(challenged) => Some(challenged),
            Self::Submitted(submitted) | Self::Countersigned(submitted) => Some(&submitted.first),
            Self::Gathering | Self::Accepted | Self::Challenged(_) | Self::Finalized(_) | Self::Failed(_) => None,
        }
    }

    /// The step that the wallets are asked for.
    #[must_use]
    pub const fn asks_for(&self) -> Option<Step> {
        match self {
            Self::Challenged(_) => Some(Step::ArkTransaction),
            Self::Submitted(_) => Some(Step::Checkpoints),
            Self::Gathering
            | Self::Accepted
            | Self::Signed(_)
            | Self::Countersigned(_)
            | Self::Finalized(_)
            | Self::Failed(_) => None,
        }
    }
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 8] = [
        Self::Gathering,
        Self::Accepted,
        Self::Challenged,
        Self::Signed,
        Self::Submitted,
        Self::Countersigned,
        Self::Finalized,
        Self::Failed,
    ];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gathering => "gathering",
            Self::Accepted => "accepted",
            Self::Challenged => "challenged",
            Self::Signed => "signed",
            Self::Submitted => "submitted",
            Self::Countersigned => "countersigned",
            Self::Finalized => "finalized",
            Self::Failed => "failed",
        }
    }

    /// Which of the ceremony's six steps is being done, or was done last: 1 verify, 2 build, 3 ark transaction signed,
    /// 4 submitted, 5 checkpoints signed, 6 finalised.
    #[must_use]
    pub const fn step(self) -> u8 {
        match self {
            Self::Gathering => 1,
            Self::Accepted => 2,
            Self::Challenged => 3,
            Self::Signed => 4,
            Self::Submitted => 5,
            Self::Countersigned | Self::Finalized => 6,
            Self::Failed => 0,
        }
    }

    /// Whether nothing happens any more.
    #[must_use]
    pub const fn is_over(self) -> bool {
        match self {
            Self::Finalized | Self::Failed => true,
            Self::Gathering
            | Self::Accepted
            | Self::Challenged
            | Self::Signed
            | Self::Submitted
            | Self::Countersigned => false,
        }
    }

    /// Whether the gateway has something to do: build, submit or finalise.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        match self {
            Self::Accepted | Self::Signed | Self::Countersigned => true,
            Self::Gathering | Self::Challenged | Self::Submitted | Self::Finalized | Self::Failed => false,
        }
    }

    /// Whether the session can still end without having moved anything.
    #[must_use]
    pub const fn can_end(self) -> bool {
        match self {
            Self::Gathering | Self::Accepted | Self::Challenged => true,
            Self::Signed | Self::Submitted | Self::Countersigned | Self::Finalized | Self::Failed => false,
        }
    }
}

#[cfg(test)]
mod tests;
