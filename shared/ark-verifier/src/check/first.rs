//! Step 1: the ark transaction does what was ordered.

use alloc::vec::Vec;

use bitcoin::Amount;

use super::approval::{Approved, FirstApproval, Summary};
use super::bindings::Addresses;
use super::demand::{Assets, Demand, merged, total};
use super::outputs::Own;
use super::{Document, Order, Refusal, Wallet, assets, inputs, opening, outputs, psbt, recovery};
use crate::asset::AssetAmount;
use crate::challenge::{Challenge, Step};
use crate::packet::Extension;
use crate::reference::payload_ref;
use crate::transaction::{Input, Transactions};

/// Checks a challenge of step 1 against the order.
///
/// # Errors
///
/// The [`Refusal`].
pub fn check_first(wallet: &Wallet<'_>, order: &Order<'_>, challenge: &Challenge) -> Result<FirstApproval, Refusal> {
    let terms = wallet.operator;
    opening::check(challenge, Step::ArkTransaction, wallet.owner, terms)?;
    check_time(wallet, order, challenge)?;
    if order.intent.network != terms.network {
        return Err(Refusal::OtherNetwork);
    }
    let addresses = Addresses::new(wallet, &challenge.bindings)?;
    let demand = Demand::of(wallet, order.intent, &addresses)?;

    let ark = psbt::read(Document::ArkTransaction, &challenge.ark_tx)?;
    let checkpoints = psbt::read_checkpoints(&challenge.checkpoint_txs, ark.unsigned_tx.input.len())?;
    let (paying, extension) = outputs::records(&ark.unsigned_tx)?;
    check_intents(order, challenge, &extension, demand.parties)?;
    let inputs = inputs::read(wallet, &demand, &challenge.inputs, &ark, &checkpoints)?;
    let own = Own {
        spent: total(inputs.own.iter().map(|(_, coin)| coin.amount))?,
        change_script: addresses.own().script_pubkey(),
    };
    let spent = total(inputs.all.iter().map(|input| input.amount))?;
    let outputs = outputs::check((paying, extension), &demand, &own, terms.dust, spent)?;
    assets::check(&inputs.own, inputs.all.len(), &demand, &outputs)?;

    // What is signed is built here; that it is what was sent is checked for the last time.
    let built = Transactions::new(&inputs.all, outputs.paying.to_vec(), &outputs.extension, terms);
    if built.ark_tx != ark.unsigned_tx {
        return Err(Refusal::NotAsBuilt);
    }
    let sighashes = sighashes(&built, &challenge.inputs)?;
    let recovery = recovery::check(challenge.recovery.as_ref(), &own_inputs(&inputs), wallet.now)?;
    let txid = built.ark_tx.compute_txid();
    let payload_ref = payload_ref(
        challenge.session_id,
        Step::ArkTransaction,
        txid,
        &sighashes,
        &recovery,
        wallet.gateway,
        challenge.expires_at,
    );
    if payload_ref != challenge.payload_ref {
        return Err(Refusal::PayloadRef);
    }
    Ok(FirstApproval {
        approved: Approved {
            session_id: challenge.session_id,
            event: order.event,
            intents: challenge.intents.clone(),
            txid,
            operator: terms.clone(),
            inputs: inputs.all,
            own: challenge.inputs.clone(),
        },
        sighashes,
        recovery,
        payload_ref,
        summary: summary(&demand, outputs.change)?,
    })
}

fn check_time(wallet: &Wallet<'_>, order: &Order<'_>, challenge: &Challenge) -> Result<(), Refusal> {
    let at = challenge.expires_at.ok_or(Refusal::NoExpiry)?;
    if at < wallet.now {
        return Err(Refusal::Expired { at });
    }
    let at = order.intent.expires_at;
    if at < wallet.now {
        return Err(Refusal::OrderExpired { at });
    }
    Ok(())
}

/// The transaction commits to the intents, and thereby to nothing but this order and those of the other parties.
fn check_intents(
    order: &Order<'_>,
    challenge: &Challenge,
    extension: &Extension,
    parties: usize,
) -> Result<(), Refusal> {
    if !challenge.intents.contains(&order.event) {
        return Err(Refusal::NotThisOrder);
    }
    if challenge.intents.len() != parties {
        return Err(Refusal::IntentCount {
            expected: parties,
            found: challenge.intents.len(),
        });
    }
    if extension.intents == challenge.intents {
        Ok(())
    } else {
        Err(Refusal::OtherIntents)
    }
}

fn sighashes(built: &Transactions, asked: &[u32]) -> Result<Vec<(u32, [u8; 32])>, Refusal> {
    asked
        .iter()
        .map(|input| {
            let place = usize::try_from(*input).unwrap_or(usize::MAX);
            let sighash = built.ark_sighash(place);
            sighash
                .map(|sighash| (*input, sighash))
                .map_err(|_| Refusal::NoSuchInput { input: *input })
        })
        .collect()
}

fn own_inputs(inputs: &inputs::Inputs<'_>) -> Vec<Input> {
    let own = |input: &&Input| inputs.own.iter().any(|(_, coin)| coin.outpoint == input.outpoint);
    inputs.all.iter().filter(own).cloned().collect()
}

fn summary(demand: &Demand<'_>, change: Amount) -> Result<Summary, Refusal> {
    let assets = |from_me: bool| {
        let ordered = demand.ordered.iter();
        let moved = ordered.filter(|ordered| ordered.from_me == from_me && ordered.to_me != from_me);
        merged(moved.map(|ordered| &ordered.assets)).map(listed)
    };
    Ok(Summary {
        sends: total(demand.amounts(|ordered| ordered.from_me && !ordered.to_me))?,
        receives: total(demand.amounts(|ordered| ordered.to_me))?,
        fee: demand.own_fee,
        change,
        sends_assets: assets(true)?,
        receives_assets: assets(false)?,
    })
}

fn listed(assets: Assets) -> Vec<AssetAmount> {
    assets
        .into_iter()
        .map(|(asset_id, amount)| AssetAmount { asset_id, amount })
        .collect()
}
