//! Every cell of job status × payment status × what is on record.

use nanoark_client::wire::money::OwedView;
use nanoark_domain::job::Fence;
use nanoark_domain::payload::SealedBox;
use nanoark_domain::payment::{OwedReason, Receipt};
use nanoark_nano::Account;

use super::*;
use crate::seller::record::{QuoteDraft, Settled, Token};
use crate::seller::samples::{FENCE, INVOICE, PAYER, PRICE, at, hash, job, paid_job};

const STATUSES: [Status; 9] = [
    Status::Requested,
    Status::Quoted,
    Status::Accepted,
    Status::Running,
    Status::Delivered,
    Status::Failed,
    Status::Cancelled,
    Status::Declined,
    Status::Expired,
];
const PAYMENTS: [PaymentStatus; 9] = [
    PaymentStatus::None,
    PaymentStatus::Submitted,
    PaymentStatus::Confirmed,
    PaymentStatus::Short,
    PaymentStatus::Over,
    PaymentStatus::Late,
    PaymentStatus::Duplicate,
    PaymentStatus::WrongAccount,
    PaymentStatus::Rejected,
];

fn is_paid(payment: PaymentStatus) -> bool {
    PaymentStatus::PAID.contains(&payment)
}

fn held(fence: u64) -> LockRecord {
    LockRecord::Held(HeldLock {
        attempt: 2,
        token: Token::new("5f".to_owned()),
        fence: Fence(fence),
        locked_at: at(0),
        lease_expires_at: at(400),
    })
}

fn locked(lock: LockRecord, run: RunRecord) -> JobRecord {
    JobRecord {
        lock,
        run,
        ..JobRecord::default()
    }
}

fn verified(seconds: u64) -> JobRecord {
    JobRecord {
        payment: PaymentRecord::Verified { at: at(seconds) },
        ..JobRecord::default()
    }
}

fn looked(relay_said: PaymentStatus) -> JobRecord {
    JobRecord {
        payment: PaymentRecord::Open {
            looks: 1,
            look_at: at(200),
            relay_said,
        },
        ..JobRecord::default()
    }
}

fn step(job: &JobView, ours: &JobRecord, seconds: u64) -> NextStep {
    plan(job, ours, &Policy::default(), at(seconds))
}

const fn lock_step(attempt: u32, own_word: bool) -> NextStep {
    NextStep::Lock { attempt, own_word }
}

#[test]
fn a_request_is_quoted_while_it_waits_if_its_input_can_be_read() {
    for payment in PAYMENTS {
        let mut job = job(Status::Requested, payment);
        assert_eq!(step(&job, &JobRecord::default(), 899), NextStep::Quote);
        assert_eq!(step(&job, &JobRecord::default(), 900), wait(Wait::Over, None));
        job.input = Some(Input::Sealed(SealedBox::parse(&"A".repeat(64)).unwrap()));
        assert_eq!(step(&job, &JobRecord::default(), 0), NextStep::Decline(Refusal::Sealed));
        job.input = None;
        assert_eq!(
            step(&job, &JobRecord::default(), 0),
            NextStep::Decline(Refusal::NoInput)
        );
    }
}

#[test]
fn nothing_is_begun_before_the_buyer_accepts_whatever_it_paid() {
    for payment in PAYMENTS {
        for ours in [JobRecord::default(), verified(0), looked(payment)] {
            let expected = wait(Wait::Acceptance, Some(at(900)));
            assert_eq!(step(&paid_job(Status::Quoted, payment), &ours, 100), expected);
        }
    }
}

#[test]
fn an_accepted_job_is_locked_only_when_our_own_nodes_show_the_money() {
    for payment in PAYMENTS {
        let job = paid_job(Status::Accepted, payment);
        let late = payment == PaymentStatus::Late;
        let until_due = wait(Wait::Payment, Some(at(900)));
        let unless_late = |step: NextStep| if late { until_due.clone() } else { step };

        // Never looked, or looked before the relay said what it says now, or long ago: look.
        let check = unless_late(NextStep::CheckPayment);
        assert_eq!(step(&job, &JobRecord::default(), 100), check, "{payment}");
        let before = if payment == PaymentStatus::None {
            PaymentStatus::Short
        } else {
            PaymentStatus::None
        };
        assert_eq!(step(&job, &looked(before), 100), check, "{payment}");
        assert_eq!(step(&job, &looked(payment), 200), check, "{payment}");
        // Looked and not found: wait, also when the relay says paid.
        let open = unless_late(wait(Wait::Payment, Some(at(200))));
        assert_eq!(step(&job, &looked(payment), 199), open, "{payment}");
        // Found: at once if the relay agrees, else a minute later on our own word.
        let begin = if is_paid(payment) {
            lock_step(1, false)
        } else {
            wait(Wait::Payment, Some(at(160)))
        };
        assert_eq!(step(&job, &verified(100), 159), unless_late(begin), "{payment}");
        let begin = lock_step(1, !is_paid(payment));
        assert_eq!(step(&job, &verified(100), 160), unless_late(begin), "{payment}");
    }
}

