//! What the ark transaction spends: the wallet's own coins, known to it, and in a swap those of others.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use bitcoin::absolute::LockTime;
use bitcoin::psbt::Psbt;
use bitcoin::secp256k1::Secp256k1;
use bitcoin::taproot::LeafVersion;
use bitcoin::transaction::Version;
use bitcoin::{OutPoint, Script, Sequence, TxOut, XOnlyPublicKey};

use super::demand::Demand;
use super::{Coin, Document, Refusal, Wallet, checkpoint, psbt};
use crate::intent::MAX_INPUTS;
use crate::script::{LeafPair, owner_in};
use crate::transaction::{Checkpoint, Input};

/// The inputs of the ark transaction.
pub(super) struct Inputs<'a> {
    /// All of them.
    pub(super) all: Vec<Input>,
    /// The wallet's, in the same order.
    pub(super) own: Vec<(u32, &'a Coin)>,
}

pub(super) fn read<'a>(
    wallet: &Wallet<'a>,
    demand: &Demand<'_>,
    asked: &[u32],
    ark: &Psbt,
    checkpoints: &[Psbt],
) -> Result<Inputs<'a>, Refusal> {
    let count = ark.unsigned_tx.input.len();
    check_counts(count, asked)?;
    if ark.unsigned_tx.version != Version(3) || ark.unsigned_tx.lock_time != LockTime::ZERO {
        return Err(Refusal::ArkTransactionForm);
    }
    let mut inputs = Inputs {
        all: Vec::with_capacity(count),
        own: Vec::new(),
    };
    let mut seen = BTreeSet::new();
    for ((place, checkpoint), ark_input) in (0..).zip(checkpoints).zip(&ark.inputs) {
        let outpoint =
            checkpoint::spent(&checkpoint.unsigned_tx).map_err(|fault| Refusal::Checkpoint { input: place, fault })?;
        if !seen.insert(outpoint) {
            return Err(Refusal::InputTwice { outpoint });
        }
        let coin = wallet.coins.iter().find(|coin| coin.outpoint == outpoint);
        let input = match (coin, asked.contains(&place)) {
            (Some(coin), true) => {
                inputs.own.push((place, coin));
                own(wallet, coin)
            }
            (Some(_), false) => return Err(Refusal::NotAsked { input: place }),
            (None, true) => return Err(Refusal::NotMine { input: place, outpoint }),
            (None, false) if demand.parties == 1 => return Err(Refusal::SomebodyElses { input: place }),
            (None, false) => foreign(wallet, place, outpoint, checkpoint, ark_input)?,
        };
        let expected = Checkpoint::new(&input, wallet.operator);
        checkpoint::compare(&checkpoint.unsigned_tx, &expected)
            .map_err(|fault| Refusal::Checkpoint { input: place, fault })?;
        let spends = core::slice::from_ref(&expected.spends);
        psbt::check_witness_utxos(Document::Checkpoint(place), checkpoint, spends)?;
        inputs.all.push(input);
    }
    check_spending(ark, &inputs.all, wallet)?;
    match demand.inputs {
        Some(named)
            if !inputs
                .own
                .iter()
                .map(|(_, coin)| coin.outpoint)
                .eq(named.iter().copied()) =>
        {
            Err(Refusal::OtherInputs)
        }
        Some(_) | None => Ok(inputs),
    }
}

fn check_counts(count: usize, asked: &[u32]) -> Result<(), Refusal> {
    if count == 0 {
        return Err(Refusal::NoInputs);
    }
    if count > MAX_INPUTS {
        return Err(Refusal::TooManyInputs { found: count });
    }
    if asked.is_empty() || !asked.is_sorted_by(|one, next| one < next) {
        return Err(Refusal::AskedInputs);
    }
    match asked
        .iter()
        .find(|input| usize::try_from(**input).map_or(true, |input| input >= count))
    {
        Some(input) => Err(Refusal::NoSuchInput { input: *input }),
        None => Ok(()),
    }
}

