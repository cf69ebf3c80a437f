//! The table of `docs/budget.md`: the numbers that are asserted.

use std::fmt::Write as _;
use std::path::Path;

use super::measure::Row;

const BEGIN: &str = "<!-- generated:budget -->\n";
const END: &str = "<!-- /generated:budget -->";

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

/// Holds what was measured against the page, or writes it there when `UPDATE_DOCS` is set.
#[expect(clippy::print_stdout, reason = "the figures are wanted with --nocapture")]
pub(super) fn settle(rows: &[Row]) {
    let table = table(rows);
    println!("{table}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/budget.md");
    let found = std::fs::read_to_string(&path).unwrap();
    let from = found.find(BEGIN).unwrap() + BEGIN.len();
    let to = from + found[from..].find(END).unwrap();
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
