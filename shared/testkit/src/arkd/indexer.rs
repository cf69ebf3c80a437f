//! The indexer's answers (`internal/core/application/indexer.go` and its handlers).

use std::collections::BTreeSet;

use ark_core::asset::AssetId;
use bitcoin::{OutPoint, ScriptBuf, Txid};
use serde_json::{Value, json};

use super::ledger::{Ledger, VtxoRecord};
use super::query::Query;
use super::refusal::{Grpc, Refusal};

/// The page size of a request that has a page but no size. It is no limit: a larger one is served.
const USUAL_PAGE: usize = 100;

/// Which of a script's VTXOs are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    All,
    Spendable,
    Spent,
    Recoverable,
    Pending,
}

impl Ledger {
    /// GetVtxos.
    pub(super) fn vtxos_answer(&self, query: &Query) -> Result<Value, Refusal> {
        let scripts = query.all("scripts");
        let outpoints = query.all("outpoints");
        let found = match (scripts.is_empty(), outpoints.is_empty()) {
            (true, true) => return Err(invalid("missing outpoints or scripts filter")),
            (false, false) => return Err(invalid("outpoints and scripts filters are mutually exclusive")),
            (false, true) => self.vtxos_of_scripts(&scripts, query)?,
            // Filters and times are not looked at.
            (true, false) => self.vtxos_at(&outpoints)?,
        };
        let (page, found) = paginate(&found, query)?;
        let vtxos: Vec<Value> = found.iter().map(|vtxo| self.vtxo_answer(vtxo)).collect();
        Ok(json!({ "vtxos": vtxos, "page": page }))
    }

    fn vtxos_of_scripts(&self, scripts: &[String], query: &Query) -> Result<Vec<&VtxoRecord>, Refusal> {
        let scripts = scripts
            .iter()
            .map(|script| parse_script(script))
            .collect::<Result<Vec<_>, _>>()?;
        let filter = filter(query)?;
        let (after, before) = (query.integer("after")?, query.integer("before")?);
        if after < 0 || before < 0 {
            return Err(invalid("after and before must be greater than or equal to 0"));
        }
        if after > 0 && before > 0 && before <= after {
            return Err(invalid("before must be greater than after"));
        }
        let (after, before) = (after.unsigned_abs(), before.unsigned_abs());
        let mut found: Vec<&VtxoRecord> = self
            .vtxos()
            .filter(|vtxo| scripts.contains(&vtxo.script))
            .filter(|vtxo| vtxo.updated_at_ms >= after && (before == 0 || vtxo.updated_at_ms <= before))
            .filter(|vtxo| match filter {
                Filter::All => true,
                // An expired one that is not swept yet is among them.
                Filter::Spendable => vtxo.spent_by.is_none() && !vtxo.swept && !vtxo.unrolled,
                Filter::Spent => vtxo.spent_by.is_some() || vtxo.swept || vtxo.unrolled,
                Filter::Recoverable => vtxo.swept && vtxo.spent_by.is_none(),
                Filter::Pending => self.is_pending(vtxo),
            })
            .collect();
        found.sort_by_key(|vtxo| std::cmp::Reverse(vtxo.created_at));
        Ok(found)
    }

