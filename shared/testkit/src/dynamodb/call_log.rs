//! What was asked of DynamoDB, and what it cost: the budget of an endpoint is asserted from this.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// A local stack runs for days; the log keeps this many calls and forgets the oldest.
const KEPT_CALLS: usize = 10_000;

/// Capacity units, as DynamoDB bills them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    /// Write units.
    pub write: f64,
    /// Read units; half ones exist.
    pub read: f64,
}

impl Units {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            write: self.write + other.write,
            read: self.read + other.read,
        }
    }
}

/// How a call ended for the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// It was refused.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The exception's short name, such as `TransactionCanceledException`.
        error: String,
        /// Of a cancelled transaction: one code per action, `None` for those that were not to blame.
        reasons: Vec<String>,
    },
    /// The caller saw a time-out.
    TimedOut {
        /// Whether the write happened all the same.
        committed: bool,
    },
}

/// One call of one operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The operation, such as `TransactWriteItems`.
    pub operation: String,
    /// The tables it names, each once, in the order of the request.
    pub tables: Vec<String>,
    /// What it consumed in all.
    pub units: Units,
    /// What it consumed in each table, its indexes included.
    pub units_by_table: BTreeMap<String, Units>,
    /// Whether the units are our count instead of DynamoDB's. DynamoDB bills a refused condition but does not say how
    /// much; we count the least it can be: one write unit per action, two in a transaction.
    pub estimated: bool,
    /// How it ended.
    pub outcome: Outcome,
}

impl Call {
    /// Whether the call was answered.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.outcome == Outcome::Answered
    }
}

/// The calls so far. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct CallLog {
    calls: Arc<Mutex<VecDeque<Call>>>,
}

impl CallLog {
    /// Every call so far, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Call> {
        self.lock().iter().cloned().collect()
    }

    /// Every call so far, oldest first, and forgets them: the way to look at one request at a time.
    #[must_use]
    pub fn take(&self) -> Vec<Call> {
        self.lock().drain(..).collect()
    }

    /// Forgets every call so far.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// How many calls there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// What all calls together consumed.
    #[must_use]
    pub fn units(&self) -> Units {
        self.lock()
            .iter()
            .fold(Units::default(), |sum, call| sum.plus(call.units))
    }

    pub(super) fn record(&self, call: Call) {
        let mut calls = self.lock();
        if calls.len() == KEPT_CALLS {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Call>> {
        // A test that failed while it held the log must not fail every other one.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tables a request names, each once.
pub(super) fn tables_of(request: &Value) -> Vec<String> {
    let single = request.get("TableName");
    let actions = request
        .get("TransactItems")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let transacted = actions
        .filter_map(Value::as_object)
        .flat_map(|action| action.values())
        .filter_map(|action| action.get("TableName"));
    let named = single.into_iter().chain(transacted).filter_map(Value::as_str);
    let batched = request
        .get("RequestItems")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|tables| tables.keys());
    let mut tables: Vec<String> = Vec::new();
    for table in named.chain(batched.map(String::as_str)) {
        if !tables.iter().any(|known| known == table) {
            tables.push(table.to_owned());
        }
    }
    tables
}

/// Whether units of this operation are write units when DynamoDB does not say which they are.
fn writes(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems"
    )
}

/// Whether the operation can report what it consumed.
pub(super) fn reports_capacity(operation: &str) -> bool {
    writes(operation)
        || matches!(
            operation,
            "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems"
        )
}

/// What the answer says was consumed, by table.
pub(super) fn units_reported(operation: &str, answer: &Value) -> BTreeMap<String, Units> {
    let mut units = BTreeMap::new();
    let consumed = match answer.get("ConsumedCapacity") {
        Some(Value::Array(tables)) => tables.iter().collect(),
        Some(table) => vec![table],
        None => Vec::new(),
    };
    for entry in consumed {
        let number = |name: &str| entry.get(name).and_then(Value::as_f64);
        let total = number("CapacityUnits").unwrap_or_default();
        let consumed = match (number("WriteCapacityUnits"), number("ReadCapacityUnits")) {
            (None, None) if writes(operation) => Units {
                write: total,
                read: 0.0,
            },
            (None, None) => Units {
                write: 0.0,
                read: total,
            },
            (write, read) => Units {
                write: write.unwrap_or_default(),
                read: read.unwrap_or_default(),
            },
        };
        if let Some(table) = entry.get("TableName").and_then(Value::as_str) {
            let sum: &mut Units = units.entry(table.to_owned()).or_default();
            *sum = sum.plus(consumed);
        }
    }
    units
}

/// The least that DynamoDB bills for a write whose condition refused it, by table.
pub(super) fn units_of_a_refusal(operation: &str, error: &str, request: &Value) -> BTreeMap<String, Units> {
    let mut units: BTreeMap<String, Units> = BTreeMap::new();
    if error == "ConditionalCheckFailedException" && writes(operation) {
        if let Some(table) = request.get("TableName").and_then(Value::as_str) {
            units.insert(table.to_owned(), Units { write: 1.0, read: 0.0 });
        }
    } else if error == "TransactionCanceledException" && operation == "TransactWriteItems" {
        for action in request
            .get("TransactItems")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            for table in tables_of(&serde_json::json!({ "TransactItems": [action] })) {
                let sum = units.entry(table).or_default();
                *sum = sum.plus(Units { write: 2.0, read: 0.0 });
            }
        }
    }
    units
}
