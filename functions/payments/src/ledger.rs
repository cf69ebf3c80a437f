//! What the ledger says about a job's money: the nodes' observations as the sightings that the rules judge.

use nanoark_domain::job::Job;
use nanoark_domain::limits::Limits;
use nanoark_domain::payment::{InvoiceTerms, Observed, Payment, Receipt, Sighting};
use nanoark_domain::time::Timestamp;
use nanoark_nano::evidence::{NotASend, Observation, SendEvidence, Unverifiable};
use nanoark_nano::{Account, BlockHash, RawAmount};
use nanoark_nano_rpc::NodeSet;

/// Sends to an account that one look adds to those that are known. The next look adds more; a transaction, which claims each
/// of them, has room for 100.
const NEW_PER_LOOK: usize = 50;

/// The nodes do not say enough to judge by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Undecided {
    /// Too few nodes answer. Nobody is to blame but the network.
    #[error("too few nodes answer: {0}")]
    Unavailable(String),
    /// A block that the nodes confirmed does not verify here, or the nodes contradict each other: somebody must look.
    #[error("block {hash} cannot be judged: {why}")]
    Unverifiable {
        /// The block.
        hash: BlockHash,
        /// What is wrong with it.
        why: String,
    },
}

/// What a job's payment is judged by; `None` when nothing was quoted.
pub(crate) fn terms(job: &Job, limits: &Limits) -> Option<InvoiceTerms> {
    job.stage.quote().map(|quote| InvoiceTerms {
        invoice: quote.invoice,
        amount: quote.amount,
        quoted_at: quote.quoted_at,
        pay_until: quote.expires_at.plus(limits.payment_grace),
        predates_tolerance: limits.predates_tolerance,
    })
}

/// Looks at one block.
pub(crate) async fn look(nodes: &NodeSet, hash: BlockHash, now: Timestamp) -> Result<Sighting, Undecided> {
    let observed = nodes.observe_send(&hash).await;
    for refused in &observed.refused {
        tracing::error!(node = refused.node, why = %refused.why, %hash, "a node lies");
    }
    sighting(hash, observed.observation, now)
}

/// Looks at the blocks that are known to concern a job: the one that was named and those that were found before.
///
/// What was found before is final. It is taken from the record, so that nodes which are behind for a while take nothing back.
pub(crate) async fn look_at_known(nodes: &NodeSet, job: &Job, now: Timestamp) -> Result<Vec<Sighting>, Undecided> {
    let mut sightings: Vec<Sighting> = job.stage.quote().map_or_else(Vec::new, |quote| {
        let receipts = job.money.receipts.iter();
        receipts.map(|receipt| on_record(receipt, quote.invoice)).collect()
    });
    let named = job.payment_hash();
    if let Some(hash) = named.filter(|hash| sightings.iter().all(|sighting| sighting.hash != *hash)) {
        let mut sighting = look(nodes, hash, now).await?;
        sighting.seen_at = first_seen(&job.money.payment).map_or(sighting.seen_at, |first| first.min(sighting.seen_at));
        sightings.push(sighting);
    }
    Ok(sightings)
}

/// Looks at everything that was ever sent to a job's invoice account, besides the blocks that are known.
///
/// Anybody can send to the account. A block that nobody named and that cannot be judged is told to the operator, and
/// hides no other.
pub(crate) async fn look_at_all(
    nodes: &NodeSet,
    job: &Job,
    invoice: &Account,
    now: Timestamp,
) -> Result<Vec<Sighting>, Undecided> {
    let found = nodes.sends_to(invoice, RawAmount::from_raw(1)).await;
    let found = found.map_err(|unavailable| Undecided::Unavailable(unavailable.to_string()))?;
    let mut sightings = look_at_known(nodes, job, now).await?;
    let known: Vec<BlockHash> = sightings.iter().map(|sighting| sighting.hash).collect();
    for hash in found
        .into_iter()
        .filter(|hash| !known.contains(hash))
        .take(NEW_PER_LOOK)
    {
        match look(nodes, hash, now).await {
            Ok(sighting) => sightings.push(sighting),
            Err(unverifiable @ Undecided::Unverifiable { .. }) => {
                tracing::error!(job_id = %job.id, %unverifiable, "a send to the invoice account is left out");
            }
            Err(unavailable @ Undecided::Unavailable(_)) => return Err(unavailable),
        }
    }
    Ok(sightings)
}

/// When the relay itself first saw the block that is named.
const fn first_seen(payment: &Payment) -> Option<Timestamp> {
    match payment {
        Payment::Submitted { first_seen_at, .. } => *first_seen_at,
        Payment::None | Payment::Judged { .. } => None,
    }
}

const fn on_record(receipt: &Receipt, invoice: Account) -> Sighting {
    let observed = Observed::Send {
        payer: receipt.payer,
        destination: invoice,
        amount: receipt.amount,
        confirmed: true,
    };
    Sighting {
        hash: receipt.hash,
        observed,
        seen_at: receipt.seen_at,
    }
}

fn sighting(hash: BlockHash, observation: Observation, now: Timestamp) -> Result<Sighting, Undecided> {
    let unverifiable = |why: String| Err(Undecided::Unverifiable { hash, why });
    let observed = match observation {
        Observation::NotFound => Observed::Missing,
        Observation::Found(evidence) => {
            let seen_at = seen_at(&evidence, now);
            return Ok(Sighting {
                hash,
                observed: send(&evidence),
                seen_at,
            });
        }
        Observation::NotASend(NotASend::LegacySend | NotASend::LegacyOther) => Observed::Legacy,
        Observation::NotASend(NotASend::Receive | NotASend::Change | NotASend::Epoch | NotASend::Open) => {
            Observed::NotSend
        }
        Observation::NotASend(NotASend::UnknownType) => return unverifiable("a block of an unknown type".to_owned()),
        Observation::Unverifiable(Unverifiable::BadSignature(evidence)) if evidence.confirmations.is_confirmed() => {
            return unverifiable("confirmed by the nodes, but its signature does not verify".to_owned());
        }
        // An unconfirmed block with a wrong signature is no block: look again.
        Observation::Unverifiable(Unverifiable::BadSignature(_)) => Observed::Missing,
        Observation::Unverifiable(other) => return unverifiable(format!("{other:?}")),
        Observation::Disagreement(dispute) => return unverifiable(format!("the nodes disagree: {dispute:?}")),
        Observation::Unavailable { errors } => {
            let words: Vec<String> = errors
                .iter()
                .map(|failure| format!("{}: {}", failure.node, failure.error))
                .collect();
            return Err(Undecided::Unavailable(words.join("; ")));
        }
    };
    Ok(Sighting {
        hash,
        observed,
        seen_at: now,
    })
}

fn send(evidence: &SendEvidence) -> Observed {
    Observed::Send {
        payer: evidence.payer,
        destination: evidence.destination,
        amount: evidence.amount,
        confirmed: evidence.confirmations.is_confirmed(),
    }
}

/// The earliest time that the block is known to have existed. An honest node's time is never too early: after a bootstrap
/// it is too late, or absent.
fn seen_at(evidence: &SendEvidence, now: Timestamp) -> Timestamp {
    evidence
        .seen_by_quorum_at
        .map_or(now, |seconds| Timestamp::from_seconds(seconds).min(now))
}
