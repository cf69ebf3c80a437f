//! The actions by name.

use serde_json::Value;

use super::request::{Refusal, Request};
use super::{NanoNode, accounts, blocks, network, process, receivable, work};

type Handler = fn(&NanoNode, &Request<'_>) -> Result<Value, Refusal>;

/// What a node can be asked.
#[derive(Clone, Copy)]
pub(super) struct Action {
    handler: Handler,
}

impl Action {
    pub(super) fn named(name: &str) -> Option<Self> {
        if let Some((_, handler)) = ACTIONS.iter().find(|(known, _)| *known == name) {
            return Some(Self { handler: *handler });
        }
        let handler = if name.starts_with("wallet_") || CONTROL_ACTIONS.contains(&name) {
            needs_control
        } else {
            not_in_the_double
        };
        RS_NANO_ACTIONS
            .split_whitespace()
            .any(|known| known == name)
            .then_some(Self { handler })
    }
}

pub(super) fn perform(node: &NanoNode, action: Action, request: &Request<'_>) -> Result<Value, Refusal> {
    (action.handler)(node, request)
}

const ACTIONS: [(&str, Handler); 36] = [
    ("account_balance", accounts::account_balance),
    ("account_block_count", accounts::account_block_count),
    ("account_get", accounts::account_get),
    ("account_history", accounts::account_history),
    ("account_info", accounts::account_info),
    ("account_key", accounts::account_key),
    ("account_representative", accounts::account_representative),
    ("account_weight", accounts::account_weight),
    ("accounts_balances", accounts::accounts_balances),
    ("accounts_frontiers", accounts::accounts_frontiers),
    ("accounts_receivable", receivable::accounts_receivable),
    ("accounts_representatives", accounts::accounts_representatives),
    ("active_difficulty", network::active_difficulty),
    ("available_supply", network::available_supply),
    ("block_account", blocks::block_account),
    ("block_confirm", blocks::block_confirm),
    ("block_count", network::block_count),
    ("block_hash", process::block_hash),
    ("block_info", blocks::block_info),
    ("blocks_info", blocks::blocks_info),
    ("chain", blocks::chain),
    ("confirmation_quorum", network::confirmation_quorum),
    ("process", process::process),
    ("receivable", receivable::receivable),
    ("receivable_exists", receivable::receivable_exists),
    ("representatives_online", network::representatives_online),
    ("successors", blocks::successors),
    ("telemetry", network::telemetry),
    ("uptime", network::uptime),
    ("validate_account_number", accounts::validate_account_number),
    ("version", network::version),
    ("work_generate", work::work_generate),
    ("work_validate", work::work_validate),
    // The names before V24, which proxies in front of public nodes still use.
    ("accounts_pending", receivable::accounts_pending),
    ("pending", receivable::pending),
    ("pending_exists", receivable::pending_exists),
];

/// Actions that only a node under control carries out, beside all that begin with `wallet_`.
const CONTROL_ACTIONS: [&str; 5] = ["account_create", "block_create", "receive", "send", "stop"];

fn needs_control(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    if node.control {
        not_in_the_double(node, request)
    } else {
        Err(Refusal::error("RPC control is disabled"))
    }
}

/// The one answer that is not a node's: better than a wrong one.
fn not_in_the_double(_: &NanoNode, _: &Request<'_>) -> Result<Value, Refusal> {
    Err(Refusal::error("Not implemented by the development ledger"))
}

/// The actions of RsNano V2.0 in its own order: it lists them when it does not know one.
const RS_NANO_ACTIONS: &str = "account_info keepalive stop key_create receive send work_peers work_peer_add telemetry \
    account_create account_balance accounts_create account_remove account_move account_list account_representative_set \
    active_difficulty account_block_count account_key account_get account_representative account_weight \
    available_supply block_account block_confirm database_txn_tracker confirmation_history block_count uptime \
    frontier_count validate_account_number nano_to_raw raw_to_nano work_set work_get accounts_frontiers frontiers \
    password_change password_enter password_valid deterministic_key key_expand peers populate_backlog representatives \
    accounts_representatives stats_clear unchecked_clear unopened node_id search_receivable_all receive_minimum \
    receive_minimum_set stats delegators delegators_count block_hash accounts_balances block_info blocks blocks_info \
    chain successors confirmation_active confirmation_quorum work_validate account_history sign process work_cancel \
    bootstrap bootstrap_any bootstrap_lazy wallet_create wallet_add wallet_contains wallet_destroy wallet_lock \
    wallet_locked wallet_add_watch wallet_representative wallet_work_get wallet_frontiers wallet_info wallet_export \
    wallet_change_seed wallet_receivable wallet_representative_set search_receivable wallet_republish wallet_balances \
    wallet_history wallet_ledger accounts_receivable receivable receivable_exists representatives_online unchecked \
    unchecked_get unchecked_keys confirmation_info ledger work_generate republish block_create work_peers_clear \
    version";

pub(super) fn known_actions() -> String {
    let quoted: Vec<String> = RS_NANO_ACTIONS
        .split_whitespace()
        .map(|action| format!("`{action}`"))
        .collect();
    quoted.join(", ")
}
