//! From a plan to unsigned transactions: the ark transaction and one checkpoint per input.

use std::collections::BTreeSet;

use ark_core::Vtxo;
use ark_core::asset::packet::add_asset_packet_to_psbt;
use ark_core::extension::add_packet_to_psbt;
use ark_core::send::{SendReceiver, VtxoInput, build_offchain_transactions};
use bitcoin::{Amount, OutPoint, Psbt, Sequence, Txid, XOnlyPublicKey};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::asset::AssetAmount;
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::MAX_INPUTS;
use nanoark_ark_verifier::packet;

use crate::assets::{self, AssetError};
use crate::info::OperatorInfo;
use crate::script::default_vtxo;

/// A coin to spend, under a default script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoinInput {
    /// Where it is.
    pub outpoint: OutPoint,
    /// What it holds.
    pub amount: Amount,
    /// Whose it is.
    pub owner: XOnlyPublicKey,
    /// The Arkade assets that it holds.
    pub assets: Vec<AssetAmount>,
    /// The delay of its exit script.
    pub exit_delay: Sequence,
    /// The operator's key in its script.
    pub signer: XOnlyPublicKey,
}

/// An output to make. Change is an output like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Who gets it.
    pub address: ArkAddress,
    /// What it holds.
    pub amount: Amount,
    /// The Arkade assets that it holds.
    pub assets: Vec<AssetAmount>,
}

/// What is to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    /// The ark transaction: its inputs spend the checkpoints, in their order.
    pub ark_tx: Psbt,
    /// The checkpoints, one per coin and in the order of the inputs.
    pub checkpoints: Vec<Psbt>,
}

/// Why nothing can be built. Places are indexes of the inputs or outputs given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// No inputs or no outputs.
    #[error("a transaction has inputs and outputs")]
    Empty,
    /// More than [`MAX_INPUTS`].
    #[error("a transaction has at most {MAX_INPUTS} inputs")]
    TooManyInputs,
    /// A coin that is already an input.
    #[error("input {input} is there twice")]
    DuplicateInput {
        /// Its place.
        input: usize,
    },
    /// A coin under a key that is none of the operator's.
    #[error("input {input} is under a key that is not the operator's")]
    UnknownSigner {
        /// Its place.
        input: usize,
    },
    /// A coin whose exit delay is no relative lock time.
    #[error("input {input} has an exit delay that is none")]
    ExitDelay {
        /// Its place.
        input: usize,
    },
    /// An address of another network, or of another operator or an earlier key of this one.
    #[error("output {output} pays an address of another operator or network")]
    ForeignAddress {
        /// Its place.
        output: usize,
    },
    /// Less than the operator takes.
    #[error("output {output} holds less than {minimum}")]
    BelowMinimum {
        /// Its place.
        output: usize,
        /// The least that it may hold.
        minimum: Amount,
    },
    /// More than the operator takes.
    #[error("output {output} holds more than {maximum}")]
    AboveMaximum {
        /// Its place.
        output: usize,
        /// The most that it may hold.
        maximum: Amount,
    },
    /// An ark transaction pays no fee to miners: what comes in goes out.
    #[error("{spent} comes in and {received} goes out")]
    Unbalanced {
        /// The sum of the inputs.
        spent: Amount,
        /// The sum of the outputs.
        received: Amount,
    },
    /// Sums beyond all bitcoin.
    #[error("the amounts overflow")]
    Overflow,
    /// Assets that do not add up.
    #[error(transparent)]
    Assets(#[from] AssetError),
    /// Heavier than the operator takes.
    #[error("the transaction weighs {weight}, and the operator takes {limit}")]
    TooHeavy {
        /// Its weight with all witnesses, in weight units.
        weight: u64,
        /// The most that the operator takes.
        limit: u64,
    },
    /// ark-core refuses.
    #[error("the transaction cannot be built: {detail}")]
    Refused {
        /// Its reason.
        detail: String,
    },
}

impl Unsigned {
    /// The id of the ark transaction. Signatures do not change it.
    #[must_use]
    pub fn ark_txid(&self) -> Txid {
        self.ark_tx.unsigned_tx.compute_txid()
    }
}

impl CoinInput {
    /// The coin's script and leaves. `None` when its exit delay is no relative lock time.
    pub(crate) fn vtxo(&self, info: &OperatorInfo) -> Option<Vtxo> {
        default_vtxo(self.owner, self.signer, self.exit_delay, info)
    }
}

pub(crate) fn refused(error: impl std::fmt::Display) -> BuildError {
    BuildError::Refused {
        detail: error.to_string(),
    }
}