#[test]
fn without_an_own_word_the_relay_alone_starts_the_work() {
    let policy = Policy {
        own_word: OwnWord::Never,
        ..Policy::default()
    };
    for payment in PAYMENTS {
        let job = paid_job(Status::Accepted, payment);
        let expected = if is_paid(payment) {
            lock_step(1, false)
        } else {
            wait(Wait::Payment, Some(at(900)))
        };
        assert_eq!(plan(&job, &verified(100), &policy, at(800)), expected, "{payment}");
        let expected = if is_paid(payment) {
            NextStep::CheckPayment
        } else {
            wait(Wait::Payment, Some(at(900)))
        };
        assert_eq!(
            plan(&job, &JobRecord::default(), &policy, at(800)),
            expected,
            "{payment}"
        );
    }
}

#[test]
fn a_lock_is_asked_for_with_a_new_key_only_when_the_last_one_was_spent() {
    let job = paid_job(Status::Accepted, PaymentStatus::Confirmed);
    let asked = LockRecord::Asked {
        attempt: 3,
        own_word: false,
    };
    for (lock, attempt) in [
        (LockRecord::Never, 1),
        (asked, 3),
        (LockRecord::Refused { attempt: 3 }, 3),
        (LockRecord::Gone { attempt: 3 }, 4),
    ] {
        let ours = JobRecord { lock, ..verified(0) };
        assert_eq!(step(&job, &ours, 100), lock_step(attempt, false));
    }
    // A lock that the relay does not know of any more is gone; one that it does not know of yet is not.
    let mut job = job;
    assert_eq!(
        step(&job, &locked(held(7_000), RunRecord::default()), 100),
        NextStep::ForgetLock
    );
    job.updated_at = Timestamp::from_millis(at(0).as_millis() - 1);
    let stale = wait(Wait::NewerView, Some(at(101)));
    assert_eq!(step(&job, &locked(held(7_000), RunRecord::default()), 100), stale);
}

#[test]
fn under_our_own_lock_the_tool_runs_until_its_outcome_is_on_record() {
    let idle = |started, failed| RunRecord::Idle { started, failed };
    let under_way = |started, failed| RunRecord::UnderWay { started, failed };
    let rows = [
        (idle(0, 0), NextStep::Run, NextStep::Run),
        (idle(2, 1), NextStep::Run, NextStep::Run),
        (
            idle(3, 0),
            NextStep::GiveUp(GivenUp::TooManyRuns),
            NextStep::GiveUp(GivenUp::TooManyRuns),
        ),
        (under_way(1, 0), NextStep::Run, NextStep::GiveUp(GivenUp::Interrupted)),
        (
            under_way(3, 0),
            NextStep::GiveUp(GivenUp::TooManyRuns),
            NextStep::GiveUp(GivenUp::TooManyRuns),
        ),
        (RunRecord::Finished, NextStep::Deliver, NextStep::Deliver),
    ];
    let fail = Policy {
        resume: Resume::Fail,
        ..Policy::default()
    };
    for payment in PAYMENTS {
        for (run, rerun, failed) in rows.clone() {
            // Whether the lease has lapsed is for the relay to say: the token may still be the last.
            for seconds in [100, 4_000] {
                let job = paid_job(Status::Running, payment);
                let ours = locked(held(FENCE.0), run);
                assert_eq!(step(&job, &ours, seconds), rerun, "{payment} {run:?}");
                assert_eq!(plan(&job, &ours, &fail, at(seconds)), failed, "{payment} {run:?}");
            }
        }
    }
}

