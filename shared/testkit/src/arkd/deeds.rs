//! What a test does to the operator, and what it sees of it without asking over HTTP.

use std::collections::HashMap;

use ark_core::asset::AssetId;
use ark_core::server::{DeprecatedSigner, FeeInfo, Info, IntentFeeInfo};
use bitcoin::hashes::{Hash as _, sha256d};
use bitcoin::{Amount, OutPoint, Script, ScriptBuf, Sequence, Txid};

use super::Arkd;
use super::ledger::{AssetFacts, FinalTransaction, Ledger, Stage, Submissions, VtxoRecord};
use super::operator::keypair;

impl Arkd {
    /// A coin from a batch that was just confirmed.
    pub fn fund(&self, script_pubkey: &Script, amount: Amount) -> OutPoint {
        self.fund_with_assets(script_pubkey, amount, &[])
    }

    /// The same with assets, which come from nowhere. An asset that is not known becomes known.
    pub fn fund_with_assets(&self, script_pubkey: &Script, amount: Amount, assets: &[(AssetId, u64)]) -> OutPoint {
        self.with(|ledger, now_ms| {
            let outpoint = OutPoint::new(ledger.make_up("tree"), 0);
            let commitment = ledger.make_up("commitment");
            for (asset, _) in assets {
                ledger.assets.entry(*asset).or_default();
            }
            let created_at = now_ms / 1_000;
            ledger.add(VtxoRecord {
                outpoint,
                amount,
                script: script_pubkey.to_owned(),
                assets: assets.to_vec(),
                spent_by: None,
                ark_txid: None,
                pending: false,
                swept: false,
                unrolled: false,
                preconfirmed: false,
                created_at,
                expires_at: created_at.saturating_add(ledger.settings.vtxo_lifetime),
                updated_at_ms: now_ms,
                commitments: vec![commitment],
                depth: 0,
            });
            outpoint
        })
    }

    /// An asset that nobody has any of yet, with the asset that controls its issuance, if one does.
    pub fn issue_asset(&self, control: Option<AssetId>) -> AssetId {
        self.with(|ledger, _| {
            let asset = AssetId {
                txid: ledger.make_up("asset"),
                group_index: 0,
            };
            let metadata = Vec::new();
            ledger.assets.insert(asset, AssetFacts { control, metadata });
            asset
        })
    }

    /// Somebody else's transaction, final at once, spends the coin. Nothing happens if it is spent.
    pub fn spend_elsewhere(&self, outpoint: OutPoint) {
        self.with(|ledger, now_ms| ledger.spend_elsewhere(&outpoint, now_ms));
    }

    /// The operator takes the coin back, as after its expiry.
    pub fn sweep(&self, outpoint: OutPoint) {
        self.with(|ledger, now_ms| {
            if let Some(vtxo) = ledger.change(&outpoint, now_ms) {
                vtxo.swept = true;
            }
        });
    }

    /// The owner publishes the coin on chain.
    pub fn unroll(&self, outpoint: OutPoint) {
        self.with(|ledger, now_ms| {
            if let Some(vtxo) = ledger.change(&outpoint, now_ms) {
                vtxo.unrolled = true;
            }
        });
    }

    /// The operator uses a new signer. The one so far stays good for old coins and is among the deprecated ones, with
    /// cut-off 0: to be left at once.
    pub fn rotate_signer(&self) {
        self.with(|ledger, _| ledger.operator.rotate(0));
    }

    /// Something in the operator's settings changes, such as its fees.
    pub fn change_digest(&self) {
        self.with(|ledger, _| ledger.revision = ledger.revision.saturating_add(1));
    }

    /// The settings, as a client reads them from GetInfo.
    #[must_use]
    pub fn info(&self) -> Info {
        self.with(|ledger, _| ledger.info())
    }

    /// Everything on record, in the order in which it came.
    #[must_use]
    pub fn vtxos(&self) -> Vec<VtxoRecord> {
        self.with(|ledger, _| ledger.vtxos().map(|vtxo| ledger.seen(vtxo)).collect())
    }

    /// One VTXO.
    #[must_use]
    pub fn vtxo(&self, outpoint: OutPoint) -> Option<VtxoRecord> {
        self.with(|ledger, _| ledger.vtxo(&outpoint).map(|vtxo| ledger.seen(vtxo)))
    }

    /// What SubmitTx would let the script spend now.
    #[must_use]
    pub fn balance_of(&self, script: &Script) -> Amount {
        self.with(|ledger, now_ms| {
            sum(ledger
                .vtxos()
                .filter(|vtxo| *vtxo.script == *script && vtxo.is_spendable(now_ms)))
        })
    }

    /// The value of everything on record, every coin once: what is unspent, and the inputs of transactions that have no
    /// outputs yet.
    #[must_use]
    pub fn total_unspent(&self) -> Amount {
        self.with(|ledger, _| ledger.total_unspent())
    }

