//! What the binary knows of itself, as Markdown.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const PAGE: &str = "docs/cli.md";

#[test]
fn the_page_lists_what_the_binary_has() {
    let output = Command::new(env!("CARGO_BIN_EXE_nanoark"))
        .args(["--json", "--home", "/nonexistent", "schema"])
        .env_clear()
        .output()
        .unwrap();
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = std::fs::read_to_string(page()).unwrap();
    let mut wanted = found.clone();
    for (name, text) in [
        ("options", options(&schema)),
        ("commands", commands(&schema)),
        (
            "exit-codes",
            table(
                &schema["exit_codes"],
                ["exit_code", "name", "meaning"],
                "code | name | what it means",
            ),
        ),
        (
            "codes",
            table(
                &schema["codes"],
                ["code", "exit_code", "meaning"],
                "code | exit code | what it means",
            ),
        ),
    ] {
        wanted = with_section(&wanted, name, &text);
    }
    if found == wanted {
        return;
    }
    if is_updating() {
        std::fs::write(page(), wanted).unwrap();
        return;
    }
    panic!("{PAGE} is out of date; write it anew with: UPDATE_DOCS=1 cargo test -p nanoark --test docs");
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE)
}

#[expect(clippy::disallowed_methods, reason = "a test has no edge to take its settings from")]
fn is_updating() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

fn with_section(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (
        format!("<!-- generated:{name} -->\n"),
        format!("<!-- /generated:{name} -->"),
    );
    let (before, rest) = page
        .split_once(&begin)
        .unwrap_or_else(|| panic!("{PAGE} lacks {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{PAGE} lacks {end}"));
    format!("{before}{begin}{text}{end}{after}")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.replace('|', "\\|").replace('\n', " "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn table(rows: &Value, members: [&str; 3], heading: &str) -> String {
    let mut table = format!("| {heading} |\n|---|---|---|\n");
    for row in rows.as_array().unwrap() {
        let [one, two, three] = members.map(|member| text(&row[member]));
        let one = if members[0] == "code" { format!("`{one}`") } else { one };
        writeln!(table, "| {one} | {two} | {three} |").unwrap();
    }
    table
}

fn options(schema: &Value) -> String {
    let mut table = "| option | variable | what it means |\n|---|---|---|\n".to_owned();
    for option in schema["options"].as_array().unwrap() {
        let variable = option["environment"]
            .as_str()
            .map_or_else(String::new, |name| format!("`{name}`"));
        writeln!(
            table,
            "| {} | {variable} | {} |",
            written(option),
            text(&option["help"])
        )
        .unwrap();
    }
    table
}

fn commands(schema: &Value) -> String {
    let mut list = String::new();
    for command in schema["commands"].as_array().unwrap() {
        writeln!(
            list,
            "### nanoark {}\n\n{}.",
            text(&command["name"]),
            text(&command["about"])
        )
        .unwrap();
        let arguments = command["arguments"].as_array().unwrap();
        if !arguments.is_empty() {
            list.push_str("\n| argument | what it means |\n|---|---|\n");
        }
        for argument in arguments {
            let mut help = text(&argument["help"]);
            let values: Vec<String> = argument["values"].as_array().into_iter().flatten().map(text).collect();
            if !values.is_empty() {
                help = format!("{help}: {}", values.join(", "));
            }
            if let Some(default) = argument["default"].as_str() {
                help = format!("{help} (default: {default})");
            }
            if argument["required"] == true {
                help = format!("{help} (required)");
            }
            writeln!(list, "| {} | {help} |", written(argument)).unwrap();
        }
        list.push('\n');
    }
    list.truncate(list.trim_end().len());
    list.push('\n');
    list
}

fn written(argument: &Value) -> String {
    let name = text(&argument["name"]);
    match argument["value"].as_str() {
        Some(value) if name != value => format!("`{name} {value}`"),
        Some(_) | None => format!("`{name}`"),
    }
}
