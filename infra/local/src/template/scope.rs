//! What `Ref`, `Fn::GetAtt`, `Fn::Sub` and `Fn::Join` mean on this machine.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::TemplateError;

/// The names that a template may refer to, and what stands for them here.
#[derive(Debug, Default)]
pub(super) struct Scope {
    references: BTreeMap<String, String>,
    attributes: BTreeMap<(String, String), String>,
}

impl Scope {
    /// What `!Ref name` is.
    pub(super) fn define(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.references.insert(name.into(), value.into());
    }

    /// What `!GetAtt name.attribute` is.
    pub(super) fn define_attribute(&mut self, name: &str, attribute: &str, value: impl Into<String>) {
        self.attributes.insert((name.into(), attribute.into()), value.into());
    }

    /// The value with every intrinsic function replaced by what it yields.
    ///
    /// # Errors
    ///
    /// When a name is unknown, or a function is none of those that the local stack knows.
    pub(super) fn resolve(&self, value: &Value) -> Result<Value, TemplateError> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Value::Object(map) => {
                if let Some((function, argument)) = intrinsic(map) {
                    return self.call(function, argument).map(Value::String);
                }
                let resolved: Result<Map<_, _>, TemplateError> = map
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), self.resolve(item)?)))
                    .collect();
                resolved.map(Value::Object)
            }
        }
    }

    /// The value as a text; numbers and truths are written out, as CloudFormation does.
    ///
    /// # Errors
    ///
    /// As [`Scope::resolve`], and when the value is a list, a map or nothing.
    pub(super) fn text(&self, value: &Value) -> Result<String, TemplateError> {
        match self.resolve(value)? {
            Value::String(text) => Ok(text),
            Value::Bool(truth) => Ok(truth.to_string()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Err(TemplateError::Invalid(format!("{value} is no text")))
            }
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Result<String, TemplateError> {
        let malformed = || TemplateError::Invalid(format!("{function} of {argument}"));
        match function {
            "Ref" => self.reference(argument.as_str().ok_or_else(malformed)?),
            "Fn::GetAtt" => match argument.as_array().map(Vec::as_slice) {
                Some([Value::String(name), Value::String(attribute)]) => self.attribute(name, attribute),
                _ => Err(malformed()),
            },
            "Fn::Sub" => match argument {
                Value::String(pattern) => self.substitute(pattern),
                Value::Array(_) => Err(TemplateError::Unsupported("Fn::Sub with a map of its own".into())),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Err(malformed()),
            },
            "Fn::Join" => match argument.as_array().map(Vec::as_slice) {
                Some([Value::String(separator), Value::Array(parts)]) => {
                    let parts: Result<Vec<_>, _> = parts.iter().map(|part| self.text(part)).collect();
                    Ok(parts?.join(separator))
                }
                _ => Err(malformed()),
            },
            other => Err(TemplateError::Unsupported(format!("the function {other}"))),
        }
    }

    fn reference(&self, name: &str) -> Result<String, TemplateError> {
        self.references
            .get(name)
            .cloned()
            .ok_or_else(|| TemplateError::Unknown(name.into()))
    }

    fn attribute(&self, name: &str, attribute: &str) -> Result<String, TemplateError> {
        let key = (name.to_owned(), attribute.to_owned());
        self.attributes
            .get(&key)
            .cloned()
            .ok_or_else(|| TemplateError::Unknown(format!("{name}.{attribute}")))
    }

    fn substitute(&self, pattern: &str) -> Result<String, TemplateError> {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| TemplateError::Invalid(format!("Fn::Sub of {pattern}")))?;
            text.push_str(before);
            match (name.strip_prefix('!'), name.split_once('.')) {
                // `${!x}` is how a literal `${x}` is written.
                (Some(literal), _) => {
                    text.push_str("${");
                    text.push_str(literal);
                    text.push('}');
                }
                (None, Some((resource, attribute))) => text.push_str(&self.attribute(resource, attribute)?),
                (None, None) => text.push_str(&self.reference(name)?),
            }
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }
}

/// The function and its argument, when the map is a call such as `{"Ref": "X"}`.
fn intrinsic(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((key, argument)), None) if key == "Ref" || key.starts_with("Fn::") => Some((key, argument)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scope() -> Scope {
        let mut scope = Scope::default();
        scope.define("Stack", "ark");
        scope.define_attribute("Jobs", "Arn", "arn:jobs");
        scope
    }

    #[test]
    fn intrinsic_functions_yield_what_stands_for_their_names() {
        for (value, text) in [
            (json!({"Ref": "Stack"}), "ark"),
            (json!({"Fn::GetAtt": ["Jobs", "Arn"]}), "arn:jobs"),
            (
                json!({"Fn::Sub": "${Stack}-x ${Jobs.Arn}/index/y ${!Literal}"}),
                "ark-x arn:jobs/index/y ${Literal}",
            ),
            (json!({"Fn::Join": ["-", ["a", {"Ref": "Stack"}, 7]]}), "a-ark-7"),
            (json!(30), "30"),
        ] {
            assert_eq!(scope().text(&value).unwrap(), text);
        }
    }

    #[test]
    fn an_unknown_name_or_function_is_an_error_and_never_an_empty_text() {
        for value in [
            json!({"Ref": "Stak"}),
            json!({"Fn::GetAtt": ["Jobs", "Arm"]}),
            json!({"Fn::Sub": "${Nothing}"}),
            json!({"Fn::Sub": "${open"}),
            json!({"Fn::ImportValue": "x"}),
            json!([1]),
        ] {
            assert!(scope().text(&value).is_err(), "{value}");
        }
    }
}
