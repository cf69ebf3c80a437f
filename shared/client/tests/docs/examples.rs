//! Every JSON block is a wire type: it is read as one and written as the same.

use std::collections::BTreeSet;
use std::fmt::Debug;

use nanoark_http::routes::reference_markdown;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::page::{Page, labels};
use crate::{gateway, story};

/// A JSON block: its label, which begins with the type, and its text.
pub(crate) struct Example {
    pub(crate) label: &'static str,
    pub(crate) json: String,
}

/// An example of a wire type.
pub(crate) fn of<T: Serialize + DeserializeOwned + PartialEq + Debug>(label: &'static str, value: &T) -> Example {
    let name = std::any::type_name::<T>().rsplit("::").next().unwrap();
    assert_eq!(label.split(':').next(), Some(name), "a label begins with its type");
    let json = serde_json::to_string_pretty(value).unwrap();
    let read: T = serde_json::from_str(&json).unwrap();
    assert_eq!(read, *value, "{label}");
    let same: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), same, "{label}");
    Example { label, json }
}

#[test]
fn the_api_s_examples_are_wire_types_and_its_routes_the_ones_in_force() {
    let mut examples = story::examples();
    examples.extend(gateway::of_the_api());
    let page = Page::open("docs/api.md").section("routes", &reference_markdown());
    assert_shows("docs/api.md", page, &examples);
}

#[test]
fn the_ceremony_s_examples_are_what_wallets_and_gateway_send() {
    let page = Page::open("docs/ark.md");
    assert_shows("docs/ark.md", page, &gateway::of_the_ceremony());
}

/// Whether a page shows these examples and no others.
fn assert_shows(path: &str, page: Page, examples: &[Example]) {
    let page = examples
        .iter()
        .fold(page, |page, example| page.example(example.label, &example.json));
    page.settle();
    let shown: BTreeSet<String> = labels(path).into_iter().collect();
    assert_eq!(shown, examples.iter().map(|example| example.label.to_owned()).collect());
}

#[test]
fn no_other_page_has_json_that_nobody_checks() {
    for path in [
        "README.md",
        "docs/architecture.md",
        "docs/authentication.md",
        "docs/limits.md",
        "docs/nostr.md",
        "docs/operations.md",
        "docs/payments.md",
        "docs/problems.md",
    ] {
        assert_eq!(labels(path), Vec::<String>::new(), "{path}");
    }
}
