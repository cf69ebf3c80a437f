//! What the operator has on record: VTXOs, ark transactions and assets.

use std::collections::{BTreeMap, HashMap};

use ark_core::asset::AssetId;
use bitcoin::{Amount, OutPoint, Psbt, ScriptBuf, Transaction, TxOut, Txid};

use super::operator::Operator;
use super::rebuild::Spent;
use super::settings::Settings;

/// A VTXO on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VtxoRecord {
    /// Where it would be on chain.
    pub outpoint: OutPoint,
    /// Its amount.
    pub amount: Amount,
    /// Its taproot script. Of an output below the dust limit: the script of its key.
    pub script: ScriptBuf,
    /// The assets it carries.
    pub assets: Vec<(AssetId, u64)>,
    /// The checkpoint that spends it, from SubmitTx on.
    pub spent_by: Option<Txid>,
    /// The ark transaction that spends it, from SubmitTx on.
    pub ark_txid: Option<Txid>,
    /// Spent by a transaction that has no outputs yet.
    pub pending: bool,
    /// Taken back by the operator after its expiry, or below the dust limit. Its owner gets it back in a batch only.
    pub swept: bool,
    /// Published on chain.
    pub unrolled: bool,
    /// Created by an ark transaction and not by a batch.
    pub preconfirmed: bool,
    /// Unix seconds.
    pub created_at: u64,
    /// Unix seconds.
    pub expires_at: u64,
    /// The last change, in milliseconds.
    pub updated_at_ms: u64,
    /// The batches that it comes from; the first one is the one that expires first.
    pub commitments: Vec<Txid>,
    /// How many ark transactions lie between the batch and it.
    pub depth: u32,
}

impl VtxoRecord {
    /// Whether SubmitTx would take it at this time.
    #[must_use]
    pub fn is_spendable(&self, now_ms: u64) -> bool {
        self.spent_by.is_none() && !self.unrolled && !self.swept && !self.is_expired(now_ms)
    }

    /// As arkd's `Vtxo.IsExpired`.
    pub(super) fn is_expired(&self, now_ms: u64) -> bool {
        now_ms > self.expires_at.saturating_mul(1_000)
    }
}

/// How far an ark transaction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Co-signed, inputs marked as spent.
    Accepted,
    /// Outputs on record.
    Finalized,
    /// A finalisation was refused; arkd never takes another one. Whether its outputs are on record is said beside it.
    Failed { finalized_before: bool },
}

/// An ark transaction that the operator has co-signed.
#[derive(Clone, Debug)]
pub(super) struct OffchainTx {
    /// With the signatures of the owners and of the operator.
    pub(super) ark: Psbt,
    /// By txid: with the operator's signature; once finalised with all.
    pub(super) checkpoints: BTreeMap<Txid, Psbt>,
    /// How each input of the ark transaction spends its checkpoint.
    pub(super) inputs: Vec<Spent>,
    /// How each checkpoint spends its coin, in the same order.
    pub(super) coins: Vec<Spent>,
    pub(super) stage: Stage,
    /// Unix seconds.
    pub(super) started_at: u64,
    /// Unix seconds.
    pub(super) expires_at: u64,
    pub(super) commitments: Vec<Txid>,
    pub(super) depth: u32,
}

/// How often a transaction was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Submissions {
    /// How often SubmitTx succeeded.
    pub submitted: u32,
    /// How often FinalizeTx succeeded.
    pub finalized: u32,
}

/// A transaction that could be published, and what it spends.
#[derive(Clone, Debug)]
pub struct FinalTransaction {
    /// With its witnesses.
    pub transaction: Transaction,
    /// What its inputs spend, in their order.
    pub prevouts: Vec<TxOut>,
}

/// What is known of an asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AssetFacts {
    pub(super) control: Option<AssetId>,
    /// The encoded metadata of its issuance.
    pub(super) metadata: Vec<u8>,
}

/// Everything on record.
pub(super) struct Ledger {
    pub(super) settings: Settings,
    pub(super) operator: Operator,
    vtxos: Vec<VtxoRecord>,
    places: HashMap<OutPoint, usize>,
    pub(super) transactions: HashMap<Txid, OffchainTx>,
    pub(super) submissions: HashMap<Txid, Submissions>,
    pub(super) finished: Vec<FinalTransaction>,
    pub(super) assets: HashMap<AssetId, AssetFacts>,
    /// Makes up different ids.
    pub(super) made_up: u64,
    /// Changes the digest.
    pub(super) revision: u64,
}

impl Ledger {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            operator: Operator::new(settings.seed),
            settings,
            vtxos: Vec::new(),
            places: HashMap::new(),
            transactions: HashMap::new(),
            submissions: HashMap::new(),
            finished: Vec::new(),
            assets: HashMap::new(),
            made_up: 0,
            revision: 0,
        }
    }

    pub(super) fn vtxo(&self, outpoint: &OutPoint) -> Option<&VtxoRecord> {
        self.vtxos.get(*self.places.get(outpoint)?)
    }

    /// The VTXO, about to be changed at this time.
    pub(super) fn change(&mut self, outpoint: &OutPoint, now_ms: u64) -> Option<&mut VtxoRecord> {
        let vtxo = self.vtxos.get_mut(*self.places.get(outpoint)?)?;
        vtxo.updated_at_ms = now_ms;
        Some(vtxo)
    }

    pub(super) fn add(&mut self, vtxo: VtxoRecord) {
        self.places.insert(vtxo.outpoint, self.vtxos.len());
        self.vtxos.push(vtxo);
    }

    /// The VTXO with what follows from the others.
    pub(super) fn seen(&self, vtxo: &VtxoRecord) -> VtxoRecord {
        VtxoRecord {
            pending: self.is_pending(vtxo),
            ..vtxo.clone()
        }
    }

    /// In the order in which they came.
    pub(super) fn vtxos(&self) -> impl Iterator<Item = &VtxoRecord> {
        self.vtxos.iter()
    }

    /// As arkd's `SelectPendingSpentVtxo`: spent by an ark transaction that has no outputs on record.
    pub(super) fn is_pending(&self, vtxo: &VtxoRecord) -> bool {
        !vtxo.unrolled && self.is_on_its_way(vtxo)
    }

    fn is_on_its_way(&self, vtxo: &VtxoRecord) -> bool {
        vtxo.ark_txid
            .is_some_and(|spender| !self.places.contains_key(&OutPoint::new(spender, 0)) && !self.has_output(spender))
    }

    fn has_output(&self, txid: Txid) -> bool {
        self.transactions
            .get(&txid)
            .is_some_and(|transaction| match transaction.stage {
                Stage::Accepted => false,
                Stage::Finalized => true,
                Stage::Failed { finalized_before } => finalized_before,
            })
    }

    /// Every coin once: what is unspent, and what pending transactions spend.
    pub(super) fn total_unspent(&self) -> Amount {
        self.vtxos()
            .filter(|vtxo| vtxo.spent_by.is_none() || self.is_on_its_way(vtxo))
            .fold(Amount::ZERO, |sum, vtxo| {
                sum.checked_add(vtxo.amount).unwrap_or(Amount::MAX)
            })
    }
}
