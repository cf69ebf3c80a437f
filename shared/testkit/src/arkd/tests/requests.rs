use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use super::wallet::{Owner, get, operator, post, sat, submission};
use crate::arkd::{Arkd, Settings};

/// A submission that is accepted.
fn good(arkd: &Arkd) -> Value {
    let alice = Owner::new(arkd, 1);
    let coin = arkd.fund(&alice.script(), sat(10_000));
    submission(&alice.signed(arkd, &[coin], &[]))
}

#[test]
fn the_digest_has_to_be_right() {
    let (arkd, clock) = operator();
    let body = good(&arkd).to_string();
    let call = |arkd: &Arkd, path: &str, digest: Option<&str>| {
        let mut headers = HeaderMap::new();
        if let Some(digest) = digest {
            headers.insert("x-digest", HeaderValue::from_str(digest).unwrap());
        }
        let method = if path.starts_with("/v1/tx") {
            Method::POST
        } else {
            Method::GET
        };
        arkd.call(&method, path, &headers, body.as_bytes())
    };
    let old = arkd.info().digest;
    arkd.change_digest();
    let refused = call(&arkd, "/v1/tx/submit", Some(&old));
    assert_eq!(refused.status, 400);
    assert_eq!(refused.error_name().as_deref(), Some("DIGEST_MISMATCH"));
    let detail = &refused.json()["details"][0];
    assert_eq!(detail["code"], 49);
    assert_eq!(detail["metadata"]["got_digest"], old);
    assert_eq!(detail["metadata"]["expected_digest"], arkd.info().digest);
    assert_eq!(call(&arkd, "/v1/info", Some(&old)).status, 200);
    let asset = "/v1/indexer/asset/none";
    assert_eq!(call(&arkd, asset, Some(&old)).error_name(), None);
    assert_eq!(call(&arkd, "/v1/tx/submit", None).status, 200);

    let careful = Arkd::with_settings(
        Settings {
            require_digest: true,
            ..Settings::default()
        },
        clock.closure(),
    );
    let refused = call(&careful, "/v1/tx/submit", None);
    assert_eq!(refused.error_name().as_deref(), Some("DIGEST_MISMATCH"));
}

#[test]
fn requests_that_are_none() {
    let (arkd, _) = operator();
    let good = good(&arkd);
    let table: &[(Value, u16, u64, &str)] = &[
        (json!({}), 400, 3, "missing signed ark tx"),
        (json!({ "signedArkTx": "x" }), 400, 3, "missing checkpoint txs"),
        (json!({ "signedArkTx": 1 }), 400, 3, "invalid type"),
        (
            json!({ "signedArkTx": "x", "checkpointTxs": good["checkpointTxs"] }),
            400,
            3,
            "INVALID_ARK_PSBT (1): failed to parse tx",
        ),
        (
            json!({ "signedArkTx": good["signedArkTx"], "checkpointTxs": ["x"] }),
            400,
            3,
            "INVALID_CHECKPOINT_PSBT (2): failed to parse tx",
        ),
    ];
    for (body, status, code, words) in table {
        let outcome = post(&arkd, "/v1/tx/submit", body);
        let answer = outcome.json();
        assert_eq!((outcome.status, answer["code"].as_u64().unwrap()), (*status, *code));
        assert!(answer["message"].as_str().unwrap().contains(words), "{answer}");
    }
    for (path, status, code) in [
        ("/v1/nothing", 404, 5),
        ("/v1/tx/submit", 501, 12),
        ("/v1/batch/events", 501, 12),
        ("/v1/indexer/commitmentTx/00", 501, 12),
    ] {
        let outcome = get(&arkd, path);
        assert_eq!(
            (outcome.status, outcome.json()["code"].as_u64().unwrap()),
            (status, code),
            "{path}"
        );
        assert_eq!(outcome.json()["details"], json!([]));
    }
}
