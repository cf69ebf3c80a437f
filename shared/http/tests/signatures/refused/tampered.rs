//! A good request, changed on its way.

use bytes::Bytes;
use http::Method;
use nanoark_http::problem::Code;
use nanoark_http::signature::Signer;

use super::{Case, changed, replace_header};
use crate::workshop::*;

pub(super) fn cases() -> Vec<Case> {
    use Code::{DigestMismatch, SignatureInvalid};
    vec![
        changed("tampered body", DigestMismatch, |r| {
            r.body = Bytes::from(BODY.replace("1000", "1001"));
        }),
        changed("shortened body", DigestMismatch, |r| r.body.truncate(10)),
        changed("body with a line feed at the end", DigestMismatch, |r| {
            r.body = Bytes::from(format!("{BODY}\n"));
        }),
        changed("body taken away", DigestMismatch, |r| r.body = Bytes::new()),
        changed("tampered path", SignatureInvalid, |r| {
            r.path = "/v1/jobs/jb_02/accept".to_owned();
        }),
        changed("path with a slash at the end", SignatureInvalid, |r| r.path.push('/')),
        changed("path with a doubled slash", SignatureInvalid, |r| {
            r.path = "//v1/jobs/jb_01/accept".to_owned();
        }),
        changed("path in upper case", SignatureInvalid, |r| {
            r.path = "/V1/jobs/jb_01/accept".to_owned();
        }),
        changed("path with an encoded letter", SignatureInvalid, |r| {
            r.path = "/v1/jobs/%6Ab_01/accept".to_owned();
        }),
        changed("path with dot segments", SignatureInvalid, |r| {
            r.path = "/v1/x/../jobs/jb_01/accept".to_owned();
        }),
        changed("path that swallows the query", SignatureInvalid, |r| {
            r.path = "/v1/jobs/jb_01/accept?dry_run=false&tag=a%20b".to_owned();
            r.query = None;
        }),
        changed("tampered query", SignatureInvalid, |r| {
            r.query = Some("dry_run=true&tag=a%20b".to_owned());
        }),
        changed("query in another order", SignatureInvalid, |r| {
            r.query = Some("tag=a%20b&dry_run=false".to_owned());
        }),
        changed("query with plus for %20", SignatureInvalid, |r| {
            r.query = Some("dry_run=false&tag=a+b".to_owned());
        }),
        changed("query with an added parameter", SignatureInvalid, |r| {
            r.query.as_mut().unwrap().push_str("&x=1");
        }),
        changed("query taken away", SignatureInvalid, |r| r.query = None),
        changed("query emptied", SignatureInvalid, |r| r.query = Some(String::new())),
        changed("tampered method", SignatureInvalid, |r| r.method = Method::PUT),
        changed("method in lower case", SignatureInvalid, |r| {
            r.method = Method::from_bytes(b"post").unwrap();
        }),
        changed("tampered authority", SignatureInvalid, |r| {
            r.authority = "evil.example".to_owned();
        }),
        changed("authority with a port", SignatureInvalid, |r| {
            r.authority.push_str(":8443");
        }),
        changed("authority with a dot at the end", SignatureInvalid, |r| {
            r.authority.push('.');
        }),
        changed("authority not normalised", SignatureInvalid, |r| {
            r.authority = "API.nanoark.example".to_owned();
        }),
        changed("digest and body exchanged together", SignatureInvalid, |r| {
            *r = with_body(r.clone(), "{}");
        }),
        changed("tampered digest", SignatureInvalid, |r| {
            set(r, "content-digest", "sha-256=:AAAA:");
        }),
        changed("second digest added", SignatureInvalid, |r| {
            add(r, "content-digest", "sha-512=:AAAA:");
        }),
        changed("tampered idempotency key", SignatureInvalid, |r| {
            set(r, "idempotency-key", "another");
        }),
        changed("idempotency key in quotes after signing", SignatureInvalid, |r| {
            set(r, "idempotency-key", &format!("\"{KEY}\""));
        }),
        changed("tampered created", SignatureInvalid, |r| {
            replace_header(
                r,
                "signature-input",
                &format!("created={NOW}"),
                &format!("created={}", NOW + 1),
            );
        }),
        changed("tampered expires", SignatureInvalid, |r| {
            replace_header(
                r,
                "signature-input",
                &format!("expires={}", NOW + 60),
                &format!("expires={}", NOW + 90),
            );
        }),
        changed("nonce added", SignatureInvalid, |r| {
            let longer = format!("{};nonce=\"1\"", header(r, "signature-input"));
            set(r, "signature-input", &longer);
        }),
        changed("parameters reordered after signing", SignatureInvalid, |r| {
            let input = format!(
                r#"sig=({COVERED});keyid="{}";created={NOW};expires={}"#,
                signer().bot(),
                NOW + 60
            );
            set(r, "signature-input", &input);
        }),
        changed("components reordered after signing", SignatureInvalid, |r| {
            replace_header(
                r,
                "signature-input",
                r#""@method" "@authority""#,
                r#""@authority" "@method""#,
            );
        }),
        changed("another bot's key in the input", SignatureInvalid, |r| {
            replace_header(
                r,
                "signature-input",
                &signer().bot().to_string(),
                &stranger().bot().to_string(),
            );
        }),
    ]
}
