//! What goes wrong between the caller and the operator, on command, and what was called.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `GET /v1/info`
    Info,
    /// `POST /v1/tx/submit`
    SubmitTx,
    /// `POST /v1/tx/finalize`
    FinalizeTx,
    /// `POST /v1/tx/pending`
    PendingTx,
    /// `GET /v1/indexer/vtxos`
    Vtxos,
    /// `GET /v1/indexer/virtualTx/{txids}`
    VirtualTxs,
    /// `GET /v1/indexer/vtxo/{txid}/{vout}/chain`
    VtxoChain,
    /// `GET /v1/indexer/asset/{id}`
    Asset,
    /// Anything else.
    Unknown,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Info => "GetInfo",
            Self::SubmitTx => "SubmitTx",
            Self::FinalizeTx => "FinalizeTx",
            Self::PendingTx => "GetPendingTx",
            Self::Vtxos => "GetVtxos",
            Self::VirtualTxs => "GetVirtualTxs",
            Self::VtxoChain => "GetVtxoChain",
            Self::Asset => "GetAsset",
            Self::Unknown => "unknown",
        })
    }
}

/// A way in which a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before anything is done.
    LostRequest,
    /// The call is carried out, and the connection breaks before the answer.
    LostReplyAfterCommit,
    /// The call is carried out; the answer never comes and the connection stays open.
    Stall,
    /// HTTP 500, nothing done.
    InternalError,
    /// The call is carried out, and answered with HTTP 500.
    InternalErrorAfterCommit,
    /// The operator changes its settings just before the call.
    DigestChange,
    /// Just before the call, the first coin that it spends is spent by somebody else's transaction.
    SpentElsewhereBefore,
}

/// The call that is about to go wrong or not.
#[derive(Clone, Copy, Debug)]
pub struct FaultSite<'a> {
    /// What is called.
    pub endpoint: Endpoint,
    /// The path and the query.
    pub path_and_query: &'a str,
    /// The body.
    pub body: &'a [u8],
}

type Predicate = Box<dyn Fn(&FaultSite<'_>) -> bool + Send + Sync>;

struct Rule {
    fault: Fault,
    remaining: usize,
    applies: Predicate,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    calls: Vec<Endpoint>,
}

/// The faults that are yet to come, and the log of calls. Clones share them.
#[derive(Clone, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
}

impl Faults {
    /// The next call of this endpoint goes wrong.
    pub fn next(&self, endpoint: Endpoint, fault: Fault) {
        self.times(1, endpoint, fault);
    }

    /// The next `count` calls of this endpoint go wrong.
    pub fn times(&self, count: usize, endpoint: Endpoint, fault: Fault) {
        self.when(count, fault, move |site| site.endpoint == endpoint);
    }

    /// The next `count` calls that the predicate chooses go wrong. Earlier rules are asked first.
    pub fn when(&self, count: usize, fault: Fault, applies: impl Fn(&FaultSite<'_>) -> bool + Send + Sync + 'static) {
        self.lock().rules.push(Rule {
            fault,
            remaining: count,
            applies: Box::new(applies),
        });
    }

    /// How many faults have not struck yet; a test that scripts faults asserts that this is zero.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.lock()
            .rules
            .iter()
            .fold(0, |sum, rule| sum.saturating_add(rule.remaining))
    }

    /// Nothing goes wrong any more.
    pub fn clear(&self) {
        self.lock().rules.clear();
    }

    /// Every call so far, the first one first, including those that never arrived.
    #[must_use]
    pub fn calls(&self) -> Vec<Endpoint> {
        self.lock().calls.clone()
    }

    /// How often this endpoint was called.
    #[must_use]
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.lock().calls.iter().filter(|call| **call == endpoint).count()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.lock().calls.clear();
    }

    pub(super) fn strike(&self, site: &FaultSite<'_>) -> Option<Fault> {
        let mut state = self.lock();
        state.calls.push(site.endpoint);
        let rule = state.rules.iter_mut().find(|rule| (rule.applies)(site))?;
        rule.remaining = rule.remaining.saturating_sub(1);
        let fault = rule.fault;
        state.rules.retain(|rule| rule.remaining > 0);
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Faults")
            .field("outstanding", &self.outstanding())
            .finish()
    }
}
