//! A request as it came, and the response that goes back, without any type of the transport.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde::Serialize;

/// How the client reached us. Behind API Gateway always `Https`; a local stack on loopback speaks `Http`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scheme {
    /// `http`, default port 80.
    Http,
    /// `https`, default port 443.
    #[default]
    Https,
}

/// A request, exactly as received: nothing decoded, reordered or dropped, since the signature covers these bytes.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The scheme the client used.
    pub scheme: Scheme,
    /// The host the client addressed, lower-case, without the scheme's default port. See [`normalise_authority`].
    pub authority: String,
    /// The path as received, percent-encoding untouched.
    pub path: String,
    /// The query as received, without its `?`.
    pub query: Option<String>,
    /// The header fields; repeated ones are kept.
    pub headers: HeaderMap,
    /// The body, after API Gateway's base64 is undone.
    pub body: Bytes,
    /// What the route template's placeholders matched.
    pub path_parameters: BTreeMap<String, String>,
    /// The caller's address, for rate limits and logs only.
    pub source_ip: Option<IpAddr>,
    /// The id every log line and problem document carries.
    pub request_id: String,
}

/// Why the lines of a header field are no usable text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableHeader {
    /// The combined value is longer than we are willing to look at.
    #[error("header {name} is longer than {limit} bytes")]
    TooLong {
        /// The field.
        name: HeaderName,
        /// The most we read.
        limit: usize,
    },
    /// A byte outside visible ASCII, space and tab.
    #[error("header {name} holds bytes that are not ASCII text")]
    NotText {
        /// The field.
        name: HeaderName,
    },
}

/// Why an outgoing request is no [`Request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request needs an absolute http or https address without user name or password")]
pub struct NotAbsolute;

impl Scheme {
    /// `http` or `https`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> &'static str {
        match self {
            Self::Http => ":80",
            Self::Https => ":443",
        }
    }
}

impl Request {
    /// An `https` request without query, header fields and body.
    pub fn new(method: Method, authority: &str, path: impl Into<String>) -> Self {
        Self {
            method,
            scheme: Scheme::Https,
            authority: normalise_authority(authority, Scheme::Https),
            path: path.into(),
            query: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            path_parameters: BTreeMap::new(),
            source_ip: None,
            request_id: String::new(),
        }
    }

    /// What a server would receive of this outgoing request.
    ///
    /// # Errors
    /// When the address is not absolute, or carries a user name.
    pub fn from_outgoing(outgoing: &http::Request<Bytes>) -> Result<Self, NotAbsolute> {
        let uri = outgoing.uri();
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            Some(_) | None => return Err(NotAbsolute),
        };
        let authority = uri.authority().ok_or(NotAbsolute)?.as_str();
        if authority.contains('@') {
            return Err(NotAbsolute);
        }
        let mut request = Self::new(outgoing.method().clone(), authority, uri.path());
        request.scheme = scheme;
        request.authority = normalise_authority(authority, scheme);
        request.query = uri.query().map(str::to_owned);
        request.headers = outgoing.headers().clone();
        request.body = outgoing.body().clone();
        Ok(request)
    }

    /// Whether the request may change something: every method but `GET` and `HEAD`.
    #[must_use]
    pub fn is_mutation(&self) -> bool {
        self.method != Method::GET && self.method != Method::HEAD
    }

    /// The combined value of a header field, as RFC 9421 §2.1 and RFC 9110 §5.3 combine it: each line trimmed, the
    /// lines joined with `, ` in their order. `None` when there is no such line.
    ///
    /// # Errors
    /// When the value is longer than `limit` bytes or no ASCII text. A folded line (`obs-fold`) is no text.
    pub fn field(&self, name: &HeaderName, limit: usize) -> Result<Option<String>, UnusableHeader> {
        let mut combined: Option<String> = None;
        for line in self.headers.get_all(name) {
            let text = std::str::from_utf8(line.as_bytes())
                .ok()
                .filter(|text| text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)))
                .ok_or_else(|| UnusableHeader::NotText { name: name.clone() })?
                .trim_matches([' ', '\t']);
            let value = match combined {
                None => text.to_owned(),
                Some(before) => format!("{before}, {text}"),
            };
            if value.len() > limit {
                return Err(UnusableHeader::TooLong {
                    name: name.clone(),
                    limit,
                });
            }
            combined = Some(value);
        }
        Ok(combined)
    }

    /// What a placeholder of the route template matched.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.path_parameters.get(name).map(String::as_str)
    }
}

/// A response, ready for any transport.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// A response without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A response with a body of this media type.
    pub fn with_body(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut response = Self::empty(status);
        response
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        response.body = body.into();
        response
    }

    /// A JSON response.
    ///
    /// # Errors
    /// When the value cannot be written as JSON, such as a map with keys that are no text.
    pub fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Result<Self, serde_json::Error> {
        Ok(Self::with_body(status, "application/json", serde_json::to_vec(value)?))
    }

    /// The same response with this header field set.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// An authority as it is signed: lower-case, without the scheme's default port (RFC 9421 §2.2.3).
#[must_use]
pub fn normalise_authority(authority: &str, scheme: Scheme) -> String {
    let lower = authority.to_ascii_lowercase();
    lower
        .strip_suffix(scheme.default_port())
        .map(str::to_owned)
        .unwrap_or(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_lower_case_and_only_the_default_port_is_left_out() {
        for (scheme, text, normal) in [
            (Scheme::Https, "API.Nanoark.Example:443", "api.nanoark.example"),
            (Scheme::Https, "api.nanoark.example:80", "api.nanoark.example:80"),
            (Scheme::Http, "127.0.0.1:80", "127.0.0.1"),
            (Scheme::Http, "127.0.0.1:8443", "127.0.0.1:8443"),
            (Scheme::Https, "[::1]:443", "[::1]"),
        ] {
            assert_eq!(normalise_authority(text, scheme), normal);
        }
    }

    #[test]
    fn repeated_header_lines_are_trimmed_and_joined_in_order() {
        let mut request = Request::new(Method::GET, "example.com", "/");
        let name = HeaderName::from_static("x-list");
        assert_eq!(request.field(&name, 100), Ok(None));
        for line in ["  one ", "", "two,three"] {
            request.headers.append(&name, HeaderValue::from_str(line).unwrap());
        }
        assert_eq!(request.field(&name, 100), Ok(Some("one, , two,three".to_owned())));
        assert_eq!(
            request.field(&name, 15),
            Err(UnusableHeader::TooLong {
                name: name.clone(),
                limit: 15
            })
        );
        request
            .headers
            .append(&name, HeaderValue::from_bytes("ü".as_bytes()).unwrap());
        assert_eq!(request.field(&name, 100), Err(UnusableHeader::NotText { name }));
    }

    #[test]
    fn an_outgoing_request_needs_an_absolute_address_without_credentials() {
        let outgoing = |uri: &str| http::Request::builder().uri(uri).body(Bytes::new()).unwrap();
        let request = Request::from_outgoing(&outgoing("https://A.example:443/p%20q?x=1&x=2")).unwrap();
        assert_eq!(
            (request.authority.as_str(), request.path.as_str()),
            ("a.example", "/p%20q")
        );
        assert_eq!(request.query.as_deref(), Some("x=1&x=2"));
        for uri in ["/only/a/path", "https://user:password@a.example/", "ftp://a.example/"] {
            assert_eq!(
                Request::from_outgoing(&outgoing(uri)).unwrap_err(),
                NotAbsolute,
                "{uri}"
            );
        }
    }
}
