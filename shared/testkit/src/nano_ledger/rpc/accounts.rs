//! Actions about accounts.

use nanoark_nano::{Account, RawAmount};
use serde_json::{Map, Value, json};

use super::request::{Refusal, Request};
use super::{NanoNode, one_or_zero, yes_or_no};
use crate::nano_ledger::block::LedgerBlock;
use crate::nano_ledger::dialect::Dialect;
use crate::nano_ledger::genesis::genesis_account;
use crate::nano_ledger::ledger::{Chain, Effect, Entry, Ledger};

const NOT_FOUND: &str = "Account not found";

fn chain_of<'a>(ledger: &'a Ledger, account: &Account) -> Result<&'a Chain, Refusal> {
    ledger.chain(account).ok_or_else(|| Refusal::error(NOT_FOUND))
}

impl NanoNode {
    /// What the account could receive in all.
    fn receivable_sum(&self, ledger: &Ledger, account: Account, only_confirmed: bool) -> RawAmount {
        let visible = ledger.receivable_by(account).filter(|(hash, _)| {
            self.find(ledger, hash)
                .is_some_and(|entry| !only_confirmed || self.calls_confirmed(entry))
        });
        visible.fold(RawAmount::ZERO, |sum, (_, send)| {
            sum.checked_add(send.amount).unwrap_or(RawAmount::MAX)
        })
    }

    fn balance_of(&self, ledger: &Ledger, account: Account, only_confirmed: bool) -> Value {
        let head = if only_confirmed {
            ledger.confirmed_head(&account).map(|entry| entry.facts.balance)
        } else {
            ledger.chain(&account).map(|chain| chain.balance)
        };
        let receivable = self.receivable_sum(ledger, account, only_confirmed);
        json!({ "balance": head.unwrap_or(RawAmount::ZERO), "pending": receivable, "receivable": receivable })
    }
}

pub(super) fn account_balance(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let account = request.account("account")?;
    let only_confirmed = request.flag("include_only_confirmed", true);
    node.ledger
        .with(|ledger, _| Ok(node.balance_of(ledger, account, only_confirmed)))
}

pub(super) fn account_info(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let account = request.account("account")?;
    let include_confirmed = request.flag("include_confirmed", false);
    node.ledger.with(|ledger, _| {
        let chain = chain_of(ledger, &account)?;
        let confirmed = ledger.confirmed_head(&account);
        let height = confirmed.map_or(0, |entry| entry.height).to_string();
        let frontier = json!(
            confirmed
                .map(|entry| entry.hash)
                .unwrap_or(nanoark_nano::BlockHash::ZERO)
        );
        let confirmed_balance = confirmed.map_or(RawAmount::ZERO, |entry| entry.facts.balance);
        let mut fields = Map::new();
        let mut say = |field: &str, value: Value| drop(fields.insert(field.to_owned(), value));
        say("frontier", json!(chain.head));
        say("open_block", json!(chain.open));
        say("representative_block", json!(chain.representative_block));
        say("balance", json!(chain.balance));
        say("modified_timestamp", json!(chain.modified.to_string()));
        say("block_count", json!(chain.height.to_string()));
        say("account_version", json!(chain.epoch.to_string()));
        // RsNano gives both heights; the C++ node gives the name that belongs to the request.
        let both = node.dialect == Dialect::RsNano;
        if both || !include_confirmed {
            say("confirmation_height", json!(height));
        }
        if both || include_confirmed {
            say("confirmed_height", json!(height));
        }
        say(
            if include_confirmed {
                "confirmed_frontier"
            } else {
                "confirmation_height_frontier"
            },
            frontier,
        );
        if include_confirmed {
            say("confirmed_balance", json!(confirmed_balance));
        }
        if request.flag("representative", false) {
            say("representative", json!(chain.representative));
            if include_confirmed {
                let voter = confirmed.and_then(|entry| representative_at(ledger, entry));
                say("confirmed_representative", json!(voter.unwrap_or(chain.representative)));
            }
        }
        if request.flag("weight", false) {
            say("weight", json!(ledger.weight(account).to_string()));
        }
        if request.flag("receivable", false) || request.flag("pending", false) {
            let all = node.receivable_sum(ledger, account, false);
            say("pending", json!(all));
            say("receivable", json!(all));
            if include_confirmed {
                let final_ones = node.receivable_sum(ledger, account, true);
                say("confirmed_pending", json!(final_ones));
                say("confirmed_receivable", json!(final_ones));
            }
        }
        Ok(Value::Object(fields))
    })
}

/// Who votes after this block: a legacy send or receive leaves it to a block before.
fn representative_at(ledger: &Ledger, entry: &Entry) -> Option<Account> {
    let mut entry = entry;
    loop {
        if let Some(representative) = entry.block.representative() {
            return Some(representative);
        }
        entry = ledger.get(&entry.block.previous())?;
    }
}

pub(super) fn account_representative(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let account = request.account("account")?;
    node.ledger
        .with(|ledger, _| Ok(json!({ "representative": chain_of(ledger, &account)?.representative })))
}

pub(super) fn account_block_count(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let account = request.account("account")?;
    node.ledger
        .with(|ledger, _| Ok(json!({ "block_count": chain_of(ledger, &account)?.height.to_string() })))
}

