//! A deployed function.

use std::future::Future;
use std::pin::Pin;

use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;
use aws_lambda_events::event::dynamodb::Event as StreamEvent;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::event::streams::DynamoDbEventResponse;
use nanoark_http::problem::Problem;
use nanoark_http::request::{Request, Response};
use nanoark_http::signature::Signed;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::relay::Relay;
use crate::socket_call::{self, SocketCall};
use crate::wallet_call::WalletCall;
use crate::{Event, event, http_call};

/// A handler's work, under way.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A deployed function: one binary, one entry in the template, one trigger.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// The name of the binary and of the template's entry.
    pub name: &'static str,
    /// What invokes it.
    pub trigger: Trigger,
}

/// What invokes a function, and what it does then.
#[derive(Clone, Copy)]
pub enum Trigger {
    /// A request that anybody may make.
    Public(for<'a> fn(&'a Relay, &'a Request) -> Pending<'a, Result<Response, Problem>>),
    /// A request that a bot signed.
    Signed(for<'a> fn(&'a Relay, &'a Signed) -> Pending<'a, Result<Response, Problem>>),
    /// A request that a wallet signed by its Nostr key.
    Wallet(for<'a> fn(&'a Relay, &'a WalletCall) -> Pending<'a, Result<Response, Problem>>),
    /// A WebSocket connection: its handshake, a message of it, or its end.
    Socket(for<'a> fn(&'a Relay, &'a SocketCall) -> Pending<'a, Result<Response, Problem>>),
    /// Messages of a queue.
    Queue(for<'a> fn(&'a Relay, SqsEvent) -> Pending<'a, SqsBatchResponse>),
    /// Changes of a table.
    Stream(for<'a> fn(&'a Relay, StreamEvent) -> Pending<'a, DynamoDbEventResponse>),
    /// The clock. The answer is a word for the log.
    Schedule(for<'a> fn(&'a Relay) -> Pending<'a, Result<String, InvocationError>>),
}

impl std::fmt::Debug for Trigger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Public(_) => "Public",
            Self::Signed(_) => "Signed",
            Self::Wallet(_) => "Wallet",
            Self::Socket(_) => "Socket",
            Self::Queue(_) => "Queue",
            Self::Stream(_) => "Stream",
            Self::Schedule(_) => "Schedule",
        })
    }
}

/// What Lambda says about an invocation besides its event.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// Lambda's id of the invocation.
    pub request_id: String,
}

/// Why an invocation failed as a whole. Lambda tries again what was not a request.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The event is not of the kind that this function is triggered by.
    #[error("the event is not one for this function: {0}")]
    UnknownEvent(serde_json::Error),
    /// The answer cannot be written.
    #[error("the answer cannot be written: {0}")]
    Answer(serde_json::Error),
    /// The work could not be done; doing it again may help.
    #[error("{0}")]
    TryAgain(String),
}

impl Function {
    /// Handles one event, and leaves one line in the log.
    ///
    /// # Errors
    /// When the invocation failed as a whole. A refused request is an answer, not an error.
    pub async fn invoke(
        &self,
        relay: &Relay,
        event: &Event,
        invocation: &Invocation,
    ) -> Result<Box<Event>, InvocationError> {
        let started = relay.now();
        let took = || relay.now().as_millis().saturating_sub(started.as_millis());
        match self.trigger {
            Trigger::Public(handler) => {
                let request = event::request(read(event)?, &invocation.request_id);
                let answer = http_call::answer_public(self.name, relay, &request, handler).await;
                http_call::log(self.name, &request, &answer, took());
                write(&event::response(answer.0))
            }
            Trigger::Signed(handler) => {
                let request = event::request(read(event)?, &invocation.request_id);
                let answer = http_call::answer_signed(self.name, relay, &request, handler).await;
                http_call::log(self.name, &request, &answer, took());
                write(&event::response(answer.0))
            }
            Trigger::Wallet(handler) => {
                let request = event::request(read(event)?, &invocation.request_id);
                let answer = http_call::answer_wallet(self.name, relay, &request, handler).await;
                http_call::log(self.name, &request, &answer, took());
                write(&event::response(answer.0))
            }
            Trigger::Socket(handler) => {
                let event: ApiGatewayWebsocketProxyRequest = read(event)?;
                let call = SocketCall::read(event, &invocation.request_id);
                let answer = socket_call::finish(&call, handler(relay, &call).await);
                socket_call::log(self.name, &call, &answer, took());
                write(&event::response(answer.0))
            }
            Trigger::Queue(handler) => {
                let messages: SqsEvent = read(event)?;
                let count = messages.records.len();
                let answer = handler(relay, messages).await;
                let failed = answer.batch_item_failures.len();
                tracing::info!(
                    function = self.name,
                    request_id = invocation.request_id,
                    messages = count,
                    failed,
                    ms = took(),
                    "batch"
                );
                write(&answer)
            }
            Trigger::Stream(handler) => {
                let changes: StreamEvent = read(event)?;
                let count = changes.records.len();
                let answer = handler(relay, changes).await;
                let failed = answer.batch_item_failures.len();
                tracing::info!(
                    function = self.name,
                    request_id = invocation.request_id,
                    changes = count,
                    failed,
                    ms = took(),
                    "changes"
                );
                write(&answer)
            }
            Trigger::Schedule(handler) => {
                let outcome = handler(relay).await;
                let word = outcome.as_ref().map_or_else(ToString::to_string, Clone::clone);
                tracing::info!(
                    function = self.name,
                    request_id = invocation.request_id,
                    outcome = word,
                    ms = took(),
                    "schedule"
                );
                write(&outcome?)
            }
        }
    }
}

fn read<T: DeserializeOwned>(event: &Event) -> Result<T, InvocationError> {
    serde_json::from_str(event.get()).map_err(InvocationError::UnknownEvent)
}

fn write<T: Serialize>(answer: &T) -> Result<Box<Event>, InvocationError> {
    serde_json::value::to_raw_value(answer).map_err(InvocationError::Answer)
}
