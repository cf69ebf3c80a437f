//! Everything that a handler works with.

use std::sync::Arc;

use nanoark_ark::arkd::Arkd;
use nanoark_domain::limits::Limits;
use nanoark_domain::time::Timestamp;
use nanoark_http::signature::SignatureRules;
use nanoark_nano_rpc::{InvalidNodeSet, NodeSet};
use nanoark_nostr_relay::Relays;
use nanoark_store::Store;
use zeroize::Zeroizing;

use crate::checks::PaymentCheck;
use crate::clients::AwsClients;
use crate::config::Config;
use crate::edge::{Clock, Entropy, NoEntropy};
use crate::gateway::{Gateway, InvalidGateway};
use crate::messages::{CeremonyStep, FromRelays, Publication};
use crate::queue::Queue;
use crate::sockets::Sockets;

/// Everything that a handler works with. Made once per process, shared by its requests.
#[derive(Debug, Clone)]
pub struct Relay {
    store: Store,
    payment_checks: Option<Queue<PaymentCheck>>,
    ceremony_steps: Option<Queue<CeremonyStep>>,
    nostr_inbox: Option<Queue<FromRelays>>,
    nostr_outbox: Option<Queue<Publication>>,
    gateway: Option<Gateway>,
    sockets: Option<Sockets>,
    nodes: Option<NodeSet>,
    limits: Arc<Limits>,
    signature_rules: Arc<SignatureRules>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// Why the parts do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    /// The Nano nodes make no set.
    #[error(transparent)]
    Nodes(#[from] InvalidNodeSet),
    /// The Ark gateway cannot be set up.
    #[error(transparent)]
    Gateway(#[from] InvalidGateway),
}

/// A function was not given something it needs: the template and the code disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this function is not configured for {0}")]
pub struct NotConfigured(pub(crate) &'static str);

impl Relay {
    /// Puts the parts together.
    ///
    /// # Errors
    /// See [`CannotStart`].
    pub fn new(
        config: Config,
        clients: AwsClients,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, CannotStart> {
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
        let gateway = config
            .gateway
            .map(|gateway| {
                let clock = Arc::clone(&clock);
                Gateway::new(gateway, Arc::new(move || clock.now()))
            })
            .transpose()?;
        let sqs = clients.sqs;
        Ok(Self {
            ceremony_steps: config.ceremony_steps_url.map(|url| Queue::new(sqs.clone(), url)),
            nostr_inbox: config.nostr_inbox_url.map(|url| Queue::new(sqs.clone(), url)),
            nostr_outbox: config.nostr_outbox_url.map(|url| Queue::new(sqs.clone(), url)),
            gateway,
            store: Store::new(clients.dynamodb, config.tables),
            payment_checks: config.payment_checks_url.map(|url| Queue::new(sqs, url)),
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

    /// The same relay with another way to the operator's arkd, if it has one.
    #[must_use]
    pub fn with_arkd(self, arkd: Arkd) -> Self {
        Self {
            gateway: self.gateway.map(|gateway| gateway.with_arkd(arkd)),
            ..self
        }
    }

    /// The same relay with another way to Nostr relays.
    #[must_use]
    pub fn with_relays(self, relays: Arc<dyn Relays>) -> Self {
        Self {
            gateway: self.gateway.map(|gateway| gateway.with_relays(relays)),
            ..self
        }
    }

    /// The same relay with what is kept in the secret store, if it needs anything from there.
    ///
    /// # Errors
    /// When the secret cannot be fetched, or is none.
    pub async fn with_secrets(mut self, secrets: &aws_sdk_secretsmanager::Client) -> Result<Self, InvalidGateway> {
        let Some(gateway) = self.gateway.take() else {
            return Ok(self);
        };
        let gateway = match gateway.missing_secret() {
            None => gateway,
            Some(name) => {
                let fetched = secrets.get_secret_value().secret_id(name).send().await;
                let fetched = fetched.map_err(|error| {
                    InvalidGateway::Secret(aws_sdk_secretsmanager::error::DisplayErrorContext(error).to_string())
                })?;
                let text = Zeroizing::new(fetched.secret_string.unwrap_or_default());
                gateway.with_secret(&text)?
            }
        };
        self.gateway = Some(gateway);
        Ok(self)
    }

    /// The Ark gateway.
    ///
    /// # Errors
    /// When this function has nothing to do with it.
    pub fn gateway(&self) -> Result<&Gateway, NotConfigured> {
        self.gateway.as_ref().ok_or(NotConfigured("the Ark gateway"))
    }

    /// The queue of ceremony steps.
    ///
    /// # Errors
    /// When this function has none.
    pub fn ceremony_steps(&self) -> Result<&Queue<CeremonyStep>, NotConfigured> {
        self.ceremony_steps
            .as_ref()
            .ok_or(NotConfigured("the queue of ceremony steps"))
    }

    /// The queue of events that relays handed out.
    ///
    /// # Errors
    /// When this function has none.
    pub fn nostr_inbox(&self) -> Result<&Queue<FromRelays>, NotConfigured> {
        self.nostr_inbox
            .as_ref()
            .ok_or(NotConfigured("the queue of events from relays"))
    }

    /// The queue of events to publish.
    ///
    /// # Errors
    /// When this function has none.
    pub fn nostr_outbox(&self) -> Result<&Queue<Publication>, NotConfigured> {
        self.nostr_outbox
            .as_ref()
            .ok_or(NotConfigured("the queue of events to publish"))
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
    pub fn payment_checks(&self) -> Result<&Queue<PaymentCheck>, NotConfigured> {
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