fn own(wallet: &Wallet<'_>, coin: &Coin) -> Input {
    let script = LeafPair::vtxo(wallet.operator.signer, wallet.owner, coin.exit_delay);
    Input {
        outpoint: coin.outpoint,
        amount: coin.amount,
        script_pubkey: script.script_pubkey(),
        leaf: script.collaborative().clone(),
    }
}

/// Another party's input. What it holds is taken from what the gateway says, and that is safe: the amount has to be that of
/// the checkpoint's output, the ark transaction names the checkpoint by its id, and with `SIGHASH_DEFAULT` the wallet's
/// signature commits to the amounts and scripts of all inputs (BIP-341, `sha_amounts`, `sha_scriptpubkeys`). If the VTXO
/// holds something else, the checkpoint is invalid and with it the whole transaction, so the wallet has given nothing.
fn foreign(
    wallet: &Wallet<'_>,
    place: u32,
    outpoint: OutPoint,
    checkpoint: &Psbt,
    ark_input: &bitcoin::psbt::Input,
) -> Result<Input, Refusal> {
    let unspendable = Refusal::ForeignInput { input: place };
    let spends = checkpoint.inputs.first().and_then(|input| input.witness_utxo.as_ref());
    let spends = spends.ok_or(Refusal::WitnessUtxo {
        document: Document::Checkpoint(place),
        input: 0,
    })?;
    let Some((_, (leaf, LeafVersion::TapScript))) = ark_input.tap_scripts.first_key_value() else {
        return Err(unspendable);
    };
    let owner = owner_in(leaf, wallet.operator.signer).ok_or(unspendable.clone())?;
    if owner == wallet.owner {
        return Err(Refusal::NotAsked { input: place });
    }
    if !is_leaf_of(leaf, spends, checkpoint) {
        return Err(unspendable);
    }
    Ok(Input {
        outpoint,
        amount: spends.value,
        script_pubkey: spends.script_pubkey.clone(),
        leaf: leaf.clone(),
    })
}

/// The checkpoint proves that the VTXO can be spent by this leaf.
fn is_leaf_of(leaf: &Script, spends: &TxOut, checkpoint: &Psbt) -> bool {
    // A version, a push byte and the key.
    let key = spends
        .script_pubkey
        .as_bytes()
        .get(2..34)
        .filter(|_| spends.script_pubkey.is_p2tr());
    let Some(Ok(key)) = key.map(XOnlyPublicKey::from_slice) else {
        return false;
    };
    let secp = Secp256k1::verification_only();
    checkpoint
        .inputs
        .iter()
        .flat_map(|input| &input.tap_scripts)
        .any(|(control_block, (script, version))| {
            *version == LeafVersion::TapScript
                && script.as_script() == leaf
                && control_block.verify_taproot_commitment(&secp, key, leaf)
        })
}

/// The ark transaction spends the checkpoints in their order.
fn check_spending(ark: &Psbt, inputs: &[Input], wallet: &Wallet<'_>) -> Result<(), Refusal> {
    let checkpoints: Vec<Checkpoint> = inputs
        .iter()
        .map(|input| Checkpoint::new(input, wallet.operator))
        .collect();
    for ((input, spending), checkpoint) in (0..).zip(&ark.unsigned_tx.input).zip(&checkpoints) {
        if spending.previous_output != OutPoint::new(checkpoint.tx.compute_txid(), 0) {
            return Err(Refusal::NotItsCheckpoint { input });
        }
        if spending.sequence != Sequence::MAX {
            return Err(Refusal::ArkTransactionForm);
        }
    }
    let spends: Vec<TxOut> = checkpoints.into_iter().map(|checkpoint| checkpoint.pays).collect();
    psbt::check_witness_utxos(Document::ArkTransaction, ark, &spends)
}
