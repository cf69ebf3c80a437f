//! What exactly is wrong, and where.

use core::fmt;

use bitcoin::Amount;

/// A term of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// The network.
    Network,
    /// The key that it signs with.
    Signer,
    /// The script by which it gets at a checkpoint.
    CheckpointScript,
    /// The delay of exits.
    ExitDelay,
    /// What is too little for a VTXO.
    Dust,
}

/// A PSBT of a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// The ark transaction.
    ArkTransaction,
    /// The checkpoint that this input of the ark transaction spends.
    Checkpoint(u32),
    /// The recovery proof.
    Recovery,
}

/// Why a PSBT cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PsbtFault {
    /// It is longer than a challenge's can be.
    #[error("it is too long")]
    TooLong,
    /// It is not base64.
    #[error("it is not base64")]
    Base64,
    /// It is no PSBT.
    #[error("it is no PSBT")]
    Malformed,
}

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// Its version is not 3.
    #[error("its version is not 3")]
    Version,
    /// It has a lock time.
    #[error("it has a lock time")]
    LockTime,
    /// It has not one input.
    #[error("it has not one input")]
    Inputs,
    /// Its input spends something else than was approved.
    #[error("it spends something else than was approved")]
    Outpoint,
    /// Its input has a sequence.
    #[error("its input has a sequence")]
    Sequence,
    /// It has not two outputs.
    #[error("it has not two outputs")]
    Outputs,
    /// It does not keep the amount of the VTXO.
    #[error("it does not keep the amount")]
    Amount,
    /// Its script is not that of owner and operator together, or the operator after its delay.
    #[error("it pays a script of other people")]
    Script,
    /// Its second output is not the anchor.
    #[error("its second output is not the anchor")]
    Anchor,
}

/// What an output is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// What the order pays.
    Ordered,
    /// The gateway's fee.
    Fee,
    /// What the wallet gets back.
    Change,
}

/// What is wrong with an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutputFault {
    /// It is not there.
    #[error("it is missing")]
    Missing,
    /// It pays another amount.
    #[error("it pays {found} instead of {expected}")]
    Amount {
        /// What it has to pay.
        expected: Amount,
        /// What it pays.
        found: Amount,
    },
    /// It pays somebody else.
    #[error("it pays somebody else")]
    Script,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// It is not there.
    #[error("missing")]
    Missing,
    /// It signs something else.
    #[error("invalid")]
    Invalid,
}

impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Network => "network",
            Self::Signer => "signing key",
            Self::CheckpointScript => "checkpoint script",
            Self::ExitDelay => "exit delay",
            Self::Dust => "dust limit",
        })
    }
}

impl fmt::Display for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ArkTransaction => formatter.write_str("the ark transaction"),
            Self::Checkpoint(input) => write!(formatter, "checkpoint {input}"),
            Self::Recovery => formatter.write_str("the recovery proof"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ordered => "as ordered",
            Self::Fee => "the fee",
            Self::Change => "the change",
        })
    }
}
