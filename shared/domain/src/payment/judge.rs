//! The verdict on a payment, from what the verifier saw on the ledger.

use nanoark_nano::{Account, BlockHash, RawAmount};

use super::{Finding, Receipt, RejectReason, total};
use crate::time::{Seconds, Timestamp};

/// What was to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoiceTerms {
    /// Where.
    pub invoice: Account,
    /// How much.
    pub amount: RawAmount,
    /// Not before this.
    pub quoted_at: Timestamp,
    /// Until when, with the grace already added.
    pub pay_until: Timestamp,
    /// How long before the quote a block may seem to have existed: nodes' clocks differ.
    pub predates_tolerance: Seconds,
}

/// A block that was named for a job or found on its invoice account, as the verifier saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// The block.
    pub hash: BlockHash,
    /// What it is.
    pub observed: Observed,
    /// The earliest time it is known to have existed: when the relay first saw it, or a node says that it did.
    pub seen_at: Timestamp,
}

/// What the nodes and our own arithmetic say about a block. Only `confirmed` rests on the nodes' word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// No node has it, or not enough of them answer.
    Missing,
    /// A send.
    Send {
        /// Who sends.
        payer: Account,
        /// To whom.
        destination: Account,
        /// How much.
        amount: RawAmount,
        /// Whether enough nodes confirmed it.
        confirmed: bool,
    },
    /// A block that is no send, which its hash proves.
    NotSend,
    /// A legacy block, which its hash proves.
    Legacy,
}

/// What follows from the sightings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing yet: look again. Holds why the payment would be rejected if it stays like this.
    Open(RejectReason),
    /// A verdict, with every confirmed send to the invoice account.
    Decided {
        /// The block to remember as the job's payment.
        hash: BlockHash,
        /// What was found.
        finding: Finding,
        /// Every confirmed send to the invoice account, earliest first.
        receipts: Vec<Receipt>,
    },
}

/// Judges a payment. `named` is the block the buyer named, if it did; `sightings` holds it and every other block that
/// was found on the invoice account.
///
/// All confirmed sends to the account count together, so a short payment can be completed; those that were seen in time
/// decide, and money that came late is late, not lost.
#[must_use]
pub fn judge(terms: &InvoiceTerms, named: Option<BlockHash>, sightings: &[Sighting]) -> Judgement {
    let mut receipts: Vec<Receipt> = sightings
        .iter()
        .filter_map(|sighting| receipt(terms, sighting))
        .collect();
    receipts.sort_by_key(|receipt| (receipt.seen_at, receipt.hash));
    receipts.dedup_by_key(|receipt| receipt.hash);

    if let Some(first) = receipts.first() {
        // A named block that may still become a receipt could change the verdict from short to confirmed: wait for it.
        let pending = named
            .and_then(|hash| sightings.iter().find(|sighting| sighting.hash == hash))
            .and_then(|sighting| pending(terms, sighting));
        let finding = weigh(terms.amount, &receipts);
        if let (Some(reason), Finding::Short | Finding::Late) = (pending, finding) {
            return Judgement::Open(reason);
        }
        let hash = named
            .filter(|hash| receipts.iter().any(|receipt| receipt.hash == *hash))
            .unwrap_or(first.hash);
        return Judgement::Decided {
            hash,
            finding,
            receipts,
        };
    }

    let Some(hash) = named else {
        return Judgement::Open(RejectReason::NotFound);
    };
    let Some(sighting) = sightings.iter().find(|sighting| sighting.hash == hash) else {
        return Judgement::Open(RejectReason::NotFound);
    };
    match (pending(terms, sighting), fault(terms, sighting)) {
        (Some(reason), _) => Judgement::Open(reason),
        (None, Some(finding)) => Judgement::Decided {
            hash,
            finding,
            receipts,
        },
        (None, None) => Judgement::Open(RejectReason::NotFound),
    }
}

/// A confirmed send to the invoice account that belongs to this job.
fn receipt(terms: &InvoiceTerms, sighting: &Sighting) -> Option<Receipt> {
    match sighting.observed {
        Observed::Send {
            payer,
            amount,
            confirmed: true,
            ..
        } if fault(terms, sighting).is_none() => Some(Receipt {
            hash: sighting.hash,
            payer,
            amount,
            seen_at: sighting.seen_at,
            in_time: sighting.seen_at <= terms.pay_until,
        }),
        Observed::Missing | Observed::Send { .. } | Observed::NotSend | Observed::Legacy => None,
    }
}

