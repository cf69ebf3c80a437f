//! The figures, as a table.

use std::collections::BTreeMap;
use std::time::Duration;

use nanoark_testkit::arkd::Endpoint;
use nanoark_testkit::dynamodb::{Call, Units};

/// The operations that write.
pub(super) const WRITES: [&str; 5] = [
    "TransactWriteItems",
    "UpdateItem",
    "PutItem",
    "DeleteItem",
    "BatchWriteItem",
];

/// A step, as the whole crowd took it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) step: &'static str,
    pub(super) times: Times,
    /// From the first event of the round to the end of its last session.
    pub(super) all: Option<Duration>,
    pub(super) cost: Cost,
    pub(super) arkd: Vec<Endpoint>,
}

#[derive(Debug)]
pub(super) struct Times {
    pub(super) half: Duration,
    pub(super) most: Duration,
}

/// What was asked of DynamoDB.
#[derive(Debug)]
pub(super) struct Cost {
    pub(super) writes: usize,
    pub(super) reads: usize,
    /// Calls that DynamoDB refused.
    pub(super) refused: usize,
    units: Units,
}

impl Cost {
    pub(super) fn of(calls: &[Call]) -> Self {
        let writes = calls
            .iter()
            .filter(|call| WRITES.contains(&call.operation.as_str()))
            .count();
        Self {
            writes,
            reads: calls.len() - writes,
            refused: calls.iter().filter(|call| !call.succeeded()).count(),
            units: calls.iter().fold(Units::default(), |sum, call| sum.plus(call.units)),
        }
    }
}

/// The time that half of them stay below, and that all but one in a hundred do.
pub(super) fn percentiles(mut times: Vec<Duration>) -> Times {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1];
    Times {
        half: at(50),
        most: at(99),
    }
}

#[expect(clippy::print_stdout, reason = "the figures are wanted with --nocapture")]
pub(super) fn print(rows: &[Row], sessions: u32) {
    let each = f64::from(sessions);
    println!("\n{sessions} sessions at once, each step by all of them (times in ms, calls and units per session)");
    println!("| step | p50 | p99 | all done | writes | write units | reads | read units | arkd |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        let milliseconds = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1_000.0);
        let mut asked = BTreeMap::<String, f64>::new();
        for endpoint in &row.arkd {
            *asked.entry(endpoint.to_string()).or_default() += 1.0 / each;
        }
        let asked: Vec<String> = asked.iter().map(|(name, count)| format!("{count:.2} {name}")).collect();
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.step,
            milliseconds(row.times.half),
            milliseconds(row.times.most),
            row.all.map_or(String::new(), milliseconds),
            row.cost.writes as f64 / each,
            row.cost.units.write / each,
            row.cost.reads as f64 / each,
            row.cost.units.read / each,
            asked.join(", ")
        );
    }
    println!(
        "{:.1} sessions per second, without the wallets' own work",
        each / rows.iter().filter_map(|row| row.all).sum::<Duration>().as_secs_f64()
    );
}
