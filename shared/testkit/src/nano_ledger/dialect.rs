//! The two kinds of node and where their answers differ.

use nanoark_nano::{Difficulty, Work};
use serde_json::{Value, json};

/// Which node is impersonated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The C++ node, which most public nodes run: malformed input is HTTP 200 with `error`, empty lists and maps are
    /// `""`, a block without `json_block` is a JSON string, difficulty is hex, work is in lower case.
    #[default]
    NanoNode,
    /// The Rust node: malformed input is HTTP 422 with plain text, empty lists and maps are what they are, a block is
    /// always an object, difficulty is decimal, work is in upper case.
    RsNano,
}

impl Dialect {
    /// Both, for tests that hold for either.
    pub const ALL: [Self; 2] = [Self::NanoNode, Self::RsNano];

    pub(super) fn work(self, work: Work) -> String {
        match self {
            Self::NanoNode => work.to_string(),
            Self::RsNano => work.to_string().to_ascii_uppercase(),
        }
    }

    /// A difficulty in an answer about work.
    pub(super) fn difficulty(self, difficulty: Difficulty) -> String {
        match self {
            Self::NanoNode => difficulty.to_string(),
            Self::RsNano => difficulty.get().to_string(),
        }
    }

    /// A threshold in an answer about the network.
    pub(super) fn threshold(self, difficulty: Difficulty) -> String {
        match self {
            Self::NanoNode => difficulty.to_string(),
            Self::RsNano => difficulty.to_string().to_ascii_uppercase(),
        }
    }

    /// A block's fields inside an answer.
    pub(super) fn contents(self, mut contents: Value, work: Work, as_object: bool) -> Value {
        if let Some(field) = contents.get_mut("work") {
            *field = json!(self.work(work));
        }
        match self {
            Self::NanoNode if !as_object => json!(format!("{contents:#}\n")),
            Self::NanoNode | Self::RsNano => contents,
        }
    }

    /// The answer as this node writes it. The C++ node's JSON writer knows no empty list or map.
    pub(super) fn finish(self, answer: &mut Value) {
        if self == Self::NanoNode {
            empties_as_text(answer);
        }
    }
}

fn empties_as_text(value: &mut Value) {
    match value {
        Value::Array(items) if items.is_empty() => *value = json!(""),
        Value::Object(fields) if fields.is_empty() => *value = json!(""),
        Value::Array(items) => items.iter_mut().for_each(empties_as_text),
        Value::Object(fields) => fields.values_mut().for_each(empties_as_text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
