use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nanoark_domain::time::{Seconds, Timestamp};

use super::samples::{now, wallet};
use crate::event::SignedEvent;
use crate::http_auth::{HttpAuthError, HttpCaller, SeenRequest, authorization, verify};
use crate::refusal::EventRefusal;

const URL: &str = "https://gateway.example/v1/sessions?open=true";

fn seen(method: &'static str, url: &str, body: &'static [u8]) -> Result<HttpCaller, HttpAuthError> {
    let header = authorization(&wallet(), "POST", URL, b"{}", now()).unwrap();
    check(&header, method, url, body, now())
}

fn check(header: &str, method: &str, url: &str, body: &[u8], now: Timestamp) -> Result<HttpCaller, HttpAuthError> {
    let urls = [url.to_owned(), "https://elsewhere.example/".to_owned()];
    verify(
        header,
        &SeenRequest {
            method,
            urls: &urls,
            body,
        },
        now,
    )
}

/// A header with an event of these tags.
fn header(kind: u16, tags: &[[&str; 2]]) -> String {
    let tags = tags.iter().map(|tag| tag.map(str::to_owned).to_vec()).collect();
    let event = SignedEvent::sign(&wallet(), kind, tags, String::new(), now()).unwrap();
    format!("Nostr {}", STANDARD.encode(event.json()))
}

/// From the tests of the `nostr` crate: a header that another implementation made.
#[test]
fn a_header_of_others_is_taken() {
    let header = "Nostr eyJpZCI6IjEyYjQ2YmUwMDg5MjI3OWU3YmJhYThlYTg5ODA5ZWNiMWYyYzk5MmY1ZDk0ZWRmMmNkYmQ2Y2JhNmVlMzBjMDMiLCJwdWJrZXkiOiJhYTRmYzg2NjVmNTY5NmUzM2RiN2UxYTU3MmUzYjBmNWIzZDYxNTgzN2IwZjM2MmRjYjFjODA2OGIwOThjN2I0IiwiY3JlYXRlZF9hdCI6MTc0MjQ2MjYwNSwia2luZCI6MjcyMzUsInRhZ3MiOltbInUiLCJodHRwczovL2V4YW1wbGUuY29tLyJdLFsibWV0aG9kIiwiR0VUIl1dLCJjb250ZW50IjoiIiwic2lnIjoiZWEzNGU3NDA3ZGQ2OTFjNDJhYzY3ZjQ3YTMwYjBmMDEwZTFiYWYwMjM3MjhiNzI4OGFlYzA0Zjg3MzMyYmZlYTRhZjJkNDdiNTJiMjhkNGMxMGMwOWY3NmNiZGFhNWZjMTE0OTNiOTlkZTU2NDhmMzlhM2JkYzMwYjQxMTNjNjMifQ==";
    let caller = check(
        header,
        "GET",
        "https://example.com/",
        b"",
        Timestamp::from_seconds(1_742_462_605),
    );
    assert_eq!(
        caller.unwrap().author.to_string(),
        "aa4fc8665f5696e33db7e1a572e3b0f5b3d615837b0f362dcb1c8068b098c7b4"
    );
}

#[test]
fn a_request_is_its_authors_as_it_was_signed() {
    let caller = seen("POST", URL, b"{}").unwrap();
    assert_eq!((caller.author, caller.created_at), (wallet().public(), now()));
    for (method, url, body, error) in [
        ("GET", URL, b"{}".as_slice(), HttpAuthError::Method),
        ("post", URL, b"{}", HttpAuthError::Method),
        ("POST", "https://gateway.example/v1/sessions", b"{}", HttpAuthError::Url),
        (
            "POST",
            "http://gateway.example/v1/sessions?open=true",
            b"{}",
            HttpAuthError::Url,
        ),
        (
            "POST",
            "https://gateway.example/v1/sessions?open=TRUE",
            b"{}",
            HttpAuthError::Url,
        ),
        (
            "POST",
            "https://gateway.example:443/v1/sessions?open=true",
            b"{}",
            HttpAuthError::Url,
        ),
        ("POST", URL, b"{ }", HttpAuthError::Payload),
        ("POST", URL, b"", HttpAuthError::Payload),
    ] {
        assert_eq!(seen(method, url, body), Err(error), "{method} {url}");
    }
}

#[test]
fn a_body_is_signed_and_no_body_need_not_be() {
    let without = authorization(&wallet(), "GET", URL, b"", now()).unwrap();
    assert!(check(&without, "GET", URL, b"", now()).is_ok());
    assert_eq!(check(&without, "GET", URL, b"{}", now()), Err(HttpAuthError::Payload));
}

#[test]
fn a_header_counts_for_a_minute() {
    let header = authorization(&wallet(), "GET", URL, b"", now()).unwrap();
    for (seconds, taken) in [(0, true), (60, true), (61, false), (86_400, false)] {
        for at in [now().plus(Seconds(seconds)), now().minus(Seconds(seconds))] {
            assert_eq!(check(&header, "GET", URL, b"", at).is_ok(), taken, "{at}");
        }
    }
}

#[test]
fn what_is_no_authorization_is_refused() {
    let good = authorization(&wallet(), "GET", URL, b"", now()).unwrap();
    let (_, encoded) = good.split_once(' ').unwrap();
    let json = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
    let forged = format!("Nostr {}", STANDARD.encode(json.replace("GET", "PUT")));
    let other_signer = format!(
        "Nostr {}",
        STANDARD.encode(json.replace(&wallet().public().to_string()[..4], "0000"))
    );
    let long = format!("Nostr {}", "A".repeat(8 << 10));
    let u = ["u", URL];
    let method = ["method", "GET"];
    for (header, error) in [
        ("", HttpAuthError::Header),
        ("Nostr", HttpAuthError::Header),
        (encoded, HttpAuthError::Header),
        (&format!("Bearer {encoded}"), HttpAuthError::Header),
        ("Nostr ***", HttpAuthError::Header),
        (&long, HttpAuthError::TooLong),
        (&forged, HttpAuthError::Event(EventRefusal::WrongId)),
        (&other_signer, HttpAuthError::Event(EventRefusal::WrongId)),
        (&header(27_236, &[u, method]), HttpAuthError::Kind(27_236)),
        (
            &header(27_235, &[method]),
            HttpAuthError::Event(EventRefusal::NoTag("u")),
        ),
        (
            &header(27_235, &[u]),
            HttpAuthError::Event(EventRefusal::NoTag("method")),
        ),
        (
            &header(27_235, &[u, u, method]),
            HttpAuthError::Event(EventRefusal::TagTwice("u")),
        ),
        (
            &header(27_235, &[u, method, method]),
            HttpAuthError::Event(EventRefusal::TagTwice("method")),
        ),
        (&header(27_235, &[u, method, ["payload", "00"]]), HttpAuthError::Payload),
        (
            &header(27_235, &[["u", "https://elsewhere.example/v1"], method]),
            HttpAuthError::Url,
        ),
    ] {
        assert_eq!(check(header, "GET", URL, b"", now()), Err(error), "{header}");
    }
    // The scheme of an Authorization header has no case.
    assert!(check(&format!("nostr {encoded}"), "GET", URL, b"", now()).is_ok());
    assert!(matches!(
        check("Nostr e30=", "GET", URL, b"", now()),
        Err(HttpAuthError::Event(EventRefusal::Malformed(_)))
    ));
}
