//! What a real node answered, asked again of the double.
//!
//! `fixtures/recorded-exchanges.jsonl` holds exchanges that were recorded with RsNano V2.0 on private networks, in the
//! order in which they happened, with the steps between them that were not RPC calls (`setup`). Each session begins at
//! genesis. Compared is the whole answer: status, words and fields. Left out of the comparison is only what depends on
//! the wall clock, on chance, on the node's build or on blocks it keeps for later.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::clock::FakeClock;

/// Fields that differ from run to run.
const PASSING: [&str; 4] = ["local_timestamp", "modified_timestamp", "build_info", "unchecked"];

/// Fields of `work_generate` that depend on where the search began.
const CHANCE: [&str; 3] = ["work", "difficulty", "multiplier"];

struct Session {
    clock: FakeClock,
    node: NanoNode,
}

impl Session {
    fn begin(name: &str) -> Self {
        let clock = FakeClock::at_millis(1_795_289_095_000);
        let work = if name == "live work" {
            WorkRules::LIVE
        } else {
            WorkRules::DEV
        };
        let options = LedgerOptions {
            work,
            confirmation_delay_ms: 100,
            upgraded: false,
        };
        let ledger = NanoLedger::with_options(options, clock.closure());
        Self {
            clock,
            node: NanoNode::new(&ledger).speaking(Dialect::RsNano).with_control(true),
        }
    }

    fn set_up(&mut self, setup: &Value) {
        if let Some(block) = setup.get("publish") {
            self.node
                .ledger()
                .process(&serde_json::from_value(block.clone()).unwrap())
                .unwrap();
        }
        match setup.get("hold").and_then(Value::as_bool) {
            Some(true) => self.node.ledger().hold(Hold::Everything),
            Some(false) => self.node.ledger().release(Hold::Everything),
            None => {}
        }
        if let Some(control) = setup.get("control").and_then(Value::as_bool) {
            self.node = self.node.clone().with_control(control);
        }
    }

    fn ask(&self, exchange: &Value) -> Answer {
        // Recorded with a pause before every question but the first one after a block.
        if !exchange["note"].as_str().unwrap().contains("just after process") {
            self.clock.advance(300);
        }
        let request = &exchange["request"];
        // What is not JSON was recorded as text.
        let body = request.as_str().map_or_else(|| request.to_string(), str::to_owned);
        self.node.answer(body.as_bytes())
    }
}

fn comparable(action: &str, mut answer: Value) -> Value {
    blank(&mut answer, &PASSING);
    if action == "work_generate" {
        blank(&mut answer, &CHANCE);
    }
    answer
}

fn blank(value: &mut Value, fields: &[&str]) {
    if let Value::Object(map) = value {
        for (field, value) in map {
            if fields.contains(&field.as_str()) {
                *value = json!("*");
            }
            blank(value, fields);
        }
    } else if let Value::Array(items) = value {
        items.iter_mut().for_each(|item| blank(item, fields));
    }
}

/// JSON is compared by its fields, plain text as it stands.
fn as_value(answer: &Answer) -> Value {
    match answer.content_type {
        "application/json" => serde_json::from_str(&answer.body).unwrap(),
        _ => json!({ "text": answer.body }),
    }
}

#[test]
fn the_double_answers_as_the_real_node_did() {
    let recorded = include_str!("../../fixtures/recorded-exchanges.jsonl");
    let mut sessions: BTreeMap<String, Session> = BTreeMap::new();
    let (mut matched, mut differing) = (BTreeMap::<String, usize>::new(), Vec::new());
    for line in recorded.lines() {
        let exchange: Value = serde_json::from_str(line).unwrap();
        let name = exchange["session"].as_str().unwrap();
        let session = sessions.entry(name.to_owned()).or_insert_with(|| Session::begin(name));
        if let Some(setup) = exchange.get("setup") {
            session.set_up(setup);
            continue;
        }
        let action = exchange["request"]["action"]
            .as_str()
            .unwrap_or("unreadable")
            .to_owned();
        let answer = session.ask(&exchange);
        let said = (u64::from(answer.status), comparable(&action, as_value(&answer)));
        let expected = (
            exchange["status"].as_u64().unwrap(),
            comparable(&action, exchange["response"].clone()),
        );
        if said == expected {
            *matched.entry(action).or_default() += 1;
        } else {
            differing.push(format!(
                "{}\n  node:   {expected:?}\n  double: {said:?}",
                exchange["note"]
            ));
        }
    }
    let total: usize = matched.values().sum();
    assert!(
        differing.is_empty(),
        "{total} match, {} differ:\n{}",
        differing.len(),
        differing.join("\n")
    );
    assert_eq!((total, matched.len()), (219, 36), "{matched:?}");
}
