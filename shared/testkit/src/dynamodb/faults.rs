//! What DynamoDB does to its callers on a bad day, on command.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// A way in which a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too many requests: `ProvisionedThroughputExceededException`, nothing written.
    Throttle,
    /// Another transaction holds the first item: a cancelled transaction whose first reason is `TransactionConflict`, or
    /// `TransactionConflictException` for a single item. Nothing written.
    TransactionConflict,
    /// The first item of a transaction is throttled: a cancelled transaction whose first reason is `ThrottlingError`.
    TransactionThrottled,
    /// The same client token is still at work elsewhere: `TransactionInProgressException`.
    TransactionInProgress,
    /// The request never arrives; the caller sees a time-out.
    TimeoutBeforeCommit,
    /// The request is carried out; the caller sees a time-out all the same.
    TimeoutAfterCommit,
    /// HTTP 500, nothing written.
    InternalError,
}

/// The call that is about to go wrong or not.
#[derive(Clone, Copy, Debug)]
pub struct FaultSite<'a> {
    /// The operation, such as `PutItem`.
    pub operation: &'a str,
    /// The tables it names.
    pub tables: &'a [String],
    /// The request's JSON.
    pub request: &'a Value,
}

type Predicate = Box<dyn Fn(&FaultSite<'_>) -> bool + Send + Sync>;

struct Rule {
    fault: Fault,
    remaining: usize,
    applies: Predicate,
}

/// The faults that are yet to come. Clones share them.
#[derive(Clone, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Faults {
    /// The next call of this operation goes wrong.
    pub fn next(&self, operation: &str, fault: Fault) {
        self.times(1, operation, fault);
    }

    /// The next `count` calls of this operation go wrong.
    pub fn times(&self, count: usize, operation: &str, fault: Fault) {
        let operation = operation.to_owned();
        self.when(count, fault, move |site| site.operation == operation);
    }

    /// The next `count` calls that the predicate chooses go wrong. Earlier rules are asked first.
    pub fn when(&self, count: usize, fault: Fault, applies: impl Fn(&FaultSite<'_>) -> bool + Send + Sync + 'static) {
        self.lock().push(Rule {
            fault,
            remaining: count,
            applies: Box::new(applies),
        });
    }

    /// How many faults have not struck yet; a test that scripts faults asserts that this is zero.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.lock()
            .iter()
            .fold(0, |sum, rule| sum.saturating_add(rule.remaining))
    }

    /// Nothing goes wrong any more.
    pub fn clear(&self) {
        self.lock().clear();
    }

    pub(super) fn strike(&self, site: &FaultSite<'_>) -> Option<Fault> {
        let mut rules = self.lock();
        let rule = rules
            .iter_mut()
            .find(|rule| rule.remaining > 0 && (rule.applies)(site))?;
        rule.remaining = rule.remaining.saturating_sub(1);
        let fault = rule.fault;
        rules.retain(|rule| rule.remaining > 0);
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Faults")
            .field("outstanding", &self.outstanding())
            .finish()
    }
}

/// What the caller is answered when this fault strikes; `None` for a time-out, which is no answer.
pub(super) fn answer(fault: Fault, site: &FaultSite<'_>) -> Option<(u16, Value)> {
    match fault {
        Fault::Throttle => Some(refusal(
            400,
            "ProvisionedThroughputExceededException",
            "Requests come faster than the capacity of the table allows.",
        )),
        Fault::TransactionConflict => Some(blame_first_action(
            site,
            "TransactionConflict",
            "TransactionConflictException",
            "Transaction is ongoing for the item",
        )),
        Fault::TransactionThrottled => Some(blame_first_action(
            site,
            "ThrottlingError",
            "ThrottlingException",
            "Requests come faster than the table or index can take them.",
        )),
        Fault::TransactionInProgress => Some(refusal(
            400,
            "TransactionInProgressException",
            "The request with this client token is still at work.",
        )),
        Fault::InternalError => Some(refusal(500, "InternalServerError", "The service failed; try again.")),
        Fault::TimeoutBeforeCommit | Fault::TimeoutAfterCommit => None,
    }
}

fn refusal(status: u16, name: &str, message: &str) -> (u16, Value) {
    (
        status,
        json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": message }),
    )
}

/// A transaction is cancelled with one reason per action; a call on a single item has an exception of its own.
fn blame_first_action(site: &FaultSite<'_>, code: &str, exception: &str, message: &str) -> (u16, Value) {
    let Some(actions) = site.request.get("TransactItems").and_then(Value::as_array) else {
        return refusal(400, exception, message);
    };
    let reasons: Vec<Value> = (0..actions.len())
        .map(|index| {
            if index == 0 {
                json!({ "Code": code, "Message": message })
            } else {
                json!({ "Code": "None" })
            }
        })
        .collect();
    let codes: Vec<&str> = (0..actions.len())
        .map(|index| if index == 0 { code } else { "None" })
        .collect();
    let text = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": text,
        "CancellationReasons": reasons,
    });
    (400, body)
}
