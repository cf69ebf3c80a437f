//! A request that a wallet has signed by its Nostr key (NIP-98).

use bitcoin::XOnlyPublicKey;
use http::header::AUTHORIZATION;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::{Request, Scheme};
use nanoark_nostr::http_auth::{self, SeenRequest};

use crate::relay::Relay;

/// A wallet's request, whose signature holds.
#[derive(Debug, Clone)]
pub struct WalletCall {
    request: Request,
    author: XOnlyPublicKey,
}

impl WalletCall {
    /// Verifies the signature.
    pub(crate) fn verify(request: &Request, relay: &Relay) -> Result<Self, Problem> {
        let refused = |code, detail: String| Err(Problem::new(code, detail));
        let mut headers = request.headers.get_all(AUTHORIZATION).iter();
        let (Some(header), None) = (headers.next(), headers.next()) else {
            return refused(
                Code::WalletSignatureRequired,
                "Sign the request with your Nostr key (NIP-98), in one Authorization header.".to_owned(),
            );
        };
        let authorities = &relay.signature_rules().authorities;
        if !authorities.is_empty() && !authorities.contains(&request.authority) {
            return refused(
                Code::WalletSignatureInvalid,
                "The request was made to a host that is not this gateway's.".to_owned(),
            );
        }
        let scheme = match request.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let query = request
            .query
            .as_ref()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let urls = [format!("{scheme}://{}{}{query}", request.authority, request.path)];
        let seen = SeenRequest {
            method: request.method.as_str(),
            urls: &urls,
            body: &request.body,
        };
        let header = header.to_str().unwrap_or_default();
        match http_auth::verify(header, &seen, relay.now()) {
            Ok(caller) => Ok(Self {
                request: request.clone(),
                author: caller.author,
            }),
            Err(error) => refused(
                Code::WalletSignatureInvalid,
                format!("The signature is not taken: {error}."),
            ),
        }
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// The Nostr key that signed it.
    #[must_use]
    pub const fn author(&self) -> XOnlyPublicKey {
        self.author
    }
}
