//! What the worker's own nodes say about the money of a job.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use nanoark_client::wire::jobs::{JobView, QuoteView};
use nanoark_domain::limits::Limits;
use nanoark_domain::payment::{InvoiceTerms, Judgement, Observed, PaymentStatus, Sighting, judge};
use nanoark_domain::time::Timestamp;
use nanoark_nano::evidence::{NotASend, Observation, SendEvidence, Unverifiable};
use nanoark_nano::{Account, BlockHash, RawAmount};
use nanoark_nano_rpc::{NodeSet, Unavailable};

/// How many blocks are looked at, largest first: as many as are read of an account per node. The rest is somebody's dust.
const MOST_BLOCKS: usize = 100;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sought {
    /// Whether the price is there: until it is. Where the relay has not found it, also among sends that nobody named.
    Price {
        /// Of those, only sends of at least this.
        least: RawAmount,
    },
    /// All that arrived.
    Everything,
}

/// What was seen of the blocks of an invoice account.
#[derive(Debug, Clone, Default)]
pub(super) struct Sight {
    sightings: Vec<Sighting>,
    /// Confirmed sends to the account by others.
    arrived: Vec<SendEvidence>,
}

/// Whether a job is paid, as the worker's own nodes see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is.
    Paid,
    /// It is not, or not yet.
    NotPaid,
}

/// Looks at the blocks that the relay names for a job, and at what is on the account itself.
pub(super) async fn look(
    nodes: &NodeSet,
    job: &JobView,
    quote: &QuoteView,
    sought: Sought,
    now: Timestamp,
) -> Result<Sight, Unavailable> {
    let invoice = &quote.invoice_account;
    // The relay's word on the amounts decides about nothing but the order.
    let mut receipts: Vec<_> = job.payment.receipts.iter().collect();
    receipts.sort_by_key(|receipt| Reverse(receipt.amount));
    let receipts = receipts.into_iter().map(|receipt| receipt.hash);
    let mut hashes: Vec<BlockHash> = job.payment.block_hash.into_iter().chain(receipts).collect();
    let unnamed_from = match sought {
        Sought::Price { .. } if job_is_paid(job) && !hashes.is_empty() => None,
        Sought::Price { least } => Some(least),
        Sought::Everything => Some(RawAmount::from_raw(1)),
    };
    if let Some(least) = unnamed_from {
        hashes.extend(nodes.sends_to(invoice, least).await?);
    }
    let mut looked_at = BTreeSet::new();
    hashes.retain(|hash| looked_at.insert(*hash));
    let mut sight = Sight::default();
    for hash in hashes.into_iter().take(MOST_BLOCKS) {
        let seen = nodes.observe_send(&hash).await;
        for refused in &seen.refused {
            tracing::error!(node = refused.node, why = %refused.why, "a node's answer is left out: it contradicts itself");
        }
        sight.add(hash, seen.observation, invoice, now);
        if sought != Sought::Everything && sight.verdict(job, quote) == Verdict::Paid {
            break;
        }
    }
    Ok(sight)
}

/// Whether the relay has found the price.
fn job_is_paid(job: &JobView) -> bool {
    PaymentStatus::PAID.contains(&job.payment.status)
}

impl Sight {
    fn add(&mut self, hash: BlockHash, observation: Observation, invoice: &Account, now: Timestamp) {
        let mut seen_at = now;
        let observed = match observation {
            Observation::Found(send) => {
                if let Some(seconds) = send.seen_by_quorum_at {
                    seen_at = now.min(Timestamp::from_seconds(seconds));
                }
                let observed = Observed::Send {
                    payer: send.payer,
                    destination: send.destination,
                    amount: send.amount,
                    confirmed: send.confirmations.is_confirmed(),
                };
                if send.pays(invoice) && !send.is_to_itself() && send.confirmations.is_confirmed() {
                    self.arrived.push(send);
                }
                observed
            }
            Observation::NotASend(what) => match what {
                NotASend::LegacySend | NotASend::LegacyOther => Observed::Legacy,
                NotASend::Receive | NotASend::Change | NotASend::Epoch | NotASend::Open | NotASend::UnknownType => {
                    Observed::NotSend
                }
            },
            Observation::Unverifiable(Unverifiable::BadSignature(send)) => {
                tracing::error!(block = %hash, payer = %send.payer, "nodes have a block whose signature does not verify: look at it yourself");
                Observed::Missing
            }
            Observation::Unverifiable(why) => {
                tracing::warn!(block = %hash, ?why, "a block cannot be verified");
                Observed::Missing
            }
            Observation::Disagreement(dispute) => {
                tracing::warn!(block = %hash, ?dispute, "the nodes contradict each other");
                Observed::Missing
            }
            Observation::NotFound | Observation::Unavailable { .. } => Observed::Missing,
        };
        self.sightings.push(Sighting {
            hash,
            observed,
            seen_at,
        });
    }

