//! Reading a node's JSON, whose scalars are strings and whose empty lists have four spellings.
//!
//! One rule for all calls: numbers and booleans may come bare or in quotes, amounts, hashes and accounts only in quotes,
//! and `""`, `{}`, `[]` and `null` are all the empty list.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::error::RpcError;

/// The object a node answered, or one inside of it.
pub(crate) struct Answer<'a> {
    action: &'static str,
    fields: &'a Map<String, Value>,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(action: &'static str, value: &'a Value) -> Result<Self, RpcError> {
        let fields = value.as_object().ok_or(RpcError::UnexpectedShape {
            action,
            field: "object",
        })?;
        Ok(Self { action, fields })
    }

    pub(crate) fn unexpected(&self, field: &'static str) -> RpcError {
        RpcError::UnexpectedShape {
            action: self.action,
            field,
        }
    }

    /// The value itself, for a field that has a shape of its own.
    pub(crate) fn value(&self, field: &'static str) -> Result<&'a Value, RpcError> {
        self.fields.get(field).ok_or_else(|| self.unexpected(field))
    }

    /// A text that is parsed, such as an amount, a hash or an account.
    pub(crate) fn parse<T: FromStr>(&self, field: &'static str) -> Result<T, RpcError> {
        let text = self.value(field)?.as_str().ok_or_else(|| self.unexpected(field))?;
        text.parse().map_err(|_| self.unexpected(field))
    }

    /// Like [`Answer::parse`] for a field that may be missing or empty. A malformed one is an error all the same.
    pub(crate) fn parse_optional<T: FromStr>(&self, field: &'static str) -> Result<Option<T>, RpcError> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(_) => self.parse(field).map(Some),
        }
    }

    /// A count, height or time.
    pub(crate) fn count(&self, field: &'static str) -> Result<u64, RpcError> {
        self.count_optional(field)?.ok_or_else(|| self.unexpected(field))
    }

    /// Like [`Answer::count`] for a field that may be missing.
    pub(crate) fn count_optional(&self, field: &'static str) -> Result<Option<u64>, RpcError> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => number.as_u64().map(Some).ok_or_else(|| self.unexpected(field)),
            Some(_) => self.parse(field).map(Some),
        }
    }

    /// A yes or no.
    pub(crate) fn flag(&self, field: &'static str) -> Result<bool, RpcError> {
        self.flag_optional(field)?.ok_or_else(|| self.unexpected(field))
    }

    /// Like [`Answer::flag`] for a field that may be missing.
    pub(crate) fn flag_optional(&self, field: &'static str) -> Result<Option<bool>, RpcError> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text == "true" || text == "1" => Ok(Some(true)),
            Some(Value::String(text)) if text == "false" || text == "0" => Ok(Some(false)),
            Some(_) => Err(self.unexpected(field)),
        }
    }

    /// A list that may be missing when it is empty.
    pub(crate) fn list(&self, field: &'static str) -> Result<&'a [Value], RpcError> {
        match self.collection(field)? {
            Collection::Empty => Ok(&[]),
            Collection::List(list) => Ok(list),
            Collection::Map(_) => Err(self.unexpected(field)),
        }
    }

    /// A list that a node may also give as a map, or leave out when it is empty.
    pub(crate) fn collection(&self, field: &'static str) -> Result<Collection<'a>, RpcError> {
        match self.fields.get(field) {
            Some(Value::Array(list)) if !list.is_empty() => Ok(Collection::List(list)),
            Some(Value::Object(map)) if !map.is_empty() => Ok(Collection::Map(map)),
            Some(value) if is_empty(value) => Ok(Collection::Empty),
            Some(_) => Err(self.unexpected(field)),
            None => Ok(Collection::Empty),
        }
    }
}

/// A list in one of its shapes.
pub(crate) enum Collection<'a> {
    Empty,
    List(&'a [Value]),
    Map(&'a Map<String, Value>),
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use nanoark_nano::RawAmount;
    use serde_json::json;

    use super::*;

    const WRONG: RpcError = RpcError::UnexpectedShape {
        action: "test",
        field: "x",
    };

    fn with<T>(value: &Value, read: impl Fn(&Answer<'_>) -> T) -> T {
        read(&Answer::new("test", &json!({ "x": value })).unwrap())
    }

    #[test]
    fn numbers_and_flags_come_bare_or_quoted() {
        for (value, expected) in [
            (json!("7"), Ok(7)),
            (json!(7), Ok(7)),
            (json!("18446744073709551615"), Ok(u64::MAX)),
            (json!("-1"), Err(WRONG)),
            (json!(-1), Err(WRONG)),
            (json!(1.5), Err(WRONG)),
            (json!(""), Err(WRONG)),
            (json!(null), Err(WRONG)),
            (json!([7]), Err(WRONG)),
        ] {
            assert_eq!(with(&value, |answer| answer.count("x")), expected, "{value}");
        }
        for (value, expected) in [
            (json!("true"), Ok(true)),
            (json!("1"), Ok(true)),
            (json!(true), Ok(true)),
            (json!("false"), Ok(false)),
            (json!("0"), Ok(false)),
            (json!(false), Ok(false)),
            (json!("True"), Err(WRONG)),
            (json!("yes"), Err(WRONG)),
            (json!(1), Err(WRONG)),
            (json!(""), Err(WRONG)),
            (json!(null), Err(WRONG)),
        ] {
            assert_eq!(with(&value, |answer| answer.flag("x")), expected, "{value}");
        }
    }

    #[test]
    fn amounts_are_never_read_from_a_json_number() {
        for value in [
            json!(1),
            json!(1.0),
            json!("01"),
            json!("1.0"),
            json!("1e30"),
            json!(["1"]),
            json!(true),
        ] {
            assert_eq!(
                with(&value, |answer| answer.parse::<RawAmount>("x")),
                Err(WRONG),
                "{value}"
            );
            assert_eq!(
                with(&value, |answer| answer.parse_optional::<RawAmount>("x")),
                Err(WRONG),
                "{value}"
            );
        }
        assert_eq!(
            with(&json!(""), |answer| answer.parse_optional::<RawAmount>("x")),
            Ok(None)
        );
    }

    #[test]
    fn the_empty_list_has_four_spellings_and_absence() {
        for value in [json!(""), json!([]), json!({}), json!(null)] {
            assert!(
                matches!(with(&value, |answer| answer.list("x").map(<[Value]>::len)), Ok(0)),
                "{value}"
            );
            let empty = with(&value, |answer| matches!(answer.collection("x"), Ok(Collection::Empty)));
            assert!(empty, "{value}");
        }
        assert!(matches!(
            with(&json!(1), |answer| answer.collection("y").map(|_| ())),
            Ok(())
        ));
        for value in [json!("x"), json!(0), json!(false)] {
            assert!(with(&value, |answer| answer.collection("x").is_err()), "{value}");
            assert!(with(&value, |answer| answer.list("x").is_err()), "{value}");
        }
    }
}
