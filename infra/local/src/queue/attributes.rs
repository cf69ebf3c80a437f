//! Message attributes and the digest by which clients check them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// An attribute of a message, as the JSON protocol writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, with an optional label after a dot.
    pub data_type: String,
    /// The value of a text or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a binary attribute, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

impl Attribute {
    /// How many bytes the attribute adds to its message, without its name.
    pub(super) fn size(&self) -> usize {
        self.data_type.len().saturating_add(self.value().1.len())
    }

    /// Whether the type is one of SQS's and has the value that belongs to it.
    pub(super) fn is_valid(&self) -> bool {
        match self.data_type.split('.').next() {
            Some("String" | "Number") => self.string_value.is_some() && self.binary_value.is_none(),
            Some("Binary") => {
                self.string_value.is_none()
                    && self
                        .binary_value
                        .as_ref()
                        .is_some_and(|value| STANDARD.decode(value).is_ok())
            }
            _ => false,
        }
    }

    /// The mark of the kind of value in the digest, and the value's bytes.
    fn value(&self) -> (u8, Vec<u8>) {
        match (&self.string_value, &self.binary_value) {
            (Some(text), _) => (1, text.clone().into_bytes()),
            (None, Some(binary)) => (2, STANDARD.decode(binary).unwrap_or_default()),
            (None, None) => (1, Vec::new()),
        }
    }
}

/// The MD5 that SQS defines over attributes: in the order of their names, each part behind its length.
pub(super) fn digest(attributes: &BTreeMap<String, Attribute>) -> String {
    let mut bytes = Vec::new();
    for (name, attribute) in attributes {
        let (mark, value) = attribute.value();
        push(&mut bytes, name.as_bytes());
        push(&mut bytes, attribute.data_type.as_bytes());
        bytes.push(mark);
        push(&mut bytes, &value);
    }
    format!("{:x}", md5::compute(bytes))
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    // A part is far below four gigabytes: the whole message is at most one megabyte.
    bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_covers_names_types_and_values_in_the_order_of_the_names() {
        let text = |value: &str| Attribute {
            data_type: "String".into(),
            string_value: Some(value.into()),
            binary_value: None,
        };
        let attributes = BTreeMap::from([("b".to_owned(), text("2")), ("a".to_owned(), text("1"))]);
        let mut expected = Vec::new();
        for (name, value) in [("a", "1"), ("b", "2")] {
            expected.extend([0, 0, 0, 1]);
            expected.extend(name.bytes());
            expected.extend([0, 0, 0, 6]);
            expected.extend(b"String");
            expected.push(1);
            expected.extend([0, 0, 0, 1]);
            expected.extend(value.bytes());
        }
        assert_eq!(digest(&attributes), format!("{:x}", md5::compute(expected)));
    }

    #[test]
    fn a_value_must_fit_its_type() {
        let attribute = |kind: &str, text: Option<&str>, binary: Option<&str>| Attribute {
            data_type: kind.into(),
            string_value: text.map(Into::into),
            binary_value: binary.map(Into::into),
        };
        assert!(attribute("String", Some("x"), None).is_valid());
        assert!(attribute("Number.int", Some("7"), None).is_valid());
        assert!(attribute("Binary", None, Some("AQI=")).is_valid());
        assert!(!attribute("Binary", None, Some("not base64")).is_valid());
        assert!(!attribute("Binary", Some("x"), None).is_valid());
        assert!(!attribute("Text", Some("x"), None).is_valid());
    }
}
