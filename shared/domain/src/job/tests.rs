//! Jobs to test with, and the rules about orders that no single condition shows.

use nanoark_nano::{Account, BlockHash, RawAmount};

use super::{
    Caller, Command, Delivery, Fence, Job, JobRequest, Lock, LockToken, Mismatch, Order, Outcome, Party, Promise,
    Quote, Rejection, Stage, Status,
};
use crate::bot::BotId;
use crate::digest::Sha256Digest;
use crate::id::{JobId, OfferId};
use crate::limits::Limits;
use crate::payment::{Finding, Payment, PaymentStatus};
use crate::statement::StatementSignature;
use crate::time::{Seconds, Timestamp};

const BUYER: BotId = BotId::from_bytes([1; 32]);
const SELLER: BotId = BotId::from_bytes([2; 32]);
const STRANGER: BotId = BotId::from_bytes([3; 32]);

/// Seconds after the request of every job here.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds.saturating_add(1_000_000))
}

/// A price of 100 raw, named at 100 s and standing until 1,000 s.
pub(crate) fn quote() -> Quote {
    Quote {
        amount: RawAmount::from_raw(100),
        invoice: Account::from_bytes([7; 32]),
        quoted_at: at(100),
        expires_at: at(1_000),
        signature: StatementSignature::from_bytes([0; 64]),
    }
}

/// A lock until 2,000 s.
pub(crate) fn lock() -> Lock {
    Lock {
        token: LockToken::from_random([5; 16]),
        lease_expires_at: at(2_000),
    }
}

/// The end of the work at 1,500 s.
pub(crate) fn delivery(delivered: bool) -> Delivery {
    let digest = Sha256Digest::of(b"result");
    Delivery {
        outcome: if delivered {
            Outcome::Delivered { output_hash: digest }
        } else {
            Outcome::Failed { error_hash: digest }
        },
        payment_hash: None,
        at: at(1_500),
        signature: StatementSignature::from_bytes([0; 64]),
    }
}

/// A payment that was judged like this at 500 s.
pub(crate) fn judged(finding: Finding) -> Payment {
    Payment::Judged {
        hash: BlockHash::from_bytes([9; 32]),
        finding,
        decided_at: at(500),
    }
}

/// A job in this stage, requested at 0 s, with nothing paid and no deadline but the request's.
pub(crate) fn job(stage: Stage) -> Job {
    let request = JobRequest {
        id: JobId::from_bytes([4; 16]),
        offer_id: OfferId::from_bytes([5; 16]),
        buyer: BUYER,
        seller: SELLER,
        input_hash: Sha256Digest::of(b"input"),
        promise: Promise {
            fixed_amount: None,
            quote_lifetime: None,
            turnaround: Seconds(600),
        },
        refund_account: None,
    };
    Job {
        stage,
        ..request.begin(at(0), &Limits::default())
    }
}

fn requested() -> Job {
    job(Stage::Requested { quote_by: at(50) })
}

fn decide(job: &Job, caller: Caller, command: Command, now: Timestamp) -> Result<Job, Rejection> {
    Order { caller, command, now }.decide(Some(job), &Limits::default())
}

fn quoting(job: &Job) -> Command {
    Command::Quote {
        quote: quote(),
        subject: job.quote_subject(),
        lifetime: Seconds(900),
    }
}

#[test]
fn a_stranger_learns_nothing_and_a_party_first_learns_that_it_is_the_wrong_one() {
    // Whatever else is wrong: the stage, the time, the token.
    let jobs = [
        requested(),
        job(Stage::Quoted { quote: quote() }),
        job(Stage::Running {
            quote: quote(),
            lock: lock(),
        }),
        job(Stage::Declined { reason: None }),
    ];
    let token = LockToken::from_random([6; 16]);
    for job in &jobs {
        let commands = [
            Command::Accept,
            Command::Cancel { reason: None },
            quoting(job),
            Command::ReleaseLock { token: token.clone() },
        ];
        for command in commands {
            let needed = command.party().unwrap();
            let other = if needed == Party::Buyer { SELLER } else { BUYER };
            let by = |bot| decide(job, Caller::Bot(bot), command.clone(), at(9_000));
            assert_eq!(by(STRANGER), Err(Rejection::NotFound), "{command:?}");
            assert_eq!(by(other), Err(Rejection::WrongParty { needed }), "{command:?}");
        }
    }
}

#[test]
fn the_stage_is_named_before_the_time_and_the_time_before_what_does_not_fit() {
    let mut command = quoting(&requested());
    if let Command::Quote { subject, .. } = &mut command {
        subject.input_hash = Sha256Digest::of(b"another input");
    }
    let seller = Caller::Bot(SELLER);
    let quoted = job(Stage::Quoted { quote: quote() });
    let status = Status::Quoted;
    assert_eq!(
        decide(&quoted, seller, command.clone(), at(60)),
        Err(Rejection::WrongStatus { status })
    );
    let (status, ended_at) = (Status::Requested, at(50));
    assert_eq!(
        decide(&requested(), seller, command.clone(), at(60)),
        Err(Rejection::TooLate { status, ended_at })
    );
    let what = Mismatch::InputHash;
    assert_eq!(
        decide(&requested(), seller, command, at(40)),
        Err(Rejection::Mismatch { what })
    );
}

