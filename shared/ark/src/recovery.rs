//! The proof of ownership by which a submitted transaction is got back from the operator (arkd's `GetPendingTx`).

use ark_core::intent::{Input, IntentMessage, make_intent};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Sequence, TxOut, XOnlyPublicKey};
use nanoark_ark_verifier::challenge::Recovery;
use nanoark_domain::time::Timestamp;

use crate::assets;
use crate::building::{BuildError, CoinInput, refused};
use crate::info::OperatorInfo;

/// The proof that one party's coins are its own, unsigned, good until `expires_at`. It moves nothing: its first input stands
/// for the message and is no coin.
///
/// # Errors
///
/// [`BuildError`]: no coins, or one with an exit delay that is none.
pub fn recovery_proof(coins: &[CoinInput], expires_at: Timestamp, info: &OperatorInfo) -> Result<Recovery, BuildError> {
    if coins.is_empty() {
        return Err(BuildError::Empty);
    }
    let inputs = coins
        .iter()
        .enumerate()
        .map(|(place, coin)| input(place, coin, info))
        .collect::<Result<Vec<_>, _>>()?;
    let message = IntentMessage::GetPendingTx {
        expire_at: expires_at.as_seconds(),
    };
    let unsigned = make_intent(
        |_, _| Ok(Vec::new()),
        |_, _| -> Result<(Signature, XOnlyPublicKey), ark_core::Error> {
            Err(ark_core::Error::ad_hoc("a VTXO is not on chain"))
        },
        inputs,
        Vec::new(),
        message,
    )
    .map_err(refused)?;
    Ok(Recovery {
        proof: unsigned.serialize_proof(),
        message: unsigned.serialize_message().map_err(refused)?,
    })
}

fn input(place: usize, coin: &CoinInput, info: &OperatorInfo) -> Result<Input, BuildError> {
    let vtxo = coin.vtxo(info).ok_or(BuildError::ExitDelay { input: place })?;
    let spend_info = vtxo.forfeit_spend_info().map_err(refused)?;
    Ok(Input::new(
        coin.outpoint,
        Sequence::MAX,
        None,
        TxOut {
            value: coin.amount,
            script_pubkey: vtxo.script_pubkey(),
        },
        vtxo.tapscripts(),
        spend_info,
        false,
        false,
        assets::amounts_of_ark_core(&coin.assets),
    ))
}
