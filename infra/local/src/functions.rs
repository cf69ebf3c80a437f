//! The functions of the template, linked into this program.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use nanoark_ark::arkd::Arkd;
use nanoark_domain::time::Timestamp;
use nanoark_nano_rpc::NodeSet;
use nanoark_nostr_relay::Relays;
use nanoark_runtime::{AwsAccess, AwsClients, Config, Entropy, Function, Relay};

use crate::clock::Clock;
use crate::invoke::{FunctionError, InProcess};
use crate::stack::Services;

/// Why a function cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("{function}: {reason}")]
pub struct SetupError {
    /// The function.
    pub function: &'static str,
    /// What is wrong with its environment.
    pub reason: String,
}

/// Ways to the world outside that take the place of those which the template names: where the functions run in one process
/// with it, they need no socket between them. A function that is given no way by the template gets none here.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// To Nano nodes.
    pub nodes: Option<NodeSet>,
    /// To the Ark operator.
    pub arkd: Option<Arkd>,
    /// To Nostr relays.
    pub relays: Option<Arc<dyn Relays>>,
}

impl Links {
    fn put_into(&self, mut relay: Relay) -> Relay {
        if let Some(nodes) = &self.nodes {
            relay = relay.with_nodes(nodes.clone());
        }
        if let Some(arkd) = &self.arkd {
            relay = relay.with_arkd(arkd.clone());
        }
        if let Some(relays) = &self.relays {
            relay = relay.with_relays(Arc::clone(relays));
        }
        relay
    }
}

/// Every function there is.
pub fn all() -> impl Iterator<Item = Function> {
    nanoark_offers::FUNCTIONS
        .into_iter()
        .chain(nanoark_jobs::FUNCTIONS)
        .chain(nanoark_payments::FUNCTIONS)
        .chain(nanoark_realtime::FUNCTIONS)
        .chain(nanoark_operations::FUNCTIONS)
        .chain(nanoark_nostr_gateway::FUNCTIONS)
        .chain(nanoark_ark_gateway::FUNCTIONS)
}

/// Every function by the name of its binary. Each gets a relay of its own, made from its own environment: what the
/// template does not give it, it does not have.
///
/// `dynamodb` makes the connector that a function of this name reaches its tables by.
///
/// # Errors
/// When the template gives a function an environment that it cannot start with.
pub fn in_process(
    services: &Services,
    dynamodb: impl Fn(&str) -> SharedHttpClient,
    entropy: &Arc<dyn Entropy>,
) -> Result<InProcess, SetupError> {
    let sqs = services.queues().connector();
    in_process_over(services, dynamodb, |_| sqs.clone(), &Links::default(), entropy)
}

/// The same with a connector that a function of this name reaches its queues by, and other ways to the world outside than
/// the template names.
///
/// # Errors
/// When the template gives a function an environment that it cannot start with.
pub fn in_process_over(
    services: &Services,
    dynamodb: impl Fn(&str) -> SharedHttpClient,
    sqs: impl Fn(&str) -> SharedHttpClient,
    links: &Links,
    entropy: &Arc<dyn Entropy>,
) -> Result<InProcess, SetupError> {
    let sockets = services.connections().connector(services.clock());
    let mut linked = InProcess::new();
    for function in all() {
        let environment = services.environment(function.name);
        let relay = relay(&environment, services.clock(), entropy, |access| {
            let clients = AwsClients::over(access, dynamodb(function.name), sqs(function.name));
            clients.with_sockets(access, sockets.clone())
        });
        let relay = relay.map_err(|reason| SetupError {
            function: function.name,
            reason,
        })?;
        let relay = links.put_into(relay);
        linked = linked.with(function.name, move |invocation| {
            let relay = relay.clone();
            async move {
                let about = nanoark_runtime::Invocation {
                    request_id: invocation.request_id,
                };
                let answer = function.invoke(&relay, &invocation.event, &about).await;
                answer.map_err(|error| FunctionError::new("InvocationError", error.to_string()))
            }
        });
    }
    Ok(linked)
}

fn relay(
    environment: &BTreeMap<String, String>,
    clock: &Clock,
    entropy: &Arc<dyn Entropy>,
    clients: impl Fn(&AwsAccess) -> AwsClients,
) -> Result<Relay, String> {
    let lookup = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
    let config = Config::from_settings(&lookup).map_err(|error| error.to_string())?;
    let access = AwsAccess::from_settings(&lookup).map_err(|error| error.to_string())?;
    let clock = Arc::new(StackClock(clock.clone()));
    Relay::new(config, clients(&access), clock, Arc::clone(entropy)).map_err(|error| error.to_string())
}

/// The stack's clock as the functions ask it.
#[derive(Debug)]
struct StackClock(Clock);

impl nanoark_runtime::Clock for StackClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now())
    }
}
