//! The addresses that a stack listens on, bound before anything is told about them.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::background::{Background, stopped};
use super::options::Listen;
use super::{Addresses, Services, StackError};
use crate::gateway::{self, Gateway};
use crate::queue;
use crate::sockets::{self, Sockets};
use crate::template::{Settings, Template};

/// The listeners, if the stack listens at all.
pub(super) struct Listeners(Option<Bound>);

struct Bound {
    addresses: Addresses,
    http: TcpListener,
    websocket: TcpListener,
    dynamodb: TcpListener,
    sqs: TcpListener,
}

impl Listeners {
    pub(super) async fn bind(listen: Option<Listen>) -> Result<Self, StackError> {
        let Some(listen) = listen else { return Ok(Self(None)) };
        let (http, http_address) = bind(listen.http).await?;
        let (websocket, websocket_address) = bind(listen.websocket).await?;
        let (dynamodb, dynamodb_address) = bind(listen.dynamodb).await?;
        let (sqs, sqs_address) = bind(listen.sqs).await?;
        let addresses = Addresses {
            http: http_address,
            websocket: websocket_address,
            dynamodb: dynamodb_address,
            sqs: sqs_address,
        };
        Ok(Self(Some(Bound {
            addresses,
            http,
            websocket,
            dynamodb,
            sqs,
        })))
    }

    pub(super) fn addresses(&self) -> Option<Addresses> {
        self.0.as_ref().map(|bound| bound.addresses)
    }

    /// Reads the template with queue URLs that lead here.
    pub(super) fn read_template(&self, text: &str, mut settings: Settings) -> Result<Template, StackError> {
        if let Some(addresses) = self.addresses() {
            settings.queue_endpoint = format!("http://{}", addresses.sqs);
        }
        Ok(Template::read(text, &settings)?)
    }

    /// Starts to answer.
    pub(super) fn serve(self, gateway: &Gateway, sockets: &Sockets, services: &Services) -> Option<Background> {
        let bound = self.0?;
        let (signal, stop) = watch::channel(false);
        let http = gateway::serve(gateway.clone(), bound.http, stopped(stop.clone()));
        let websocket = sockets::serve(sockets.clone(), bound.websocket, stop.clone());
        let sqs = queue::serve(services.queues().clone(), bound.sqs, stopped(stop.clone()));
        let dynamodb =
            dynoxide::server::serve_with_shutdown(bound.dynamodb, services.database().clone(), stopped(stop));
        let tasks = vec![
            tokio::spawn(async move { report("the HTTP API", http.await) }),
            tokio::spawn(async move { report("the WebSocket API", websocket.await) }),
            tokio::spawn(async move { report("SQS", sqs.await) }),
            tokio::spawn(async move { report("DynamoDB", dynamodb.await) }),
        ];
        Some(Background::of(signal, tasks))
    }
}

async fn bind(port: u16) -> Result<(TcpListener, SocketAddr), StackError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let unusable = |error| StackError::Io(address.to_string(), error);
    let listener = TcpListener::bind(address).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    Ok((listener, address))
}

fn report<E: std::fmt::Display>(what: &str, ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::error!(%error, "{what} stopped listening");
    }
}
