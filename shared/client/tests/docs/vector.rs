//! The worked example: the first of the signature vectors.

use bytes::Bytes;
use nanoark_domain::time::Timestamp;
use nanoark_http::request::Request;
use nanoark_http::signature::{Ed25519Signer, SignatureInput, SignatureRules, Signer as _, signature_base, verify};
use serde_json::Value;

use crate::page::read;

/// The example in the forms that the page shows.
pub(crate) struct Worked {
    pub(crate) request: String,
    pub(crate) signature_base: String,
    pub(crate) keys: String,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("the vector has no {name}"))
}

/// The example, checked against the code that it explains.
pub(crate) fn first() -> Worked {
    let file: Value = serde_json::from_str(&read("shared/http/vectors/accepted.json")).unwrap();
    let case = &file["cases"][0];
    let parts = &case["request"];

    let mut request = Request::new(
        text(parts, "method").parse().unwrap(),
        text(parts, "authority"),
        text(parts, "path"),
    );
    request.query = parts["query"].as_str().map(str::to_owned);
    request.body = Bytes::copy_from_slice(text(parts, "body").as_bytes());
    let mut shown = format!(
        "{} {}?{} HTTP/1.1\nHost: {}\n",
        text(parts, "method"),
        text(parts, "path"),
        text(parts, "query"),
        text(parts, "authority")
    );
    for field in parts["headers"].as_array().unwrap() {
        let (name, value) = (field[0].as_str().unwrap(), field[1].as_str().unwrap());
        request
            .headers
            .append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
        shown.push_str(&format!("{name}: {value}\n"));
    }
    shown.push('\n');
    shown.push_str(text(parts, "body"));

    let now = Timestamp::from_seconds(case["now"].as_u64().unwrap());
    let signed = verify(&request, now, &SignatureRules::default()).unwrap();
    assert_eq!(signed.bot().to_string(), text(&file, "bot"));
    let mut seed = [0; 32];
    hex::decode_to_slice(text(&file, "seed"), &mut seed).unwrap();
    assert_eq!(Ed25519Signer::from_seed(&seed).bot(), signed.bot());

    let lines: Vec<&str> = case["signature_base"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let base = lines.join("\n");
    let input = request.headers["signature-input"].to_str().unwrap();
    assert_eq!(
        signature_base(&request, &SignatureInput::parse(input).unwrap().1).unwrap(),
        base
    );

    let rows = [
        ("seed (private key)", text(&file, "seed")),
        ("public key, `keyid`, bot id", text(&file, "bot")),
    ];
    let rows: String = rows
        .iter()
        .map(|(name, value)| format!("| {name} | `{value}` |\n"))
        .collect();
    Worked {
        request: shown,
        signature_base: base,
        keys: format!("| | hex |\n|---|---|\n{rows}"),
    }
}
