//! The signed request that opens a connection.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Request, Uri};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::request::{Scheme, normalise_authority};
use nanoark_http::signature::{Stamp, sign_request};

use super::socket::SocketFailure;
use crate::bot::Bot;

/// How long the handshake's signature is good for. Every try is signed anew.
const SIGNATURE_LIFETIME: Seconds = Seconds(60);

/// The address of a relay's WebSocket API, such as `wss://sockets.relay.example/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketUrl {
    secure: bool,
    /// As it is signed: lower-case, without the default port.
    authority: String,
    path: String,
}

/// A text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address of a WebSocket API is ws or wss with a host and a path, and no query")]
pub struct InvalidSocketUrl;

impl FromStr for SocketUrl {
    type Err = InvalidSocketUrl;

    fn from_str(text: &str) -> Result<Self, InvalidSocketUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidSocketUrl)?;
        let (secure, scheme) = match uri.scheme_str() {
            Some("ws") => (false, Scheme::Http),
            Some("wss") => (true, Scheme::Https),
            Some(_) | None => return Err(InvalidSocketUrl),
        };
        let authority = uri.authority().ok_or(InvalidSocketUrl)?.as_str();
        if authority.contains('@') || uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
            return Err(InvalidSocketUrl);
        }
        Ok(Self {
            secure,
            authority: normalise_authority(authority, scheme),
            path: uri.path().to_owned(),
        })
    }
}

impl fmt::Display for SocketUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text("ws").fmt(formatter)
    }
}

impl SocketUrl {
    /// The address with `ws` or `http` as its scheme, or the secure one of the kind.
    fn text(&self, scheme: &str) -> String {
        let secure = if self.secure { "s" } else { "" };
        format!("{scheme}{secure}://{}{}", self.authority, self.path)
    }

    /// The handshake, signed by this bot like a `GET` without a query.
    pub(crate) fn handshake(&self, bot: &Bot, now: Timestamp) -> Result<Request<()>, SocketFailure> {
        let address = |scheme| self.text(scheme).parse::<Uri>().map_err(|_| SocketFailure::Signing);
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = address("http")?;
        let stamp = Stamp {
            created: now,
            expires: now.plus(SIGNATURE_LIFETIME),
            nonce: None,
        };
        sign_request(&mut request, bot.signer(), &stamp).map_err(|_| SocketFailure::Signing)?;
        let host = HeaderValue::from_str(&self.authority).map_err(|_| SocketFailure::Signing)?;
        request.headers_mut().insert(HOST, host);
        *request.uri_mut() = address("ws")?;
        Ok(request.map(|_| ()))
    }
}

#[cfg(test)]
mod tests {
    use nanoark_http::request;
    use nanoark_http::signature::{SignatureRules, verify};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_253_400);

    #[test]
    fn a_handshake_is_signed_for_the_host_and_path_it_goes_to() {
        for (text, address, host) in [
            (
                "wss://sockets.example/v1",
                "wss://sockets.example/v1",
                "sockets.example",
            ),
            (
                "wss://Sockets.Example:443/v1",
                "wss://sockets.example/v1",
                "sockets.example",
            ),
            ("ws://127.0.0.1:8081/v1", "ws://127.0.0.1:8081/v1", "127.0.0.1:8081"),
            ("ws://[::1]:80", "ws://[::1]/", "[::1]"),
        ] {
            let url: SocketUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), address);
            let bot = Bot::from_seed(&[1; 32]);
            let handshake = url.handshake(&bot, NOW).unwrap();
            assert_eq!(
                (
                    handshake.uri().to_string(),
                    handshake.headers()["host"].to_str().unwrap()
                ),
                (address.to_owned(), host)
            );
            // As the relay sees it.
            let mut seen = request::Request::new(http::Method::GET, host, handshake.uri().path());
            seen.headers = handshake.headers().clone();
            let rules = SignatureRules {
                authorities: vec![host.to_owned()],
                ..SignatureRules::default()
            };
            assert_eq!(verify(&seen, NOW, &rules).unwrap().bot(), bot.id());
        }
    }

    #[test]
    fn anything_else_is_no_address() {
        for text in [
            "https://a.example/v1",
            "a.example/v1",
            "/v1",
            "",
            "wss:///v1",
            "wss://me@a.example/v1",
            "wss://a.example/v1?x=1",
        ] {
            assert_eq!(text.parse::<SocketUrl>(), Err(InvalidSocketUrl), "{text}");
        }
    }
}
