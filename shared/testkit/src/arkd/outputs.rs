//! What the outputs of an ark transaction have to be.

use ark_core::anchor_output;
use ark_core::extension;
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::{Amount, Script, ScriptBuf, Transaction, TxOut, Txid, XOnlyPublicKey};

use super::refusal::{ErrorCode, Refusal};
use super::settings::Settings;

/// An output by its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anyone can spend it, to pay a fee.
    Anchor,
    /// Packets.
    Extension,
    /// Below the dust limit: an `OP_RETURN` with the key.
    SubDust(XOnlyPublicKey),
    /// Data that means nothing to arkd.
    Data,
    Taproot,
    Other,
}

impl Kind {
    pub(super) fn of(script: &Script) -> Self {
        if *script == *anchor_output().script_pubkey {
            Self::Anchor
        } else if extension::is_extension(script) {
            Self::Extension
        } else if let Some(key) = sub_dust_key(script) {
            Self::SubDust(key)
        } else if script.as_bytes().first() == Some(&OP_RETURN.to_u8()) {
            Self::Data
        } else if script.is_p2tr() {
            Self::Taproot
        } else {
            Self::Other
        }
    }
}

/// The script under which the indexer lists the output, if it is a VTXO.
pub(super) fn vtxo_script(output: &TxOut) -> Option<ScriptBuf> {
    match Kind::of(&output.script_pubkey) {
        Kind::Taproot => Some(output.script_pubkey.clone()),
        Kind::SubDust(key) => Some(ScriptBuf::new_p2tr_tweaked(
            bitcoin::key::TweakedPublicKey::dangerous_assume_tweaked(key),
        )),
        Kind::Anchor | Kind::Extension | Kind::Data | Kind::Other => None,
    }
}

fn sub_dust_key(script: &Script) -> Option<XOnlyPublicKey> {
    match script.as_bytes() {
        [first, 32, key @ ..] if *first == OP_RETURN.to_u8() => XOnlyPublicKey::from_slice(key).ok(),
        [..] => None,
    }
}

/// The outputs but for the anchor, in their order.
///
/// Stricter than arkd in one thing: an output that would be no VTXO is refused, where arkd forgets its value.
pub(super) fn check(
    transaction: &Transaction,
    txid: Txid,
    psbt: &str,
    settings: &Settings,
) -> Result<Vec<TxOut>, Refusal> {
    let malformed = |cause: String| ErrorCode::MalformedArkTx.with(cause, &[("tx", &psbt)]);
    let mut kept = Vec::new();
    let (mut anchors, mut extensions, mut returns) = (0_usize, 0_usize, 0_usize);
    for (index, output) in transaction.output.iter().enumerate() {
        let kind = Kind::of(&output.script_pubkey);
        match kind {
            Kind::Anchor => anchors = anchors.saturating_add(1),
            Kind::Extension | Kind::SubDust(_) | Kind::Data => returns = returns.saturating_add(1),
            Kind::Taproot | Kind::Other => {}
        }
        if anchors > 1 {
            return Err(malformed(format!("tx {txid} has multiple anchor outputs")));
        }
        if returns > settings.max_op_return_outputs {
            let most = settings.max_op_return_outputs;
            return Err(malformed(format!(
                "tx {txid} has {returns} op return outputs, exceeds max {most}"
            )));
        }
        match kind {
            Kind::Anchor => continue,
            Kind::Extension => {
                extensions = extensions.saturating_add(1);
                if extensions > 1 {
                    return Err(malformed(format!("tx {txid} has multiple extension outputs")));
                }
                if output.value != Amount::ZERO {
                    return Err(malformed(format!("extension output #{index} has a non-zero value")));
                }
            }
            Kind::SubDust(_) => {
                if output.value >= settings.dust {
                    return Err(malformed(format!(
                        "subdust OP_RETURN output #{index} has a value of {} or more",
                        settings.dust.to_sat()
                    )));
                }
            }
            Kind::Data => {
                if output.value != Amount::ZERO {
                    return Err(malformed(format!(
                        "OP_RETURN output #{index} has a non-zero value and is not a subdust output"
                    )));
                }
            }
            Kind::Taproot => amount_is_allowed(index, output.value, settings)?,
            Kind::Other => {
                return Err(malformed(format!(
                    "output #{index} of tx {txid} is not a taproot output"
                )));
            }
        }
        kept.push(output.clone());
    }
    if anchors == 0 {
        return Err(malformed(format!("missing anchor output in ark tx {txid}")));
    }
    Ok(kept)
}

fn amount_is_allowed(index: usize, amount: Amount, settings: &Settings) -> Result<(), Refusal> {
    let sat = amount.to_sat();
    if let Some(most) = settings.vtxo_max_amount
        && amount > most
    {
        let most = most.to_sat();
        return Err(ErrorCode::AmountTooHigh.with(
            format!("output #{index} amount ({sat}) is higher than max vtxo amount: {most}"),
            &[("output_index", &index), ("amount", &sat), ("max_amount", &most)],
        ));
    }
    let too_low = |cause: String, least: u64| {
        ErrorCode::AmountTooLow.with(
            cause,
            &[("output_index", &index), ("amount", &sat), ("min_amount", &least)],
        )
    };
    let least = settings.smallest().to_sat();
    if sat < least {
        return Err(too_low(
            format!("output #{index} amount is lower than min vtxo amount: {least}"),
            least,
        ));
    }
    let dust = settings.dust.to_sat();
    if sat < dust {
        return Err(too_low(
            format!(
                "output #{index} amount is below dust limit ({sat} < {dust}) but is not using OP_RETURN output script"
            ),
            dust,
        ));
    }
    Ok(())
}
