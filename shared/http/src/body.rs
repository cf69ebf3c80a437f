//! JSON bodies, read strictly: nothing unknown, nothing twice, nothing too deep, and an error that points to the field.

use std::collections::HashSet;
use std::fmt;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use nanoark_domain::object;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_path_to_error::{Deserializer as PathDeserializer, Path, Segment, Track};

use crate::problem::{Code, Problem};
use crate::request::Request;

/// How deep arrays and objects may nest.
pub const DEEPEST: u8 = 32;

/// Reads the body as a `T`.
///
/// A `T` that refuses unknown fields (`#[serde(deny_unknown_fields)]`) has them reported by name and place. No object of
/// the body, not even one that `T` keeps unread, may have a member twice: two readers could take different ones.
///
/// # Errors
/// [`Code::BodyTooLarge`], [`Code::UnsupportedMediaType`], [`Code::MalformedJson`], [`Code::UnknownField`] or
/// [`Code::InvalidField`].
pub fn parse<T: DeserializeOwned>(request: &Request, largest: usize) -> Result<T, Problem> {
    check_size(request, largest)?;
    check_media_type(request)?;
    check_shape(&request.body)?;
    let mut json = serde_json::Deserializer::from_slice(&request.body);
    let mut track = Track::new();
    object::required(PathDeserializer::new(&mut json, &mut track))
        .map_err(|error| wrong_field(&track.path(), &error.to_string()))
}

/// The same for a call whose body may be left out: no bytes are `None`.
///
/// # Errors
/// As [`parse`].
pub fn parse_optional<T: DeserializeOwned>(request: &Request, largest: usize) -> Result<Option<T>, Problem> {
    if request.body.is_empty() {
        Ok(None)
    } else {
        parse(request, largest).map(Some)
    }
}

/// Refuses a body that is larger than the route allows.
///
/// # Errors
/// [`Code::BodyTooLarge`].
pub fn check_size(request: &Request, largest: usize) -> Result<(), Problem> {
    let size = request.body.len();
    if size > largest {
        let detail = format!("The body has {size} bytes; here {largest} are allowed.");
        return Err(Problem::new(Code::BodyTooLarge, detail).with_extra("largest_body", largest));
    }
    Ok(())
}

fn check_media_type(request: &Request) -> Result<(), Problem> {
    let unsupported = |detail: &str| Err(Problem::new(Code::UnsupportedMediaType, detail));
    if request.headers.contains_key(CONTENT_ENCODING) {
        return unsupported("The body has a Content-Encoding.");
    }
    let mut lines = request.headers.get_all(CONTENT_TYPE).iter();
    match (lines.next().map(http::HeaderValue::to_str), lines.next()) {
        (Some(Ok(media_type)), None) if is_json(media_type) => Ok(()),
        (Some(_), _) => unsupported("Content-Type is not application/json."),
        (None, _) => unsupported("The request has a body and no Content-Type."),
    }
}

/// Whether this is `application/json`, with no parameter but perhaps `charset=utf-8`.
fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    })
}

/// Walks the whole body once: one JSON value, not too deep, no member twice.
fn check_shape(body: &[u8]) -> Result<(), Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    Shape { levels_left: DEEPEST }
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| {
            Problem::new(
                Code::MalformedJson,
                format!("The body is not acceptable JSON: {error}."),
            )
        })
}

struct Shape {
    levels_left: u8,
}

impl Shape {
    fn inner<E: serde::de::Error>(&self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left }),
            None => Err(E::custom(format_args!("nested deeper than {DEEPEST} levels"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while array
            .next_element_seed(Self {
                levels_left: inner.levels_left,
            })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut names = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format_args!("the member {name:?} appears twice")));
            }
            names.insert(name);
            object.next_value_seed(Self {
                levels_left: inner.levels_left,
            })?;
        }
        Ok(())
    }
}

