//! Signatures that cover too little, too much or what cannot be covered.

use nanoark_http::problem::Code;

use super::{Case, honest, input};
use crate::workshop::*;

fn without(component: &str) -> String {
    COVERED
        .replace(&format!("\"{component}\""), "")
        .replace("  ", " ")
        .trim()
        .to_owned()
}

pub(super) fn cases() -> Vec<Case> {
    use Code::{SignatureComponentsMissing, SignatureMalformed};
    let mut cases: Vec<Case> = [
        "@method",
        "@authority",
        "@path",
        "@query",
        "content-digest",
        "idempotency-key",
    ]
    .into_iter()
    .map(|name| {
        input(
            &format!("{name} not covered"),
            SignatureComponentsMissing,
            &without(name),
            &parameters(),
        )
    })
    .collect();
    cases.extend([
        input("nothing covered", SignatureComponentsMissing, "", &parameters()),
        input(
            "@target-uri in place of its parts",
            SignatureComponentsMissing,
            r#""@method" "@target-uri" "content-digest" "idempotency-key""#,
            &parameters(),
        ),
    ]);
    for (name, covered) in [
        ("component covered twice", format!(r#"{COVERED} "@path""#)),
        ("header covered twice", format!(r#"{COVERED} "content-digest""#)),
        ("unknown derived component", format!(r#"{COVERED} "@unknown""#)),
        ("@status on a request", format!(r#"{COVERED} "@status""#)),
        (
            "@signature-params as a component",
            format!(r#"{COVERED} "@signature-params""#),
        ),
        ("@query-param", format!(r#"{COVERED} "@query-param";name="tag""#)),
        ("component with sf", format!(r#"{COVERED} "content-type";sf"#)),
        ("component with bs", format!(r#"{COVERED} "content-type";bs"#)),
        (
            "component with key",
            format!(r#"{COVERED} "content-digest";key="sha-256""#),
        ),
        ("component with tr", format!(r#"{COVERED} "content-type";tr"#)),
        ("component with req", COVERED.replace("\"@path\"", "\"@path\";req")),
        ("component in upper case", format!(r#"{COVERED} "Content-Type""#)),
        (
            "component as a token",
            COVERED.replace("\"content-digest\"", "content-digest"),
        ),
        ("empty component", format!(r#"{COVERED} """#)),
        ("component with a line feed", format!("{COVERED} \"a\\nb\"")),
        ("covered header absent", format!(r#"{COVERED} "x-absent""#)),
        ("components without a space between", COVERED.replace(' ', "")),
        (
            "33 components",
            (0..33).map(|n| format!("\"x-{n}\"")).collect::<Vec<_>>().join(" "),
        ),
    ] {
        cases.push(input(name, SignatureMalformed, &covered, &parameters()));
    }
    cases.extend([
        honest("path with a space", SignatureMalformed, |r| {
            r.path = "/v1/jobs/jb 01".to_owned();
        }),
        honest("path with a line feed", SignatureMalformed, |r| {
            r.path = "/v1/jobs\n\"@query\": ?x".to_owned();
        }),
        honest("path not encoded", SignatureMalformed, |r| {
            r.path = "/v1/jobs/ü".to_owned();
        }),
        honest("query not encoded", SignatureMalformed, |r| {
            r.query = Some("tag=ü".to_owned());
        }),
        honest("query with a space", SignatureMalformed, |r| {
            r.query = Some("tag=a b".to_owned());
        }),
        honest("unicode host", SignatureMalformed, |r| {
            r.authority = "nanoärk.example".to_owned();
        }),
    ]);
    cases
}
