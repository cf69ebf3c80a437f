//! What the ledger says about a job's money: the nodes' observations as the sightings that the rules judge.

use nanoark_domain::job::Job;
use nanoark_domain::limits::Limits;
use nanoark_domain::payment::{InvoiceTerms, Observed, Payment, Sighting};
use nanoark_domain::time::Timestamp;
use nanoark_nano::evidence::{NotASend, Observation, SendEvidence, Unverifiable};
use nanoark_nano::{Account, BlockHash, RawAmount};
use nanoark_nano_rpc::NodeSet;

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
pub(crate) async fn look_at_known(nodes: &NodeSet, job: &Job, now: Timestamp) -> Result<Vec<Sighting>, Undecided> {
    let known = job
        .payment_hash()
        .into_iter()
        .chain(job.money.receipts.iter().map(|receipt| receipt.hash));
    look_at(nodes, job, known.collect(), now).await
}

/// Looks at everything that was ever sent to a job's invoice account, besides the blocks that are known.
pub(crate) async fn look_at_all(
    nodes: &NodeSet,
    job: &Job,
    invoice: &Account,
    now: Timestamp,
) -> Result<Vec<Sighting>, Undecided> {
    let found = nodes.sends_to(invoice, RawAmount::from_raw(1)).await;
    let found = found.map_err(|unavailable| Undecided::Unavailable(unavailable.to_string()))?;
    let known = job
        .payment_hash()
        .into_iter()
        .chain(job.money.receipts.iter().map(|receipt| receipt.hash));
    look_at(nodes, job, known.chain(found).collect(), now).await
}

async fn look_at(
    nodes: &NodeSet,
    job: &Job,
    mut hashes: Vec<BlockHash>,
    now: Timestamp,
) -> Result<Vec<Sighting>, Undecided> {
    hashes.sort_unstable();
    hashes.dedup();
    let mut sightings = Vec::with_capacity(hashes.len());
    for hash in hashes {
        let mut sighting = look(nodes, hash, now).await?;
        if let Some(earlier) = seen_before(job, hash) {
            sighting.seen_at = sighting.seen_at.min(earlier);
        }
        sightings.push(sighting);
    }
    Ok(sightings)
}

/// When the relay itself saw a block before.
fn seen_before(job: &Job, hash: BlockHash) -> Option<Timestamp> {
    let named = match &job.money.payment {
        Payment::Submitted {
            hash: named,
            first_seen_at,
            ..
        } if *named == hash => *first_seen_at,
        Payment::None | Payment::Submitted { .. } | Payment::Judged { .. } => None,
    };
    let received = job
        .money
        .receipts
        .iter()
        .find(|receipt| receipt.hash == hash)
        .map(|receipt| receipt.seen_at);
    [named, received].into_iter().flatten().min()
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

/// The earliest time that the block is known to have existed. A node's own time is never too early by honest nodes:
/// after a bootstrap it is too late, or absent.
fn seen_at(evidence: &SendEvidence, now: Timestamp) -> Timestamp {
    evidence
        .earliest_local_timestamp
        .map_or(now, |seconds| Timestamp::from_seconds(seconds).min(now))
}
