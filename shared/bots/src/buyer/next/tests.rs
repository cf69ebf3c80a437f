//! What is next, over how far the purchase is × how far the work is × what the relay makes of the payment.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::type_complexity,
    reason = "a test names what it is about"
)]

use nanoark_client::wire::jobs::JobView;
use nanoark_domain::time::Seconds;

use super::*;
use crate::buyer::tests::samples::{BLOCK, NOW, job, payment, purchase, raw, sent, terms};

/// What is next, in a word.
fn next(progress: Progress, status: Status, paid: PaymentStatus, signing: Signing, late: bool) -> String {
    let purchase = purchase(progress);
    let mut job: JobView = job(&purchase);
    job.status = status;
    job.payment.status = paid;
    let facts = Facts {
        job: Some(&job),
        signing,
        returned: RawAmount::ZERO,
        now: if late {
            NOW.plus(Seconds(871))
        } else {
            NOW.plus(Seconds(870))
        },
        margins: Margins::default(),
    };
    match next_step(&purchase, &facts) {
        Next::Move(progress) => {
            let grows = Purchase {
                progress: (*progress).clone(),
                ..purchase.clone()
            };
            assert!(
                grows.committed() <= purchase.committed(),
                "{progress:?} takes more of the budget"
            );
            progress.name().to_owned()
        }
        other => format!("{other:?}"),
    }
}

fn accepted() -> Progress {
    Progress::Accepted { terms: terms() }
}

fn paying() -> Progress {
    Progress::Paying {
        terms: terms(),
        payment: payment(),
        sent: Vec::new(),
    }
}

#[test]
fn money_is_sent_only_while_none_has_come_and_there_is_time() {
    for status in Status::ALL.iter().copied() {
        for paid in PaymentStatus::ALL.iter().copied() {
            for late in [false, true] {
                let open = matches!(status, Status::Accepted | Status::Running);
                let free = matches!(
                    paid,
                    PaymentStatus::None | PaymentStatus::WrongAccount | PaymentStatus::Rejected
                );
                let sends = open && free && !late;
                let row = format!("{status} {paid} late: {late}");
                assert_eq!(
                    next(accepted(), status, paid, Signing::Open, late) == "paying",
                    sends,
                    "{row}"
                );
                assert_eq!(
                    next(paying(), status, paid, Signing::Open, late) == "Send",
                    sends,
                    "{row}"
                );
                // What is given up is never asked for again.
                assert_ne!(next(paying(), status, paid, Signing::Void, late), "Send", "{row}");
                // What is signed is never signed again and never forgotten, wherever the job is.
                assert_eq!(
                    next(paying(), status, paid, Signing::Done(BLOCK), late),
                    "paid",
                    "{row}"
                );
                let withdrawing = Progress::Withdrawing {
                    why: Withdrawal::NoTimeToPay,
                    terms: Some(terms()),
                };
                assert_eq!(
                    next(withdrawing, status, paid, Signing::Done(BLOCK), late),
                    "paid",
                    "{row}"
                );
            }
        }
    }
}

