//! Keys under which a lax verifier accepts anything.

use nanoark_http::problem::Code;

use super::{Case, input};
use crate::workshop::*;

/// Every encoding of the eight points of small order, with the signature that fits all messages under a lax verifier.
pub(super) fn cases() -> Vec<Case> {
    [
        (
            "identity",
            "0100000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "order 2",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
        (
            "order 4",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "order 4, other sign",
            "0000000000000000000000000000000000000000000000000000000000000080",
        ),
        (
            "order 8, first",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        ),
        (
            "order 8, first, other sign",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        ),
        (
            "order 8, second",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ),
        (
            "order 8, second, other sign",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        ),
        (
            "identity with a sign",
            "0100000000000000000000000000000000000000000000000000000000000080",
        ),
        (
            "order 2 with a sign",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ),
        (
            "order 4, y = p",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
        (
            "order 4, y = p, other sign",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ),
        (
            "identity, y = p + 1",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
        (
            "identity, y = p + 1, with a sign",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ),
    ]
    .into_iter()
    .map(|(name, key)| {
        let parameters = format!(r#";created={NOW};expires={};keyid="{key}""#, NOW + 60);
        let mut case = input(
            &format!("small-order key: {name}"),
            Code::SignatureKeyInvalid,
            COVERED,
            &parameters,
        );
        let mut signature = [0; 64];
        signature[0] = 1;
        set_signature(&mut case.request, &signature);
        case
    })
    .collect()
}
