//! Giving an order to the tables, with what goes with it in production: claims and payloads. A few lines model which
//! claims are held, so that it is known beforehand whether one is free.

use std::collections::BTreeMap;

use nanoark_domain::id::JobId;
use nanoark_domain::job::{Caller, Command, Job, JobRequest, Order, Promise, Rejection};
use nanoark_domain::payload::Output;
use nanoark_domain::payment::{Finding, RefundFinding};
use nanoark_domain::time::Seconds;
use nanoark_nano::BlockHash;
use nanoark_store::{Claim, ClaimKind, Claiming, CommitError, Committed, Payload};
use serde_json::json;

use super::jobs::{BUYER, OFFER, SELLER, T0, digest, limits};
use super::tables::Tables;

/// How an order ended.
#[derive(Debug, PartialEq)]
pub(super) enum Ending {
    /// It was done.
    Done(Box<Job>),
    /// A rule forbade it.
    Refused(Rejection),
    /// Somebody else holds what it claims.
    Claimed(ClaimKind),
}

/// Who holds what, as this test knows it: `None` is another job.
#[derive(Debug, Default)]
pub(super) struct Claims(BTreeMap<String, Option<ClaimKind>>);

impl Claims {
    /// What must become of the order.
    pub(super) fn foretell(&self, job: &Job, order: &Order) -> Ending {
        match order.decide(Some(job), &limits()) {
            Err(rejection) => Ending::Refused(rejection),
            Ok(after) => {
                let taken = claimings(order).into_iter().find_map(|claiming| match claiming {
                    Claiming::Take(claim) if !self.is_free(&claim) => Some(claim.kind()),
                    Claiming::Take(_) | Claiming::Release(_) => None,
                });
                taken.map_or_else(|| Ending::Done(Box::new(after)), Ending::Claimed)
            }
        }
    }

    fn is_free(&self, claim: &Claim) -> bool {
        self.0
            .get(&name(claim))
            .is_none_or(|holder| *holder == Some(claim.kind()))
    }

    /// What the order, which was done, took and gave back.
    pub(super) fn remember(&mut self, order: &Order) {
        for claiming in self.releasable(claimings(order)) {
            match claiming {
                Claiming::Take(claim) => self.0.insert(name(&claim), Some(claim.kind())),
                Claiming::Release(claim) => self.0.remove(&name(&claim)),
            };
        }
    }

    /// Another job takes what the order would; says whether it did.
    pub(super) async fn let_a_rival_take(&mut self, tables: &Tables, order: &Order) -> bool {
        let Some(Claiming::Take(claim)) = claimings(order).first().copied() else {
            return false;
        };
        // Whoever holds it already keeps it.
        if self.0.contains_key(&name(&claim)) {
            return false;
        }
        let number = u8::try_from(self.0.len()).unwrap();
        let rival = JobRequest {
            id: JobId::from_bytes([0x80 + number; 16]),
            offer_id: OFFER,
            buyer: BUYER,
            seller: SELLER,
            input_hash: digest(1),
            promise: Promise {
                fixed_amount: None,
                quote_lifetime: None,
                turnaround: Seconds(60),
            },
            refund_account: None,
        };
        let rival = rival.begin(T0, &limits());
        tables.import_job(&rival).await;
        // Any order that is accepted will do.
        let cancel = Order {
            caller: Caller::Bot(BUYER),
            command: Command::Cancel { reason: None },
            now: T0,
        };
        let (record, limits) = (tables.record(BUYER, T0), limits());
        let taken = tables
            .store
            .order_job(&record, rival.id, &cancel, Some(claim), None, &limits);
        assert_eq!(taken.await.unwrap(), Committed::Now);
        self.0.insert(name(&claim), None);
        true
    }

    /// Without the releases of what is not held, which never happen: a verdict gives back what naming the block took.
    fn releasable(&self, mut claimings: Vec<Claiming>) -> Vec<Claiming> {
        claimings.retain(|claiming| match claiming {
            Claiming::Take(_) => true,
            Claiming::Release(claim) => self.0.get(&name(claim)) == Some(&Some(claim.kind())),
        });
        claimings
    }
}

/// Gives the order as the functions do: a bot's with a record, the relay's without.
pub(super) async fn commit(tables: &Tables, claims: &Claims, job: &Job, order: &Order) -> Ending {
    let claimings = claims.releasable(claimings(order));
    let outcome = match order.caller {
        Caller::Relay => tables.store.settle_job(job.id, order, &claimings, &limits()).await,
        Caller::Bot(bot) => {
            let claim = claimings.first().map(|claiming| match claiming {
                Claiming::Take(claim) | Claiming::Release(claim) => *claim,
            });
            let payload = matches!(order.command, Command::Deliver { .. })
                .then(|| Payload::Output(Output::Json(json!({ "words": 1 }))));
            let (record, limits) = (tables.record(bot, order.now), limits());
            let ordered = tables
                .store
                .order_job(&record, job.id, order, claim, payload.as_ref(), &limits);
            ordered.await.map(|committed| assert_eq!(committed, Committed::Now))
        }
    };
    match outcome {
        Ok(()) => Ending::Done(Box::new(tables.store.job(job.id).await.unwrap().unwrap())),
        Err(CommitError::Rejected(rejection)) => Ending::Refused(rejection),
        Err(CommitError::Claimed(kind)) => Ending::Claimed(kind),
        Err(error) => panic!("{error}: {order:?} of {job:?}"),
    }
}

/// What an order takes and gives back in production.
fn claimings(order: &Order) -> Vec<Claiming> {
    match &order.command {
        Command::Quote { quote, .. } => vec![Claiming::Take(Claim::Invoice(quote.invoice))],
        Command::SubmitPayment { hash } => vec![Claiming::Take(Claim::Payment(*hash))],
        Command::SubmitRefund { hash } => vec![Claiming::Take(Claim::Refund(*hash))],
        Command::JudgePayment {
            hash,
            finding: Finding::WrongAccount,
            ..
        } => vec![Claiming::Release(Claim::Payment(*hash))],
        Command::JudgePayment { receipts, .. } => {
            // DynamoDB refuses a transaction that names an item twice.
            let mut blocks: Vec<BlockHash> = receipts.iter().map(|receipt| receipt.hash).collect();
            blocks.sort_unstable();
            blocks.dedup();
            blocks
                .into_iter()
                .map(|hash| Claiming::Take(Claim::Payment(hash)))
                .collect()
        }
        Command::JudgeRefund {
            hash,
            finding: RefundFinding::WrongAccount | RefundFinding::Rejected,
        } => vec![Claiming::Release(Claim::Refund(*hash))],
        Command::Accept
        | Command::Decline { .. }
        | Command::Cancel { .. }
        | Command::Lock { .. }
        | Command::RenewLock { .. }
        | Command::ReleaseLock { .. }
        | Command::Deliver { .. }
        | Command::JudgeRefund { .. }
        | Command::NotePaymentSeen { .. }
        | Command::Watch { .. }
        | Command::Postpone { .. }
        | Command::Expire { .. } => Vec::new(),
    }
}

/// What is claimed. That a block pays a job and that it is a refund are two facts.
fn name(claim: &Claim) -> String {
    match claim {
        Claim::Invoice(account) => format!("invoice {account}"),
        Claim::Payment(hash) => format!("payment {hash}"),
        Claim::Refund(hash) => format!("refund {hash}"),
    }
}
