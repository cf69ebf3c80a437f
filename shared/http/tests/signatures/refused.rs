//! Everything that must be refused, by name, each with the code its author is told.

mod components;
mod digests_and_keys;
mod parameters;
mod signature;
mod tampered;
mod weak_keys;

use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Request;
use nanoark_http::signature::SignatureError;

use crate::workshop::*;

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) code: Code,
}

/// A good request, changed after it was signed.
fn changed(name: &str, code: Code, change: impl FnOnce(&mut Request)) -> Case {
    let mut request = signed_post();
    change(&mut request);
    Case {
        name: name.to_owned(),
        request,
        code,
    }
}

/// A request changed before it is signed, so that only the rule in question can refuse it.
fn honest(name: &str, code: Code, change: impl FnOnce(&mut Request)) -> Case {
    let mut request = post();
    change(&mut request);
    Case {
        name: name.to_owned(),
        request: sign(request, COVERED, &parameters()),
        code,
    }
}

/// An ordinary request, signed over these components with these parameters.
fn input(name: &str, code: Code, covered: &str, parameters: &str) -> Case {
    Case {
        name: name.to_owned(),
        request: sign(post(), covered, parameters),
        code,
    }
}

fn replace_header(request: &mut Request, name: &str, from: &str, to: &str) {
    let value = header(request, name).replacen(from, to, 1);
    assert_ne!(value, header(request, name), "nothing to replace");
    set(request, name, &value);
}

pub(crate) fn cases() -> Vec<Case> {
    [
        tampered::cases(),
        signature::cases(),
        components::cases(),
        parameters::cases(),
        weak_keys::cases(),
        digests_and_keys::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_bad_request_is_refused_with_its_code() {
    let cases = cases();
    let names: std::collections::BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len(), "every name is its own");
    assert!(cases.len() >= 150, "{} cases", cases.len());
    for Case { name, request, code } in &cases {
        match check(request) {
            Ok(_) => panic!("{name} is accepted"),
            Err(error) => assert_eq!(Problem::from(&error).code, *code, "{name}: {error}"),
        }
    }
}

#[test]
fn no_single_byte_of_what_is_signed_can_be_changed() {
    let good = signed_post();
    let mut tries = 0;
    let mut refused = |request: &Request, what: &str| {
        assert!(check(request).is_err(), "{what}");
        tries += 1;
    };
    let flip = |text: &str, position: usize| -> String {
        let mut bytes = text.as_bytes().to_vec();
        bytes[position] ^= 1;
        String::from_utf8(bytes).unwrap()
    };
    for position in 0..good.path.len() {
        refused(
            &Request {
                path: flip(&good.path, position),
                ..good.clone()
            },
            "path",
        );
    }
    for position in 0..good.authority.len() {
        refused(
            &Request {
                authority: flip(&good.authority, position),
                ..good.clone()
            },
            "authority",
        );
    }
    let query = good.query.clone().unwrap();
    for position in 0..query.len() {
        refused(
            &Request {
                query: Some(flip(&query, position)),
                ..good.clone()
            },
            "query",
        );
    }
    for position in 0..good.body.len() {
        let mut body = good.body.to_vec();
        body[position] ^= 1;
        refused(
            &Request {
                body: body.into(),
                ..good.clone()
            },
            "body",
        );
    }
    for name in ["content-digest", "idempotency-key", "signature-input"] {
        for position in 0..header(&good, name).len() {
            let mut request = good.clone();
            set(&mut request, name, &flip(header(&good, name), position));
            refused(&request, name);
        }
    }
    for bit in 0..512 {
        let mut signature = signature_of(&good);
        signature[bit / 8] ^= 1 << (bit % 8);
        let mut request = good.clone();
        set_signature(&mut request, &signature);
        refused(&request, "signature");
    }
    assert!(tries > 900, "{tries}");
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let error = check(&sign(post(), "\"@method\"", &parameters())).unwrap_err();
    assert_eq!(
        error,
        SignatureError::MissingComponents {
            names: vec!["@authority", "@path", "@query", "content-digest", "idempotency-key"]
        }
    );
}

#[test]
fn garbage_in_the_headers_never_panics() {
    // A small deterministic generator: the point is breadth, not unpredictability.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    const PIECES: [&str; 24] = [
        "sig",
        "=",
        "(",
        ")",
        "\"@method\"",
        "\"",
        ";",
        "created",
        "1",
        "-",
        ":",
        "AAAA",
        ",",
        " ",
        "keyid",
        "\\",
        "?0",
        "%",
        "@",
        "*",
        ".",
        "\t",
        "\"content-digest\"",
        "expires",
    ];
    for _ in 0..20_000 {
        let mut request = post();
        for name in ["signature-input", "signature"] {
            let text: String = (0..next() % 20).map(|_| PIECES[(next() % 24) as usize]).collect();
            set(&mut request, name, &text);
        }
        assert!(check(&request).is_err());
    }
}
