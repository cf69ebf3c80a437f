//! A service that cannot be reached for a while, on command.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// How a call that does not come back fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The request never arrives.
    Request,
    /// It is carried out; the answer never arrives.
    Answer,
}

/// The way to a service, for an SDK client, that a test can break. Clones are the same way.
#[derive(Clone)]
pub struct Outage {
    inner: SharedHttpClient,
    coming: Arc<Mutex<Vec<Lost>>>,
}

impl Outage {
    /// The way that leads over this client.
    #[must_use]
    pub fn over(inner: SharedHttpClient) -> Self {
        Self {
            inner,
            coming: Arc::default(),
        }
    }

    /// The next `count` calls time out.
    pub fn next(&self, count: usize, lost: Lost) {
        self.lock().extend(std::iter::repeat_n(lost, count));
    }

    /// How many calls are yet to fail; a test that breaks a way asserts that this is zero.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.lock().len()
    }

    /// The way as the SDK takes it.
    #[must_use]
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Lost>> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Outage {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            inner: self.inner.http_connector(settings, parts),
            outage: self.clone(),
        })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    outage: Outage,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let timeout = || ConnectorError::timeout("the service is out".into());
        let lost = self.outage.lock().pop();
        match lost {
            None => self.inner.call(request),
            Some(Lost::Request) => HttpConnectorFuture::new(async move { Err(timeout()) }),
            Some(Lost::Answer) => {
                let answer = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    drop(answer.await);
                    Err(timeout())
                })
            }
        }
    }
}

impl fmt::Debug for Outage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Outage")
            .field("outstanding", &self.outstanding())
            .finish_non_exhaustive()
    }
}
