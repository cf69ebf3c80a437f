//! JSON in which no object has a member twice: of two, readers could take different ones.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value};

/// A JSON value in which no object has a member twice.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Single(pub(crate) Value);

struct Once;

impl<'de> Deserialize<'de> for Single {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Once)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Single;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Single, E> {
        Ok(Single(Value::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Single, E> {
        Ok(Single(Value::Bool(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Single, E> {
        Ok(Single(Value::Number(value.into())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Single, E> {
        Ok(Single(Value::Number(value.into())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Single, E> {
        Number::from_f64(value)
            .map(|number| Single(Value::Number(number)))
            .ok_or_else(|| E::custom("a number that JSON has not"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Single, E> {
        Ok(Single(Value::String(value.into())))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Single, E> {
        Ok(Single(Value::String(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Single, A::Error> {
        let mut array = Vec::new();
        while let Some(Single(part)) = parts.next_element()? {
            array.push(part);
        }
        Ok(Single(Value::Array(array)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Single, A::Error> {
        let mut object = Map::new();
        while let Some((name, Single(member))) = members.next_entry::<String, Single>()? {
            if object.insert(name, member).is_some() {
                return Err(A::Error::custom("a member is there twice"));
            }
        }
        Ok(Single(Value::Object(object)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_nothing_twice_is_the_same_value() {
        for text in [
            "null",
            "true",
            "-7",
            "18446744073709551615",
            "0.5",
            r#""a\"b""#,
            r#"[[],{},{"a":{"a":[1,{"a":null}]},"b":""}]"#,
        ] {
            let Single(single) = serde_json::from_str(text).unwrap();
            assert_eq!(single, serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn what_is_there_twice_is_refused_wherever_it_is() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"c":2,"b":3}}"#,
            r#"[[{"a":[],"\u0061":[]}]]"#,
        ] {
            assert!(serde_json::from_str::<Single>(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Single>(&"[".repeat(10_000)).is_err());
    }
}
