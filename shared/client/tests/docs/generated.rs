//! The parts that the code writes.

use nanoark_domain::limits::Limits;
use nanoark_http::problem;

use crate::page::Page;
use crate::{story, vector};

#[test]
fn the_limits_are_the_ones_in_force() {
    Page::open("docs/limits.md")
        .section("limits", &Limits::reference_markdown())
        .settle();
}

#[test]
fn the_codes_of_sessions_are_the_domain_s() {
    Page::open("docs/nostr.md")
        .section("session-codes", &nanoark_domain::ceremony::reference_markdown())
        .settle();
}

#[test]
fn the_problems_are_all_there() {
    Page::open("docs/problems.md")
        .is(problem::reference_markdown())
        .settle();
}

#[test]
fn the_worked_example_is_the_first_vector_and_the_statements_are_the_domain_s() {
    let vector = vector::first();
    Page::open("docs/authentication.md")
        .section("request", &fenced("http", &vector.request))
        .section("signature-base", &fenced("text", &vector.signature_base))
        .section("keys", &vector.keys)
        .section("quote-statement", &fenced("text", story::quote_statement().as_str()))
        .section(
            "receipt-statement",
            &fenced("text", story::receipt_statement().as_str()),
        )
        .section(
            "standing-statement",
            &fenced("text", story::standing_statement().as_str()),
        )
        .section("statement-signatures", &story::signatures())
        .settle();
}

fn fenced(language: &str, text: &str) -> String {
    format!("```{language}\n{text}\n```")
}
