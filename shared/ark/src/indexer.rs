//! What arkd's indexer says of coins, virtual transactions and assets.

use bitcoin::{Amount, OutPoint, ScriptBuf, Txid};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_domain::time::Timestamp;
use serde::Deserialize;

use crate::error::ArkdError;
use crate::wire::{Whole, present};

/// A coin as the indexer has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedVtxo {
    /// Where it is.
    pub outpoint: OutPoint,
    /// What it holds.
    pub amount: Amount,
    /// Its script.
    pub script_pubkey: ScriptBuf,
    /// The Arkade assets that it holds.
    pub assets: Vec<AssetAmount>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the operator may sweep it. The epoch if arkd does not say: such a coin counts as expired.
    pub expires_at: Timestamp,
    /// Whether an ark transaction made it, rather than a batch.
    pub is_preconfirmed: bool,
    /// Whether the operator has swept it.
    pub is_swept: bool,
    /// Whether it is on chain.
    pub is_unrolled: bool,
    /// Whether it is spent. From the moment that its transaction is submitted, final or not.
    pub is_spent: bool,
    /// The checkpoint or forfeit transaction that spends it.
    pub spent_by: Option<Txid>,
    /// The ark transaction that spends it.
    pub ark_txid: Option<Txid>,
    /// The commitment transaction that it was settled by.
    pub settled_by: Option<Txid>,
    /// The commitment transactions that it descends from.
    pub commitment_txids: Vec<Txid>,
}

/// What can be done with a coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VtxoState {
    /// It can be spent in an ark transaction, if the operator still signs with the key of its script
    /// ([`OperatorInfo::co_signs`](crate::info::OperatorInfo::co_signs)).
    Spendable,
    /// Swept, expired, or below dust: it comes back to its owner through a batch only.
    Recoverable,
    /// Spent, or about to be.
    Spent,
    /// On chain: Ark knows it no longer.
    Unrolled,
}

/// Which of the coins under a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VtxoFilter {
    /// All.
    #[default]
    All,
    /// Those that are neither spent, swept nor on chain. Expired ones are among them until they are swept.
    Spendable,
    /// Those that are spent, swept or on chain.
    Spent,
    /// Those that can come back through a batch.
    Recoverable,
    /// Those whose transaction is submitted and not final.
    Pending,
    /// Those that are neither spent nor on chain.
    Renewable,
}

/// An Arkade asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetDetails {
    /// Its id.
    pub asset_id: AssetId,
    /// How many units there are.
    pub supply: u128,
    /// The asset whose holder may issue more.
    pub control_asset: Option<AssetId>,
    /// What its issuer said of it, as arkd has it.
    pub metadata: Option<String>,
}

impl IndexedVtxo {
    /// What can be done with it at `now`, at an operator with this dust limit.
    #[must_use]
    pub fn state(&self, now: Timestamp, dust: Amount) -> VtxoState {
        if self.is_spent {
            VtxoState::Spent
        } else if self.is_unrolled {
            VtxoState::Unrolled
        } else if self.is_swept || self.amount < dust || now >= self.expires_at {
            VtxoState::Recoverable
        } else {
            VtxoState::Spendable
        }
    }
}

impl VtxoFilter {
    /// Its name in a query, if it is one there.
    pub(crate) const fn parameter(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Spendable => Some("spendableOnly"),
            Self::Spent => Some("spentOnly"),
            Self::Recoverable => Some("recoverableOnly"),
            Self::Pending => Some("pendingOnly"),
            Self::Renewable => Some("renewableOnly"),
        }
    }
}

/// The answer to `GET /v1/indexer/vtxos`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VtxosBody {
    pub(crate) vtxos: Vec<VtxoBody>,
    pub(crate) page: Option<PageBody>,
}

/// The answer to `GET /v1/indexer/virtualTx/{txids}`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VirtualTxsBody {
    pub(crate) txs: Vec<String>,
}

/// Pages count from 1.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PageBody {
    current: i64,
    total: i64,
}

