//! A map of the template whose every key is either understood or passed over by name.

use serde_json::{Map, Value};

use super::TemplateError;
use super::scope::Scope;

/// A map of the template, where it stands, and what its references mean.
#[derive(Clone, Copy)]
pub(super) struct Properties<'a> {
    place: &'a str,
    map: &'a Map<String, Value>,
    scope: &'a Scope,
}

impl<'a> Properties<'a> {
    /// The map at `place`. Every key of it must be in `understood` or in `passed_over`.
    pub(super) fn new(
        place: &'a str,
        value: &'a Value,
        scope: &'a Scope,
        understood: &[&str],
        passed_over: &[&str],
    ) -> Result<Self, TemplateError> {
        let map = value
            .as_object()
            .ok_or_else(|| TemplateError::Invalid(format!("{place} is no map")))?;
        for key in map.keys() {
            if !understood.contains(&key.as_str()) && !passed_over.contains(&key.as_str()) {
                return Err(TemplateError::Unsupported(format!("{key} of {place}")));
            }
        }
        Ok(Self { place, map, scope })
    }

    /// The value as it stands, references and all.
    pub(super) fn raw(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key)
    }

    /// The value with its references resolved.
    pub(super) fn resolved(&self, key: &str) -> Result<Option<Value>, TemplateError> {
        self.map.get(key).map(|value| self.scope.resolve(value)).transpose()
    }

    /// A text that must be there.
    pub(super) fn text(&self, key: &str) -> Result<String, TemplateError> {
        self.optional_text(key)?.ok_or_else(|| self.missing(key))
    }

    /// A text, if it is there.
    pub(super) fn optional_text(&self, key: &str) -> Result<Option<String>, TemplateError> {
        self.map.get(key).map(|value| self.scope.text(value)).transpose()
    }

    /// A natural number, if it is there.
    pub(super) fn natural(&self, key: &str) -> Result<Option<u64>, TemplateError> {
        self.optional_text(key)?
            .map(|text| text.parse().map_err(|_| self.invalid(key, "is no natural number")))
            .transpose()
    }

    /// A natural number in which -1 means that there is no limit.
    pub(super) fn limit(&self, key: &str) -> Result<Option<u64>, TemplateError> {
        if self.optional_text(key)?.as_deref() == Some("-1") {
            Ok(None)
        } else {
            self.natural(key)
        }
    }

    /// A truth, false if it is not there.
    pub(super) fn truth(&self, key: &str) -> Result<bool, TemplateError> {
        match self.optional_text(key)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.invalid(key, "is neither true nor false")),
        }
    }

    /// The error of a key that must be there.
    pub(super) fn missing(&self, key: &str) -> TemplateError {
        TemplateError::Invalid(format!("{} has no {key}", self.place))
    }

    /// The error of a key whose value cannot be used.
    pub(super) fn invalid(&self, key: &str, why: &str) -> TemplateError {
        TemplateError::Invalid(format!("{key} of {} {why}", self.place))
    }
}
