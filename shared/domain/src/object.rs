//! Structs out of JSON objects only. What serde derives takes an array of a struct's fields in their order for it too,
//! which nobody means to send and no other reader would understand.
//!
//! Used as `#[serde(deserialize_with = "…")]`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

/// Something that is an object.
///
/// # Errors
/// When it is none, or not this one.
pub fn required<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Object(PhantomData))
}

/// Something that is an object or `null`.
///
/// # Errors
/// When it is neither, or not this object.
pub fn optional<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    struct Inner<T>(T);

    impl<'de, T: Deserialize<'de>> Deserialize<'de> for Inner<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            required(deserializer).map(Self)
        }
    }

    Ok(Option::<Inner<T>>::deserialize(deserializer)?.map(|Inner(object)| object))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        a: u8,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        #[serde(deserialize_with = "required")]
        one: Inner,
        #[serde(default, deserialize_with = "optional")]
        two: Option<Inner>,
    }

    #[test]
    fn an_object_is_read_and_an_array_in_its_place_is_not() {
        let read = serde_json::from_str::<Outer>;
        let outer = Outer {
            one: Inner { a: 1 },
            two: None,
        };
        for text in [r#"{"one":{"a":1}}"#, r#"{"one":{"a":1},"two":null}"#] {
            assert_eq!(read(text).unwrap(), outer, "{text}");
        }
        assert_eq!(
            read(r#"{"one":{"a":1},"two":{"a":2}}"#).unwrap().two,
            Some(Inner { a: 2 })
        );
        for text in [
            r#"{"one":[1]}"#,
            r#"{"one":{"a":1},"two":[2]}"#,
            r#"{"one":{"a":1,"b":2}}"#,
            r#"{"one":{}}"#,
            r#"{"one":null}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
