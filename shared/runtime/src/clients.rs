//! Clients of DynamoDB, SQS and API Gateway's connections.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// The roots that AWS's own certificates descend from. Loading the system's 140 others would be two thirds of a
/// function's start-up.
const AMAZON_ROOTS: &[u8] = include_bytes!("../roots/amazon.pem");

/// How AWS is reached. On Lambda all of it stands in the environment, for as long as the sandbox lives, so the SDK's
/// chain of credential sources, and its 40 crates, are not needed.
#[derive(Debug, Clone)]
pub struct AwsAccess {
    /// The region.
    pub region: String,
    /// Who we are. Does not print.
    pub credentials: Credentials,
    /// Another address of DynamoDB, for local stacks.
    pub dynamodb_endpoint: Option<String>,
    /// Another address of SQS, for local stacks.
    pub sqs_endpoint: Option<String>,
    /// The address of the WebSocket API's stage, for the functions that send to its connections.
    pub socket_endpoint: Option<String>,
}

/// What Lambda always sets is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not set")]
pub struct MissingAccess(&'static str);

/// The SDK's clients.
#[derive(Debug, Clone)]
pub struct AwsClients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// Secrets Manager.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// API Gateway's connections, where their address is known.
    pub sockets: Option<aws_sdk_apigatewaymanagement::Client>,
}

impl AwsAccess {
    /// Reads what Lambda puts into the environment.
    ///
    /// # Errors
    /// When a part of it is missing.
    pub fn from_settings(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, MissingAccess> {
        let required = |name| lookup(name).ok_or(MissingAccess(name));
        let credentials = Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            lookup("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        Ok(Self {
            region: required("AWS_REGION")?,
            credentials,
            dynamodb_endpoint: lookup("AWS_ENDPOINT_URL_DYNAMODB"),
            sqs_endpoint: lookup("AWS_ENDPOINT_URL_SQS"),
            // A local stack may put another address in its place, but not give it to a function that has none.
            socket_endpoint: lookup("NANOARK_SOCKET_ENDPOINT")
                .map(|endpoint| lookup("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI").unwrap_or(endpoint)),
        })
    }
}

impl AwsClients {
    /// Clients over TLS to AWS, or to the endpoints that were set.
    #[must_use]
    pub fn connect(access: &AwsAccess) -> Self {
        let roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
        let tls = TlsContext::builder()
            .with_trust_store(roots)
            .build()
            .unwrap_or_default();
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .tls_context(tls)
            .build_https();
        let clients = Self::over(access, http.clone(), http.clone()).with_sockets(access, http.clone());
        Self {
            secrets: secrets(access, http),
            ..clients
        }
    }

    /// Clients over other connectors, such as ones that stay in the process.
    #[must_use]
    pub fn over(
        access: &AwsAccess,
        dynamodb_connector: impl Into<SharedHttpClient>,
        sqs_connector: impl Into<SharedHttpClient>,
    ) -> Self {
        let sqs_connector = sqs_connector.into();
        let mut dynamodb = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::new(access.region.clone()))
            .credentials_provider(access.credentials.clone())
            .timeout_config(timeouts())
            .http_client(dynamodb_connector.into());
        dynamodb.set_endpoint_url(access.dynamodb_endpoint.clone());
        let mut sqs = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
            .region(aws_sdk_sqs::config::Region::new(access.region.clone()))
            .credentials_provider(access.credentials.clone())
            .timeout_config(timeouts())
            .http_client(sqs_connector.clone());
        sqs.set_endpoint_url(access.sqs_endpoint.clone());
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            // Nothing stays in the process that has secrets: who runs the functions there gives them the key itself.
            secrets: secrets(access, sqs_connector),
            sockets: None,
        }
    }

    /// With the WebSocket API's connections over this connector, if their address is known.
    #[must_use]
    pub fn with_sockets(mut self, access: &AwsAccess, connector: impl Into<SharedHttpClient>) -> Self {
        self.sockets = access.socket_endpoint.as_ref().map(|endpoint| {
            let config = aws_sdk_apigatewaymanagement::Config::builder()
                .behavior_version(aws_sdk_apigatewaymanagement::config::BehaviorVersion::latest())
                .region(aws_sdk_apigatewaymanagement::config::Region::new(access.region.clone()))
                .credentials_provider(access.credentials.clone())
                .timeout_config(timeouts())
                // What is sent is a hint, and the next one is as good as a second try.
                .retry_config(aws_sdk_apigatewaymanagement::config::retry::RetryConfig::disabled())
                .http_client(connector.into())
                .endpoint_url(endpoint);
            aws_sdk_apigatewaymanagement::Client::from_conf(config.build())
        });
        self
    }
}

fn secrets(access: &AwsAccess, connector: impl Into<SharedHttpClient>) -> aws_sdk_secretsmanager::Client {
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(aws_sdk_secretsmanager::config::BehaviorVersion::latest())
        .region(aws_sdk_secretsmanager::config::Region::new(access.region.clone()))
        .credentials_provider(access.credentials.clone())
        .timeout_config(timeouts())
        .http_client(connector.into());
    aws_sdk_secretsmanager::Client::from_conf(config.build())
}

/// A call is answered in milliseconds or not at all; three tries of a second leave a request's own time intact.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(1_500))
        .operation_timeout(Duration::from_secs(5))
        .build()
}