impl PageBody {
    pub(crate) const fn is_last(self) -> bool {
        self.current >= self.total
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VtxoBody {
    outpoint: Option<OutPointBody>,
    created_at: Option<Whole>,
    expires_at: Option<Whole>,
    amount: Option<Whole>,
    script: Option<String>,
    is_preconfirmed: bool,
    is_swept: bool,
    is_unrolled: bool,
    is_spent: bool,
    spent_by: Option<String>,
    settled_by: Option<String>,
    ark_txid: Option<String>,
    commitment_txids: Option<Vec<String>>,
    assets: Option<Vec<AssetBody>>,
}

#[derive(Deserialize)]
struct OutPointBody {
    txid: String,
    #[serde(default)]
    vout: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssetBody {
    asset_id: String,
    amount: Whole,
}

/// The answer to `GET /v1/indexer/asset/{id}`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AssetDetailsBody {
    asset_id: String,
    supply: Option<Whole>,
    control_asset: Option<String>,
    metadata: Option<String>,
}

const fn malformed(field: &'static str) -> ArkdError {
    ArkdError::Malformed { field }
}

impl VtxoBody {
    pub(crate) fn parse(self) -> Result<IndexedVtxo, ArkdError> {
        let outpoint = self.outpoint.ok_or(malformed("outpoint"))?;
        let time = |number: Option<Whole>| Timestamp::from_seconds(number.and_then(Whole::get).unwrap_or_default());
        Ok(IndexedVtxo {
            outpoint: OutPoint {
                txid: outpoint.txid.parse().map_err(|_| malformed("outpoint"))?,
                vout: outpoint.vout,
            },
            amount: self
                .amount
                .and_then(Whole::get)
                .map(Amount::from_sat)
                .filter(|amount| *amount <= Amount::MAX_MONEY)
                .ok_or(malformed("amount"))?,
            script_pubkey: present(self.script.as_deref())
                .and_then(|hex| ScriptBuf::from_hex(hex).ok())
                .ok_or(malformed("script"))?,
            assets: self
                .assets
                .unwrap_or_default()
                .iter()
                .map(AssetBody::parse)
                .collect::<Result<_, _>>()?,
            created_at: time(self.created_at),
            expires_at: time(self.expires_at),
            is_preconfirmed: self.is_preconfirmed,
            is_swept: self.is_swept,
            is_unrolled: self.is_unrolled,
            is_spent: self.is_spent,
            spent_by: txid(self.spent_by.as_deref(), "spentBy")?,
            ark_txid: txid(self.ark_txid.as_deref(), "arkTxid")?,
            settled_by: txid(self.settled_by.as_deref(), "settledBy")?,
            commitment_txids: self
                .commitment_txids
                .unwrap_or_default()
                .iter()
                .map(|text| text.parse().map_err(|_| malformed("commitmentTxids")))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl AssetBody {
    fn parse(&self) -> Result<AssetAmount, ArkdError> {
        Ok(AssetAmount {
            asset_id: self.asset_id.parse().map_err(|_| malformed("assets"))?,
            amount: self.amount.get().ok_or(malformed("assets"))?,
        })
    }
}

impl AssetDetailsBody {
    pub(crate) fn parse(self) -> Result<AssetDetails, ArkdError> {
        Ok(AssetDetails {
            asset_id: self.asset_id.parse().map_err(|_| malformed("assetId"))?,
            supply: self.supply.and_then(Whole::get).ok_or(malformed("supply"))?,
            control_asset: present(self.control_asset.as_deref())
                .map(str::parse)
                .transpose()
                .map_err(|_| malformed("controlAsset"))?,
            metadata: self.metadata.filter(|text| !text.is_empty()),
        })
    }
}

fn txid(text: Option<&str>, field: &'static str) -> Result<Option<Txid>, ArkdError> {
    present(text).map(str::parse).transpose().map_err(|_| malformed(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coin_is_in_one_state() {
        let now = Timestamp::from_seconds(1_000);
        let plain = VtxoBody {
            outpoint: Some(OutPointBody {
                txid: "ab".repeat(32),
                vout: 1,
            }),
            amount: Some(serde_json::from_str("330").unwrap()),
            script: Some("51".to_owned()),
            expires_at: Some(serde_json::from_str("1001").unwrap()),
            ..VtxoBody::default()
        }
        .parse()
        .unwrap();
        let with = |change: fn(&mut IndexedVtxo)| {
            let mut vtxo = plain.clone();
            change(&mut vtxo);
            vtxo.state(now, Amount::from_sat(330))
        };
        for (state, expected) in [
            (with(|_| {}), VtxoState::Spendable),
            (with(|vtxo| vtxo.is_preconfirmed = true), VtxoState::Spendable),
            (with(|vtxo| vtxo.is_swept = true), VtxoState::Recoverable),
            (with(|vtxo| vtxo.amount = Amount::from_sat(329)), VtxoState::Recoverable),
            (
                with(|vtxo| vtxo.expires_at = Timestamp::from_seconds(1_000)),
                VtxoState::Recoverable,
            ),
            (with(|vtxo| vtxo.expires_at = Timestamp::EPOCH), VtxoState::Recoverable),
            (with(|vtxo| vtxo.is_unrolled = true), VtxoState::Unrolled),
            (
                with(|vtxo| (vtxo.is_unrolled, vtxo.is_swept) = (true, true)),
                VtxoState::Unrolled,
            ),
            (with(|vtxo| vtxo.is_spent = true), VtxoState::Spent),
            (
                with(|vtxo| (vtxo.is_spent, vtxo.is_swept, vtxo.is_unrolled) = (true, true, true)),
                VtxoState::Spent,
            ),
        ] {
            assert_eq!(state, expected);
        }
    }
}
