//! One budget, many writers.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::type_complexity,
    reason = "a test names what it is about"
)]

use std::sync::atomic::{AtomicU32, Ordering};

use nanoark_nano::RawAmount;

use super::*;
use crate::buyer::policy::{AllowedSellers, Policy, Proposal};
use crate::buyer::tests::samples::{NOW, OWN, purchase, raw, terms};
use crate::buyer::{BuyError, Outcome};

fn book() -> (tempfile::TempDir, Book) {
    let folder = tempfile::tempdir().unwrap();
    let book = Book::open(&folder.path().join("buyer.sqlite"), Durability::Volatile).unwrap();
    (folder, book)
}

fn numbered(number: u8) -> Purchase {
    Purchase {
        key: format!("purchase-{number}").parse().unwrap(),
        job_id: JobId::from_bytes([number; 16]),
        ..purchase(Progress::Reserved)
    }
}

fn ended() -> Progress {
    Progress::Ended {
        outcome: Outcome::Declined,
        terms: None,
        sent: Vec::new(),
        returned: RawAmount::ZERO,
    }
}

#[test]
fn two_hundred_writers_never_set_aside_more_than_the_budget() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("buyer.sqlite");
    let policy = Policy {
        allowed_sellers: AllowedSellers::Any,
        allowed_tags: None,
        max_per_job: raw(100),
        max_per_seller: None,
        lifetime_budget: raw(1_750),
        expires_at: None,
    };
    let allowed = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for number in 0..200 {
            let (path, policy, allowed) = (&path, &policy, &allowed);
            scope.spawn(move || {
                let book = Book::open(path, Durability::Volatile).unwrap();
                let purchase = numbered(number);
                let begun = book.begin(&purchase, true, |committed| {
                    let proposal = Proposal {
                        seller: purchase.order.offer.seller,
                        tags: &[],
                        amount: raw(100),
                    };
                    policy.permits(&proposal, committed, NOW).map_err(BuyError::from)
                });
                match begun {
                    Ok(_) => allowed.fetch_add(1, Ordering::SeqCst),
                    Err(BuyError::Policy(_)) => 0,
                    Err(error) => panic!("{error}"),
                };
            });
        }
    });
    assert_eq!(allowed.load(Ordering::SeqCst), 17);
    let book = Book::open(&path, Durability::Full).unwrap();
    let seller = numbered(0).order.offer.seller;
    assert_eq!(book.committed(&seller).unwrap().total, raw(1_700));
}

#[test]
fn an_older_version_changes_nothing_and_no_progress_takes_more_than_was_set_aside() {
    let (_folder, book) = book();
    let first = numbered(1);
    book.begin::<BookError>(&first, true, |_| Ok(())).unwrap();
    let mut agreed = terms();
    agreed.amount = raw(101);
    let beyond = book.record(&first, Progress::Agreed { terms: agreed }, None, NOW);
    assert!(matches!(beyond, Err(BookError::BeyondReservation)), "{beyond:?}");
    let second = book
        .record(&first, Progress::Agreed { terms: terms() }, None, NOW)
        .unwrap();
    assert_eq!(book.committed(&first.order.offer.seller).unwrap().total, raw(80));
    let stale = book.record(&first, ended(), None, NOW);
    assert!(matches!(stale, Err(BookError::Superseded)), "{stale:?}");
    let third = book.record(&second, ended(), None, NOW).unwrap();
    assert_eq!(book.purchase(&first.key).unwrap(), Some(third));
    assert_eq!(
        book.committed(&first.order.offer.seller).unwrap().total,
        RawAmount::ZERO
    );
}

#[test]
fn an_unfinished_purchase_is_found_by_what_it_buys_and_may_only_become_cheaper() {
    let (_folder, book) = book();
    let first = numbered(1);
    book.begin::<BookError>(&first, true, |_| Ok(())).unwrap();
    let mut cheaper = numbered(2);
    for (max, stands) in [(150, 100), (60, 60), (100, 60)] {
        cheaper.order.max = raw(max);
        let Begun::Found(found) = book
            .begin::<BookError>(&cheaper, false, |_| panic!("it is no new one"))
            .unwrap()
        else {
            panic!("it is there")
        };
        assert_eq!(
            (found.key.clone(), found.order.max, found.committed()),
            (first.key.clone(), raw(stands), raw(stands))
        );
    }
    let found = book.purchase(&first.key).unwrap().unwrap();
    book.record(&found, ended(), None, NOW).unwrap();
    let begun = book.begin::<BookError>(&cheaper, false, |_| Ok(())).unwrap();
    assert!(matches!(begun, Begun::Fresh(_)));
}

#[test]
fn one_signs_at_a_time_and_silence_gives_the_turn_away() {
    let (_folder, book) = book();
    let one = numbered(1);
    book.begin::<BookError>(&one, true, |_| Ok(())).unwrap();
    let take = |who: &str, seconds| {
        book.take_signing(&one, who, NOW.plus(Seconds(seconds)), Seconds(30))
            .unwrap()
    };
    for (who, at, taken) in [
        ("a", 0, true),
        ("b", 1, false),
        ("a", 20, true),
        ("b", 49, false),
        ("b", 50, true),
        ("a", 51, false),
    ] {
        assert_eq!(take(who, at), taken, "{who} at {at}");
    }
    book.record(&one, Progress::Requesting, None, NOW).unwrap();
    assert!(!take("b", 52), "the version is another");
}

#[test]
fn an_invoice_account_and_a_refund_belong_to_one_job_and_a_later_file_is_refused() {
    let (folder, book) = book();
    let (one, two) = (JobId::from_bytes([1; 16]), JobId::from_bytes([2; 16]));
    assert_eq!(book.claim_invoice(&OWN, one).unwrap(), None);
    assert_eq!(book.claim_invoice(&OWN, one).unwrap(), None);
    assert_eq!(book.claim_invoice(&OWN, two).unwrap(), Some(one.to_string()));
    let block = BlockHash::from_bytes([7; 32]);
    assert_eq!(book.claim_refund(&block, one).unwrap(), None);
    assert_eq!(book.claim_refund(&block, one).unwrap(), None);
    assert_eq!(book.claim_refund(&block, two).unwrap(), Some(one));
    let path = folder.path().join("buyer.sqlite");
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 3)
        .unwrap();
    assert!(matches!(
        Book::open(&path, Durability::Full),
        Err(BookError::Open(OpenError::TooNew { version: 3, known: 2 }))
    ));
}
