//! Items: typed attributes out of DynamoDB's maps and into them.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use nanoark_domain::time::{Seconds, Timestamp};

/// A DynamoDB item.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// An item that is not what this release writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attribute {attribute:?} of an item is {problem}")]
pub struct ItemError {
    /// The attribute.
    pub attribute: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl ItemError {
    pub(crate) fn new(attribute: &str, problem: &'static str) -> Self {
        Self {
            attribute: attribute.to_owned(),
            problem,
        }
    }
}

/// Reads attributes and says which one is wrong.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a Item);

impl<'a> Reader<'a> {
    pub(crate) fn has(self, attribute: &str) -> bool {
        self.0.contains_key(attribute)
    }

    pub(crate) fn text(self, attribute: &str) -> Result<&'a str, ItemError> {
        self.optional_text(attribute)?
            .ok_or_else(|| ItemError::new(attribute, "missing"))
    }

    pub(crate) fn optional_text(self, attribute: &str) -> Result<Option<&'a str>, ItemError> {
        match self.0.get(attribute) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(ItemError::new(attribute, "no string")),
        }
    }

    pub(crate) fn parse<T: FromStr>(self, attribute: &str) -> Result<T, ItemError> {
        self.text(attribute)?
            .parse()
            .map_err(|_| ItemError::new(attribute, "malformed"))
    }

    pub(crate) fn optional_parse<T: FromStr>(self, attribute: &str) -> Result<Option<T>, ItemError> {
        let text = self.optional_text(attribute)?;
        text.map(|text| text.parse().map_err(|_| ItemError::new(attribute, "malformed")))
            .transpose()
    }

    /// A text that names one of an enum's variants.
    pub(crate) fn named<T>(self, attribute: &str, named: impl Fn(&str) -> Option<T>) -> Result<T, ItemError> {
        named(self.text(attribute)?).ok_or_else(|| ItemError::new(attribute, "an unknown name"))
    }

    pub(crate) fn number(self, attribute: &str) -> Result<u64, ItemError> {
        self.optional_number(attribute)?
            .ok_or_else(|| ItemError::new(attribute, "missing"))
    }

    pub(crate) fn optional_number(self, attribute: &str) -> Result<Option<u64>, ItemError> {
        match self.0.get(attribute) {
            None => Ok(None),
            Some(AttributeValue::N(number)) => number
                .parse()
                .map(Some)
                .map_err(|_| ItemError::new(attribute, "no whole number")),
            Some(_) => Err(ItemError::new(attribute, "no number")),
        }
    }

    pub(crate) fn instant(self, attribute: &str) -> Result<Timestamp, ItemError> {
        self.number(attribute).map(Timestamp::from_millis)
    }

    pub(crate) fn optional_instant(self, attribute: &str) -> Result<Option<Timestamp>, ItemError> {
        Ok(self.optional_number(attribute)?.map(Timestamp::from_millis))
    }

    pub(crate) fn span(self, attribute: &str) -> Result<Seconds, ItemError> {
        self.optional_span(attribute)?
            .ok_or_else(|| ItemError::new(attribute, "missing"))
    }

    /// A span, which is stored in milliseconds so that expressions can add it to instants.
    pub(crate) fn optional_span(self, attribute: &str) -> Result<Option<Seconds>, ItemError> {
        self.optional_number(attribute)?
            .map(|milliseconds| {
                u32::try_from(milliseconds / 1_000)
                    .map(Seconds)
                    .map_err(|_| ItemError::new(attribute, "too long a span"))
            })
            .transpose()
    }

    /// A set of texts; empty when it is not there, for there are no empty sets.
    pub(crate) fn texts(self, attribute: &str) -> Result<&'a [String], ItemError> {
        match self.0.get(attribute) {
            None => Ok(&[]),
            Some(AttributeValue::Ss(texts)) => Ok(texts),
            Some(_) => Err(ItemError::new(attribute, "no set of strings")),
        }
    }

    pub(crate) fn list(self, attribute: &str) -> Result<&'a [AttributeValue], ItemError> {
        match self.0.get(attribute) {
            None => Ok(&[]),
            Some(AttributeValue::L(list)) => Ok(list),
            Some(_) => Err(ItemError::new(attribute, "no list")),
        }
    }

    pub(crate) fn map(self, attribute: &str) -> Result<Option<&'a Item>, ItemError> {
        match self.0.get(attribute) {
            None => Ok(None),
            Some(AttributeValue::M(map)) => Ok(Some(map)),
            Some(_) => Err(ItemError::new(attribute, "no map")),
        }
    }
}

/// A string attribute.
pub(crate) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A number attribute.
pub(crate) fn number(value: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// An instant, in milliseconds since the Unix epoch.
pub(crate) fn instant(value: Timestamp) -> AttributeValue {
    number(value.as_millis())
}

/// A span, in milliseconds.
pub(crate) fn span(value: Seconds) -> AttributeValue {
    number(value.as_millis())
}

/// Builds an item.
#[derive(Default)]
pub(crate) struct Writer(Item);

impl Writer {
    pub(crate) fn put(&mut self, attribute: &str, value: AttributeValue) {
        self.0.insert(attribute.to_owned(), value);
    }

    pub(crate) fn put_if_some(&mut self, attribute: &str, value: Option<AttributeValue>) {
        if let Some(value) = value {
            self.put(attribute, value);
        }
    }

    pub(crate) fn finish(self) -> Item {
        self.0
    }
}