/// Builds the ark transaction that spends `inputs` into `outputs`, in their order, and its checkpoints. Before the anchor
/// stands an extension output with the asset packet, if any asset moves, and the packet of the intents, if there are any.
///
/// # Errors
///
/// [`BuildError`].
pub fn build(
    inputs: &[CoinInput],
    outputs: &[Output],
    intents: &[EventId],
    info: &OperatorInfo,
) -> Result<Unsigned, BuildError> {
    check_inputs(inputs, info)?;
    check_outputs(outputs, info)?;
    check_sums(inputs, outputs)?;
    let assets = assets::packet(
        &inputs.iter().map(|input| input.assets.as_slice()).collect::<Vec<_>>(),
        &outputs
            .iter()
            .map(|output| output.assets.as_slice())
            .collect::<Vec<_>>(),
    )?;

    let coins = inputs
        .iter()
        .enumerate()
        .map(|(place, input)| spendable(place, input, info))
        .collect::<Result<Vec<_>, _>>()?;
    let receivers: Vec<_> = outputs.iter().map(|output| receiver(output, info)).collect();
    // Never used: nothing is left over.
    let change = receivers.first().ok_or(BuildError::Empty)?.address;
    let built = build_offchain_transactions(&receivers, &change, &coins, info.raw()).map_err(refused)?;

    let mut ark_tx = built.ark_tx;
    if let Some(assets) = assets {
        add_asset_packet_to_psbt(&mut ark_tx, &assets).map_err(refused)?;
    }
    if !intents.is_empty() {
        let ids: Vec<u8> = intents.iter().flat_map(|intent| intent.bytes()).collect();
        add_packet_to_psbt(&mut ark_tx, packet::INTENTS, &ids).map_err(refused)?;
    }
    check_weight(&ark_tx, info)?;
    Ok(Unsigned {
        ark_tx,
        checkpoints: built.checkpoint_txs,
    })
}

fn check_inputs(inputs: &[CoinInput], info: &OperatorInfo) -> Result<(), BuildError> {
    if inputs.is_empty() {
        return Err(BuildError::Empty);
    }
    if inputs.len() > MAX_INPUTS {
        return Err(BuildError::TooManyInputs);
    }
    let mut seen = BTreeSet::new();
    for (input, coin) in inputs.iter().enumerate() {
        if !seen.insert(coin.outpoint) {
            return Err(BuildError::DuplicateInput { input });
        }
        if !info.raw().all_server_keys().any(|key| key == coin.signer) {
            return Err(BuildError::UnknownSigner { input });
        }
    }
    Ok(())
}

fn check_outputs(outputs: &[Output], info: &OperatorInfo) -> Result<(), BuildError> {
    let minimum = info.minimum_output();
    for (place, output) in outputs.iter().enumerate() {
        if !output.address.is_for(info.network()) || output.address.operator() != info.signer() {
            return Err(BuildError::ForeignAddress { output: place });
        }
        if output.amount < minimum {
            return Err(BuildError::BelowMinimum { output: place, minimum });
        }
        if let Some(maximum) = info.maximum_output().filter(|maximum| output.amount > *maximum) {
            return Err(BuildError::AboveMaximum { output: place, maximum });
        }
    }
    Ok(())
}

fn check_sums(inputs: &[CoinInput], outputs: &[Output]) -> Result<(), BuildError> {
    let sum = |mut amounts: Box<dyn Iterator<Item = Amount> + '_>| {
        amounts
            .try_fold(Amount::ZERO, |sum, amount| {
                sum.checked_add(amount).filter(|sum| *sum <= Amount::MAX_MONEY)
            })
            .ok_or(BuildError::Overflow)
    };
    let spent = sum(Box::new(inputs.iter().map(|input| input.amount)))?;
    let received = sum(Box::new(outputs.iter().map(|output| output.amount)))?;
    if spent == received {
        Ok(())
    } else {
        Err(BuildError::Unbalanced { spent, received })
    }
}

fn spendable(place: usize, input: &CoinInput, info: &OperatorInfo) -> Result<VtxoInput, BuildError> {
    let vtxo = input.vtxo(info).ok_or(BuildError::ExitDelay { input: place })?;
    let (leaf, control_block) = vtxo.forfeit_spend_info().map_err(refused)?;
    Ok(VtxoInput::new(
        leaf,
        None,
        control_block,
        vtxo.tapscripts(),
        vtxo.script_pubkey(),
        input.amount,
        input.outpoint,
        assets::amounts_of_ark_core(&input.assets),
    ))
}

fn receiver(output: &Output, info: &OperatorInfo) -> SendReceiver {
    let address = &output.address;
    SendReceiver {
        address: ark_core::ArkAddress::new(info.raw().network, address.operator(), address.output_key()),
        amount: output.amount,
        assets: assets::amounts_of_ark_core(&output.assets),
    }
}

/// The weight that the ark transaction has once both signatures stand on every input.
fn final_weight(ark_tx: &Psbt) -> u64 {
    /// Two signatures with their lengths, the number of elements, and the lengths of leaf and control block.
    const AROUND: u64 = 2 * 65 + 1 + 2;
    /// What tells a transaction with witnesses.
    const MARKER: u64 = 2;
    let witnesses = ark_tx.inputs.iter().map(|input| {
        input
            .tap_scripts
            .first_key_value()
            .map_or(AROUND, |(control_block, (leaf, _))| {
                let bytes = leaf.len().saturating_add(control_block.size());
                AROUND.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX))
            })
    });
    witnesses.fold(
        ark_tx.unsigned_tx.weight().to_wu().saturating_add(MARKER),
        u64::saturating_add,
    )
}

fn check_weight(ark_tx: &Psbt, info: &OperatorInfo) -> Result<(), BuildError> {
    let weight = final_weight(ark_tx);
    match info.max_tx_weight() {
        Some(limit) if weight > limit => Err(BuildError::TooHeavy { weight, limit }),
        Some(_) | None => Ok(()),
    }
}
