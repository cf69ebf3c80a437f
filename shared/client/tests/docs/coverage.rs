//! What operators must know is written down: settings, parameters, tables, indexes, alarms, cases.

use std::collections::BTreeSet;

use crate::page::{read, root};

/// Every name that begins like a setting, in a text.
fn settings(text: &str) -> BTreeSet<String> {
    let word = |rest: &str| -> String {
        rest.chars()
            .take_while(|one| one.is_ascii_uppercase() || one.is_ascii_digit() || *one == '_')
            .collect()
    };
    text.split("NANOARK_")
        .skip(1)
        .map(word)
        .filter(|name| !name.is_empty())
        .collect()
}

/// Logical names of the template's entries whose `Type` is this.
fn of_type(kind: &str) -> Vec<String> {
    let template = read("infra/template.yaml");
    let lines: Vec<&str> = template.lines().collect();
    let name = |pair: &[&str]| {
        let is = pair[1].trim() == format!("Type: {kind}");
        is.then(|| pair[0].trim().trim_end_matches(':').to_owned())
    };
    lines.windows(2).filter_map(name).collect()
}

/// The values of all lines that set this key.
fn values(key: &str) -> BTreeSet<String> {
    let prefix = format!("{key}: ");
    let template = read("infra/template.yaml");
    let value = |line: &str| {
        line.trim()
            .trim_start_matches("- ")
            .strip_prefix(&prefix)
            .map(str::to_owned)
    };
    template.lines().filter_map(value).collect()
}

fn assert_mentions(page: &str, names: impl IntoIterator<Item = String>) {
    let text = read(page);
    let missing: Vec<String> = names
        .into_iter()
        .filter(|name| !text.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "{page} does not mention {missing:?}");
}

#[test]
fn every_setting_is_documented() {
    let mut sources = read("infra/template.yaml");
    for entry in std::fs::read_dir(root().join("shared/runtime/src")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    assert_mentions(
        "docs/operations.md",
        settings(&sources).into_iter().map(|name| format!("NANOARK_{name}")),
    );
}

#[test]
fn every_parameter_and_alarm_of_the_template_is_documented() {
    let template = read("infra/template.yaml");
    let parameters = template
        .split("\nParameters:\n")
        .nth(1)
        .unwrap()
        .split("\nConditions:")
        .next()
        .unwrap();
    let names = parameters
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    assert_mentions(
        "docs/operations.md",
        names.map(|line| line.trim().trim_end_matches(':').to_owned()),
    );
    assert_mentions("docs/operations.md", of_type("AWS::CloudWatch::Alarm"));
}

#[test]
fn every_table_index_queue_and_background_function_is_documented() {
    assert_mentions("docs/architecture.md", of_type("AWS::DynamoDB::Table"));
    assert_mentions("docs/architecture.md", of_type("AWS::SQS::Queue"));
    assert_mentions("docs/architecture.md", values("IndexName"));
    let with_routes: BTreeSet<&str> = nanoark_http::routes::ROUTES
        .iter()
        .map(|route| route.function)
        .collect();
    let others = values("Binary")
        .into_iter()
        .filter(|name| !with_routes.contains(name.as_str()));
    assert_mentions("docs/architecture.md", others);
}

#[test]
fn every_payment_status_and_reason_is_explained() {
    use nanoark_domain::payment::{OwedReason, PaymentStatus, RejectReason};
    let statuses = PaymentStatus::ALL.iter().map(ToString::to_string);
    let reasons = RejectReason::ALL.iter().map(ToString::to_string);
    let owed = OwedReason::ALL.iter().map(ToString::to_string);
    assert_mentions("docs/payments.md", statuses.chain(reasons).chain(owed));
}

#[test]
fn every_job_status_and_expiry_reason_is_explained() {
    use nanoark_domain::job::{ExpiryReason, Status};
    let statuses = Status::ALL.iter().map(ToString::to_string);
    assert_mentions(
        "docs/architecture.md",
        statuses.chain(ExpiryReason::ALL.iter().map(ToString::to_string)),
    );
}

#[test]
fn every_stage_of_a_session_is_explained() {
    use nanoark_domain::ceremony::Stage;
    assert_mentions("docs/ark.md", Stage::ALL.map(|stage| stage.as_str().to_owned()));
}

#[test]
fn all_42_cases_have_their_row() {
    let page = read("docs/payments.md");
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next()?.parse::<u32>().ok());
    assert_eq!(rows.collect::<Vec<_>>(), (1..=42).collect::<Vec<_>>());
}
