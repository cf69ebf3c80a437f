//! One node's RPC over the ledger: a request's bytes in, an answer's bytes out. Sockets are in `server`.

mod accounts;
mod actions;
mod blocks;
mod network;
mod process;
mod receivable;
mod request;
mod work;

use serde_json::{Value, json};

use super::NanoLedger;
use super::dialect::Dialect;
use super::faults::{NodeFaults, TransportFault};
use super::ledger::{Entry, Ledger};
use nanoark_nano::BlockHash;
use request::{Refusal, Request};

/// A node: one view of the ledger, with its own dialect, settings, faults and lies. Clones are the same node.
#[derive(Clone, Debug)]
pub struct NanoNode {
    pub(super) ledger: NanoLedger,
    faults: NodeFaults,
    dialect: Dialect,
    control: bool,
}

/// What a node answers over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// An answer and what happens to it on its way.
pub(super) struct Delivery {
    pub(super) answer: Answer,
    pub(super) fault: Option<TransportFault>,
}

impl NanoNode {
    /// An honest node over the ledger: the C++ node's dialect, control actions disabled, as on a public node.
    #[must_use]
    pub fn new(ledger: &NanoLedger) -> Self {
        Self {
            ledger: ledger.clone(),
            faults: NodeFaults::default(),
            dialect: Dialect::default(),
            control: false,
        }
    }

    /// The same node speaking this dialect.
    #[must_use]
    pub fn speaking(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The same node with `enable_control`, which `work_generate` needs.
    #[must_use]
    pub fn with_control(mut self, enabled: bool) -> Self {
        self.control = enabled;
        self
    }

    /// The ledger behind it.
    #[must_use]
    pub fn ledger(&self) -> &NanoLedger {
        &self.ledger
    }

    /// What goes wrong on this node alone.
    #[must_use]
    pub fn faults(&self) -> &NodeFaults {
        &self.faults
    }

    /// The dialect it speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What the node says to this request body, transport faults left aside.
    #[must_use]
    pub fn answer(&self, body: &[u8]) -> Answer {
        match Request::parse(body).and_then(|(action, fields)| {
            let request = Request::new(&fields, self.dialect);
            actions::perform(self, action, &request)
        }) {
            Ok(mut answer) => {
                self.dialect.finish(&mut answer);
                Answer::json(200, &answer)
            }
            Err(refusal) => refusal.answer(self.dialect),
        }
    }

    /// The same, with the transport fault that strikes it.
    pub(super) fn deliver(&self, body: &[u8]) -> Delivery {
        let text = String::from_utf8_lossy(body);
        let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
        let action = parsed.get("action").and_then(Value::as_str).unwrap_or_default();
        let fault = self.faults.strike(action, &text);
        Delivery {
            answer: self.answer(body),
            fault,
        }
    }

    /// The block, as far as this node admits to having it.
    fn find<'a>(&self, ledger: &'a Ledger, hash: &BlockHash) -> Option<&'a Entry> {
        ledger.get(hash).filter(|_| !self.faults.omits(hash))
    }

    /// Whether this node calls the block final.
    fn calls_confirmed(&self, entry: &Entry) -> bool {
        self.faults.lie_about(&entry.hash).confirmed.unwrap_or(entry.confirmed)
    }
}

impl Answer {
    fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            body: body.to_string(),
        }
    }

    fn text(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body,
        }
    }
}

impl Refusal {
    fn answer(self, dialect: Dialect) -> Answer {
        match (self, dialect) {
            (Self::Error(words), _) => Answer::json(200, &json!({ "error": words })),
            (Self::Malformed { nano_node, .. }, Dialect::NanoNode) => Answer::json(200, &json!({ "error": nano_node })),
            (Self::Malformed { rs_nano, status, .. }, Dialect::RsNano) => Answer::text(status, rs_nano),
        }
    }
}

/// The words a node uses for true and false.
fn yes_or_no(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// The digits a node uses for true and false elsewhere.
fn one_or_zero(value: bool) -> &'static str {
    if value { "1" } else { "0" }
}
