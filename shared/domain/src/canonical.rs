//! The canonical JSON (RFC 8785) of what is hashed: two texts of one value hash alike.

use nanoark_ark_verifier::intent::Intent;
use serde::Serialize;
use serde_json::Value;

use crate::ceremony::Receipt;

/// What always has a canonical form: its keys are texts and its numbers finite. RFC 8785 has no integers above 2^53, so
/// amounts that may be larger are texts.
pub(crate) trait Canonical: Serialize {}

impl Canonical for Value {}

/// The units of assets are texts, and its satoshi below 2^53 if it is an order at all
/// ([`Order::read`](crate::ceremony::Order::read)).
impl Canonical for Intent {}

/// The units of assets are texts, and all satoshi that there can be are below 2^53.
impl Canonical for Receipt {}

/// The bytes that are hashed.
pub(crate) fn json(value: &impl Canonical) -> Vec<u8> {
    // No failing case, see `Canonical`.
    serde_json_canonicalizer::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as value;

    #[test]
    fn keys_are_in_order_and_nothing_is_between() {
        assert_eq!(
            json(&value!({"b": 1, "a": [true, null]})),
            br#"{"a":[true,null],"b":1}"#
        );
    }
}