    /// The transactions that are co-signed and wait for their checkpoints; not those that failed.
    #[must_use]
    pub fn pending(&self) -> Vec<Txid> {
        self.with(|ledger, _| {
            let mut pending: Vec<Txid> = ledger
                .transactions
                .iter()
                .filter(|(_, transaction)| transaction.stage == Stage::Accepted)
                .map(|(txid, _)| *txid)
                .collect();
            pending.sort();
            pending
        })
    }

    /// The transactions whose finalisation was refused while it was still due: their inputs are stuck.
    #[must_use]
    pub fn stuck(&self) -> Vec<Txid> {
        self.with(|ledger, _| {
            let failed = Stage::Failed {
                finalized_before: false,
            };
            let mut stuck: Vec<Txid> = ledger
                .transactions
                .iter()
                .filter(|(_, transaction)| transaction.stage == failed)
                .map(|(txid, _)| *txid)
                .collect();
            stuck.sort();
            stuck
        })
    }

    /// How often the transaction was taken.
    #[must_use]
    pub fn submissions(&self, txid: Txid) -> Submissions {
        self.with(|ledger, _| ledger.submissions.get(&txid).copied().unwrap_or_default())
    }

    /// Every finalised transaction and checkpoint with its witnesses, the first one first: for a script engine.
    #[must_use]
    pub fn final_transactions(&self) -> Vec<FinalTransaction> {
        self.with(|ledger, _| ledger.finished.clone())
    }
}

fn sum<'a>(vtxos: impl Iterator<Item = &'a VtxoRecord>) -> Amount {
    vtxos.fold(Amount::ZERO, |sum, vtxo| {
        sum.checked_add(vtxo.amount).unwrap_or(Amount::MAX)
    })
}

impl Ledger {
    /// The id of a transaction that does not exist. Every one is different.
    fn make_up(&mut self, what: &str) -> Txid {
        self.made_up = self.made_up.saturating_add(1);
        let text = format!("{} {what} {}", self.settings.seed, self.made_up);
        Txid::from_raw_hash(sha256d::Hash::hash(text.as_bytes()))
    }

    fn spend_elsewhere(&mut self, outpoint: &OutPoint, now_ms: u64) {
        let Some(spent) = self.vtxo(outpoint).filter(|vtxo| vtxo.spent_by.is_none()).cloned() else {
            return;
        };
        let (checkpoint, txid) = (self.make_up("checkpoint"), self.make_up("ark"));
        if let Some(vtxo) = self.change(outpoint, now_ms) {
            vtxo.spent_by = Some(checkpoint);
            vtxo.ark_txid = Some(txid);
        }
        let stranger = keypair(&self.operator.secp, self.settings.seed, "stranger")
            .x_only_public_key()
            .0;
        self.add(VtxoRecord {
            outpoint: OutPoint::new(txid, 0),
            script: ScriptBuf::new_p2tr(&self.operator.secp, stranger, None),
            preconfirmed: true,
            created_at: now_ms / 1_000,
            updated_at_ms: now_ms,
            depth: spent.depth.saturating_add(1),
            ..spent
        });
    }

    fn info(&self) -> Info {
        let settings = &self.settings;
        let operator = &self.operator;
        let seconds = |seconds: u32| Sequence::from_seconds_ceil(seconds).unwrap_or(Sequence::MAX);
        Info {
            version: settings.version.clone(),
            signer_pk: operator.signer.public_key(),
            forfeit_pk: operator.forfeit_key(),
            forfeit_address: operator.forfeit_address(settings.network),
            checkpoint_tapscript: operator.checkpoint_leaf(settings.checkpoint_exit_delay),
            network: settings.network,
            session_duration: 30,
            unilateral_exit_delay: seconds(settings.unilateral_exit_delay),
            boarding_exit_delay: seconds(settings.boarding_exit_delay),
            utxo_min_amount: Some(settings.dust),
            utxo_max_amount: None,
            vtxo_min_amount: Some(settings.smallest()),
            vtxo_max_amount: settings.vtxo_max_amount,
            dust: settings.dust,
            fees: Some(FeeInfo {
                intent_fee: IntentFeeInfo {
                    offchain_input: Some(String::new()),
                    offchain_output: Some(String::new()),
                    onchain_input: Some(String::new()),
                    onchain_output: Some(String::new()),
                },
                tx_fee_rate: "0".to_owned(),
            }),
            scheduled_session: None,
            deprecated_signers: operator
                .deprecated
                .iter()
                .map(|signer| DeprecatedSigner {
                    pk: signer.key.public_key(),
                    cutoff_date: signer.cutoff,
                })
                .collect(),
            service_status: HashMap::new(),
            digest: self.digest(),
            max_tx_weight: i64::try_from(settings.max_tx_weight).unwrap_or(i64::MAX),
            max_op_return_outputs: i64::try_from(settings.max_op_return_outputs).unwrap_or(i64::MAX),
        }
    }
}