/// Why a block is not decided yet.
fn pending(terms: &InvoiceTerms, sighting: &Sighting) -> Option<RejectReason> {
    match sighting.observed {
        Observed::Missing => Some(RejectReason::NotFound),
        Observed::Send {
            destination,
            confirmed: false,
            ..
        } if destination == terms.invoice => Some(RejectReason::NeverConfirmed),
        // Where a block sends is fixed by its hash, so a wrong account is wrong before it is confirmed.
        Observed::Send { .. } | Observed::NotSend | Observed::Legacy => None,
    }
}

/// What is wrong with a block, whatever its amount.
fn fault(terms: &InvoiceTerms, sighting: &Sighting) -> Option<Finding> {
    match sighting.observed {
        Observed::Missing => None,
        Observed::NotSend => Some(Finding::Rejected(RejectReason::NotSend)),
        Observed::Legacy => Some(Finding::Rejected(RejectReason::LegacyBlock)),
        Observed::Send { destination, .. } if destination != terms.invoice => Some(Finding::WrongAccount),
        Observed::Send { payer, .. } if payer == terms.invoice => Some(Finding::Rejected(RejectReason::SelfPaid)),
        Observed::Send { .. } if sighting.seen_at.plus(terms.predates_tolerance) < terms.quoted_at => {
            Some(Finding::Rejected(RejectReason::PredatesQuote))
        }
        Observed::Send { .. } => None,
    }
}

