//! The parts of a request that a signature can cover.

use std::fmt;

use http::HeaderName;
use sfv::{BareItem, Item};

use super::{LONGEST_FIELD, SignatureError};
use crate::request::Request;

/// One covered component (RFC 9421 §2): a derived one, or a header field. Always without parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    /// `@method`, such as `POST`.
    Method,
    /// `@authority`, the normalised host.
    Authority,
    /// `@scheme`, `http` or `https`.
    Scheme,
    /// `@target-uri`, the whole address.
    TargetUri,
    /// `@request-target`, path and query as in the request line.
    RequestTarget,
    /// `@path`; an empty one is `/`.
    Path,
    /// `@query` with its `?`; no query is `?`.
    Query,
    /// A header field, by its lower-case name.
    Field(HeaderName),
}

impl Component {
    /// The identifier without quotes.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::Authority => "@authority",
            Self::Scheme => "@scheme",
            Self::TargetUri => "@target-uri",
            Self::RequestTarget => "@request-target",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::Field(name) => name.as_str(),
        }
    }

    /// The component an item of `Signature-Input` names.
    pub(super) fn read(item: &Item) -> Result<Self, SignatureError> {
        let BareItem::String(name) = &item.bare_item else {
            return Err(SignatureError::Malformed {
                header: "signature-input",
                reason: "a covered component is not written as a string".to_owned(),
            });
        };
        let name = name.as_str();
        if !item.params.is_empty() {
            return Err(SignatureError::ComponentParameters { name: name.to_owned() });
        }
        Self::named(name).ok_or_else(|| SignatureError::UnknownComponent { name: name.to_owned() })
    }

    /// The component of this name; field names must be lower-case.
    fn named(name: &str) -> Option<Self> {
        match name {
            "@method" => Some(Self::Method),
            "@authority" => Some(Self::Authority),
            "@scheme" => Some(Self::Scheme),
            "@target-uri" => Some(Self::TargetUri),
            "@request-target" => Some(Self::RequestTarget),
            "@path" => Some(Self::Path),
            "@query" => Some(Self::Query),
            // '@' and upper case are no part of a lower-case field name.
            field => HeaderName::from_lowercase(field.as_bytes()).ok().map(Self::Field),
        }
    }

    /// What the request has for this component.
    ///
    /// # Errors
    /// When the field is absent, too long or no text, or when method, host, path or query hold a byte that has no place
    /// there unencoded. Such a byte (a line feed above all) could make one request's base read like another's.
    pub fn value(&self, request: &Request) -> Result<String, SignatureError> {
        let path = if request.path.is_empty() { "/" } else { &request.path };
        let query = request.query.as_deref();
        let target = || match query {
            None => path.to_owned(),
            Some(query) => format!("{path}?{query}"),
        };
        let value = match self {
            Self::Method => request.method.as_str().to_owned(),
            Self::Authority => request.authority.clone(),
            Self::Scheme => request.scheme.as_str().to_owned(),
            Self::TargetUri => format!("{}://{}{}", request.scheme.as_str(), request.authority, target()),
            Self::RequestTarget => target(),
            Self::Path => path.to_owned(),
            Self::Query => format!("?{}", query.unwrap_or_default()),
            Self::Field(name) => {
                return request
                    .field(name, LONGEST_FIELD)?
                    .ok_or_else(|| SignatureError::CoveredFieldAbsent { name: name.to_string() });
            }
        };
        if value.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(value)
        } else {
            Err(SignatureError::UnsignableValue {
                name: self.name().to_owned(),
            })
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Method};

    use super::*;
    use crate::request::Scheme;

    fn request(path: &str, query: Option<&str>) -> Request {
        let mut request = Request::new(Method::GET, "www.example.com", path);
        request.query = query.map(str::to_owned);
        request
    }

    /// The examples of RFC 9421 §2.2.1 to §2.2.7.
    #[test]
    fn derived_components_have_the_values_the_rfc_prints() {
        let plain = request("/path", Some("param=value"));
        for (component, value) in [
            (Component::Method, "GET"),
            (Component::Authority, "www.example.com"),
            (Component::Scheme, "https"),
            (Component::TargetUri, "https://www.example.com/path?param=value"),
            (Component::RequestTarget, "/path?param=value"),
            (Component::Path, "/path"),
            (Component::Query, "?param=value"),
        ] {
            assert_eq!(component.value(&plain).unwrap(), value);
        }
    }

    #[test]
    fn an_empty_path_is_a_slash_and_no_query_is_a_question_mark() {
        for query in [None, Some("")] {
            assert_eq!(Component::Query.value(&request("/", query)).unwrap(), "?");
        }
        assert_eq!(Component::Path.value(&request("", None)).unwrap(), "/");
        assert_eq!(Component::RequestTarget.value(&request("", Some(""))).unwrap(), "/?");
        let mut plain_http = request("", None);
        plain_http.scheme = Scheme::Http;
        assert_eq!(
            Component::TargetUri.value(&plain_http).unwrap(),
            "http://www.example.com/"
        );
    }

    #[test]
    fn path_and_query_stay_percent_encoded_as_received() {
        let encoded = request("/a%20b/%E4%B8%AD/./..", Some("queryString=a%2Fb+c&%41"));
        assert_eq!(Component::Path.value(&encoded).unwrap(), "/a%20b/%E4%B8%AD/./..");
        assert_eq!(Component::Query.value(&encoded).unwrap(), "?queryString=a%2Fb+c&%41");
    }

    #[test]
    fn a_value_that_could_forge_a_line_of_the_base_is_refused() {
        for path in ["/a\n\"@query\": ?x", "/a b", "/ü", "/\u{0}", "/\t"] {
            assert!(
                matches!(
                    Component::Path.value(&request(path, None)),
                    Err(SignatureError::UnsignableValue { .. })
                ),
                "{path:?}"
            );
        }
    }

    #[test]
    fn names_are_exact() {
        for (name, known) in [
            ("@path", true),
            ("date", true),
            ("x-anything", true),
            ("Date", false),
            ("@Path", false),
            ("@status", false),
            ("@query-param", false),
            ("@signature-params", false),
            ("", false),
            ("a b", false),
        ] {
            assert_eq!(Component::named(name).is_some(), known, "{name:?}");
        }
    }

    #[test]
    fn a_field_with_no_line_is_absent_and_one_with_an_empty_line_is_empty() {
        let mut request = request("/", None);
        let component = Component::Field(HeaderName::from_static("x-empty"));
        assert!(matches!(
            component.value(&request),
            Err(SignatureError::CoveredFieldAbsent { .. })
        ));
        request.headers.insert("x-empty", HeaderValue::from_static(""));
        assert_eq!(component.value(&request).unwrap(), "");
    }
}
