//! Every fault of a quote, one at a time.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::type_complexity,
    reason = "a test names what it is about"
)]

use nanoark_client::Bot;
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::Pricing;

use super::*;
use crate::buyer::tests::samples::{self, BUYER, INVOICE, NOW, OWN, SELLER, raw};

fn check(
    change: impl FnOnce(&mut Purchase, &mut JobView),
    amount: u128,
    invoice: Account,
    seconds: u32,
) -> &'static str {
    let mut purchase = samples::purchase(crate::buyer::Progress::Requested);
    let mut job = samples::job(&purchase);
    let seller = Bot::from_seed(&[SELLER; 32]);
    let expires_at = NOW.plus(Seconds(seconds));
    crate::buyer::tests::script::quote(&mut job, &seller, raw(amount), invoice, expires_at, NOW);
    change(&mut purchase, &mut job);
    let buyer = Bot::from_seed(&[BUYER; 32]).id();
    let owns = |account: &Account| *account == OWN;
    match check_quote(&purchase, buyer, &job, owns, NOW, &Margins::default()) {
        Ok(terms) => {
            assert_eq!(
                (terms.amount, terms.invoice, terms.expires_at),
                (raw(amount), invoice, expires_at)
            );
            "good"
        }
        Err(fault) => {
            assert!(!fault.to_string().is_empty());
            fault.code()
        }
    }
}

#[test]
fn a_quote_is_good_up_to_its_bounds_and_faulty_beyond() {
    let fixed = |amount| {
        move |purchase: &mut Purchase, _: &mut JobView| {
            purchase.order.offer.pricing = Pricing::Fixed {
                amount_raw: raw(amount),
                standing_quote: None,
            };
        }
    };
    assert_eq!(check(|_, _| {}, 100, INVOICE, 90), "good");
    assert_eq!(check(|_, _| {}, 100, INVOICE, 89), "quote_too_little_time");
    assert_eq!(check(|_, _| {}, 101, INVOICE, 900), "quote_too_expensive");
    assert_eq!(check(|_, _| {}, 0, INVOICE, 900), "quote_no_amount");
    assert_eq!(check(|_, _| {}, 100, Account::BURN, 900), "quote_burn_account");
    assert_eq!(check(|_, _| {}, 100, OWN, 900), "quote_own_account");
    assert_eq!(check(fixed(100), 100, INVOICE, 900), "good");
    assert_eq!(check(fixed(100), 99, INVOICE, 900), "quote_not_the_price");
    let elsewhere = |purchase: &mut Purchase, job: &mut JobView| {
        purchase.order.refund_account = INVOICE;
        job.refund_account = Some(INVOICE);
    };
    assert_eq!(check(elsewhere, 100, INVOICE, 900), "quote_own_account");
}

#[test]
fn a_quote_of_another_job_or_seller_is_none() {
    let rows: [(&str, fn(&mut JobView), &str); 10] = [
        (
            "id",
            |job| job.job_id = nanoark_domain::id::JobId::from_bytes([9; 16]),
            "quote_other_job",
        ),
        (
            "offer",
            |job| job.offer_id = OfferId::from_bytes([9; 16]),
            "quote_other_job",
        ),
        ("buyer", |job| job.buyer = BotId::from_bytes([9; 32]), "quote_other_job"),
        (
            "seller",
            |job| job.seller = BotId::from_bytes([9; 32]),
            "quote_other_job",
        ),
        (
            "input",
            |job| job.input_hash = nanoark_domain::digest::Sha256Digest::of(b""),
            "quote_other_job",
        ),
        (
            "turnaround",
            |job| job.turnaround_seconds = Seconds(1),
            "quote_other_job",
        ),
        ("refunds", |job| job.refund_account = None, "quote_other_job"),
        (
            "amount",
            |job| job.quote.as_mut().unwrap().amount_raw = raw(99),
            "quote_unproved",
        ),
        (
            "invoice",
            |job| job.quote.as_mut().unwrap().invoice_account = OWN,
            "quote_unproved",
        ),
        ("none", |job| job.quote = None, "quote_unproved"),
    ];
    for (what, change, code) in rows {
        assert_eq!(check(|_, job| change(job), 100, INVOICE, 900), code, "{what}");
    }
}
