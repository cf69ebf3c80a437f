//! Idempotency keys: the name of every intention of a worker, the same after a restart.

use nanoark_client::{Client, IdempotencyKey, Transport};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Fence;
use nanoark_domain::time::Timestamp;
use nanoark_nano::BlockHash;

/// What a request is for, in words that are the same whenever the same thing is meant.
///
/// What several workers of one seller may each want for themselves names the worker: two that ask for a lock with one
/// key would get one and the same lock.
pub(super) enum Intention<'a> {
    Publish {
        name: &'a str,
        generation: u32,
    },
    ChangeOffer {
        verb: &'a str,
        offer: &'a str,
        at: Timestamp,
    },
    Quote {
        job: JobId,
        worker: &'a str,
        attempt: u32,
    },
    Decline {
        job: JobId,
    },
    Lock {
        job: JobId,
        worker: &'a str,
        attempt: u32,
    },
    Renew {
        job: JobId,
        fence: Fence,
        at: Timestamp,
    },
    Release {
        job: JobId,
        fence: Fence,
    },
    Deliver {
        job: JobId,
        fence: Fence,
        payment: Option<BlockHash>,
    },
    NameRefund {
        job: JobId,
        hash: BlockHash,
        attempt: u32,
    },
}

impl Intention<'_> {
    fn purpose(&self) -> String {
        match self {
            Self::Publish { name, generation } => format!("offer:{name}:{generation}"),
            Self::ChangeOffer { verb, offer, at } => format!("{verb}:{offer}:{}", at.as_millis()),
            Self::Quote { job, worker, attempt } => format!("quote:{job}:{worker}:{attempt}"),
            Self::Decline { job } => format!("decline:{job}"),
            Self::Lock { job, worker, attempt } => format!("lock:{job}:{worker}:{attempt}"),
            Self::Renew { job, fence, at } => format!("renew:{job}:{}:{}", fence.0, at.as_millis()),
            Self::Release { job, fence } => format!("release:{job}:{}", fence.0),
            Self::Deliver { job, fence, payment } => {
                let payment = payment.map_or_else(|| "none".to_owned(), |hash| hash.to_string());
                format!("deliver:{job}:{}:{payment}", fence.0)
            }
            Self::NameRefund { job, hash, attempt } => format!("name-refund:{job}:{hash}:{attempt}"),
        }
    }

    /// The key of this intention of the client's bot.
    pub(super) fn key<T: Transport>(&self, client: &Client<T>) -> IdempotencyKey {
        client.key_for(&self.purpose())
    }
}
