//! `vectors/accepted.json` and `vectors/refused.json`: the tables of this test as files, for clients and servers in
//! other languages. `cargo test -p nanoark-http --test signatures -- --ignored write_vectors` writes them anew.

use nanoark_http::problem::Problem;
use nanoark_http::signature::{SignatureInput, Signer, signature_base};
use serde_json::{Value, json};

use crate::workshop::*;
use crate::{accepted, refused};

fn accepted_json() -> Value {
    let cases: Vec<_> = accepted::cases()
        .into_iter()
        .map(|(name, request, now)| {
            let signed = check_at(&request, now).unwrap();
            let text = request
                .headers
                .get_all("signature-input")
                .iter()
                .next_back()
                .unwrap()
                .to_str()
                .unwrap();
            let (_, input) = SignatureInput::parse(text).unwrap();
            let base = signature_base(&request, &input).unwrap();
            json!({
                "name": name,
                "now": now,
                "request": request_to_json(&request),
                "signature_base": base.lines().collect::<Vec<_>>(),
                "fingerprint": hex::encode(signed.fingerprint()),
            })
        })
        .collect();
    json!({
        "about": "Requests that a relay accepts at the moment `now` (seconds since 1970). The first is the worked example of \
                  the documentation. `signature_base` is joined with line feeds, none at the end.",
        "seed": hex::encode([0x11; 32]),
        "bot": signer().bot(),
        "cases": cases,
    })
}

fn refused_json() -> Value {
    let cases: Vec<_> = refused::cases()
        .into_iter()
        .map(|case| json!({"name": case.name, "code": case.code, "request": request_to_json(&case.request)}))
        .collect();
    json!({
        "about": "Requests that a relay refuses at the moment `now`, each with the code of the problem document.",
        "now": NOW,
        "cases": cases,
    })
}

/// A file: its name, the table it is made of, what is in it now.
type File = (&'static str, fn() -> Value, &'static str);

const FILES: [File; 2] = [
    (
        "accepted.json",
        accepted_json,
        include_str!("../../vectors/accepted.json"),
    ),
    ("refused.json", refused_json, include_str!("../../vectors/refused.json")),
];

#[test]
fn the_files_are_the_tables() {
    for (name, table, file) in FILES {
        let file: Value = serde_json::from_str(file).unwrap();
        assert!(
            file == table(),
            "vectors/{name} is out of date; the head of this file says how to write it"
        );
    }
}

/// The table as JSON with one case per line, so that a change shows as the lines of the cases it changed.
fn lines(table: &Value) -> String {
    let members = table.as_object().unwrap().iter().map(|(name, value)| {
        let text = match value.as_array() {
            Some(cases) => format!(
                "[\n{}\n]",
                cases.iter().map(Value::to_string).collect::<Vec<_>>().join(",\n")
            ),
            None => value.to_string(),
        };
        format!("{}: {text}", json!(name))
    });
    format!("{{\n{}\n}}\n", members.collect::<Vec<_>>().join(",\n"))
}

#[test]
#[ignore = "writes vectors/*.json"]
fn write_vectors() {
    for (name, table, _) in FILES {
        let path = format!("{}/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, lines(&table())).unwrap();
    }
}

#[test]
fn the_files_alone_suffice_to_test_a_relay() {
    let accepted: Value = serde_json::from_str(FILES[0].2).unwrap();
    for case in accepted["cases"].as_array().unwrap() {
        let signed = check_at(&request_from_json(&case["request"]), case["now"].as_u64().unwrap()).unwrap();
        assert_eq!(
            hex::encode(signed.fingerprint()),
            case["fingerprint"].as_str().unwrap(),
            "{}",
            case["name"]
        );
    }
    let refused: Value = serde_json::from_str(FILES[1].2).unwrap();
    for case in refused["cases"].as_array().unwrap() {
        let error = check_at(&request_from_json(&case["request"]), refused["now"].as_u64().unwrap()).unwrap_err();
        assert_eq!(
            Problem::from(&error).code.as_str(),
            case["code"].as_str().unwrap(),
            "{}",
            case["name"]
        );
    }
}