/// The JSON is sound, so what is left to be wrong is a field.
fn wrong_field(path: &Path, text: &str) -> Problem {
    let pointer = pointer(path);
    // serde_json ends its texts with a position, which says less than the pointer does.
    let reason = text.split_once(" at line ").map_or(text, |(reason, _)| reason);
    let code = if reason.starts_with("unknown field") {
        Code::UnknownField
    } else {
        Code::InvalidField
    };
    let place = if pointer.is_empty() {
        "The body"
    } else {
        pointer.as_str()
    };
    Problem::new(code, format!("{place}: {reason}.")).with_field(pointer.clone(), reason)
}

/// A path as a JSON pointer (RFC 6901); the whole body is the empty text.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            // JSON writes an enum's variant as the only member of an object.
            Segment::Map { key } | Segment::Enum { variant: key } => {
                pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")));
            }
            // What serde lost it lost.
            Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderValue, Method};
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Offer {
        title: String,
        #[serde(default)]
        prices: Vec<Price>,
        #[expect(dead_code, reason = "only that it is kept unread matters")]
        example: Option<Box<RawValue>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Price {
        #[serde(rename = "a/b")]
        amount: u32,
    }

    fn request(body: &str) -> Request {
        let mut request = Request::new(Method::POST, "example.com", "/v1/offers");
        request
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.body = Bytes::copy_from_slice(body.as_bytes());
        request
    }

    fn refusal(body: &str) -> Problem {
        parse::<Offer>(&request(body), 10_000).unwrap_err()
    }

    #[test]
    fn a_sound_body_is_read() {
        let offer: Offer = parse(
            &request(r#" {"title":"t","prices":[{"a/b":1}],"example":{"x":[]}} "#),
            100,
        )
        .unwrap();
        assert_eq!(
            (offer.title.as_str(), offer.prices.len(), offer.prices[0].amount),
            ("t", 1, 1)
        );
        assert!(
            parse_optional::<Offer>(&Request::new(Method::POST, "example.com", "/"), 0)
                .unwrap()
                .is_none()
        );
        assert!(
            parse_optional::<Offer>(&request("{\"title\":\"t\"}"), 100)
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        for body in [
            "",
            " ",
            "{",
            "{\"title\":}",
            "{'title':1}",
            "{\"title\":\"t\"} x",
            "{\"title\":\"t\"}{}",
            "\u{feff}{}",
            "NaN",
            "{\"title\":\"\\ud800\"}",
            "{\"title\":\"t\",}",
            "// comment\n{}",
            "{\"title\":01}",
            "\"\u{1}\"",
            &deep,
        ] {
            assert_eq!(refusal(body).code, Code::MalformedJson, "{body:?}");
        }
        let mut broken = request("");
        broken.body = Bytes::from_static(b"{\"title\":\"\xff\"}");
        assert_eq!(parse::<Offer>(&broken, 100).unwrap_err().code, Code::MalformedJson);
    }

    #[test]
    fn a_member_twice_is_refused_at_any_depth_even_where_nobody_reads_it() {
        for body in [
            r#"{"title":"t","title":"u"}"#,
            r#"{"title":"t","example":{"a":1,"a":1}}"#,
            r#"{"title":"t","example":[[{"\u0061":1,"a":2}]]}"#,
        ] {
            let problem = refusal(body);
            assert_eq!(problem.code, Code::MalformedJson, "{body}");
            assert!(problem.detail.contains("twice"), "{}", problem.detail);
        }
    }

    #[test]
    fn nesting_is_allowed_up_to_the_limit_and_not_beyond() {
        let body = |levels: usize| {
            format!(
                "{{\"title\":\"t\",\"example\":{}{}}}",
                "[".repeat(levels),
                "]".repeat(levels)
            )
        };
        assert!(parse::<Offer>(&request(&body(31)), 1_000).is_ok());
        assert!(refusal(&body(32)).detail.contains("deeper than 32"));
        assert_eq!(refusal(&body(4_000)).code, Code::MalformedJson);
    }

    #[test]
    fn an_unknown_field_is_named_by_a_pointer() {
        for (body, pointer) in [
            (r#"{"title":"t","extra":1}"#, "/extra"),
            (r#"{"title":"t","prices":[{"a/b":1},{"a~b":1}]}"#, "/prices/1/a~0b"),
        ] {
            let problem = refusal(body);
            assert_eq!(
                (problem.code, problem.fields[0].pointer.as_str()),
                (Code::UnknownField, pointer),
                "{body}"
            );
            assert!(
                problem.fields[0].reason.starts_with("unknown field"),
                "{}",
                problem.fields[0].reason
            );
        }
    }

    #[test]
    fn an_invalid_field_is_named_by_a_pointer_and_a_missing_one_by_its_object() {
        for (body, pointer, reason) in [
            (r#"{"title":7}"#, "/title", "invalid type"),
            (
                r#"{"title":"t","prices":[{"a/b":1},{"a/b":-1}]}"#,
                "/prices/1/a~1b",
                "invalid value",
            ),
            (r#"{"title":"t","prices":{}}"#, "/prices", "invalid type"),
            (r#"{"prices":[]}"#, "", "missing field `title`"),
            (r"[]", "", "invalid type: sequence, expected an object"),
            (r#"["t",[]]"#, "", "invalid type: sequence, expected an object"),
            ("7", "", "invalid type"),
        ] {
            let problem = refusal(body);
            assert_eq!(
                (problem.code, problem.fields[0].pointer.as_str()),
                (Code::InvalidField, pointer),
                "{body}"
            );
            assert!(
                problem.fields[0].reason.starts_with(reason),
                "{body}: {}",
                problem.fields[0].reason
            );
            assert!(!problem.detail.contains("at line"), "{}", problem.detail);
        }
    }

    #[test]
    fn the_variant_of_an_enum_is_a_step_on_the_way_to_a_field() {
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Outcome {
            Result(#[expect(dead_code, reason = "only why it is refused matters")] Price),
        }
        #[derive(Debug, Deserialize)]
        struct Delivery {
            #[expect(dead_code, reason = "only why it is refused matters")]
            outcome: Outcome,
        }
        for (body, pointer) in [
            (r#"{"outcome":{"result":{"a/b":"x"}}}"#, "/outcome/result/a~1b"),
            (r#"{"outcome":{"result":{"c":1}}}"#, "/outcome/result/c"),
            (r#"{"outcome":{"result":7}}"#, "/outcome/result"),
            (r#"{"outcome":{}}"#, "/outcome"),
        ] {
            let problem = parse::<Delivery>(&request(body), 100).unwrap_err();
            assert_eq!(problem.fields[0].pointer, pointer, "{body}");
        }
    }

    #[test]
    fn only_plain_json_in_utf_8_is_a_supported_media_type() {
        let parse_as = |media_type: &str| {
            let mut request = request("{\"title\":\"t\"}");
            request
                .headers
                .insert(CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
            parse::<Offer>(&request, 100)
        };
        for media_type in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
        ] {
            assert!(parse_as(media_type).is_ok(), "{media_type}");
        }
        for media_type in [
            "",
            "text/json",
            "application/json; charset=latin-1",
            "application/json; v=1",
            "application/jsonx",
            "json;",
        ] {
            assert_eq!(
                parse_as(media_type).unwrap_err().code,
                Code::UnsupportedMediaType,
                "{media_type}"
            );
        }
        let mut none = request("{\"title\":\"t\"}");
        none.headers.remove(CONTENT_TYPE);
        assert_eq!(parse::<Offer>(&none, 100).unwrap_err().code, Code::UnsupportedMediaType);
        let mut packed = request("{\"title\":\"t\"}");
        packed
            .headers
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(
            parse::<Offer>(&packed, 100).unwrap_err().code,
            Code::UnsupportedMediaType
        );
        let mut twice = request("{\"title\":\"t\"}");
        twice
            .headers
            .append(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        assert_eq!(
            parse::<Offer>(&twice, 100).unwrap_err().code,
            Code::UnsupportedMediaType
        );
    }

    #[test]
    fn a_body_is_measured_before_it_is_read() {
        let problem = parse::<Offer>(&request("{{{{{"), 4).unwrap_err();
        assert_eq!(problem.code, Code::BodyTooLarge);
        assert_eq!(problem.extra["largest_body"], 4);
        assert!(parse::<Offer>(&request("{\"title\":\"t\"}"), 13).is_ok());
    }
}