/// Weighs what arrived, earliest first, against the price.
fn weigh(price: RawAmount, receipts: &[Receipt]) -> Finding {
    let in_time: Vec<Receipt> = receipts.iter().copied().filter(|receipt| receipt.in_time).collect();
    let arrived_in_time = total(&in_time);
    if arrived_in_time < price {
        return if total(receipts) >= price {
            Finding::Late
        } else {
            Finding::Short
        };
    }
    // The sends it took to reach the price, and whether any came after them.
    let mut sum = RawAmount::ZERO;
    let needed = in_time
        .iter()
        .position(|receipt| {
            sum = sum
                .checked_add(receipt.amount)
                .unwrap_or(RawAmount::from_raw(u128::MAX));
            sum >= price
        })
        .map_or(0, |last| last.saturating_add(1));
    if receipts.len() > needed {
        Finding::Duplicate
    } else if arrived_in_time > price {
        Finding::Over
    } else {
        Finding::Confirmed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVOICE: Account = Account::from_bytes([1; 32]);
    const PAYER: Account = Account::from_bytes([2; 32]);
    const QUOTED: u64 = 1_000;
    const UNTIL: u64 = 2_000;

    fn terms() -> InvoiceTerms {
        InvoiceTerms {
            invoice: INVOICE,
            amount: RawAmount::from_raw(100),
            quoted_at: Timestamp::from_seconds(QUOTED),
            pay_until: Timestamp::from_seconds(UNTIL),
            predates_tolerance: Seconds(60),
        }
    }

    fn hash(byte: u8) -> BlockHash {
        BlockHash::from_bytes([byte; 32])
    }

    fn send(byte: u8, amount: u128, seen_at: u64) -> Sighting {
        let observed = Observed::Send {
            payer: PAYER,
            destination: INVOICE,
            amount: RawAmount::from_raw(amount),
            confirmed: true,
        };
        Sighting {
            hash: hash(byte),
            observed,
            seen_at: Timestamp::from_seconds(seen_at),
        }
    }

    fn finding(sightings: &[Sighting]) -> Finding {
        match judge(&terms(), Some(hash(1)), sightings) {
            Judgement::Decided { finding, .. } => finding,
            Judgement::Open(reason) => panic!("still open: {reason}"),
        }
    }

    #[test]
    fn the_amounts_that_arrive_in_and_out_of_time_decide() {
        let (early, late) = (1_500, 2_001);
        let rows: &[(&[Sighting], Finding)] = &[
            (&[send(1, 100, early)], Finding::Confirmed),
            (&[send(1, 100, UNTIL)], Finding::Confirmed),
            (&[send(1, 99, early)], Finding::Short),
            (&[send(1, 101, early)], Finding::Over),
            (&[send(1, u128::MAX, early)], Finding::Over),
            (&[send(1, 100, late)], Finding::Late),
            (&[send(1, 99, late)], Finding::Short),
            (&[send(1, 60, early), send(2, 40, early)], Finding::Confirmed),
            (&[send(1, 60, early), send(2, 41, early)], Finding::Over),
            (&[send(1, 60, early), send(2, 40, late)], Finding::Late),
            (&[send(1, 100, early), send(2, 100, early)], Finding::Duplicate),
            (&[send(1, 100, early), send(2, 1, late)], Finding::Duplicate),
            (
                &[send(1, u128::MAX, early), send(2, u128::MAX, early)],
                Finding::Duplicate,
            ),
        ];
        for (sightings, expected) in rows {
            assert_eq!(finding(sightings), *expected, "{sightings:?}");
        }
    }

    #[test]
    fn a_block_that_pays_nothing_is_named_for_what_it_is() {
        let with = |observed| {
            [Sighting {
                observed,
                ..send(1, 100, 1_500)
            }]
        };
        let sent = |payer, destination, confirmed| Observed::Send {
            payer,
            destination,
            amount: RawAmount::from_raw(100),
            confirmed,
        };
        assert_eq!(finding(&with(sent(PAYER, PAYER, true))), Finding::WrongAccount);
        assert_eq!(finding(&with(sent(PAYER, PAYER, false))), Finding::WrongAccount);
        assert_eq!(
            finding(&with(sent(INVOICE, INVOICE, true))),
            Finding::Rejected(RejectReason::SelfPaid)
        );
        assert_eq!(
            finding(&with(Observed::NotSend)),
            Finding::Rejected(RejectReason::NotSend)
        );
        assert_eq!(
            finding(&with(Observed::Legacy)),
            Finding::Rejected(RejectReason::LegacyBlock)
        );
        assert_eq!(
            finding(&[send(1, 100, QUOTED - 61)]),
            Finding::Rejected(RejectReason::PredatesQuote)
        );
        assert_eq!(finding(&[send(1, 100, QUOTED - 60)]), Finding::Confirmed);
    }

    #[test]
    fn what_is_missing_or_unconfirmed_stays_open() {
        let unconfirmed = Observed::Send {
            payer: PAYER,
            destination: INVOICE,
            amount: RawAmount::from_raw(100),
            confirmed: false,
        };
        let sighting = |observed| Sighting {
            observed,
            ..send(1, 100, 1_500)
        };
        let judged = |sightings: &[Sighting]| judge(&terms(), Some(hash(1)), sightings);
        assert_eq!(judged(&[]), Judgement::Open(RejectReason::NotFound));
        assert_eq!(
            judged(&[sighting(Observed::Missing)]),
            Judgement::Open(RejectReason::NotFound)
        );
        assert_eq!(
            judged(&[sighting(unconfirmed)]),
            Judgement::Open(RejectReason::NeverConfirmed)
        );
        // A top-up on its way keeps the verdict open; an unneeded one does not.
        assert_eq!(
            judged(&[sighting(unconfirmed), send(2, 60, 1_400)]),
            Judgement::Open(RejectReason::NeverConfirmed)
        );
        assert!(matches!(
            judged(&[sighting(unconfirmed), send(2, 100, 1_400)]),
            Judgement::Decided { .. }
        ));
        assert_eq!(judge(&terms(), None, &[]), Judgement::Open(RejectReason::NotFound));
    }

    #[test]
    fn money_that_was_found_without_being_named_counts_and_is_remembered_once() {
        let sightings = [send(7, 60, 1_600), send(3, 40, 1_500), send(7, 60, 1_600)];
        let Judgement::Decided {
            hash: remembered,
            finding,
            receipts,
        } = judge(&terms(), None, &sightings)
        else {
            panic!("still open")
        };
        assert_eq!((remembered, finding), (hash(3), Finding::Confirmed));
        assert_eq!(
            receipts.iter().map(|receipt| receipt.hash).collect::<Vec<_>>(),
            [hash(3), hash(7)]
        );
    }
}
