//! Records: what has too many parts to be attributes of its own, as JSON in one attribute with the number of its form.
//!
//! `{"schema": 1, "session": …}`. A release that changes a form counts its number up and still reads the earlier ones; an
//! older release that meets a newer form says so instead of guessing.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::item::ItemError;

/// The attribute that holds a record.
pub(crate) const ATTRIBUTE: &str = "record";

/// The most bytes of a record. An item may have 400 KiB, of which this leaves 1 KiB to its other attributes.
pub(crate) const MOST_BYTES: usize = 399 * 1_024;

/// Something that is kept as a record.
pub(crate) trait Recorded: Serialize + DeserializeOwned {
    /// What it is called in the JSON.
    const NAME: &'static str;
    /// The number of its form.
    const SCHEMA: u64;
}

struct Form<'a, T>(&'a T);

impl<T: Recorded> Serialize for Form<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("schema", &T::SCHEMA)?;
        map.serialize_entry(T::NAME, self.0)?;
        map.end()
    }
}

/// The attribute's value; an error when DynamoDB would not take it.
pub(crate) fn write<T: Recorded>(value: &T) -> Result<AttributeValue, ItemError> {
    let text = serde_json::to_string(&Form(value)).map_err(|_| ItemError::new(ATTRIBUTE, "without a JSON form"))?;
    if text.len() > MOST_BYTES {
        return Err(ItemError::new(ATTRIBUTE, "larger than an item may be (400 KiB)"));
    }
    Ok(AttributeValue::S(text))
}

/// What the attribute's text holds.
pub(crate) fn read<T: Recorded>(text: &str) -> Result<T, ItemError> {
    let malformed = || ItemError::new(ATTRIBUTE, "malformed");
    let parts: BTreeMap<&str, &RawValue> = serde_json::from_str(text).map_err(|_| malformed())?;
    let part = |name: &str| parts.get(name).map(|part| part.get()).ok_or_else(malformed);
    let schema: u64 = serde_json::from_str(part("schema")?).map_err(|_| malformed())?;
    if schema != T::SCHEMA {
        return Err(ItemError::new(ATTRIBUTE, "of a form that this release does not know"));
    }
    serde_json::from_str(part(T::NAME)?).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note(String);

    impl Recorded for Note {
        const NAME: &'static str = "note";
        const SCHEMA: u64 = 3;
    }

    #[test]
    fn a_record_says_its_form_and_reads_back() {
        let note = Note("hello \"you\"".to_owned());
        let written = write(&note).unwrap();
        assert_eq!(
            written,
            AttributeValue::S(r#"{"schema":3,"note":"hello \"you\""}"#.to_owned())
        );
        assert_eq!(read::<Note>(written.as_s().unwrap()).unwrap(), note);
    }

    #[test]
    fn what_is_not_of_this_form_is_refused() {
        for (text, problem) in [
            ("", "malformed"),
            ("[]", "malformed"),
            (r#"{"note":"a"}"#, "malformed"),
            (r#"{"schema":3}"#, "malformed"),
            (r#"{"schema":3,"note":4}"#, "malformed"),
            (r#"{"schema":"3","note":"a"}"#, "malformed"),
            // The number is looked at before the rest, which only its own release can read.
            (
                r#"{"schema":4,"note":{"text":"a"}}"#,
                "of a form that this release does not know",
            ),
        ] {
            assert_eq!(read::<Note>(text), Err(ItemError::new("record", problem)), "{text}");
        }
    }

    #[test]
    fn a_record_that_dynamodb_would_not_take_is_refused_before_the_call() {
        let frame = r#"{"schema":3,"note":""}"#.len();
        let note = |bytes: usize| Note("x".repeat(bytes.saturating_sub(frame)));
        assert!(write(&note(MOST_BYTES)).is_ok());
        let problem = "larger than an item may be (400 KiB)";
        assert_eq!(
            write(&note(MOST_BYTES.saturating_add(1))),
            Err(ItemError::new("record", problem))
        );
    }
}
