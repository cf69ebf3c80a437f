//! Signature headers that are absent, unreadable, ambiguous or wrong.

use http::HeaderValue;
use nanoark_http::problem::Code;

use super::{Case, changed, replace_header};
use crate::workshop::*;

pub(super) fn cases() -> Vec<Case> {
    use Code::{SignatureInvalid, SignatureMalformed, SignatureMissing};
    // The group order L, little-endian.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let altered = |name: &str, code: Code, alter: &dyn Fn(&mut Vec<u8>)| {
        changed(name, code, |r| {
            let mut signature = signature_of(r).to_vec();
            alter(&mut signature);
            set_signature(r, &signature);
        })
    };
    vec![
        changed("no Signature-Input", SignatureMissing, |r| {
            drop(r.headers.remove("signature-input"));
        }),
        changed("no Signature", SignatureMissing, |r| {
            drop(r.headers.remove("signature"));
        }),
        changed("neither", SignatureMissing, |r| {
            r.headers.remove("signature-input");
            r.headers.remove("signature");
        }),
        changed("empty Signature-Input", SignatureMissing, |r| {
            set(r, "signature-input", "");
        }),
        changed("empty Signature", SignatureMalformed, |r| set(r, "signature", "")),
        altered("truncated signature", SignatureMalformed, &|s| s.truncate(63)),
        altered("signature with a byte too many", SignatureMalformed, &|s| s.push(0)),
        altered("signature of no bytes", SignatureMalformed, &Vec::clear),
        altered("first bit of R flipped", SignatureInvalid, &|s| s[0] ^= 1),
        altered("first bit of S flipped", SignatureInvalid, &|s| s[32] ^= 1),
        altered("R and S exchanged", SignatureInvalid, &|s| s.rotate_left(32)),
        altered("all zero", SignatureInvalid, &|s| s.fill(0)),
        altered("S plus the group order", SignatureInvalid, &|s| {
            let mut carry = 0_u16;
            for (byte, order) in s[32..].iter_mut().zip(ORDER) {
                let [low, high] = u16::from(*byte)
                    .wrapping_add(order.into())
                    .wrapping_add(carry)
                    .to_le_bytes();
                *byte = low;
                carry = high.into();
            }
        }),
        altered("S is the group order", SignatureInvalid, &|s| {
            s[32..].copy_from_slice(&ORDER);
        }),
        altered("high bit of S set", SignatureInvalid, &|s| s[63] |= 0x80),
        altered("R is the identity", SignatureInvalid, &|s| {
            s[..32].fill(0);
            s[0] = 1;
        }),
        altered("R is the identity and S is zero", SignatureInvalid, &|s| {
            s.fill(0);
            s[0] = 1;
        }),
        altered("R off the curve", SignatureInvalid, &|s| {
            s[..32].fill(0);
            s[0] = 2;
        }),
        Case {
            name: "signed by another key".to_owned(),
            request: sign_as(post(), &stranger(), COVERED, &parameters()),
            code: SignatureInvalid,
        },
        changed("signature of another request", SignatureInvalid, |r| {
            let mut other = post();
            other.path = "/v1/jobs/jb_99/accept".to_owned();
            let other = sign(other, COVERED, &parameters());
            set_signature(r, &signature_of(&other));
        }),
        changed("signature under another label", SignatureMalformed, |r| {
            replace_header(r, "signature", "sig=", "gis=");
        }),
        changed("signature as text", SignatureMalformed, |r| {
            set(r, "signature", "sig=\"abc\"");
        }),
        changed("signature as a list", SignatureMalformed, |r| {
            set(r, "signature", "sig=(:AAAA:)");
        }),
        changed("signature that is no base64", SignatureMalformed, |r| {
            set(r, "signature", "sig=:@@@@:");
        }),
        changed("signature without colons", SignatureMalformed, |r| {
            set(r, "signature", "sig=AAAA");
        }),
        changed("signature label twice", SignatureMalformed, |r| {
            let again = header(r, "signature").to_owned();
            add(r, "signature", &again);
        }),
        changed("input label twice", SignatureMalformed, |r| {
            let again = header(r, "signature-input").to_owned();
            add(r, "signature-input", &again);
        }),
        changed("two bots on one request", SignatureMalformed, |r| {
            let other = sign_as(post(), &stranger(), COVERED, &parameters_of(&stranger()));
            for name in ["signature-input", "signature"] {
                add(r, name, &header(&other, name).replacen("sig=", "second=", 1));
            }
        }),
        changed("two signatures of one bot", SignatureMalformed, |r| {
            for name in ["signature-input", "signature"] {
                let again = header(r, name).replacen("sig=", "second=", 1);
                add(r, name, &again);
            }
        }),
        changed("two signatures, neither of a bot", Code::SignatureKeyInvalid, |r| {
            set(
                r,
                "signature-input",
                r#"a=("@method");keyid="one", b=("@method");keyid="two""#,
            );
        }),
        changed("five labels", SignatureMalformed, |r| {
            add(r, "signature-input", "a=(), b=(), c=(), d=()");
        }),
        changed("Signature-Input longer than 2048 bytes", SignatureMalformed, |r| {
            let long = format!("{};tag=\"{}\"", header(r, "signature-input"), "t".repeat(2_048));
            set(r, "signature-input", &long);
        }),
        changed("Signature longer than 1024 bytes", SignatureMalformed, |r| {
            add(r, "signature", &format!("other=:{}:", "A".repeat(1_024)));
        }),
        changed("Signature-Input not ASCII", SignatureMalformed, |r| {
            let mut bytes = header(r, "signature-input").as_bytes().to_vec();
            bytes.extend_from_slice(";tag=\"ü\"".as_bytes());
            r.headers
                .insert("signature-input", HeaderValue::from_bytes(&bytes).unwrap());
        }),
        changed("Signature-Input cut in the middle", SignatureMalformed, |r| {
            let half = header(r, "signature-input")[..40].to_owned();
            set(r, "signature-input", &half);
        }),
        changed("Signature-Input without parentheses", SignatureMalformed, |r| {
            set(r, "signature-input", &format!("sig=\"@method\"{}", parameters()));
        }),
        changed("label in upper case", SignatureMalformed, |r| {
            replace_header(r, "signature-input", "sig=", "SIG=");
            replace_header(r, "signature", "sig=", "SIG=");
        }),
    ]
}
