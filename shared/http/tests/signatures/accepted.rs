//! What is accepted, and what a verified request then says.

use http::Method;
use nanoark_http::signature::{SignatureError, SignatureRules, Signer, verify};

use crate::workshop::*;

/// Every good request by name, with the moment at which it is good.
pub(crate) fn cases() -> Vec<(&'static str, nanoark_http::request::Request, u64)> {
    let key = signer().bot();
    let window = |created: u64, expires: u64| format!(r#";created={created};expires={expires};keyid="{key}""#);
    let mut cases = vec![
        ("post with body", signed_post(), NOW),
        (
            "get",
            sign(get(), r#""@method" "@authority" "@path" "@query""#, &parameters()),
            NOW,
        ),
        (
            "components in another order",
            {
                sign(
                    post(),
                    r#""idempotency-key" "@query" "content-digest" "@path" "@authority" "@method""#,
                    &parameters(),
                )
            },
            NOW,
        ),
        (
            "parameters in another order",
            {
                sign(
                    post(),
                    COVERED,
                    &format!(r#";keyid="{key}";expires={};created={NOW}"#, NOW + 60),
                )
            },
            NOW,
        ),
        (
            "every known parameter",
            {
                let more = r#";nonce="n \"1\"";alg="ed25519";tag="nanoark""#;
                sign(post(), COVERED, &format!("{}{more}", parameters()))
            },
            NOW,
        ),
        (
            "nonce of 256 characters",
            {
                sign(
                    post(),
                    COVERED,
                    &format!("{};nonce=\"{}\"", parameters(), "n".repeat(256)),
                )
            },
            NOW,
        ),
        (
            "further components",
            {
                let mut request = post();
                add(&mut request, "accept", "application/json");
                add(&mut request, "accept", " */* ");
                let covered = format!(r#"{COVERED} "@scheme" "@target-uri" "@request-target" "content-type" "accept""#);
                sign(request, &covered, &parameters())
            },
            NOW,
        ),
        (
            "created 60 s ago",
            sign(post(), COVERED, &window(NOW - 60, NOW + 240)),
            NOW,
        ),
        (
            "created 60 s ahead",
            sign(post(), COVERED, &window(NOW + 60, NOW + 360)),
            NOW,
        ),
        ("lives 300 s", sign(post(), COVERED, &window(NOW, NOW + 300)), NOW),
        ("in its last second", sign(post(), COVERED, &window(NOW - 10, NOW)), NOW),
    ];
    cases.push((
        "spaces in the input",
        {
            let mut request = signed_post();
            let roomy = header(&request, "signature-input")
                .replace("\" \"", "\"   \"")
                .replace(";exp", "; exp");
            set(&mut request, "signature-input", &roomy);
            request
        },
        NOW,
    ));
    cases.push((
        "another label",
        {
            let mut request = signed_post();
            for name in ["signature-input", "signature"] {
                let other = header(&request, name).replacen("sig=", "x-1.y_z*=", 1);
                set(&mut request, name, &other);
            }
            request
        },
        NOW,
    ));
    cases.push((
        "a proxy's signature before ours, on a line of its own",
        {
            let mut request = signed_post();
            for (name, proxy) in [
                (
                    "signature-input",
                    r#"proxy=("@authority" "@status";req);created=1;keyid="proxy-key";alg="rsa-pss-sha512""#,
                ),
                ("signature", "proxy=:AAAA:"),
            ] {
                let ours = header(&request, name).to_owned();
                set(&mut request, name, proxy);
                add(&mut request, name, &ours);
            }
            request
        },
        NOW,
    ));
    cases.push((
        "an unmatched signature beside ours",
        {
            let mut request = signed_post();
            add(&mut request, "signature", "other=:AAAA:");
            request
        },
        NOW,
    ));
    cases.push((
        "quoted idempotency key",
        {
            let mut request = post();
            set(&mut request, "idempotency-key", &format!("\"{KEY}\""));
            sign(request, COVERED, &parameters())
        },
        NOW,
    ));
    cases.push((
        "digest with sha-512",
        {
            let mut request = with_body(post(), "{\"hello\": \"world\"}");
            let digest =
                "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
            set(&mut request, "content-digest", digest);
            sign(request, COVERED, &parameters())
        },
        NOW,
    ));
    cases.push((
        "mutation without a body",
        {
            let mut request = post();
            request.body = bytes::Bytes::new();
            request.headers.remove("content-digest");
            sign(
                request,
                r#""@method" "@authority" "@path" "@query" "idempotency-key""#,
                &parameters(),
            )
        },
        NOW,
    ));
    cases.push((
        "mutation without a body, with the digest of nothing",
        { sign(with_body(post(), ""), COVERED, &parameters()) },
        NOW,
    ));
    cases.push((
        "no query and an empty path",
        {
            let mut request = post();
            request.query = None;
            request.path = String::new();
            sign(request, COVERED, &parameters())
        },
        NOW,
    ));
    cases.push((
        "percent-encoded path as it stands",
        {
            let mut request = post();
            request.path = "/v1/jobs/%6Ab_01/%E4%B8%AD/accept".to_owned();
            sign(request, COVERED, &parameters())
        },
        NOW,
    ));
    cases
}

#[test]
fn every_good_request_is_accepted() {
    for (name, request, now) in cases() {
        let signed = check_at(&request, now).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(signed.bot(), signer().bot(), "{name}");
        assert_eq!(
            signed.idempotency_key().is_some(),
            request.method != Method::GET,
            "{name}"
        );
    }
}

#[test]
fn a_verified_request_says_who_when_and_what() {
    let signed = check(&signed_post()).unwrap();
    assert_eq!((signed.created(), signed.expires()), (at(NOW), at(NOW + 60)));
    assert_eq!(signed.idempotency_key().unwrap().as_str(), KEY);
    assert_eq!(signed.body(), BODY.as_bytes());
    assert_eq!(signed.request().path, "/v1/jobs/jb_01/accept");
    assert_eq!(signed.nonce(), None);
}

#[test]
fn a_retry_signed_anew_has_the_fingerprint_of_the_first_try() {
    let first = check(&signed_post()).unwrap().fingerprint();
    let later = sign(
        post(),
        COVERED,
        &format!(
            "{};nonce=\"2\"",
            parameters().replace(&NOW.to_string(), &(NOW + 9).to_string())
        ),
    );
    assert_eq!(check(&later).unwrap().fingerprint(), first);
    let quoted = cases()
        .into_iter()
        .find(|case| case.0 == "quoted idempotency key")
        .unwrap()
        .1;
    assert_eq!(check(&quoted).unwrap().fingerprint(), first);
}

#[test]
fn another_method_path_query_or_body_has_another_fingerprint() {
    let fingerprint = |request| check(&sign(request, COVERED, &parameters())).unwrap().fingerprint();
    let mut seen = vec![fingerprint(post())];
    let mut other = |change: fn(&mut nanoark_http::request::Request)| {
        let mut request = post();
        change(&mut request);
        let new = fingerprint(request);
        assert!(!seen.contains(&new));
        seen.push(new);
    };
    other(|request| request.method = Method::PATCH);
    other(|request| request.path.push('x'));
    other(|request| request.query = None);
    other(|request| request.query = Some("dry_run=false&tag=a+b".to_owned()));
    other(|request| *request = with_body(request.clone(), "{}"));
    other(|request| *request = with_body(request.clone(), ""));
    // Moving bytes across the border of path and query changes it too.
    other(|request| {
        request.path = "/v1/jobs/jb_01/acceptdry_run=false".to_owned();
        request.query = Some("&tag=a%20b".to_owned());
    });
}

#[test]
fn no_query_and_an_empty_query_are_one_request() {
    let with_query = |query: Option<&str>| {
        let mut request = post();
        request.query = query.map(str::to_owned);
        check(&sign(request, COVERED, &parameters())).unwrap().fingerprint()
    };
    assert_eq!(with_query(None), with_query(Some("")));
}

#[test]
fn a_request_for_another_relay_is_refused_where_our_hosts_are_known() {
    let rules = |host: &str| SignatureRules {
        authorities: vec![host.to_owned()],
        ..SignatureRules::default()
    };
    assert!(verify(&signed_post(), at(NOW), &rules(HOST)).is_ok());
    assert_eq!(
        verify(&signed_post(), at(NOW), &rules("other.example")).unwrap_err(),
        SignatureError::WrongAuthority {
            authority: HOST.to_owned()
        }
    );
}

#[test]
fn parts_of_a_second_do_not_count_against_the_client() {
    let rules = SignatureRules::default();
    let almost = nanoark_domain::time::Timestamp::from_millis((NOW + 60) * 1_000 + 999);
    assert!(verify(&signed_post(), almost, &rules).is_ok());
}