#[test]
fn another_workers_lock_is_respected_until_its_lease_lapses() {
    let others = wait(Wait::OtherWorker, Some(at(400)));
    for payment in PAYMENTS {
        let mut job = paid_job(Status::Running, payment);
        for lock in [
            LockRecord::Never,
            LockRecord::Refused { attempt: 1 },
            LockRecord::Gone { attempt: 1 },
        ] {
            for run in [RunRecord::default(), RunRecord::Finished] {
                let ours = JobRecord {
                    payment: PaymentRecord::Verified { at: at(0) },
                    ..locked(lock.clone(), run)
                };
                assert_eq!(step(&job, &ours, 399), others, "{payment} {lock:?}");
                let expected = if payment == PaymentStatus::Late {
                    wait(Wait::Payment, Some(at(900)))
                } else {
                    lock_step(lock.next_attempt(), !is_paid(payment))
                };
                assert_eq!(step(&job, &ours, 400), expected, "{payment} {lock:?}");
            }
        }
        // An unanswered question is asked again: the lock that is shown may be the answer.
        let asked = LockRecord::Asked {
            attempt: 5,
            own_word: true,
        };
        assert_eq!(
            step(&job, &locked(asked, RunRecord::default()), 100),
            lock_step(5, true)
        );
        let newer = locked(held(FENCE.0 - 1), RunRecord::UnderWay { started: 1, failed: 0 });
        assert_eq!(step(&job, &newer, 100), NextStep::ForgetLock);
        let older = locked(held(FENCE.0 + 1), RunRecord::default());
        assert_eq!(step(&job, &older, 100), wait(Wait::NewerView, Some(at(101))));
        job.lock = None;
        let unknown = wait(Wait::LockUnknown, Some(at(130)));
        assert_eq!(step(&job, &locked(held(FENCE.0), RunRecord::default()), 100), unknown);
    }
}

/// What is on record of a job that this worker quoted and that ended like this.
fn ended(status: Status) -> JobRecord {
    JobRecord {
        quote: Some(QuoteDraft {
            attempt: 1,
            amount: RawAmount::from_raw(PRICE),
            invoice: INVOICE,
            expires_at: at(900),
        }),
        settled: Some(Settled { status, ours: true }),
        ..JobRecord::default()
    }
}

const ENDED: [Status; 4] = [Status::Delivered, Status::Failed, Status::Cancelled, Status::Expired];

#[test]
fn how_a_job_ended_is_noted_once_and_contradictions_are_not_acted_upon() {
    for status in STATUSES.into_iter().filter(|status| !status.is_open()) {
        for payment in PAYMENTS {
            let mut job = paid_job(status, payment);
            assert_eq!(step(&job, &JobRecord::default(), 100), NextStep::Settle, "{status}");
            job.refunds.owed = Some(owed(PRICE));
            let other = if status == Status::Delivered {
                Status::Failed
            } else {
                Status::Delivered
            };
            assert_eq!(
                step(&job, &ended(other), 100),
                wait(Wait::Contradiction, None),
                "{status}"
            );
        }
    }
    let declined = paid_job(Status::Declined, PaymentStatus::None);
    assert_eq!(step(&declined, &ended(Status::Declined), 100), wait(Wait::Over, None));
}

#[test]
fn the_money_of_a_delivered_job_is_received_and_of_no_other() {
    for status in ENDED {
        for payment in PAYMENTS {
            let mut job = paid_job(status, payment);
            let mut ours = ended(status);
            let over = wait(Wait::Over, None);
            let delivered = |step: NextStep| {
                if status == Status::Delivered {
                    step
                } else {
                    over.clone()
                }
            };
            assert_eq!(step(&job, &ours, 100), delivered(NextStep::Pocket), "{status}");
            ours.pocketed = Pocketed::Tried {
                times: 1,
                again_at: at(200),
            };
            assert_eq!(step(&job, &ours, 199), delivered(wait(Wait::Money, Some(at(200)))));
            assert_eq!(step(&job, &ours, 200), delivered(NextStep::Pocket));
            ours.pocketed = Pocketed::Everything { receipts: 0 };
            assert_eq!(step(&job, &ours, 100), over);
            job.payment.receipts.push(receipt());
            assert_eq!(step(&job, &ours, 100), delivered(NextStep::Pocket));
            let none = Policy {
                pocket: false,
                ..Policy::default()
            };
            assert_eq!(plan(&job, &ours, &none, at(100)), over);
            // Another worker's wallet has it.
            ours.quote = None;
            assert_eq!(step(&job, &ours, 100), wait(Wait::OtherWallet, None));
        }
    }
}

