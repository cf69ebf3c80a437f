//! Event filters: the patterns of `FilterCriteria`.
//!
//! A pattern is a map like the record, with a list of alternatives at every leaf. Of EventBridge's operators there are
//! `prefix`, `suffix`, `exists` and `anything-but`; any other is refused when the template is read.

use serde_json::{Map, Value};

use crate::template::TemplateError;

/// A pattern that a record matches or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Node);

/// Why a pattern cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// The pattern is no JSON.
    #[error("the pattern is no JSON: {0}")]
    Malformed(#[from] serde_json::Error),
    /// An operator that the local stack does not have, or a shape that no pattern has.
    #[error("the pattern {0} is not supported")]
    Unsupported(Value),
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Map(Vec<(String, Node)>),
    AnyOf(Vec<Leaf>),
}

#[derive(Clone, Debug, PartialEq)]
enum Leaf {
    Exactly(Value),
    Prefix(String),
    Suffix(String),
    Exists(bool),
    AnythingBut(Vec<Value>),
}

impl From<FilterError> for TemplateError {
    fn from(error: FilterError) -> Self {
        Self::Unsupported(format!("a filter: {error}"))
    }
}

impl Filter {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// When it is no JSON or uses an operator that the local stack does not have.
    pub fn parse(pattern: &str) -> Result<Self, FilterError> {
        let value: Value = serde_json::from_str(pattern)?;
        match &value {
            Value::Object(map) => Ok(Self(Node::parse_map(map)?)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(FilterError::Unsupported(value))
            }
        }
    }

    /// Whether the record matches.
    #[must_use]
    pub fn matches(&self, record: &Value) -> bool {
        self.0.matches(Some(record))
    }
}

impl Node {
    fn parse_map(map: &Map<String, Value>) -> Result<Self, FilterError> {
        let entries = map
            .iter()
            .map(|(key, value)| Ok((key.clone(), Self::parse(key, value)?)));
        Ok(Self::Map(entries.collect::<Result<_, FilterError>>()?))
    }

    fn parse(key: &str, value: &Value) -> Result<Self, FilterError> {
        match value {
            Value::Object(map) => Self::parse_map(map),
            Value::Array(alternatives) if !alternatives.is_empty() && !key.starts_with('$') => Ok(Self::AnyOf(
                alternatives.iter().map(Leaf::parse).collect::<Result<_, _>>()?,
            )),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(FilterError::Unsupported(value.clone()))
            }
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Map(entries) => entries
                .iter()
                .all(|(key, node)| node.matches(value.and_then(|value| value.get(key)))),
            Self::AnyOf(leaves) => match value {
                // Of a list, one item is enough.
                Some(Value::Array(items)) if !items.is_empty() => items
                    .iter()
                    .any(|item| leaves.iter().any(|leaf| leaf.matches(Some(item)))),
                _ => leaves.iter().any(|leaf| leaf.matches(value)),
            },
        }
    }
}

impl Leaf {
    fn parse(value: &Value) -> Result<Self, FilterError> {
        let unsupported = || FilterError::Unsupported(value.clone());
        let Value::Object(operator) = value else {
            return if value.is_array() {
                Err(unsupported())
            } else {
                Ok(Self::Exactly(value.clone()))
            };
        };
        let mut entries = operator.iter();
        let (Some((name, operand)), None) = (entries.next(), entries.next()) else {
            return Err(unsupported());
        };
        match (name.as_str(), operand) {
            ("prefix", Value::String(prefix)) => Ok(Self::Prefix(prefix.clone())),
            ("suffix", Value::String(suffix)) => Ok(Self::Suffix(suffix.clone())),
            ("exists", Value::Bool(exists)) => Ok(Self::Exists(*exists)),
            ("anything-but", Value::Array(values)) => Ok(Self::AnythingBut(values.clone())),
            ("anything-but", Value::String(_) | Value::Number(_)) => Ok(Self::AnythingBut(vec![operand.clone()])),
            _ => Err(unsupported()),
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Exactly(expected) => value == Some(expected),
            Self::Prefix(prefix) => value
                .and_then(Value::as_str)
                .is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => value.and_then(Value::as_str).is_some_and(|text| text.ends_with(suffix)),
            // A map is no leaf: `exists` speaks about values only.
            Self::Exists(exists) => value.is_some_and(|value| !value.is_object()) == *exists,
            Self::AnythingBut(values) => value.is_some_and(|value| !values.contains(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_key_must_match_and_one_alternative_is_enough() {
        let record = json!({
            "eventName": "MODIFY",
            "dynamodb": {"NewImage": {"state": {"S": "accepted"}, "tags": ["a", "b"], "paid": {"BOOL": true}}},
        });
        for (pattern, matches) in [
            (r#"{"eventName":["INSERT","MODIFY"]}"#, true),
            (r#"{"eventName":["INSERT"]}"#, false),
            (
                r#"{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"state":{"S":["accepted"]}}}}"#,
                true,
            ),
            (
                r#"{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"state":{"S":["quoted"]}}}}"#,
                false,
            ),
            (r#"{"dynamodb":{"NewImage":{"paid":{"BOOL":[true]}}}}"#, true),
            (r#"{"dynamodb":{"NewImage":{"tags":["b"]}}}"#, true),
            (r#"{"dynamodb":{"NewImage":{"state":{"S":[{"prefix":"acc"}]}}}}"#, true),
            (r#"{"dynamodb":{"NewImage":{"state":{"S":[{"suffix":"acc"}]}}}}"#, false),
            (
                r#"{"dynamodb":{"NewImage":{"state":{"S":[{"anything-but":["quoted"]}]}}}}"#,
                true,
            ),
            (
                r#"{"dynamodb":{"NewImage":{"state":{"S":[{"anything-but":"accepted"}]}}}}"#,
                false,
            ),
            (r#"{"dynamodb":{"OldImage":{"state":{"S":[{"exists":false}]}}}}"#, true),
            (r#"{"dynamodb":{"NewImage":{"state":{"S":[{"exists":false}]}}}}"#, false),
            (r#"{"dynamodb":{"OldImage":{"state":{"S":[null]}}}}"#, false),
        ] {
            assert_eq!(Filter::parse(pattern).unwrap().matches(&record), matches, "{pattern}");
        }
    }

    #[test]
    fn an_operator_that_is_not_there_is_refused_and_never_ignored() {
        for pattern in [
            "[]",
            r#"{"a":"b"}"#,
            r#"{"a":[]}"#,
            r#"{"a":[{"numeric":[">",1]}]}"#,
            r#"{"$or":[{"a":["b"]}]}"#,
            r#"{"a":[{"prefix":"x","suffix":"y"}]}"#,
            "{",
        ] {
            assert!(Filter::parse(pattern).is_err(), "{pattern}");
        }
    }
}
