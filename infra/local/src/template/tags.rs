//! From YAML with CloudFormation's short tags to plain JSON in the long form (`!Ref X` becomes `{"Ref": "X"}`).

use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

use super::TemplateError;

/// The whole document in long form.
///
/// # Errors
///
/// When the text is no YAML, when a mapping has a key that is no text, or when a tag is none of CloudFormation's.
pub(super) fn parse(text: &str) -> Result<Value, TemplateError> {
    let document = serde_yaml_ng::from_str(text)?;
    plain(document)
}

fn plain(yaml: Yaml) -> Result<Value, TemplateError> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(truth) => Value::Bool(truth),
        Yaml::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(natural), _, _) => natural.into(),
            (None, Some(whole), _) => whole.into(),
            (None, None, fraction) => fraction.into(),
        },
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(plain).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let Yaml::String(key) = key else {
                    return Err(TemplateError::Invalid("a key is no text".into()));
                };
                map.insert(key, plain(value)?);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let tag = tag.trim_start_matches('!');
            let value = plain(tagged.value)?;
            let mut map = Map::new();
            match tag {
                "Ref" | "Condition" => map.insert(tag.into(), value),
                "GetAtt" => map.insert("Fn::GetAtt".into(), attribute(value)),
                "Sub" | "Join" | "If" | "Not" | "Equals" | "And" | "Or" | "Select" | "Split" => {
                    map.insert(format!("Fn::{tag}"), value)
                }
                other => return Err(TemplateError::Unsupported(format!("the tag !{other}"))),
            };
            Value::Object(map)
        }
    })
}

/// `!GetAtt A.B.C` means the attribute `B.C` of `A`.
fn attribute(value: Value) -> Value {
    match value.as_str().and_then(|text| text.split_once('.')) {
        Some((resource, attribute)) => Value::from(vec![resource, attribute]),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_tags_become_the_long_form() {
        let long = parse("a: !Ref X\nb: !GetAtt X.Y.Z\nc: !Sub ${X}-y\nd: !Join [',', [1, !Ref X]]\n").unwrap();
        assert_eq!(
            long,
            json!({
                "a": {"Ref": "X"},
                "b": {"Fn::GetAtt": ["X", "Y.Z"]},
                "c": {"Fn::Sub": "${X}-y"},
                "d": {"Fn::Join": [",", [1, {"Ref": "X"}]]},
            })
        );
    }

    #[test]
    fn a_tag_that_cloudformation_does_not_have_is_refused() {
        assert!(matches!(parse("a: !Reff X"), Err(TemplateError::Unsupported(_))));
    }
}
