//! The JSON bodies of the endpoints: what is sent and what comes back.
//!
//! Requests refuse unknown fields, so that a misspelt one is not silently ignored. Amounts are strings of decimal raw
//! (they have up to 39 digits), instants are RFC 3339, spans whole seconds.

pub mod gateway;
pub mod jobs;
pub mod money;
pub mod offers;
pub mod realtime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem};

/// A cursor as clients see it: opaque text. They send it back as it is.
///
/// Returns an empty text for a position that cannot be written as JSON, which no position of ours is.
#[must_use]
pub fn cursor_text<T: Serialize>(position: &T) -> String {
    serde_json::to_vec(position)
        .map(|json| URL_SAFE_NO_PAD.encode(json))
        .unwrap_or_default()
}

/// The position that a cursor stands for.
///
/// # Errors
/// [`Code::BadCursor`] for a text that is none of ours.
pub fn parse_cursor<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    const LONGEST: usize = 1_024;
    Some(text)
        .filter(|text| text.len() <= LONGEST)
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| Problem::new(Code::BadCursor, "The cursor is not one that this call gave out."))
}
