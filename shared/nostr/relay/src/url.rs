//! Addresses of relays.

use std::fmt;
use std::str::FromStr;

use tokio_tungstenite::tungstenite::http::Uri;

/// The address of a relay, such as `wss://relay.example`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayUrl {
    secure: bool,
    host: String,
    port: Option<u16>,
    path: String,
}

/// A text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address of a relay is ws or wss with a host, and no query")]
pub struct InvalidRelayUrl;

impl RelayUrl {
    /// Whether TLS protects the connection.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host without brackets, and the port.
    pub(crate) fn destination(&self) -> (&str, u16) {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        (host, self.port.unwrap_or(if self.secure { 443 } else { 80 }))
    }
}

impl FromStr for RelayUrl {
    type Err = InvalidRelayUrl;

    fn from_str(text: &str) -> Result<Self, InvalidRelayUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidRelayUrl)?;
        let secure = match uri.scheme_str() {
            Some("ws") => false,
            Some("wss") => true,
            Some(_) | None => return Err(InvalidRelayUrl),
        };
        let host = uri.host().filter(|host| is_host(host)).ok_or(InvalidRelayUrl)?;
        let foreign = uri.authority().is_none_or(|authority| authority.as_str().contains('@'));
        if foreign || uri.query().is_some() {
            return Err(InvalidRelayUrl);
        }
        let usual = if secure { 443 } else { 80 };
        Ok(Self {
            secure,
            host: host.to_ascii_lowercase(),
            port: uri.port_u16().filter(|port| *port != usual),
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets. `Uri` lets brackets through wherever they are.
fn is_host(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bare.map_or_else(
        || !host.is_empty() && !host.contains(['[', ']']),
        |address| address.parse::<std::net::Ipv6Addr>().is_ok(),
    )
}

impl fmt::Display for RelayUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        write!(formatter, "{scheme}://{}", self.host)?;
        if let Some(port) = self.port {
            write!(formatter, ":{port}")?;
        }
        formatter.write_str(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        for (text, expected) in [
            ("wss://relay.example", "wss://relay.example"),
            ("wss://Relay.Example:443/", "wss://relay.example"),
            ("ws://relay.example:80", "ws://relay.example"),
            ("ws://127.0.0.1:7777/nostr/", "ws://127.0.0.1:7777/nostr"),
            ("ws://[::1]:7777", "ws://[::1]:7777"),
        ] {
            let url: RelayUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), expected);
            assert_eq!(url.is_secure(), text.starts_with("wss"));
        }
        let local: RelayUrl = "ws://[::1]:7777".parse().unwrap();
        assert_eq!(local.destination(), ("::1", 7_777));
    }

    #[test]
    fn anything_else_is_no_address() {
        for text in [
            "",
            "relay.example",
            "https://relay.example",
            "wss://",
            "wss://me@relay.example",
            "wss://a.b?c=d",
        ] {
            assert_eq!(text.parse::<RelayUrl>(), Err(InvalidRelayUrl), "{text}");
        }
    }
}