#[test]
fn whether_the_price_arrived_is_said_before_who_works() {
    let taking = |seller_verified, now| Command::Lock {
        token: LockToken::from_random([6; 16]),
        fence: Fence(7),
        lease: Seconds(300),
        seller_verified: seller_verified && now > at(0),
    };
    let mut running = job(Stage::Running {
        quote: quote(),
        lock: lock(),
    });
    let seller = Caller::Bot(SELLER);
    let status = PaymentStatus::None;
    assert_eq!(
        decide(&running, seller, taking(false, at(1_999)), at(1_999)),
        Err(Rejection::PaymentNotConfirmed { status })
    );
    running.money.payment = judged(Finding::Confirmed);
    for verified in [false, true] {
        let lease_expires_at = at(2_000);
        assert_eq!(
            decide(&running, seller, taking(verified, at(1_999)), at(1_999)),
            Err(Rejection::Locked { lease_expires_at })
        );
        assert!(decide(&running, seller, taking(verified, at(2_000)), at(2_000)).is_ok());
    }
    running.fence = Fence(7);
    assert_eq!(
        decide(&running, seller, taking(true, at(2_000)), at(2_000)),
        Err(Rejection::LockedJustNow)
    );
}

#[test]
fn a_late_lease_still_delivers_and_a_stale_token_never_does() {
    let running = job(Stage::Running {
        quote: quote(),
        lock: lock(),
    });
    let deliver = |token: [u8; 16]| Command::Deliver {
        token: LockToken::from_random(token),
        delivery: delivery(true),
        subject: running.receipt_subject(&delivery(true)),
    };
    let seller = Caller::Bot(SELLER);
    let after = decide(&running, seller, deliver([5; 16]), at(90_000)).unwrap();
    assert_eq!((after.status(), after.due_at), (Status::Delivered, None));
    assert_eq!(
        decide(&running, seller, deliver([6; 16]), at(1)),
        Err(Rejection::LockLost)
    );
}

#[test]
fn nobody_gives_another_kind_of_callers_command() {
    let mut due = job(Stage::Quoted { quote: quote() });
    due.due_at = Some(at(1_000));
    let expire = Command::Expire {
        reason: super::ExpiryReason::NotAccepted,
    };
    for bot in [BUYER, SELLER, STRANGER] {
        let refused = decide(&due, Caller::Bot(bot), expire.clone(), at(1_000));
        assert_eq!(refused, Err(Rejection::NotForCaller));
    }
    assert!(decide(&due, Caller::Relay, expire, at(1_000)).is_ok());
    let accepting = |caller| decide(&due, caller, Command::Accept, at(999));
    assert_eq!(accepting(Caller::Relay), Err(Rejection::NotForCaller));
    assert!(accepting(Caller::Bot(BUYER)).is_ok());
}

#[test]
fn a_look_that_found_nothing_is_no_news_for_pollers() {
    let accepted = job(Stage::Accepted { quote: quote() });
    let next = Some(at(5_000));
    let after = decide(
        &accepted,
        Caller::Relay,
        Command::Watch { revision: 0, next },
        at(2_000),
    )
    .unwrap();
    assert_eq!(
        after,
        Job {
            watch_at: next,
            ..accepted
        }
    );
}

#[test]
fn a_verdict_sets_the_deadline_of_a_job_that_waits_and_of_no_other() {
    let limits = Limits::default();
    let judge = |job: &Job, finding| {
        let hash = BlockHash::from_bytes([9; 32]);
        let order = Order::judge_payment(job, hash, finding, Vec::new(), at(500), &limits);
        order.decide(Some(job), &limits).unwrap().due_at
    };
    let mut accepted = job(Stage::Accepted { quote: quote() });
    accepted.due_at = Some(at(1_900));
    let delivered_by = at(500).plus(Seconds(600)).plus(limits.delivery_grace);
    assert_eq!(judge(&accepted, Finding::Confirmed), Some(delivered_by));
    assert_eq!(
        judge(&accepted, Finding::Short),
        Some(at(1_000).plus(limits.payment_grace))
    );

    let mut running = job(Stage::Running {
        quote: quote(),
        lock: lock(),
    });
    running.due_at = Some(at(7_000));
    assert_eq!(judge(&running, Finding::Over), Some(at(7_000)));

    // Another worker took the lock over between the look and the verdict: its deadline stays.
    let order = Order::judge_payment(
        &running,
        BlockHash::from_bytes([9; 32]),
        Finding::Over,
        Vec::new(),
        at(500),
        &limits,
    );
    running.due_at = Some(at(8_000));
    assert_eq!(order.decide(Some(&running), &limits).unwrap().due_at, Some(at(8_000)));
}
