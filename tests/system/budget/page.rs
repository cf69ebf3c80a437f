//! The tables of `docs/budget.md`: the numbers that are asserted.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::measure::Row;

/// One test writes at a time.
static WRITING: Mutex<()> = Mutex::new(());

fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| function | case | DynamoDB calls | write units | of which by table | read units |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let least = if row.at_least { "≥ " } else { "" };
        writeln!(
            table,
            "| `{}` | {} | {} | {least}{} | {} | {} |",
            row.function, row.case, row.calls, row.units.write, row.written, row.units.read
        )
        .unwrap();
    }
    table
}

/// Holds what was measured against the table of this name on the page, or writes it there when `UPDATE_DOCS` is set.
#[expect(clippy::print_stdout, reason = "the figures are wanted with --nocapture")]
pub(super) fn settle(name: &str, rows: &[Row]) {
    let (begin, end) = (
        format!("<!-- generated:{name} -->\n"),
        format!("<!-- /generated:{name} -->"),
    );
    let table = table(rows);
    println!("{table}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/budget.md");
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let found = std::fs::read_to_string(&path).unwrap();
    let from = found.find(&begin).unwrap() + begin.len();
    let to = from + found[from..].find(&end).unwrap();
    if nanoark_runtime::system_setting("UPDATE_DOCS").is_some() {
        let page = [&found[..from], &table, &found[to..]].concat();
        std::fs::write(path, page).unwrap();
        return;
    }
    for (budgeted, measured) in found[from..to].lines().zip(table.lines()) {
        assert_eq!(budgeted, measured, "a budget changed: write it anew with UPDATE_DOCS=1");
    }
    assert_eq!(
        &found[from..to],
        table,
        "a budget is missing: write it anew with UPDATE_DOCS=1"
    );
}