pub(super) fn account_weight(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let account = request.account("account")?;
    node.ledger
        .with(|ledger, _| Ok(json!({ "weight": ledger.weight(account).to_string() })))
}

pub(super) fn account_key(_: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let account = request.account("account")?;
    Ok(json!({ "key": hex::encode_upper(account.as_bytes()) }))
}

pub(super) fn account_get(_: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    Ok(json!({ "account": request.public_key("key")? }))
}

pub(super) fn validate_account_number(_: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    Ok(json!({ "valid": one_or_zero(request.is_account("account")?) }))
}

/// One answer per account under `field`, and what went wrong with the others under `errors`.
fn for_each_account(
    request: &Request<'_>,
    field: &str,
    answer: impl Fn(Account) -> Result<Value, &'static str>,
) -> Result<Value, Refusal> {
    let (mut found, mut errors) = (Map::new(), Map::new());
    // RsNano refuses the whole list for one bad account; the C++ node blames that one alone.
    if request.dialect() == Dialect::RsNano {
        request.accounts("accounts")?;
    }
    for text in request.list("accounts")? {
        match text.parse().map_err(|_| "Bad account number").and_then(&answer) {
            Ok(value) => drop(found.insert(text.into_owned(), value)),
            Err(words) => drop(errors.insert(text.into_owned(), json!(words))),
        }
    }
    let mut fields = Map::from_iter([(field.to_owned(), Value::Object(found))]);
    if !errors.is_empty() {
        fields.insert("errors".to_owned(), Value::Object(errors));
    }
    Ok(Value::Object(fields))
}

pub(super) fn accounts_balances(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let only_confirmed = request.flag("include_only_confirmed", true);
    node.ledger.with(|ledger, _| {
        for_each_account(request, "balances", |account| {
            Ok(node.balance_of(ledger, account, only_confirmed))
        })
    })
}

pub(super) fn accounts_frontiers(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    node.ledger.with(|ledger, _| {
        for_each_account(request, "frontiers", |account| {
            ledger.chain(&account).map(|chain| json!(chain.head)).ok_or(NOT_FOUND)
        })
    })
}

pub(super) fn accounts_representatives(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    node.ledger.with(|ledger, _| {
        for_each_account(request, "representatives", |account| {
            ledger
                .chain(&account)
                .map(|chain| json!(chain.representative))
                .ok_or(NOT_FOUND)
        })
    })
}

pub(super) fn account_history(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let account = request.account("account")?;
    let raw = request.flag("raw", false);
    let reverse = request.flag("reverse", false);
    let count = request.count("count")?.unwrap_or(usize::MAX);
    let mut skip = request.count("offset")?.unwrap_or(0);
    let head = if request.has("head") {
        Some(request.hash("head", "Invalid block hash")?)
    } else {
        None
    };
    node.ledger.with(|ledger, _| {
        let chain = chain_of(ledger, &account)?;
        let mut next = Some(head.unwrap_or(if reverse { chain.open } else { chain.head }));
        let mut history = Vec::new();
        while let Some(entry) = next
            .and_then(|hash| node.find(ledger, &hash))
            .filter(|_| history.len() < count)
        {
            if skip > 0 {
                skip = skip.saturating_sub(1);
            } else {
                history.extend(node.history_item(entry, raw));
            }
            next = if reverse {
                entry.successor
            } else {
                Some(entry.block.previous())
            };
        }
        let mut fields = Map::new();
        fields.insert("account".to_owned(), json!(account));
        fields.insert("history".to_owned(), json!(history));
        if let Some(more) = next.filter(|hash| !hash.is_zero()) {
            fields.insert(if reverse { "next" } else { "previous" }.to_owned(), json!(more));
        }
        Ok(Value::Object(fields))
    })
}

impl NanoNode {
    /// One line of a history. Without `raw` only blocks that move money are in it.
    fn history_item(&self, entry: &Entry, raw: bool) -> Option<Value> {
        let lie = self.faults.lie_about(&entry.hash);
        let facts = &entry.facts;
        let other = match facts.effect {
            Effect::Send { to } => Some(lie.destination.unwrap_or(to)),
            Effect::Receive { from, .. } => Some(from),
            Effect::Epoch if raw => Some(genesis_account()),
            Effect::Change | Effect::Epoch => None,
        };
        if other.is_none() && !raw {
            return None;
        }
        let mut fields = Map::new();
        let mut say = |field: &str, value: Value| drop(fields.insert(field.to_owned(), value));
        say(
            "local_timestamp",
            json!(lie.local_timestamp.unwrap_or(entry.local_timestamp).to_string()),
        );
        say("height", json!(entry.height.to_string()));
        say("hash", json!(entry.hash));
        say("confirmed", json!(yes_or_no(self.calls_confirmed(entry))));
        if let Some(other) = other {
            say("account", json!(other));
            say("amount", json!(lie.amount.unwrap_or(facts.amount)));
        }
        if raw {
            let Value::Object(contents) = self.dialect.contents(entry.block.to_json(), entry.block.work(), true) else {
                return None;
            };
            for (field, value) in contents {
                if !matches!(field.as_str(), "account" | "link_as_account" | "destination") {
                    say(&field, value);
                }
            }
            if matches!(entry.block, LedgerBlock::State(_)) {
                say("subtype", json!(facts.effect.word()));
            }
        } else {
            say("type", json!(facts.effect.word()));
        }
        Some(Value::Object(fields))
    }
}
