//! The management API behind the real SDK without a socket.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use http::{Method, Response, Uri};

use super::Connections;
use crate::clock::Clock;

#[derive(Clone)]
struct Connector {
    connections: Connections,
    clock: Clock,
}

impl Connections {
    /// An HTTP client for `aws_sdk_apigatewaymanagement::Config` that reaches these connections.
    #[must_use]
    pub fn connector(&self, clock: &Clock) -> SharedHttpClient {
        SharedHttpClient::new(Connector {
            connections: self.clone(),
            clock: clock.clone(),
        })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.answer(&request))
    }
}

impl Connector {
    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let other = |error: Box<dyn std::error::Error + Send + Sync>| ConnectorError::other(error, None);
        let uri: Uri = request.uri().parse().map_err(|error| other(Box::new(error)))?;
        let method: Method = request.method().parse().map_err(|error| other(Box::new(error)))?;
        let data = request.body().bytes().unwrap_or_default();
        let answer: Response<String> = self.connections.answer(&method, uri.path(), data, self.clock.now());
        let status = StatusCode::try_from(answer.status().as_u16()).map_err(|error| other(error.into()))?;
        let mut response = HttpResponse::new(status, SdkBody::empty());
        for (name, value) in answer.headers() {
            let value = value.to_str().unwrap_or_default().to_owned();
            response.headers_mut().insert(name.as_str().to_owned(), value);
        }
        *response.body_mut() = SdkBody::from(answer.into_body());
        Ok(response)
    }
}
