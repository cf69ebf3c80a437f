//! The ways from the functions to tables, queues, operator and relays, on which processes die and calls get lost.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use futures::future::BoxFuture;
use nanoark_ark::exchange::{ArkdRequest, Exchange, ExchangeError, Exchanging};
use nanoark_nostr::SignedEvent;
use nanoark_nostr_relay::{Collected, End, Filter, PublishError, RelayUrl, Relays};
use nanoark_testkit::arkd::Arkd;
use nanoark_testkit::dynamodb::Faults;

use super::effects::{Effects, Service, Strike, die};
use crate::ceremonies::house::InProcess;

/// To the tables or to the queues, over the SDK.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) inner: SharedHttpClient,
    pub(crate) effects: Effects,
    pub(crate) service: Service,
    pub(crate) function: String,
    /// The faults of the tables.
    pub(crate) faults: Option<Faults>,
}

impl fmt::Debug for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Way({:?} of {})", self.service, self.function)
    }
}

impl HttpClient for Way {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            inner: self.inner.http_connector(settings, parts),
            way: self.clone(),
        })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    way: Way,
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        if let Some(body) = self
            .way
            .effects
            .without_omitted(request.body().bytes().unwrap_or_default())
        {
            *request.body_mut() = body.into();
        }
        let (inner, way) = (self.inner.clone(), self.way.clone());
        HttpConnectorFuture::new(async move {
            let timeout = || ConnectorError::timeout("nobody answers".into());
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default();
            let body = request.body().bytes().unwrap_or_default();
            let is_write = ["PutItem", "UpdateItem", "TransactWriteItems"].contains(&operation);
            let strike = way.effects.next(
                way.service,
                Some(&way.function),
                &format!("{operation} {}", object(body)),
            );
            if is_write {
                way.effects.wrote(body);
            }
            match strike {
                Strike::Nothing | Strike::Operator(_) | Strike::Late(_) => inner.call(request).await,
                Strike::KilledBefore => die(),
                Strike::KilledAfter => {
                    drop(inner.call(request).await);
                    die()
                }
                Strike::Lost => Err(timeout()),
                Strike::AnswerLost => {
                    drop(inner.call(request).await);
                    Err(timeout())
                }
                Strike::Tables(fault) => {
                    if let Some(faults) = &way.faults {
                        faults.when(1, fault, |_| true);
                    }
                    inner.call(request).await
                }
                Strike::Meanwhile(number) => {
                    way.effects.repeat(number).await;
                    inner.call(request).await
                }
            }
        })
    }
}

/// The first table or the queue that a request names, without the stack's name.
fn object(body: &[u8]) -> &str {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let after = |name: &str| text.split_once(name).map(|(_, rest)| rest);
    let named = after("\"TableName\":\"").or_else(|| after("\"QueueUrl\":\""));
    let name = named.and_then(|rest| rest.split('"').next()).unwrap_or_default();
    name.rsplit('/')
        .next()
        .unwrap_or_default()
        .trim_start_matches("nanoark-")
}

/// To the operator.
pub(crate) struct ToOperator {
    pub(crate) arkd: Arkd,
    pub(crate) effects: Effects,
}

impl fmt::Debug for ToOperator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ToOperator")
    }
}

impl ToOperator {
    async fn carry(&self, request: ArkdRequest) -> Result<nanoark_ark::exchange::ArkdReply, ExchangeError> {
        let inner = InProcess(self.arkd.clone());
        for late in self.effects.arriving() {
            drop(inner.exchange(late).await);
        }
        let path = request.path_and_query.split('?').next().unwrap_or_default().to_owned();
        match self.effects.next(Service::Operator, None, &path) {
            Strike::Nothing | Strike::Tables(_) => inner.exchange(request).await,
            Strike::KilledBefore => die(),
            Strike::KilledAfter => {
                drop(inner.exchange(request).await);
                die()
            }
            Strike::Lost => Err(ExchangeError::Timeout),
            Strike::AnswerLost => {
                drop(inner.exchange(request).await);
                Err(ExchangeError::Timeout)
            }
            Strike::Operator(fault) => {
                self.arkd.faults().when(1, fault, |_| true);
                inner.exchange(request).await
            }
            Strike::Late(calls) => {
                self.effects.hold_back(calls, request);
                Err(ExchangeError::Timeout)
            }
            Strike::Meanwhile(number) => {
                self.effects.repeat(number).await;
                inner.exchange(request).await
            }
        }
    }
}

impl Exchange for ToOperator {
    fn exchange(&self, request: ArkdRequest) -> Exchanging<'_> {
        Box::pin(self.carry(request))
    }
}

/// A Nostr relay: what wallets put on it, and what the gateway published. Clones are the same.
#[derive(Clone)]
pub(crate) struct Board {
    pub(crate) effects: Effects,
    inbox: Arc<Mutex<Vec<SignedEvent>>>,
    published: Arc<Mutex<Vec<SignedEvent>>>,
}

impl fmt::Debug for Board {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Board")
    }
}

impl Board {
    pub(crate) fn new(effects: &Effects) -> Self {
        Self {
            effects: effects.clone(),
            inbox: Arc::default(),
            published: Arc::default(),
        }
    }

    /// A wallet puts an event there.
    pub(crate) fn put(&self, event: &SignedEvent) {
        self.inbox.lock().unwrap().push(event.clone());
    }

    /// Everything that the gateway published, as often as it did; then it is forgotten.
    pub(crate) fn take_published(&self) -> Vec<SignedEvent> {
        std::mem::take(&mut self.published.lock().unwrap())
    }

    fn take(&self, event: &str) -> Result<(), PublishError> {
        let event = SignedEvent::parse(event.as_bytes(), nanoark_nostr::event::MAX_EVENT_BYTES)
            .map_err(|refusal| PublishError::NotAnEvent(refusal.to_string()))?;
        self.published.lock().unwrap().push(event);
        Ok(())
    }
}

impl Relays for Board {
    fn collect<'a>(&'a self, _: &'a RelayUrl, filter: &'a Filter, _: Duration) -> BoxFuture<'a, Collected> {
        Box::pin(async move {
            let strike = self.effects.next(Service::Relays, None, "REQ");
            if matches!(strike, Strike::KilledBefore | Strike::KilledAfter) {
                die();
            }
            let away = matches!(strike, Strike::Lost | Strike::AnswerLost);
            let inbox = self.inbox.lock().unwrap();
            Collected {
                events: inbox
                    .iter()
                    .filter(|event| !away && filter.matches(event))
                    .cloned()
                    .collect(),
                refused: 0,
                garbage: 0,
                notices: Vec::new(),
                end: if away { End::TimedOut } else { End::Complete },
            }
        })
    }

    fn publish<'a>(&'a self, _: &'a RelayUrl, event: &'a str, _: Duration) -> BoxFuture<'a, Result<(), PublishError>> {
        Box::pin(async move {
            match self.effects.next(Service::Relays, None, "EVENT") {
                Strike::KilledBefore => die(),
                Strike::KilledAfter => {
                    self.take(event)?;
                    die()
                }
                Strike::Lost => Err(PublishError::Timeout),
                Strike::AnswerLost => {
                    self.take(event)?;
                    Err(PublishError::Timeout)
                }
                Strike::Meanwhile(number) => {
                    self.effects.repeat(number).await;
                    self.take(event)
                }
                Strike::Nothing | Strike::Tables(_) | Strike::Operator(_) | Strike::Late(_) => self.take(event),
            }
        })
    }
}
