//! Reading the answer to `GET /v1/info`.

use std::collections::HashMap;
use std::str::FromStr as _;

use ark_core::server::{
    DeprecatedSigner, FeeInfo, Info, IntentFeeInfo, Network, ScheduledSession, parse_sequence_number,
};
use bitcoin::address::NetworkUnchecked;
use bitcoin::secp256k1::PublicKey;
use bitcoin::{Address, Amount, ScriptBuf, Sequence};
use serde::Deserialize;

use crate::error::ArkdError;
use crate::wire::{Whole, present};

/// The answer to `GET /v1/info`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct InfoBody {
    version: Option<String>,
    signer_pubkey: Option<String>,
    forfeit_pubkey: Option<String>,
    forfeit_address: Option<String>,
    checkpoint_tapscript: Option<String>,
    network: Option<String>,
    session_duration: Option<Whole>,
    unilateral_exit_delay: Option<Whole>,
    boarding_exit_delay: Option<Whole>,
    utxo_min_amount: Option<Whole>,
    utxo_max_amount: Option<Whole>,
    vtxo_min_amount: Option<Whole>,
    vtxo_max_amount: Option<Whole>,
    dust: Option<Whole>,
    fees: Option<FeesBody>,
    scheduled_session: Option<SessionBody>,
    deprecated_signers: Option<Vec<SignerBody>>,
    service_status: Option<HashMap<String, String>>,
    digest: Option<String>,
    max_tx_weight: Option<Whole>,
    max_op_return_outputs: Option<Whole>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct FeesBody {
    intent_fee: Option<IntentFeeBody>,
    tx_fee_rate: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct IntentFeeBody {
    offchain_input: Option<String>,
    offchain_output: Option<String>,
    onchain_input: Option<String>,
    onchain_output: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SessionBody {
    next_start_time: Option<Whole>,
    next_end_time: Option<Whole>,
    period: Option<Whole>,
    duration: Option<Whole>,
    fees: Option<FeesBody>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SignerBody {
    pubkey: Option<String>,
    cutoff_date: Option<Whole>,
}

const fn malformed(field: &'static str) -> ArkdError {
    ArkdError::Malformed { field }
}

impl InfoBody {
    pub(crate) fn parse(self) -> Result<Info, ArkdError> {
        let network = present(self.network.as_deref())
            .and_then(|name| Network::from_str(name).ok())
            .ok_or(malformed("network"))?
            .into();
        Ok(Info {
            version: self.version.unwrap_or_default(),
            signer_pk: key(self.signer_pubkey.as_deref(), "signerPubkey")?,
            forfeit_pk: key(self.forfeit_pubkey.as_deref(), "forfeitPubkey")?,
            forfeit_address: present(self.forfeit_address.as_deref())
                .and_then(|text| text.parse::<Address<NetworkUnchecked>>().ok())
                .and_then(|address| address.require_network(network).ok())
                .ok_or(malformed("forfeitAddress"))?,
            checkpoint_tapscript: present(self.checkpoint_tapscript.as_deref())
                .and_then(|hex| ScriptBuf::from_hex(hex).ok())
                .ok_or(malformed("checkpointTapscript"))?,
            network,
            session_duration: self.session_duration.and_then(Whole::get).unwrap_or_default(),
            unilateral_exit_delay: delay(self.unilateral_exit_delay, "unilateralExitDelay")?,
            boarding_exit_delay: delay(self.boarding_exit_delay, "boardingExitDelay")?,
            utxo_min_amount: limit(self.utxo_min_amount),
            utxo_max_amount: limit(self.utxo_max_amount),
            vtxo_min_amount: limit(self.vtxo_min_amount),
            vtxo_max_amount: limit(self.vtxo_max_amount),
            dust: limit(self.dust).ok_or(malformed("dust"))?,
            fees: self.fees.map(fees),
            // An operator that has none scheduled may send one of zeros.
            scheduled_session: self
                .scheduled_session
                .map(session)
                .filter(|next| next.next_start_time > 0),
            deprecated_signers: self
                .deprecated_signers
                .unwrap_or_default()
                .iter()
                .map(|signer| {
                    Ok(DeprecatedSigner {
                        pk: key(signer.pubkey.as_deref(), "deprecatedSigners")?,
                        // None means that coins are to be moved at once, as does 0.
                        cutoff_date: signer.cutoff_date.and_then(Whole::get).unwrap_or_default(),
                    })
                })
                .collect::<Result<_, ArkdError>>()?,
            service_status: self.service_status.unwrap_or_default(),
            digest: self.digest.unwrap_or_default(),
            max_tx_weight: self.max_tx_weight.and_then(Whole::get).unwrap_or_default(),
            max_op_return_outputs: self.max_op_return_outputs.and_then(Whole::get).unwrap_or_default(),
        })
    }
}

fn key(hex: Option<&str>, field: &'static str) -> Result<PublicKey, ArkdError> {
    present(hex).and_then(|hex| hex.parse().ok()).ok_or(malformed(field))
}

/// Blocks below 512, seconds from there on, in arkd as in ark-core.
fn delay(number: Option<Whole>, field: &'static str) -> Result<Sequence, ArkdError> {
    number
        .and_then(Whole::get)
        .and_then(|number| parse_sequence_number(number).ok())
        .ok_or(malformed(field))
}

/// Satoshi; below zero there is no limit.
fn limit(number: Option<Whole>) -> Option<Amount> {
    number.and_then(Whole::get).map(Amount::from_sat)
}

fn fees(body: FeesBody) -> FeeInfo {
    let program = |text: Option<String>| text.filter(|text| !text.is_empty());
    let intent_fee = body.intent_fee.unwrap_or_default();
    FeeInfo {
        intent_fee: IntentFeeInfo {
            offchain_input: program(intent_fee.offchain_input),
            offchain_output: program(intent_fee.offchain_output),
            onchain_input: program(intent_fee.onchain_input),
            onchain_output: program(intent_fee.onchain_output),
        },
        tx_fee_rate: body.tx_fee_rate.unwrap_or_default(),
    }
}

fn session(body: SessionBody) -> ScheduledSession {
    let number = |number: Option<Whole>| number.and_then(Whole::get).unwrap_or_default();
    ScheduledSession {
        next_start_time: number(body.next_start_time),
        next_end_time: number(body.next_end_time),
        period: number(body.period),
        duration: number(body.duration),
        fees: body.fees.map(fees),
    }
}
