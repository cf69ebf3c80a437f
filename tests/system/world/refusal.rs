//! What every refusal must look like, and that it leaves nothing behind.

use std::collections::BTreeMap;

use bytes::Bytes;
use dynoxide::types::Item;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{Request, Response};
use nanoark_http::problem::Code;
use serde_json::{Value, json};

use super::World;

/// Every item of every table, by the table's id in the template.
pub(crate) type Dump = BTreeMap<String, Vec<Item>>;

impl World {
    /// Everything that is stored. While nothing changes, it comes in one and the same order.
    pub(crate) fn dump(&self) -> Dump {
        let tables = &self.stack.template().tables;
        tables
            .iter()
            .map(|table| (table.id.clone(), self.items(&table.name)))
            .collect()
    }

    fn items(&self, table: &str) -> Vec<Item> {
        let (mut items, mut start) = (Vec::new(), Value::Null);
        loop {
            let scan = json!({ "TableName": table, "ExclusiveStartKey": start });
            let page = self.stack.database().scan(serde_json::from_value(scan).unwrap());
            let page = page.unwrap();
            items.extend(page.items.unwrap_or_default());
            match page.last_evaluated_key {
                Some(last) => start = json!(last),
                None => return items,
            }
        }
    }

    /// Sends a request that must be refused with this code, in the form of every refusal, and store nothing. Returns the
    /// problem document.
    pub(crate) async fn refused(&self, case: &str, request: Request<Bytes>, code: Code) -> Value {
        let before = self.dump();
        let answer = self.send(request).await;
        let document = problem(case, &answer, code);
        assert!(self.dump() == before, "{case}: something was stored");
        document
    }

    /// Sends a request that must be done; returns the answer.
    pub(crate) async fn done(&self, case: &str, request: Request<Bytes>) -> Value {
        let answer = self.send(request).await;
        let text = String::from_utf8_lossy(answer.body());
        assert!(answer.status().is_success(), "{case}: {} {text}", answer.status());
        serde_json::from_str(&text).unwrap()
    }
}

/// Asserts that this is a refusal with this code, in the form of every refusal. Returns the problem document.
pub(crate) fn problem(case: &str, answer: &Response<Bytes>, code: Code) -> Value {
    let text = String::from_utf8_lossy(answer.body());
    let document: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{case}: {} {text}", answer.status()));
    assert_eq!(document["code"], code.as_str(), "{case}: {text}");
    assert_eq!(answer.status(), code.status(), "{case}: {text}");
    assert_eq!(document["status"], code.status().as_u16(), "{case}");
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    assert_eq!(
        header(CONTENT_TYPE.as_str()),
        Some("application/problem+json"),
        "{case}"
    );
    assert_eq!(header("cache-control"), Some("no-store"), "{case}");
    let request_id = document["request_id"].as_str().unwrap();
    assert!(!request_id.is_empty(), "{case}");
    assert_eq!(header("nanoark-request-id"), Some(request_id), "{case}");
    assert_eq!(document["instance"], request_id, "{case}");
    assert_eq!(document["type"], code.type_uri(), "{case}");
    assert_eq!(document["title"], code.title(), "{case}");
    assert!(document["detail"].as_str().unwrap().ends_with('.'), "{case}: {text}");
    let retry = &document["retry"];
    match retry["kind"].as_str().unwrap() {
        "after" => assert_eq!(
            header(RETRY_AFTER.as_str()),
            Some(retry["after_seconds"].to_string().as_str()),
            "{case}"
        ),
        kind => assert!(
            ["never", "same_request", "new_request"].contains(&kind),
            "{case}: {kind}"
        ),
    }
    document
}
