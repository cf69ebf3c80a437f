//! Everything that a handler works with.

use std::sync::Arc;

use nanoark_domain::limits::Limits;
use nanoark_domain::time::Timestamp;
use nanoark_http::signature::SignatureRules;
use nanoark_nano_rpc::{InvalidNodeSet, NodeSet};
use nanoark_store::Store;

use crate::checks::PaymentChecks;
use crate::clients::AwsClients;
use crate::config::Config;
use crate::edge::{Clock, Entropy, NoEntropy};
use crate::sockets::Sockets;

/// Everything that a handler works with. Made once per process, shared by its requests.
#[derive(Debug, Clone)]
pub struct Relay {
    store: Store,
    payment_checks: Option<PaymentChecks>,
    sockets: Option<Sockets>,
    nodes: Option<NodeSet>,
    limits: Arc<Limits>,
    signature_rules: Arc<SignatureRules>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// A function was not given something it needs: the template and the code disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this function is not configured for {0}")]
pub struct NotConfigured(&'static str);

impl Relay {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the Nano nodes make no set.
    pub fn new(
        config: Config,
        clients: AwsClients,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, InvalidNodeSet> {
        let nodes = config
            .nano
            .map(|nano| {
                NodeSet::new(
                    nano.urls,
                    nano.quorum,
                    nano.network,
                    nanoark_nano_rpc::Limits::default(),
                )
            })
            .transpose()?;
        Ok(Self {
            store: Store::new(clients.dynamodb, config.tables),
            payment_checks: config
                .payment_checks_url
                .map(|url| PaymentChecks::new(clients.sqs, url)),
            sockets: clients.sockets.map(Sockets::new),
            nodes,
            signature_rules: Arc::new(SignatureRules {
                clock_tolerance: config.limits.signature_clock_skew,
                longest_lifetime: config.limits.signature_lifetime_max,
                authorities: config.authorities,
            }),
            limits: Arc::new(config.limits),
            clock,
            entropy,
        })
    }

    /// The same relay with other Nano nodes than those of its configuration, if it has any: where the functions run in one
    /// process with a ledger, they need no socket between them.
    #[must_use]
    pub fn with_nodes(self, nodes: NodeSet) -> Self {
        Self {
            nodes: self.nodes.map(|_| nodes),
            ..self
        }
    }

    /// The tables.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The queue of payment checks.
    ///
    /// # Errors
    /// When this function has none.
    pub fn payment_checks(&self) -> Result<&PaymentChecks, NotConfigured> {
        self.payment_checks
            .as_ref()
            .ok_or(NotConfigured("the queue of payment checks"))
    }

    /// The WebSocket connections.
    ///
    /// # Errors
    /// When this function may not send to them.
    pub fn sockets(&self) -> Result<&Sockets, NotConfigured> {
        self.sockets.as_ref().ok_or(NotConfigured("the WebSocket API"))
    }

    /// The Nano nodes.
    ///
    /// # Errors
    /// When this function has none.
    pub fn nodes(&self) -> Result<&NodeSet, NotConfigured> {
        self.nodes.as_ref().ok_or(NotConfigured("Nano nodes"))
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What signatures are held to.
    #[must_use]
    pub fn signature_rules(&self) -> &SignatureRules {
        &self.signature_rules
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Bytes that nobody can foretell.
    ///
    /// # Errors
    /// When the machine has none to give.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }
}