    /// Whether the price arrived: in time, if that is the worker's to judge, or at any time, if the relay has judged it.
    pub(super) fn verdict(&self, job: &JobView, quote: &QuoteView) -> Verdict {
        let limits = Limits::default();
        let terms = InvoiceTerms {
            invoice: quote.invoice_account,
            amount: quote.amount_raw,
            quoted_at: quote.quoted_at,
            pay_until: if job_is_paid(job) {
                Timestamp::from_millis(u64::MAX)
            } else {
                quote.expires_at.plus(limits.payment_grace)
            },
            predates_tolerance: limits.predates_tolerance,
        };
        match judge(&terms, job.payment.block_hash, &self.sightings) {
            Judgement::Decided { finding, .. } if PaymentStatus::PAID.contains(&finding.status()) => Verdict::Paid,
            Judgement::Decided { .. } | Judgement::Open(_) => Verdict::NotPaid,
        }
    }

    /// What arrived on the account in all.
    pub(super) fn arrived(&self) -> RawAmount {
        self.arrived.iter().fold(RawAmount::ZERO, |sum, send| {
            sum.checked_add(send.amount).unwrap_or(RawAmount::MAX)
        })
    }

    /// Who sent most: several, if their greatest sends are equal.
    pub(super) fn greatest_payers(&self) -> Vec<Account> {
        let greatest = self.arrived.iter().map(|send| send.amount).max();
        let greatest = self.arrived.iter().filter(|send| Some(send.amount) == greatest);
        greatest.map(|send| send.payer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::samples::{INVOICE, PAYER, PRICE, at, hash, paid_job};
    use nanoark_domain::job::Status;
    use nanoark_nano::evidence::Agreement;

    fn send(number: u8, amount: u128, seen: u64, confirmed: usize) -> Observation {
        Observation::Found(SendEvidence {
            hash: hash(number),
            payer: PAYER,
            destination: INVOICE,
            amount: RawAmount::from_raw(amount),
            confirmations: Agreement {
                confirmed,
                unconfirmed: 0,
                unknown: 0,
                quorum: 2,
            },
            seen_by_quorum_at: Some(at(seen).as_seconds()),
            height: 5,
        })
    }

    fn verdict(status: PaymentStatus, blocks: Vec<(u8, Observation)>) -> (Verdict, RawAmount) {
        let job = paid_job(Status::Accepted, status);
        let mut sight = Sight::default();
        for (number, observation) in blocks {
            sight.add(hash(number), observation, &INVOICE, at(5_000));
        }
        (sight.verdict(&job, job.quote.as_ref().unwrap()), sight.arrived())
    }

    #[test]
    fn a_job_is_paid_when_a_quorum_shows_the_price_on_our_own_account() {
        use PaymentStatus::{Confirmed, Submitted};
        let Observation::Found(found) = send(1, PRICE, 100, 2) else {
            panic!("a send is found");
        };
        let elsewhere = Observation::Found(SendEvidence {
            destination: PAYER,
            ..found
        });
        // The quote expires at 900 and the grace is 900.
        let rows = [
            (Confirmed, vec![(1, send(1, PRICE, 100, 2))], Verdict::Paid, PRICE),
            (Confirmed, vec![(1, send(1, PRICE, 100, 1))], Verdict::NotPaid, 0),
            (
                Confirmed,
                vec![(1, send(1, PRICE - 1, 100, 2))],
                Verdict::NotPaid,
                PRICE - 1,
            ),
            (
                Confirmed,
                vec![(1, send(1, PRICE + 1, 100, 2))],
                Verdict::Paid,
                PRICE + 1,
            ),
            (
                Confirmed,
                vec![(1, send(1, PRICE - 1, 100, 2)), (2, send(2, 1, 200, 2))],
                Verdict::Paid,
                PRICE,
            ),
            (Confirmed, vec![(1, Observation::NotFound)], Verdict::NotPaid, 0),
            (Confirmed, vec![], Verdict::NotPaid, 0),
            (
                Confirmed,
                vec![(1, Observation::NotASend(NotASend::Receive))],
                Verdict::NotPaid,
                0,
            ),
            (Confirmed, vec![(1, elsewhere)], Verdict::NotPaid, 0),
            // When it came is the relay's to judge once it has; until then it must have been in time.
            (Confirmed, vec![(1, send(1, PRICE, 1_801, 2))], Verdict::Paid, PRICE),
            (Submitted, vec![(1, send(1, PRICE, 1_800, 2))], Verdict::Paid, PRICE),
            (Submitted, vec![(1, send(1, PRICE, 1_801, 2))], Verdict::NotPaid, PRICE),
        ];
        for (number, (status, blocks, expected, arrived)) in rows.into_iter().enumerate() {
            let expected = (expected, RawAmount::from_raw(arrived));
            assert_eq!(verdict(status, blocks), expected, "row {number}");
        }
    }
}
