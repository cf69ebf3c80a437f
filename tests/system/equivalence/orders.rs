//! Random orders about a given job: mostly ones that fit it, with at most one thing wrong.

use nanoark_domain::job::{
    Caller, Command, Delivery, ExpiryReason, Fence, Job, LockToken, Order, Party, Quote, QuoteSubject, ReceiptSubject,
    Stage, overdue,
};
use nanoark_domain::limits::Limits;
use nanoark_domain::payment::{Finding, Receipt, RefundFinding};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::RawAmount;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::jobs::{
    BUYER, SELLER, STRANGER, T0, account, amount, block, delivery, digest, finding, number, reason, receipts,
    refund_finding, signature, token,
};
use super::tables::OTHER_OFFER;

/// An order before it is known for which job.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Which command: one that the job allows or refuses for a single reason, or any.
    fitting: bool,
    which: Index,
    /// Who asks.
    caller: Who,
    /// When: at a time that the job names, or around it.
    clock: (Moment, i64),
    /// Which part is wrong; most numbers are no part.
    flaw: u8,
    /// Whether another job holds what this order claims.
    pub(super) rival: bool,
    values: Values,
}

#[derive(Debug, Clone, Copy)]
enum Who {
    Right,
    OtherParty,
    Stranger,
    /// The relay for a party's command, and a party for the relay's.
    WrongKind,
}

#[derive(Debug, Clone, Copy)]
enum Moment {
    /// When nothing that has to do with time forbids the command.
    Calm,
    Start,
    QuoteBy,
    QuoteExpiry,
    LeaseExpiry,
    Due,
    Fence,
}

#[derive(Debug, Clone)]
struct Values {
    number: u8,
    amount: RawAmount,
    reason: Option<String>,
    delivery: Delivery,
    finding: Finding,
    receipts: Vec<Receipt>,
    refund: RefundFinding,
    expiry: ExpiryReason,
}

pub(super) fn any_draft() -> impl Strategy<Value = Draft> {
    let caller = prop_oneof![
        17 => Just(Who::Right),
        1 => Just(Who::OtherParty),
        1 => Just(Who::Stranger),
        1 => Just(Who::WrongKind),
    ];
    let boundary = select(vec![
        Moment::Start,
        Moment::QuoteBy,
        Moment::QuoteExpiry,
        Moment::LeaseExpiry,
        Moment::Due,
        Moment::Fence,
    ]);
    let moment = prop_oneof![Just(Moment::Calm), boundary];
    let values = (
        (number(), amount(), reason(), delivery()),
        (
            finding(),
            receipts(),
            refund_finding(),
            select(ExpiryReason::ALL.to_vec()),
        ),
    )
        .prop_map(
            |((number, amount, reason, delivery), (finding, receipts, refund, expiry))| Values {
                number,
                amount,
                reason,
                delivery,
                finding,
                receipts,
                refund,
                expiry,
            },
        );
    let clock = (moment, -1..=1_i64);
    let how = (
        prop::bool::weighted(0.9),
        any::<Index>(),
        0..=12_u8,
        prop::bool::weighted(0.1),
    );
    (how, caller, clock, values).prop_map(|((fitting, which, flaw, rival), caller, clock, values)| Draft {
        fitting,
        which,
        caller,
        clock,
        flaw,
        rival,
        values,
    })
}

/// Makes a command out of a draft and the job it is for.
type Make = fn(&Draft, &Job, Timestamp, &Limits) -> Command;

