//! Wrong parameters: clocks, lifetimes, kinds of values, algorithms, key ids.

use nanoark_http::problem::Code;
use nanoark_http::signature::Signer;

use super::{Case, input};
use crate::workshop::*;

pub(super) fn cases() -> Vec<Case> {
    use Code::{SignatureClockOff, SignatureExpired, SignatureKeyInvalid, SignatureLifetime, SignatureMalformed};
    let key = signer().bot().to_string();
    let with = |name: &str, code: Code, parameters: String| input(name, code, COVERED, &parameters);
    let window = |name: &str, code: Code, created: u64, expires: u64| {
        input(
            name,
            code,
            COVERED,
            &format!(r#";created={created};expires={expires};keyid="{key}""#),
        )
    };
    let keyid = |name: &str, keyid: &str| {
        input(
            name,
            SignatureKeyInvalid,
            COVERED,
            &format!(r#";created={NOW};expires={};keyid="{keyid}""#, NOW + 60),
        )
    };
    vec![
        window("created 61 s ago", SignatureClockOff, NOW - 61, NOW + 60),
        window("created 61 s ahead", SignatureClockOff, NOW + 61, NOW + 120),
        window(
            "created in milliseconds",
            SignatureClockOff,
            NOW * 1_000,
            NOW * 1_000 + 300,
        ),
        window("created at the epoch", SignatureClockOff, 0, 300),
        window(
            "created at the end of time",
            SignatureClockOff,
            999_999_999_999_000,
            999_999_999_999_300,
        ),
        window("expired a second ago", SignatureExpired, NOW - 30, NOW - 1),
        window("expires with created", SignatureLifetime, NOW, NOW),
        window("expires before created", SignatureLifetime, NOW, NOW - 1),
        window("lives 301 s", SignatureLifetime, NOW, NOW + 301),
        window("lives for ever", SignatureLifetime, NOW, 999_999_999_999_999),
        with(
            "no created",
            SignatureMalformed,
            format!(r#";expires={};keyid="{key}""#, NOW + 60),
        ),
        with(
            "no expires",
            SignatureMalformed,
            format!(r#";created={NOW};keyid="{key}""#),
        ),
        with(
            "no keyid",
            SignatureMalformed,
            format!(";created={NOW};expires={}", NOW + 60),
        ),
        with("no parameters", SignatureMalformed, String::new()),
        with(
            "created as text",
            SignatureMalformed,
            format!(r#";created="{NOW}";expires={};keyid="{key}""#, NOW + 60),
        ),
        with(
            "created as a decimal",
            SignatureMalformed,
            format!(r#";created={NOW}.5;expires={};keyid="{key}""#, NOW + 60),
        ),
        with(
            "created as a date",
            SignatureMalformed,
            format!(r#";created=@{NOW};expires={};keyid="{key}""#, NOW + 60),
        ),
        with(
            "created below zero",
            SignatureMalformed,
            format!(r#";created=-{NOW};expires={};keyid="{key}""#, NOW + 60),
        ),
        with(
            "created of 16 digits",
            SignatureMalformed,
            format!(r#";created=1000000000000000;expires=1;keyid="{key}""#),
        ),
        with(
            "created without a value",
            SignatureMalformed,
            format!(r#";created;expires={};keyid="{key}""#, NOW + 60),
        ),
        with(
            "created twice",
            SignatureMalformed,
            format!("{};created={NOW}", parameters()),
        ),
        with(
            "keyid twice",
            SignatureMalformed,
            format!(r#"{};keyid="{}""#, parameters(), stranger().bot()),
        ),
        with(
            "keyid as a token",
            SignatureMalformed,
            format!(";created={NOW};expires={};keyid=a{}", NOW + 60, &key[1..]),
        ),
        with(
            "keyid as bytes",
            SignatureMalformed,
            format!(";created={NOW};expires={};keyid=:AAAA:", NOW + 60),
        ),
        with(
            "nonce of 257 characters",
            SignatureMalformed,
            format!("{};nonce=\"{}\"", parameters(), "n".repeat(257)),
        ),
        with(
            "nonce as a number",
            SignatureMalformed,
            format!("{};nonce=1", parameters()),
        ),
        with(
            "another algorithm",
            SignatureMalformed,
            format!(r#"{};alg="rsa-pss-sha512""#, parameters()),
        ),
        with(
            "algorithm in upper case",
            SignatureMalformed,
            format!(r#"{};alg="Ed25519""#, parameters()),
        ),
        with(
            "algorithm as a token",
            SignatureMalformed,
            format!("{};alg=ed25519", parameters()),
        ),
        with("unknown parameter", SignatureMalformed, format!("{};x=1", parameters())),
        with(
            "parameter in upper case",
            SignatureMalformed,
            format!("{};Nonce=\"1\"", parameters()),
        ),
        keyid("keyid in upper case", &key.to_ascii_uppercase()),
        keyid("keyid a digit short", &key[1..]),
        keyid("keyid with 0x", &format!("0x{key}")),
        keyid("keyid empty", ""),
        keyid("keyid in base64", "0EryV0L7BtMqB7WvPwAAAAAAAAAAAAAAAAAAAAAAAAA="),
        keyid("keyid with spaces", &format!(" {key}")),
        keyid("keyid of another kind", "test-key-ed25519"),
        keyid(
            "key off the curve",
            "0200000000000000000000000000000000000000000000000000000000000000",
        ),
        keyid(
            "key not canonical, y = 3 + p",
            "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
        keyid(
            "key not canonical, y = 18 + p",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
        keyid(
            "key not canonical, other sign",
            "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ),
    ]
}