#[test]
fn what_is_owed_is_paid_back_once_by_whoever_quoted() {
    for status in ENDED {
        for payment in PAYMENTS {
            let mut job = paid_job(status, payment);
            job.refunds.owed = Some(owed(PRICE));
            let mut ours = ended(status);
            ours.pocketed = Pocketed::Everything { receipts: 0 };
            assert_eq!(step(&job, &ours, 100), NextStep::OwedBack, "{status}");
            let manual = Policy {
                refunds: Refunds::Manual,
                ..Policy::default()
            };
            assert_eq!(plan(&job, &ours, &manual, at(100)), wait(Wait::Operator, None));
            ours.refund_look_at = Some(at(200));
            assert_eq!(step(&job, &ours, 199), wait(Wait::RefundBlocked, Some(at(200))));
            assert_eq!(step(&job, &ours, 200), NextStep::OwedBack);

            // On record, then signed, then named, then found.
            ours.refunds = vec![refund(PRICE, None, 0)];
            assert_eq!(step(&job, &ours, 200), NextStep::SendRefund(0));
            ours.refunds = vec![refund(PRICE, Some(9), 0)];
            assert_eq!(step(&job, &ours, 200), NextStep::NameRefund(0));
            let in_doubt = [
                (RefundStatus::Submitted, wait(Wait::Refund, None)),
                (RefundStatus::WrongAccount, wait(Wait::Refund, None)),
                (RefundStatus::Rejected, NextStep::NameRefund(0)),
            ];
            for (found, expected) in in_doubt {
                job.refunds.sent = vec![shown(9, found, None)];
                assert_eq!(step(&job, &ours, 200), expected, "{found:?}");
            }
            ours.refunds = vec![refund(PRICE, Some(9), MOST_NAMINGS)];
            assert_eq!(step(&job, &ours, 200), wait(Wait::Refund, None));
            job.refunds.sent = vec![shown(9, RefundStatus::Confirmed, Some(PRICE))];
            job.refunds.owed = None;
            assert_eq!(step(&job, &ours, 200), wait(Wait::Over, None));
            // More came later.
            job.refunds.owed = Some(owed(7));
            assert_eq!(step(&job, &ours, 200), NextStep::OwedBack);
            // Somebody else of the seller is at it.
            job.refunds.sent.push(shown(8, RefundStatus::Submitted, None));
            assert_eq!(step(&job, &ours, 200), wait(Wait::Refund, None));
            ours.quote = None;
            assert_eq!(step(&job, &ours, 200), wait(Wait::OtherWallet, None));
        }
    }
}

#[test]
fn nothing_is_paid_back_while_a_job_is_open() {
    for status in STATUSES.into_iter().filter(|status| status.is_open()) {
        for payment in PAYMENTS {
            let mut job = paid_job(status, payment);
            let before = step(&job, &JobRecord::default(), 100);
            job.refunds.owed = Some(owed(5));
            assert_eq!(step(&job, &JobRecord::default(), 100), before, "{status} {payment}");
        }
    }
}

fn owed(amount: u128) -> OwedView {
    OwedView {
        amount_raw: RawAmount::from_raw(amount),
        to: PAYER,
        reason: OwedReason::Over,
    }
}

fn refund(amount: u128, number: Option<u8>, named: u32) -> RefundRecord {
    RefundRecord {
        amount: RawAmount::from_raw(amount),
        to: PAYER,
        hash: number.map(hash),
        named,
    }
}

fn shown(number: u8, status: RefundStatus, amount: Option<u128>) -> RefundView {
    RefundView {
        block_hash: hash(number),
        status,
        amount_raw: amount.map(RawAmount::from_raw),
        submitted_at: at(100),
        decided_at: None,
    }
}

fn receipt() -> Receipt {
    Receipt {
        hash: hash(1),
        payer: Account::from_bytes([20; 32]),
        amount: RawAmount::from_raw(PRICE),
        seen_at: at(50),
        in_time: true,
    }
}

#[test]
fn secrets_do_not_print() {
    let ours = locked(held(1), RunRecord::default());
    assert!(!format!("{ours:?}").contains("5f"));
}