/// The commands, each as often as it has conditions that only its own flaws and times can meet.
const COMMANDS: [(usize, Make); 16] = [
    (8, quote),
    (3, |_, _, _, _| Command::Accept),
    (1, |draft, _, _, _| Command::Decline {
        reason: draft.values.reason.clone(),
    }),
    (1, |draft, _, _, _| Command::Cancel {
        reason: draft.values.reason.clone(),
    }),
    (2, |draft, _, _, _| Command::SubmitPayment {
        hash: block(draft.values.number),
    }),
    (4, lock),
    (1, |draft, job, _, _| Command::RenewLock {
        token: draft.token(job),
        lease: Seconds(u32::from(draft.values.number) * 30),
    }),
    (1, |draft, job, _, _| Command::ReleaseLock {
        token: draft.token(job),
    }),
    (8, deliver),
    (1, |draft, _, _, _| Command::SubmitRefund {
        hash: block(draft.values.number),
    }),
    (1, |draft, job, _, _| Command::NotePaymentSeen {
        revision: draft.revision(job),
    }),
    (1, judge_payment),
    (1, |draft, _, _, _| Command::JudgeRefund {
        hash: block(draft.values.number),
        finding: draft.values.refund,
    }),
    (1, |draft, job, now, _| Command::Watch {
        revision: draft.revision(job),
        next: (draft.values.number > 1).then(|| now.plus(Seconds(60))),
    }),
    (4, |draft, _, now, _| Command::Postpone {
        until: now.plus(Seconds(u32::from(draft.values.number))),
    }),
    (2, expire),
];

impl Draft {
    /// The order that this draft is for that job.
    pub(super) fn order(&self, job: &Job, limits: &Limits) -> Order {
        let orders: Vec<(usize, Order)> = COMMANDS
            .iter()
            .map(|(weight, make)| {
                // No command but the sweep's depends on the clock for more than its own times.
                let late = matches!(
                    make(self, job, T0, limits),
                    Command::Expire { .. } | Command::Postpone { .. }
                );
                let now = self.now(job, late);
                let command = make(self, job, now, limits);
                let caller = self.caller(&command);
                (*weight, Order { caller, command, now })
            })
            .collect();
        let fits = |order: &Order| {
            let guards = order.guards(limits);
            guards.iter().filter(|guard| guard.check(job).is_err()).count() <= 1
        };
        let wanted = |(weight, order): &(usize, Order)| {
            let copies = if self.fitting && !fits(order) { 0 } else { *weight };
            std::iter::repeat_n(order.clone(), copies)
        };
        let choice: Vec<Order> = orders.iter().flat_map(wanted).collect();
        if choice.is_empty() {
            let (_, any) = self.which.get(&orders);
            return any.clone();
        }
        self.which.get(&choice).clone()
    }

    fn now(&self, job: &Job, late: bool) -> Timestamp {
        let (moment, offset) = self.clock;
        let at = match (moment, &job.stage) {
            (Moment::Calm, _) if late => job.due_at.map(|due_at| due_at.plus(Seconds(1))),
            (Moment::Calm, Stage::Running { .. }) => Some(T0.plus(Seconds(2_000))),
            (Moment::Calm, _) => Some(T0.minus(Seconds(1))),
            (Moment::QuoteBy, Stage::Requested { quote_by }) => Some(*quote_by),
            (Moment::QuoteExpiry, stage) => stage.quote().map(|quote| quote.expires_at),
            (Moment::LeaseExpiry, Stage::Running { lock, .. }) => Some(lock.lease_expires_at),
            (Moment::Due, _) => job.due_at,
            (Moment::Fence, _) => Some(Timestamp::from_millis(job.fence.0)).filter(|at| *at >= T0),
            (Moment::Start | Moment::QuoteBy | Moment::LeaseExpiry, _) => None,
        };
        let at = at.unwrap_or(T0).as_millis();
        Timestamp::from_millis(at.saturating_add_signed(offset))
    }

    fn caller(&self, command: &Command) -> Caller {
        let (right, other) = match command.party() {
            Some(Party::Buyer) => (BUYER, SELLER),
            Some(Party::Seller) | None => (SELLER, BUYER),
        };
        match (self.caller, command.party()) {
            (Who::Right, Some(_)) => Caller::Bot(right),
            (Who::OtherParty, Some(_)) => Caller::Bot(other),
            (Who::Stranger, Some(_)) => Caller::Bot(STRANGER),
            (Who::Right | Who::OtherParty | Who::Stranger, None) | (Who::WrongKind, Some(_)) => Caller::Relay,
            (Who::WrongKind, None) => Caller::Bot(right),
        }
    }

