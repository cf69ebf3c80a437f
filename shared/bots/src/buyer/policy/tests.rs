//! What a policy allows, and what is no policy.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::type_complexity,
    reason = "a test names what it is about"
)]

use super::*;

const SELLER: BotId = BotId::from_bytes([1; 32]);
const OTHER: BotId = BotId::from_bytes([2; 32]);

fn raw(amount: u128) -> RawAmount {
    RawAmount::from_raw(amount)
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn policy() -> Policy {
    Policy {
        allowed_sellers: AllowedSellers::Only([SELLER].into()),
        allowed_tags: Some(["text".to_owned()].into()),
        max_per_job: raw(10),
        max_per_seller: Some(raw(50)),
        lifetime_budget: raw(100),
        expires_at: Some(at(1_000)),
    }
}

fn judge(
    policy: &Policy,
    seller: BotId,
    tags: &[&str],
    amount: u128,
    committed: (u128, u128),
    now: u64,
) -> &'static str {
    let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let proposal = Proposal {
        seller,
        tags: &tags,
        amount: raw(amount),
    };
    let committed = Committed {
        total: raw(committed.0),
        to_seller: raw(committed.1),
    };
    match policy.permits(&proposal, committed, at(now)) {
        Ok(()) => "allowed",
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            refusal.code()
        }
    }
}

#[test]
fn every_rule_allows_up_to_its_bound_and_refuses_beyond() {
    let strict = policy();
    let rows: &[(BotId, &[&str], u128, (u128, u128), u64, &str)] = &[
        (SELLER, &["text"], 10, (90, 40), 999, "allowed"),
        (SELLER, &["other", "text"], 1, (0, 0), 0, "allowed"),
        (SELLER, &["text"], 0, (100, 50), 0, "allowed"),
        (SELLER, &["text"], 10, (0, 0), 1_000, "policy_expired"),
        (OTHER, &["text"], 10, (0, 0), 0, "policy_seller"),
        (SELLER, &[], 10, (0, 0), 0, "policy_tags"),
        (SELLER, &["texts", "TEXT"], 10, (0, 0), 0, "policy_tags"),
        (SELLER, &["text"], 11, (0, 0), 0, "policy_max_per_job"),
        (SELLER, &["text"], u128::MAX, (0, 0), 0, "policy_max_per_job"),
        (SELLER, &["text"], 10, (41, 41), 0, "policy_max_per_seller"),
        (SELLER, &["text"], 10, (91, 0), 0, "policy_budget"),
        (SELLER, &["text"], 1, (u128::MAX, 0), 0, "policy_budget"),
        (SELLER, &["text"], 1, (0, u128::MAX), 0, "policy_max_per_seller"),
    ];
    for (seller, tags, amount, committed, now, expected) in rows {
        let found = judge(&strict, *seller, tags, *amount, *committed, *now);
        assert_eq!(found, *expected, "{seller} {tags:?} {amount} {committed:?} at {now}");
    }
    let open = Policy {
        allowed_sellers: AllowedSellers::Any,
        allowed_tags: None,
        max_per_seller: None,
        expires_at: None,
        ..policy()
    };
    assert_eq!(judge(&open, OTHER, &[], 10, (90, 90), u64::MAX / 2_000), "allowed");
    assert_eq!(judge(&open, OTHER, &[], 11, (0, 0), 0), "policy_max_per_job");
    assert_eq!(judge(&open, OTHER, &[], 10, (91, 0), 0), "policy_budget");
}

#[test]
fn a_policy_file_is_read() {
    let text = format!(
        r#"{{"allowed_sellers": ["{SELLER}"], "allowed_tags": ["text"], "max_per_job": "10 raw",
            "max_per_seller": "50 raw", "lifetime_budget": "100 raw", "expires_at": "1970-01-01T00:16:40Z"}}"#
    );
    assert_eq!(Policy::parse(&text).unwrap(), policy());
    let least = r#"{"allowed_sellers": "any", "max_per_job": "0.01 XNO", "lifetime_budget": "2 XNO"}"#;
    let least = Policy::parse(least).unwrap();
    assert_eq!(least.allowed_sellers, AllowedSellers::Any);
    assert_eq!(least.max_per_job.to_xno(), "0.01");
    assert_eq!(
        (least.allowed_tags, least.max_per_seller, least.expires_at),
        (None, None, None)
    );
}

#[test]
fn what_a_policy_file_leaves_unclear_is_refused_with_its_place() {
    let with = |members: &str| {
        format!(r#"{{"allowed_sellers": "any", "max_per_job": "1 XNO", "lifetime_budget": "2 XNO"{members}}}"#)
    };
    let rows = [
        (String::new(), ".", "EOF"),
        ("[]".to_owned(), ".", "length 0"),
        ("{}".to_owned(), ".", "allowed_sellers"),
        (with("} x"), ".", "trailing"),
        (with(r#", "max_pr_seller": "1 XNO""#), "max_pr_seller", "unknown field"),
        (
            with(r#", "max_per_job": "1 XNO""#),
            ".",
            "duplicate field `max_per_job`",
        ),
        (with(r#", "max_per_seller": 1"#), "max_per_seller", "string"),
        (with(r#", "max_per_seller": "1""#), "max_per_seller", "no unit"),
        (with(r#", "max_per_seller": null"#), "max_per_seller", "null"),
        (with(r#", "expires_at": "tomorrow""#), "expires_at", "RFC 3339"),
        (with(r#", "allowed_tags": []"#), "allowed_tags", "leave it out"),
        (with(r#", "allowed_tags": ["Text"]"#), "allowed_tags", "lower-case"),
        (with(r#", "allowed_tags": "any""#), "allowed_tags", "sequence"),
        (
            r#"{"allowed_sellers": "all", "max_per_job": "1 XNO", "lifetime_budget": "2 XNO"}"#.to_owned(),
            "allowed_sellers",
            "list of bot ids",
        ),
        (
            r#"{"allowed_sellers": []}"#.to_owned(),
            "allowed_sellers",
            "allows nobody",
        ),
        (
            r#"{"allowed_sellers": ["x"]}"#.to_owned(),
            "allowed_sellers[0]",
            "bot id",
        ),
    ];
    for (text, field, reason) in rows {
        let refused = Policy::parse(&text).unwrap_err();
        assert_eq!(refused.field, field, "{text}: {refused}");
        assert!(refused.reason.contains(reason), "{text}: {refused}");
    }
}
