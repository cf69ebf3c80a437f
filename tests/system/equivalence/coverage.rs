//! Whether every command and every condition was met from both sides. A condition that never failed *alone* was never
//! tested: another could have refused in its place.

use std::collections::BTreeMap;

use nanoark_domain::job::{Guard, Job, Order, Rejection};

use super::jobs::limits;

/// How often something was accepted, or held, and how often not.
#[derive(Debug, Default, Clone, Copy)]
struct Both {
    yes: u32,
    no: u32,
}

#[derive(Debug, Default)]
pub(super) struct Coverage {
    commands: BTreeMap<&'static str, Both>,
    /// Conditions that held in an accepted order, and that alone refused one.
    guards: BTreeMap<&'static str, Both>,
}

const COMMANDS: [&str; 16] = [
    "quote",
    "accept",
    "decline",
    "cancel",
    "submit payment",
    "lock",
    "renew lock",
    "release lock",
    "deliver",
    "submit refund",
    "note payment seen",
    "judge payment",
    "judge refund",
    "watch",
    "postpone",
    "expire",
];

/// Conditions that can both hold and fail. A job that does not exist has a test of its own, and a caller of the wrong
/// kind only ever fails.
const GUARDS: [&str; 25] = [
    "party (a stranger)",
    "party (the other)",
    "status",
    "offer",
    "buyer",
    "input hash",
    "turnaround",
    "price",
    "quote lifetime",
    "refund account",
    "quotable",
    "quote stands",
    "quote",
    "payment",
    "payment hash",
    "no payment hash",
    "lease",
    "token",
    "fence",
    "history",
    "refunds",
    "new refund",
    "open refund",
    "revision",
    "due",
];

fn guard_name(guard: &Guard, job: &Job) -> &'static str {
    match guard {
        Guard::Exists => "exists",
        Guard::NotForCaller => "caller",
        Guard::PartyIs(..) if guard.check(job) == Err(Rejection::NotFound) => "party (a stranger)",
        Guard::PartyIs(..) => "party (the other)",
        Guard::StatusIn(_) => "status",
        Guard::OfferIs(_) => "offer",
        Guard::BuyerIs(_) => "buyer",
        Guard::InputHashIs(_) => "input hash",
        Guard::TurnaroundIs(_) => "turnaround",
        Guard::PriceMayBe(_) => "price",
        Guard::QuoteMayStand(_) => "quote lifetime",
        Guard::RefundAccountIsNot(_) => "refund account",
        Guard::QuotableAfter(_) => "quotable",
        Guard::QuoteStandsAfter(_) => "quote stands",
        Guard::HasQuote => "quote",
        Guard::PaymentIn(..) => "payment",
        Guard::PaymentHashIs(Some(_)) => "payment hash",
        Guard::PaymentHashIs(None) => "no payment hash",
        Guard::LeaseFreeAt(_) => "lease",
        Guard::TokenIs(_) => "token",
        Guard::FenceBelow(_) => "fence",
        Guard::HistoryBelow(_) => "history",
        Guard::RefundsBelow(_) => "refunds",
        Guard::RefundIsNew(_) => "new refund",
        Guard::RefundIsOpen(_) => "open refund",
        Guard::MoneyRevisionIs(_) => "revision",
        Guard::DueBy(_) => "due",
    }
}

impl Coverage {
    pub(super) fn count(&mut self, job: &Job, order: &Order, done: bool) {
        let command = self.commands.entry(order.command.name()).or_default();
        let guards = order.guards(&limits());
        let failing: Vec<&Guard> = guards.iter().filter(|guard| guard.check(job).is_err()).collect();
        if failing.is_empty() {
            command.yes += u32::from(done);
            for guard in &guards {
                let names = if matches!(guard, Guard::PartyIs(..)) {
                    vec!["party (a stranger)", "party (the other)"]
                } else {
                    vec![guard_name(guard, job)]
                };
                for name in names {
                    self.guards.entry(name).or_default().yes += 1;
                }
            }
        } else {
            command.no += 1;
        }
        if let [alone] = failing.as_slice() {
            self.guards.entry(guard_name(alone, job)).or_default().no += 1;
        }
    }

    /// Prints how often, and fails where the answer is never.
    pub(super) fn assert_complete(&self) {
        print_counts("command", "done", "refused", &self.commands);
        print_counts("condition", "held", "alone refused", &self.guards);
        let both = |counts: &BTreeMap<&str, Both>, name: &str| {
            counts.get(name).is_some_and(|counts| counts.yes > 0 && counts.no > 0)
        };
        for command in COMMANDS {
            assert!(both(&self.commands, command), "{command} was not both done and refused");
        }
        for guard in GUARDS {
            assert!(both(&self.guards, guard), "{guard} did not both hold and alone refuse");
        }
        assert!(self.guards["caller"].no > 0, "no caller was of the wrong kind");
    }
}

#[expect(clippy::print_stdout, reason = "the figures are wanted with --nocapture")]
fn print_counts(what: &str, yes: &str, no: &str, counts: &BTreeMap<&str, Both>) {
    println!("{what:<20} {yes:>8} {no:>14}");
    for (name, counts) in counts {
        println!("{name:<20} {:>8} {:>14}", counts.yes, counts.no);
    }
}
