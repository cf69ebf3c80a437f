//! The published documents say what the code does.

use std::fmt::Write as _;
use std::path::PathBuf;

use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_verifier::intent::ReceiptMode;
use nanoark_domain::ceremony::FailureCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::samples::{
    action_id, address, announcement, answer, challenge, failure, intent, notice, owner, receipt, request, responses,
    stranger, wallet,
};
use crate::binding::consent;
use crate::content::Confirmation;
use crate::kinds::{Direction, GatewayKind, Readers};
use crate::refusal::reference_markdown;
use crate::window::{FUTURE, LONGEST_INTENT, PAST};

fn document(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn schema(kind: GatewayKind) -> Value {
    serde_json::from_str(&document(&format!("nostr/kind-{}.json", kind.number()))).unwrap()
}

fn value(content: &impl Serialize) -> Value {
    serde_json::to_value(content).unwrap()
}

/// Contents as this code writes them.
fn samples(kind: GatewayKind) -> Vec<Value> {
    match kind {
        GatewayKind::Confirmation => [ReceiptMode::Full, ReceiptMode::Hash]
            .map(|mode| value(&Confirmation::of(&receipt(mode), vec![action_id()])))
            .to_vec(),
        GatewayKind::Failure => vec![value(&failure())],
        GatewayKind::Commitment => vec![json!({
            "l1_txid": "11".repeat(32),
            "block_height": 925_000,
            "merkle_root": "22".repeat(32),
            "tree_size": 120,
            "prev_root": "33".repeat(32),
        })],
        GatewayKind::ServiceRequest => vec![
            value(&request()),
            json!({"request_id": "ask-00001", "action": "sync_state"}),
        ],
        GatewayKind::ServiceResponse => responses().map(|response| value(&response)).to_vec(),
        GatewayKind::Notice => vec![value(&notice())],
        GatewayKind::Intent => vec![value(&intent())],
        GatewayKind::Challenge => [Step::ArkTransaction, Step::Checkpoints]
            .map(|step| value(&challenge(step)))
            .to_vec(),
        GatewayKind::Answer => [Step::ArkTransaction, Step::Checkpoints]
            .map(|step| value(&answer(step)))
            .to_vec(),
        GatewayKind::Binding => vec![value(&consent(&wallet().public(), &address(), &owner()))],
        GatewayKind::Announcement => [None, Some(stranger().public())]
            .map(|successor| value(&announcement(successor)))
            .to_vec(),
    }
}

#[test]
fn every_kind_has_a_schema_that_its_contents_follow() {
    for kind in GatewayKind::ALL {
        let schema = schema(kind);
        assert!(jsonschema::meta::is_valid(&schema), "{kind:?}");
        let validator = jsonschema::validator_for(&schema).unwrap();
        for sample in samples(kind) {
            let errors: Vec<_> = validator.iter_errors(&sample).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{kind:?}: {errors:?}\n{sample:#}");
            // No field is there for nothing: without it, or with one more, it is another content.
            let Value::Object(fields) = &sample else {
                panic!("{kind:?}")
            };
            for name in schema["required"].as_array().unwrap() {
                let mut fewer = fields.clone();
                fewer.remove(name.as_str().unwrap()).unwrap();
                assert!(!validator.is_valid(&Value::Object(fewer)), "{kind:?} without {name}");
            }
            let mut more = fields.clone();
            more.insert("unknown".to_owned(), json!(1));
            assert!(!validator.is_valid(&Value::Object(more)), "{kind:?} with more");
        }
    }
}

/// The table of kinds in `docs/nostr.md`.
fn kinds() -> String {
    let mut table = String::from("| kind | what | from | readers | schema |\n| --- | --- | --- | --- | --- |\n");
    for kind in GatewayKind::ALL {
        let number = kind.number();
        let from = match kind.direction() {
            Direction::ToGateway => "wallet",
            Direction::FromGateway => "gateway",
        };
        let readers = match kind.readers() {
            Readers::Everybody => "everybody",
            Readers::Parties => "the parties",
            Readers::AsSent => "everybody, or the parties",
        };
        let name = kind.name();
        writeln!(
            table,
            "| {number} | {name} | {from} | {readers} | [schema](nostr/kind-{number}.json) |"
        )
        .unwrap();
    }
    table
}

#[test]
fn the_page_has_the_tables_of_the_code() {
    let page = document("nostr.md");
    let sessions = nanoark_domain::ceremony::reference_markdown();
    for table in [kinds(), reference_markdown(), sessions] {
        assert!(page.contains(&table), "docs/nostr.md wants\n{table}");
    }
    assert_eq!(
        FailureCode::ALL
            .iter()
            .filter(|code| page.contains(code.name()))
            .count(),
        FailureCode::ALL.len()
    );
    for seconds in [PAST, FUTURE, LONGEST_INTENT] {
        assert!(page.contains(&format!("{} s", seconds.0)), "{seconds:?}");
    }
}