    fn vtxos_at(&self, outpoints: &[String]) -> Result<Vec<&VtxoRecord>, Refusal> {
        let outpoints = outpoints
            .iter()
            .map(|outpoint| outpoint.parse::<OutPoint>())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| invalid("invalid outpoint format"))?;
        Ok(outpoints.iter().filter_map(|outpoint| self.vtxo(outpoint)).collect())
    }

    fn vtxo_answer(&self, vtxo: &VtxoRecord) -> Value {
        let assets: Vec<Value> = vtxo
            .assets
            .iter()
            .map(|(asset, amount)| json!({ "assetId": asset.to_string(), "amount": self.integer(*amount) }))
            .collect();
        let or_empty = |txid: Option<Txid>| txid.map(|txid| txid.to_string()).unwrap_or_default();
        json!({
            "outpoint": { "txid": vtxo.outpoint.txid.to_string(), "vout": vtxo.outpoint.vout },
            "createdAt": self.integer(vtxo.created_at),
            "expiresAt": self.integer(vtxo.expires_at),
            "amount": self.integer(vtxo.amount.to_sat()),
            "script": vtxo.script.to_hex_string(),
            "isPreconfirmed": vtxo.preconfirmed,
            "isSwept": vtxo.swept,
            "isUnrolled": vtxo.unrolled,
            "isSpent": vtxo.spent_by.is_some(),
            "spentBy": or_empty(vtxo.spent_by),
            "commitmentTxids": vtxo.commitments.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "settledBy": "",
            "arkTxid": or_empty(vtxo.ark_txid),
            "assets": assets,
            "depth": vtxo.depth,
        })
    }

    /// GetVirtualTxs: PSBTs of ark transactions and checkpoints; ids that are not known are left out.
    pub(super) fn virtual_txs_answer(&self, txids: &str, query: &Query) -> Result<Value, Refusal> {
        let txids = txids
            .split(',')
            .map(str::parse::<Txid>)
            .collect::<Result<BTreeSet<_>, _>>()
            .map_err(|error| invalid(&format!("invalid txid: {error}")))?;
        let mut found: Vec<String> = Vec::new();
        for txid in txids {
            let ark = self.transactions.get(&txid).map(|transaction| &transaction.ark);
            let checkpoint = || {
                self.transactions
                    .values()
                    .find_map(|transaction| transaction.checkpoints.get(&txid))
            };
            found.extend(ark.or_else(checkpoint).map(ToString::to_string));
        }
        let (page, txs) = paginate(&found, query)?;
        Ok(json!({ "txs": txs, "page": page, "authToken": "" }))
    }

    /// GetVtxoChain: from the VTXO back to the batch.
    pub(super) fn chain_answer(&self, txid: &str, vout: &str, query: &Query) -> Result<Value, Refusal> {
        let outpoint: OutPoint = format!("{txid}:{vout}")
            .parse()
            .map_err(|_| invalid("invalid outpoint"))?;
        let mut next = vec![outpoint];
        let mut seen: Vec<Txid> = Vec::new();
        let mut chain: Vec<Value> = Vec::new();
        while let Some(outpoint) = next.pop() {
            let vtxo = self
                .vtxo(&outpoint)
                .ok_or_else(|| Refusal::plain(Grpc::Internal, format!("vtxo not found for outpoint: {outpoint}")))?;
            if seen.contains(&outpoint.txid) {
                continue;
            }
            seen.push(outpoint.txid);
            let link = |txid: Txid, kind: &str, spends: Vec<String>| {
                json!({
                    "txid": txid.to_string(),
                    "expiresAt": self.integer(vtxo.expires_at),
                    "type": format!("INDEXER_CHAINED_TX_TYPE_{kind}"),
                    "spends": spends,
                })
            };
            if let Some(transaction) = self.transactions.get(&outpoint.txid) {
                let checkpoints = transaction.inputs.iter().map(|input| input.outpoint.txid);
                chain.push(link(
                    outpoint.txid,
                    "ARK",
                    checkpoints.map(|txid| txid.to_string()).collect(),
                ));
                for (input, coin) in transaction.inputs.iter().zip(&transaction.coins) {
                    chain.push(link(input.outpoint.txid, "CHECKPOINT", vec![coin.outpoint.to_string()]));
                    next.insert(0, coin.outpoint);
                }
                continue;
            }
            let commitment = vtxo.commitments.first().copied();
            chain.push(link(
                outpoint.txid,
                "TREE",
                commitment.iter().map(ToString::to_string).collect(),
            ));
            if let Some(commitment) = commitment.filter(|commitment| !seen.contains(commitment)) {
                seen.push(commitment);
                chain.push(link(commitment, "COMMITMENT", Vec::new()));
            }
        }
        let (page, chain) = paginate(&chain, query)?;
        Ok(json!({ "chain": chain, "page": page, "authToken": "", "nextPageToken": "" }))
    }

    /// GetAsset. The supply is what unspent VTXOs carry.
    pub(super) fn asset_answer(&self, id: &str) -> Result<Value, Refusal> {
        let id: AssetId = id.parse().map_err(|_| invalid("invalid asset id"))?;
        let facts = self
            .assets
            .get(&id)
            .ok_or_else(|| Refusal::plain(Grpc::NotFound, format!("asset {id} not found")))?;
        let supply = self
            .vtxos()
            .filter(|vtxo| vtxo.spent_by.is_none())
            .flat_map(|vtxo| &vtxo.assets)
            .filter(|(asset, _)| *asset == id)
            .fold(0_u128, |sum, (_, amount)| sum.saturating_add(u128::from(*amount)));
        Ok(json!({
            "assetId": id.to_string(),
            "supply": supply.to_string(),
            "controlAsset": facts.control.map(|control| control.to_string()).unwrap_or_default(),
            "metadata": hex::encode(&facts.metadata),
        }))
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal::plain(Grpc::InvalidArgument, message)
}

fn filter(query: &Query) -> Result<Filter, Refusal> {
    let wanted = [
        ("spendableOnly", Filter::Spendable),
        ("spentOnly", Filter::Spent),
        ("recoverableOnly", Filter::Recoverable),
        ("pendingOnly", Filter::Pending),
    ];
    let mut chosen = Filter::All;
    for (name, filter) in wanted {
        if query.flag(name)? {
            if chosen != Filter::All {
                return Err(invalid(
                    "spendable, spent, recoverable and pending filters are mutually exclusive",
                ));
            }
            chosen = filter;
        }
    }
    Ok(chosen)
}

fn parse_script(text: &str) -> Result<ScriptBuf, Refusal> {
    let script = ScriptBuf::from_hex(text).map_err(|_| invalid("invalid script format, must be hex"))?;
    if script.is_p2tr() {
        Ok(script)
    } else {
        Err(invalid("invalid script, must be P2TR"))
    }
}

/// The page that the query asks for, counted from 1, and what arkd says of it: the page, the next one (the last one if
/// there is none) and how many there are. Without a page everything is given, and nothing is said.
fn paginate<'a, Item>(items: &'a [Item], query: &Query) -> Result<(Value, &'a [Item]), Refusal> {
    if !query.has("page.size") && !query.has("page.index") {
        return Ok((Value::Null, items));
    }
    let positive = |name: &str, otherwise: usize| {
        query.integer(name).map(|number| {
            usize::try_from(number)
                .ok()
                .filter(|number| *number > 0)
                .unwrap_or(otherwise)
        })
    };
    let (size, current) = (positive("page.size", USUAL_PAGE)?, positive("page.index", 1)?);
    let total = items.len().div_ceil(size);
    let page = json!({ "current": current, "next": current.saturating_add(1).min(total), "total": total });
    let start = current.saturating_sub(1).saturating_mul(size).min(items.len());
    let end = start.saturating_add(size).min(items.len());
    Ok((page, items.get(start..end).unwrap_or_default()))
}
