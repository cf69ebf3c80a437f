//! Measuring one invocation of one function.

use std::collections::BTreeMap;
use std::time::Duration;

use nanoark_client::{ClientError, ProblemCode};
use nanoark_http::problem::Code;
use nanoark_testkit::dynamodb::{Call, CallLog, Units};

use crate::world::World;

/// What one invocation cost.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) function: &'static str,
    /// What was asked and how it ended.
    pub(super) case: &'static str,
    /// The calls by operation, such as `1 GetItem, 1 UpdateItem`.
    pub(super) calls: String,
    pub(super) units: Units,
    /// The write units by table, such as `jobs 6`.
    pub(super) written: String,
    /// Whether DynamoDB leaves the units of a refusal unsaid, and these are the least they can be.
    pub(super) at_least: bool,
    /// How many of the calls write.
    pub(super) writes: usize,
}

pub(super) struct Meter<'a> {
    pub(super) world: &'a World,
}

impl<'a> Meter<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        Self { world }
    }

    /// What `work` makes this function ask of DynamoDB.
    pub(super) async fn of_case<T>(
        &self,
        function: &'static str,
        case: &'static str,
        work: impl Future<Output = T>,
    ) -> (T, Row) {
        // Nothing happens in the same millisecond as the thing before: an index by time is rewritten, as it always is.
        self.world.pass(Duration::from_millis(1));
        measured(self.world.calls(function), function, case, work).await
    }

    /// What one run of a scheduled function asks of DynamoDB.
    pub(super) async fn of_run(&self, function: &'static str, case: &'static str) -> Row {
        let (outcome, row) = self.of_case(function, case, self.world.stack.trigger(function)).await;
        outcome.unwrap();
        row
    }

    /// The same for a call that must be done.
    pub(super) async fn done<T>(
        &self,
        rows: &mut Vec<Row>,
        function: &'static str,
        case: &'static str,
        work: impl Future<Output = Result<T, ClientError>>,
    ) -> T {
        let (outcome, row) = self.of_case(function, case, work).await;
        rows.push(row);
        outcome.unwrap_or_else(|error| panic!("{function}, {case}: {error}"))
    }

    /// The same for a call that must be refused like this.
    pub(super) async fn refused<T>(
        &self,
        rows: &mut Vec<Row>,
        function: &'static str,
        code: Code,
        work: impl Future<Output = Result<T, ClientError>>,
    ) {
        let (outcome, row) = self.of_case(function, code.as_str(), work).await;
        rows.push(row);
        match outcome.err() {
            Some(ClientError::Problem(problem)) => assert_eq!(problem.code, ProblemCode::Known(code), "{function}"),
            other => panic!("{function}: {other:?}"),
        }
    }
}

/// What `work` makes a function ask of DynamoDB, by its log.
pub(super) async fn measured<T>(
    log: &CallLog,
    function: &'static str,
    case: &'static str,
    work: impl Future<Output = T>,
) -> (T, Row) {
    log.clear();
    let outcome = work.await;
    (outcome, Row::of_calls(function, case, &log.take()))
}

impl Row {
    /// What these calls cost.
    pub(super) fn of_calls(function: &'static str, case: &'static str, calls: &[Call]) -> Self {
        let (mut operations, mut written) = (BTreeMap::<&str, u32>::new(), BTreeMap::<&str, f64>::new());
        let mut units = Units::default();
        for call in calls {
            *operations.entry(&call.operation).or_default() += 1;
            units = units.plus(call.units);
            for (table, units) in call.units_by_table.iter().filter(|(_, units)| units.write > 0.0) {
                *written.entry(table.trim_start_matches("nanoark-")).or_default() += units.write;
            }
        }
        let list = |parts: Vec<String>| {
            if parts.is_empty() {
                "none".to_owned()
            } else {
                parts.join(", ")
            }
        };
        Self {
            function,
            case,
            calls: list(
                operations
                    .iter()
                    .map(|(name, count)| format!("{count} {name}"))
                    .collect(),
            ),
            units,
            written: list(
                written
                    .iter()
                    .map(|(table, units)| format!("{table} {units}"))
                    .collect(),
            ),
            at_least: calls.iter().any(|call| call.estimated),
            writes: calls.iter().filter(|call| is_write(&call.operation)).count(),
        }
    }
}

fn is_write(operation: &str) -> bool {
    [
        "TransactWriteItems",
        "UpdateItem",
        "PutItem",
        "DeleteItem",
        "BatchWriteItem",
    ]
    .contains(&operation)
}