#[test]
fn each_state_of_the_work_leads_on() {
    use Status::{Accepted, Cancelled, Declined, Delivered, Expired, Failed, Quoted, Requested, Running};
    let agreed = || Progress::Agreed { terms: terms() };
    let withdrawing = || Progress::Withdrawing {
        why: Withdrawal::NoTimeToPay,
        terms: None,
    };
    let none = PaymentStatus::None;
    let rows: &[(fn() -> Progress, &[(Status, &str)])] = &[
        (
            || Progress::Requesting,
            &[(Requested, "requested"), (Expired, "requested")],
        ),
        (
            || Progress::Requested,
            &[
                (Requested, "Wait(Quote)"),
                (Quoted, "CheckQuote"),
                (Accepted, "CheckQuote"),
                (Running, "Wait(Result)"),
                (Delivered, "ended"),
                (Failed, "ended"),
                (Cancelled, "ended"),
                (Declined, "ended"),
                (Expired, "ended"),
            ],
        ),
    ];
    for (progress, nexts) in rows {
        for (status, expected) in *nexts {
            assert_eq!(
                next(progress(), *status, none, Signing::Open, false),
                *expected,
                "{status}"
            );
        }
    }
    for (status, in_time, late) in [
        (Requested, "Wait(Quote)", "Wait(Quote)"),
        (Quoted, "Accept", "withdrawing"),
        (Accepted, "accepted", "accepted"),
        (Running, "Wait(Result)", "Wait(Result)"),
        (Expired, "ended", "ended"),
    ] {
        assert_eq!(next(agreed(), status, none, Signing::Open, false), in_time, "{status}");
        assert_eq!(next(agreed(), status, none, Signing::Open, true), late, "{status}");
    }
    for (status, expected) in [
        (Requested, "Cancel"),
        (Quoted, "Cancel"),
        (Accepted, "Cancel"),
        (Running, "Wait(Result)"),
        (Cancelled, "ended"),
        (Delivered, "ended"),
    ] {
        assert_eq!(
            next(withdrawing(), status, none, Signing::Open, false),
            expected,
            "{status}"
        );
    }
}

#[test]
fn what_is_paid_is_named_wherever_the_job_is_and_then_followed() {
    for status in Status::ALL.iter().copied() {
        let paid = Progress::Paid {
            terms: terms(),
            sent: vec![sent(false)],
        };
        let expected = match status {
            Status::Requested | Status::Quoted | Status::Declined => "Wait(Verdict)",
            _ => "Name",
        };
        assert_eq!(
            next(paid, status, PaymentStatus::None, Signing::Open, true),
            expected,
            "{status}"
        );
    }
    let named = |confirmed| Progress::Named {
        terms: terms(),
        sent: vec![sent(confirmed)],
    };
    for (paid, expected) in [
        (PaymentStatus::None, "Wait(Verdict)"),
        (PaymentStatus::Submitted, "Wait(Verdict)"),
        (PaymentStatus::Confirmed, "Wait(Result)"),
        (PaymentStatus::Over, "Wait(Result)"),
        (PaymentStatus::Duplicate, "Wait(Result)"),
        (PaymentStatus::Short, "Wait(Owner)"),
        (PaymentStatus::Late, "Wait(Owner)"),
        (PaymentStatus::WrongAccount, "Wait(Owner)"),
        (PaymentStatus::Rejected, "Wait(Owner)"),
    ] {
        assert_eq!(
            next(named(true), Status::Accepted, paid, Signing::Open, true),
            expected,
            "{paid}"
        );
        let unconfirmed = if expected == "Wait(Result)" {
            expected
        } else {
            "Confirm"
        };
        assert_eq!(
            next(named(false), Status::Accepted, paid, Signing::Open, true),
            unconfirmed,
            "{paid}"
        );
    }
    for (status, expected) in [
        (Status::Running, "Wait(Result)"),
        (Status::Delivered, "ended"),
        (Status::Failed, "refunding"),
        (Status::Cancelled, "refunding"),
        (Status::Expired, "refunding"),
    ] {
        assert_eq!(
            next(named(true), status, PaymentStatus::Confirmed, Signing::Open, true),
            expected,
            "{status}"
        );
    }
}

#[test]
fn a_refund_is_waited_for_until_all_of_it_is_seen() {
    let purchase = purchase(Progress::Refunding {
        outcome: Outcome::Cancelled,
        terms: terms(),
        sent: vec![sent(true)],
        expected: raw(80),
    });
    let job = job(&purchase);
    for (returned, done) in [(0, false), (79, false), (80, true), (81, true)] {
        let facts = Facts {
            job: Some(&job),
            signing: Signing::Open,
            returned: raw(returned),
            now: NOW,
            margins: Margins::default(),
        };
        let next = next_step(&purchase, &facts);
        assert_eq!(matches!(next, Next::Move(_)), done, "{returned}");
    }
}