    /// The lock's own token, unless that is what is wrong.
    fn token(&self, job: &Job) -> LockToken {
        match &job.stage {
            Stage::Running { lock, .. } if self.flaw != 1 => lock.token.clone(),
            Stage::Running { .. }
            | Stage::Requested { .. }
            | Stage::Quoted { .. }
            | Stage::Accepted { .. }
            | Stage::Finished { .. }
            | Stage::Cancelled { .. }
            | Stage::Declined { .. }
            | Stage::Expired { .. } => token(self.values.number),
        }
    }

    fn revision(&self, job: &Job) -> u64 {
        match self.flaw {
            1 => job.money.revision + 1,
            2 => job.money.revision.saturating_sub(1),
            _ => job.money.revision,
        }
    }
}

fn quote(draft: &Draft, job: &Job, now: Timestamp, _: &Limits) -> Command {
    let mut subject: QuoteSubject = job.quote_subject();
    let mut amount = job.promise.fixed_amount.unwrap_or(draft.values.amount);
    let least = job.promise.quote_lifetime.map_or(30, |least| least.0);
    let mut lifetime = Seconds(least);
    // An account that is not the buyer's.
    let mut invoice = account(draft.values.number + 3);
    match draft.flaw {
        1 => subject.offer_id = OTHER_OFFER,
        2 => subject.buyer = STRANGER,
        3 => subject.input_hash = digest(2),
        4 => subject.turnaround = Seconds(subject.turnaround.0 + 1),
        5 => amount = RawAmount::from_raw(3),
        6 => lifetime = Seconds(least - 1),
        7 => invoice = job.refund_account.unwrap_or(invoice),
        8 => lifetime = Seconds(least + 1),
        _ => {}
    }
    let quote = Quote {
        amount,
        invoice,
        quoted_at: now,
        expires_at: now.plus(lifetime),
        signature: signature(),
    };
    Command::Quote {
        quote,
        subject,
        lifetime,
    }
}

fn lock(draft: &Draft, _: &Job, now: Timestamp, _: &Limits) -> Command {
    Command::Lock {
        token: token(draft.values.number + 3),
        fence: Fence(now.as_millis()),
        lease: Seconds(300),
        seller_verified: draft.flaw > 6,
    }
}

fn deliver(draft: &Draft, job: &Job, _: Timestamp, _: &Limits) -> Command {
    let mut subject = ReceiptSubject {
        payment_hash: job.payment_hash(),
        ..job.receipt_subject(&draft.values.delivery)
    };
    match draft.flaw {
        2 => subject.buyer = STRANGER,
        3 => subject.input_hash = digest(2),
        4 => subject.payment_hash = Some(block(draft.values.number)),
        5 | 6 => subject.payment_hash = None,
        _ => {}
    }
    Command::Deliver {
        token: draft.token(job),
        delivery: Delivery {
            payment_hash: subject.payment_hash,
            ..draft.values.delivery
        },
        subject,
    }
}

fn judge_payment(draft: &Draft, job: &Job, now: Timestamp, limits: &Limits) -> Command {
    // The verdict over the job as it was when the verifier read it.
    let mut read = job.clone();
    read.money.revision = draft.revision(job);
    if draft.flaw == 3 {
        read.stage = match job.stage.quote() {
            Some(quote) => Stage::Accepted { quote: *quote },
            None => Stage::Declined { reason: None },
        };
    }
    let Values {
        number,
        finding,
        receipts,
        ..
    } = draft.values.clone();
    Order::judge_payment(&read, block(number), finding, receipts, now, limits).command
}

fn expire(draft: &Draft, job: &Job, now: Timestamp, limits: &Limits) -> Command {
    // What the sweep would do about the job at some later time, or any reason at all.
    let late = now.plus(Seconds(40 * 86_400));
    match overdue(job, late, limits) {
        Some(command @ Command::Expire { .. }) if draft.flaw > 2 => command,
        Some(_) | None => Command::Expire {
            reason: draft.values.expiry,
        },
    }
}
