//! What one node gets wrong, on command: how it answers, and what it says about single blocks.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nanoark_nano::{Account, BlockHash, RawAmount, Signature};

/// Which requests a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Every request.
    Everything,
    /// Requests with this action, such as `block_info`.
    Action(String),
    /// Requests that name this block.
    Block(BlockHash),
    /// Requests that name this account.
    Account(Account),
}

/// What happens to an answer on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportFault {
    /// It comes this much later.
    Stall(Duration),
    /// It never comes; the connection stays open.
    Hang,
    /// Its length is announced, half of it comes, and the connection is closed.
    CutHalfWay,
    /// HTTP 429 with `Retry-After: 1` and a JSON body, as proxies in front of public nodes send it.
    TooManyRequests,
    /// HTTP 502 with a page for people.
    BadGateway,
    /// HTTP 200 and no body at all.
    EmptyBody,
    /// Every list and map in it is replaced by `""`.
    EmptyLists,
    /// These top-level fields are left out.
    Without(Vec<String>),
    /// It is filled up to this many bytes.
    Huge(usize),
    /// It is replaced by this.
    Instead {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
}

/// What a node claims about a block that it has. Everything that is not set is told truthfully.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockLie {
    /// The amount it states.
    pub amount: Option<RawAmount>,
    /// The balance it states beside the contents.
    pub balance: Option<RawAmount>,
    /// The destination in the contents: `link` and `link_as_account`. The hash does not fit any more.
    pub destination: Option<Account>,
    /// `link_as_account` alone, with the true `link`.
    pub link_as_account: Option<Account>,
    /// Whether it calls the block final.
    pub confirmed: Option<bool>,
    /// The subtype it states.
    pub subtype: Option<String>,
    /// When it claims to have seen the block first, in Unix seconds.
    pub local_timestamp: Option<u64>,
    /// The signature in the contents.
    pub signature: Option<Signature>,
}

/// One node's faults. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct NodeFaults {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    transport: Vec<Rule>,
    lies: HashMap<BlockHash, BlockLie>,
    missing: HashSet<BlockHash>,
    network_identifier: Option<BlockHash>,
}

#[derive(Debug)]
struct Rule {
    on: On,
    remaining: Option<usize>,
    fault: TransportFault,
}

impl NodeFaults {
    /// The next matching request is struck. Earlier rules come first.
    pub fn once(&self, on: On, fault: TransportFault) {
        self.times(1, on, fault);
    }

    /// The next `count` matching requests are struck.
    pub fn times(&self, count: usize, on: On, fault: TransportFault) {
        self.lock().transport.push(Rule {
            on,
            remaining: Some(count),
            fault,
        });
    }

    /// Every matching request is struck until [`NodeFaults::clear`].
    pub fn always(&self, on: On, fault: TransportFault) {
        self.lock().transport.push(Rule {
            on,
            remaining: None,
            fault,
        });
    }

    /// The node tells this about the block from now on.
    pub fn lie(&self, block: BlockHash, lie: BlockLie) {
        self.lock().lies.insert(block, lie);
    }

    /// The node does not know the block though the ledger has it: it is behind, or hides it, or has pruned it.
    pub fn omit(&self, block: BlockHash) {
        self.lock().missing.insert(block);
    }

    /// The node knows the block again.
    pub fn restore(&self, block: &BlockHash) {
        self.lock().missing.remove(block);
    }

    /// The node claims to be of the network with this first block.
    pub fn claim_network(&self, genesis: BlockHash) {
        self.lock().network_identifier = Some(genesis);
    }

    /// The node is honest and well again.
    pub fn clear(&self) {
        *self.lock() = State::default();
    }

    pub(super) fn lie_about(&self, block: &BlockHash) -> BlockLie {
        self.lock().lies.get(block).cloned().unwrap_or_default()
    }

    pub(super) fn omits(&self, block: &BlockHash) -> bool {
        self.lock().missing.contains(block)
    }

    pub(super) fn network_identifier(&self) -> Option<BlockHash> {
        self.lock().network_identifier
    }

    /// The fault that strikes a request with this action and text.
    pub(super) fn strike(&self, action: &str, request: &str) -> Option<TransportFault> {
        let mut state = self.lock();
        let rule = state
            .transport
            .iter_mut()
            .find(|rule| rule.on.covers(action, request))?;
        rule.remaining = rule.remaining.map(|count| count.saturating_sub(1));
        let fault = rule.fault.clone();
        state.transport.retain(|rule| rule.remaining != Some(0));
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl On {
    /// Requests with this action.
    #[must_use]
    pub fn action(name: &str) -> Self {
        Self::Action(name.to_owned())
    }

    fn covers(&self, action: &str, request: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Action(wanted) => wanted == action,
            Self::Block(hash) => request.to_ascii_uppercase().contains(&hash.to_string()),
            // The 60 digits after the prefix, which has several spellings.
            Self::Account(account) => account
                .to_string()
                .get(5..)
                .is_some_and(|digits| request.contains(digits)),
        }
    }
}
