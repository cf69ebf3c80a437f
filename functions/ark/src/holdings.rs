//! What a Nostr key's owner holds: its VTXOs at the operator, under every default script that it can have them under.

use std::collections::BTreeMap;

use bitcoin::{OutPoint, ScriptBuf, XOnlyPublicKey};
use nanoark_ark::arkd::Arkd;
use nanoark_ark::error::ArkdError;
use nanoark_ark::indexer::{IndexedVtxo, VtxoFilter, VtxoState};
use nanoark_ark::info::OperatorInfo;
use nanoark_ark::script::{Recognised, default_address, scripts_of};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_domain::ceremony::Coin;
use nanoark_domain::time::Timestamp;
use nanoark_store::StoredBinding;

/// Whose VTXOs: the owner key behind a Nostr key, and where it receives.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    /// The key that owns the VTXOs: the bound one, or the Nostr key itself.
    pub(crate) owner: XOnlyPublicKey,
    /// The owner's address at this operator.
    pub(crate) address: ArkAddress,
    /// The event that binds them, if the owner is another key.
    pub(crate) binding: Option<String>,
}

/// The operator's terms allow no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operator's exit delay is none")]
pub(crate) struct NoAddress;

impl Home {
    /// The home of a Nostr key.
    pub(crate) fn of(
        nostr: &XOnlyPublicKey,
        bindings: &[StoredBinding],
        info: &OperatorInfo,
    ) -> Result<Self, NoAddress> {
        let bound = bindings.iter().find(|binding| binding.nostr == *nostr);
        let owner = bound.map_or(*nostr, |binding| binding.owner);
        let address = default_address(owner, info).ok_or(NoAddress)?;
        Ok(Self {
            owner,
            address,
            // A binding made for an earlier key of the operator's says who the owner is, but proves another address.
            binding: bound
                .filter(|binding| binding.address == address)
                .map(|binding| binding.event.clone()),
        })
    }
}

/// A VTXO of an owner's.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// As the indexer has it.
    pub(crate) vtxo: IndexedVtxo,
    /// What its script is made of.
    pub(crate) script: Recognised,
}

impl Held {
    /// What can be done with it. Under a key that the operator no longer signs with, a VTXO comes back by a batch only.
    pub(crate) fn state(&self, info: &OperatorInfo, now: Timestamp) -> VtxoState {
        match self.vtxo.state(now, info.dust()) {
            VtxoState::Spendable if !info.co_signs(self.script.signer, now) => VtxoState::Recoverable,
            state @ (VtxoState::Spendable | VtxoState::Recoverable | VtxoState::Spent | VtxoState::Unrolled) => state,
        }
    }

    /// It as something to spend.
    pub(crate) fn coin(&self, owner: XOnlyPublicKey) -> Coin {
        Coin {
            outpoint: self.vtxo.outpoint,
            amount: self.vtxo.amount,
            owner,
            signer: self.script.signer,
            exit_delay: self.script.exit_delay.to_consensus_u32(),
            expires_at: self.vtxo.expires_at,
            assets: self.vtxo.assets.clone(),
        }
    }
}

/// The VTXOs of an owner that this filter lets through.
pub(crate) async fn of_owner(
    arkd: &Arkd,
    owner: XOnlyPublicKey,
    filter: VtxoFilter,
    info: &OperatorInfo,
) -> Result<Vec<Held>, ArkdError> {
    let scripts: BTreeMap<ScriptBuf, Recognised> = scripts_of(owner, info).into_iter().collect();
    let asked: Vec<ScriptBuf> = scripts.keys().cloned().collect();
    let found = arkd.vtxos_of(&asked, filter, None).await?;
    Ok(recognised(found, &scripts))
}

/// The VTXOs of an owner among those that are named, spent ones included.
pub(crate) async fn named(
    arkd: &Arkd,
    owner: XOnlyPublicKey,
    outpoints: &[OutPoint],
    info: &OperatorInfo,
) -> Result<Vec<Held>, ArkdError> {
    let scripts: BTreeMap<ScriptBuf, Recognised> = scripts_of(owner, info).into_iter().collect();
    Ok(recognised(arkd.vtxos_at(outpoints).await?, &scripts))
}

fn recognised(found: Vec<IndexedVtxo>, scripts: &BTreeMap<ScriptBuf, Recognised>) -> Vec<Held> {
    found
        .into_iter()
        .filter_map(|vtxo| {
            let script = *scripts.get(&vtxo.script_pubkey)?;
            Some(Held { vtxo, script })
        })
        .collect()
}
