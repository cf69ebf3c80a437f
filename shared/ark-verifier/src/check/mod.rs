//! The check of a challenge against the wallet's own order: either what to sign, or why not.
//!
//! Nothing that the gateway says is taken for granted. The transactions are built anew from the wallet's own coins, its
//! own copy of the operator's terms and its own intent, and the sighashes are those of the transactions so built. What the
//! gateway sent only has to be the same.

mod approval;
mod assets;
mod bindings;
mod checkpoint;
mod demand;
mod fault;
mod first;
mod inputs;
mod opening;
mod outputs;
mod psbt;
mod recovery;
mod refusal;
mod second;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::vec::Vec;

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use serde::{Deserialize, Serialize};

pub use approval::{Approval, Approved, FirstApproval, SecondApproval, Summary};
pub use fault::{CheckpointFault, Document, OutputFault, PsbtFault, Role, SignatureFault, Term};
pub use first::check_first;
pub use psbt::MAX_LENGTH;
pub use refusal::Refusal;
pub use second::check_second;

use crate::asset::AssetAmount;
use crate::challenge::{Challenge, OperatorTerms, Step};
use crate::hash::EventId;
use crate::intent::Intent;

/// What the wallet knows by itself.
#[derive(Debug, Clone, Copy)]
pub struct Wallet<'a> {
    /// Its Nostr key.
    pub nostr: XOnlyPublicKey,
    /// The key that owns its VTXOs: the same, or one that is bound to it.
    pub owner: XOnlyPublicKey,
    /// The gateway's Nostr key.
    pub gateway: XOnlyPublicKey,
    /// The operator's terms, from the operator itself.
    pub operator: &'a OperatorTerms,
    /// The VTXOs that it holds, from its own reading.
    pub coins: &'a [Coin],
    /// The time, in seconds since the Unix epoch.
    pub now: u64,
}

/// A VTXO of the wallet, under the default script of its owner key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coin {
    /// The VTXO.
    pub outpoint: OutPoint,
    /// What it holds, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
    /// The assets on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetAmount>,
    /// The delay of its exit script, as a sequence number. Operators change theirs; a VTXO keeps the one it was made with.
    pub exit_delay: u32,
}

/// What the wallet has ordered.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The content of its intent event.
    pub intent: &'a Intent,
    /// The event.
    pub event: EventId,
}

/// Checks a challenge of either step. What was approved at step 1 has to be kept for step 2, and by its order: an order is
/// executed once, so a challenge of step 1 for another transaction than the approved one is refused.
///
/// # Errors
///
/// The [`Refusal`]. Signing nothing is safe at either step.
pub fn check(
    wallet: &Wallet<'_>,
    order: &Order<'_>,
    approved: Option<&Approved>,
    challenge: &Challenge,
) -> Result<Approval, Refusal> {
    match (challenge.step, approved) {
        (Step::ArkTransaction, None) => check_first(wallet, order, challenge).map(Box::new).map(Approval::First),
        (Step::ArkTransaction, Some(approved)) => {
            let again = check_first(wallet, order, challenge)?;
            again.is_what_was(approved)?;
            Ok(Approval::First(Box::new(again)))
        }
        (Step::Checkpoints, Some(approved)) => check_second(wallet, order, approved, challenge).map(Approval::Second),
        (Step::Checkpoints, None) => Err(Refusal::FirstNotApproved),
    }
}
