//! The default script of a VTXO: operator and owner together, or the owner alone after a delay.

use std::sync::LazyLock;

use ark_core::{Vtxo, candidate_exit_delays};
use bitcoin::key::TweakedPublicKey;
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::{Script, ScriptBuf, Sequence, XOnlyPublicKey};
use nanoark_ark_verifier::address::ArkAddress;

use crate::info::OperatorInfo;

/// What a default script is made of, besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recognised {
    /// The operator's key.
    pub signer: XOnlyPublicKey,
    /// When the owner may leave alone.
    pub exit_delay: Sequence,
}

/// The curve, for tweaks and verification.
pub(crate) static CURVE: LazyLock<Secp256k1<VerifyOnly>> = LazyLock::new(Secp256k1::verification_only);

/// The default VTXO of these keys and this delay, or `None` when the delay is none.
pub(crate) fn default_vtxo(
    owner: XOnlyPublicKey,
    signer: XOnlyPublicKey,
    exit_delay: Sequence,
    info: &OperatorInfo,
) -> Option<Vtxo> {
    Vtxo::new_default(&CURVE, signer, owner, exit_delay, info.raw().network).ok()
}

/// The default script of these keys and this delay, or `None` when the delay is no relative lock time.
#[must_use]
pub fn default_script(
    owner: XOnlyPublicKey,
    signer: XOnlyPublicKey,
    exit_delay: Sequence,
    info: &OperatorInfo,
) -> Option<ScriptBuf> {
    default_vtxo(owner, signer, exit_delay, info).map(|vtxo| vtxo.script_pubkey())
}

/// Where `owner` receives: its default script under the operator's current key and delay. `None` when the operator's own
/// delay is no relative lock time.
#[must_use]
pub fn default_address(owner: XOnlyPublicKey, info: &OperatorInfo) -> Option<ArkAddress> {
    let script = default_script(owner, info.signer(), info.raw().unilateral_exit_delay, info)?;
    // OP_1, a push of 32 bytes, the key.
    let key = XOnlyPublicKey::from_slice(script.as_bytes().get(2..)?).ok()?;
    Some(ArkAddress::new(
        info.network(),
        info.signer(),
        TweakedPublicKey::dangerous_assume_tweaked(key),
    ))
}

/// Every default script that `owner` can have coins under: each of the operator's keys with each delay that it has used.
#[must_use]
pub fn scripts_of(owner: XOnlyPublicKey, info: &OperatorInfo) -> Vec<(ScriptBuf, Recognised)> {
    let raw = info.raw();
    let delays = candidate_exit_delays(raw.unilateral_exit_delay, raw.network)
        .unwrap_or_else(|_| vec![raw.unilateral_exit_delay]);
    raw.all_server_keys()
        .flat_map(|signer| {
            delays
                .iter()
                .map(move |exit_delay| Recognised {
                    signer,
                    exit_delay: *exit_delay,
                })
                .collect::<Vec<_>>()
        })
        .filter_map(|made_of| {
            let script = default_script(owner, made_of.signer, made_of.exit_delay, info)?;
            Some((script, made_of))
        })
        .collect()
}

/// What `script` is made of if it is a default script of `owner`'s. A coin under any other script is not one that the
/// gateway can spend, whoever it belongs to.
#[must_use]
pub fn recognise(script: &Script, owner: XOnlyPublicKey, info: &OperatorInfo) -> Option<Recognised> {
    scripts_of(owner, info)
        .into_iter()
        .find(|(candidate, _)| candidate.as_script() == script)
        .map(|(_, made_of)| made_of)
}

#[cfg(test)]
mod tests {
    use ark_core::server::DeprecatedSigner;

    use super::*;
    use crate::tests::operator::{Operator, raw_info};
    use crate::tests::wallet::Wallet;

    #[test]
    fn recognises_every_key_and_delay_of_the_operator() {
        let (current, old, stranger) = (Operator::new(1), Operator::new(2), Operator::new(3));
        let legacy = Sequence::from_seconds_ceil(ark_core::MAINNET_LEGACY_UNILATERAL_EXIT_DELAY_SECS).unwrap();
        for network in [bitcoin::Network::Bitcoin, bitcoin::Network::Regtest] {
            let mut raw = raw_info(&current);
            raw.network = network;
            raw.deprecated_signers.push(DeprecatedSigner {
                pk: old.full_key(),
                cutoff_date: 0,
            });
            let delay = raw.unilateral_exit_delay;
            let info = OperatorInfo::new(raw);
            let (alice, bob) = (Wallet::new(10).key(), Wallet::new(11).key());
            let on_mainnet = network == bitcoin::Network::Bitcoin;
            for (signer, exit_delay, known) in [
                (current.key(), delay, true),
                (old.key(), delay, true),
                (current.key(), legacy, on_mainnet),
                (old.key(), legacy, on_mainnet),
                (stranger.key(), delay, false),
                (current.key(), Sequence::from_height(10), false),
            ] {
                let script = default_script(alice, signer, exit_delay, &info).unwrap();
                let expected = known.then_some(Recognised { signer, exit_delay });
                assert_eq!(recognise(&script, alice, &info), expected, "{network}");
                assert_eq!(recognise(&script, bob, &info), None);
            }
        }
    }

    #[test]
    fn the_default_address_pays_the_default_script() {
        let info = Operator::new(1).info();
        let owner = Wallet::new(10).key();
        let address = default_address(owner, &info).unwrap();
        let script = default_script(owner, info.signer(), info.raw().unilateral_exit_delay, &info).unwrap();
        assert_eq!(address.script_pubkey(), script);
        assert_eq!(address.operator(), info.signer());
        assert_eq!(default_script(owner, info.signer(), Sequence::MAX, &info), None);
    }
}
