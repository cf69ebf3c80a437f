//! Clients of DynamoDB and SQS.

use std::time::Duration;

use aws_credential_types::Credentials;
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
        Self::over(access, http.clone(), http)
    }

    /// Clients over other connectors, such as ones that stay in the process.
    #[must_use]
    pub fn over(
        access: &AwsAccess,
        dynamodb_connector: impl Into<SharedHttpClient>,
        sqs_connector: impl Into<SharedHttpClient>,
    ) -> Self {
        // A call is answered in milliseconds or not at all; three tries of a second leave a request's own time intact.
        let timeouts = aws_sdk_dynamodb::config::timeout::TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_millis(1_500))
            .operation_timeout(Duration::from_secs(5))
            .build();
        let mut dynamodb = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::new(access.region.clone()))
            .credentials_provider(access.credentials.clone())
            .timeout_config(timeouts.clone())
            .http_client(dynamodb_connector.into());
        dynamodb.set_endpoint_url(access.dynamodb_endpoint.clone());
        let mut sqs = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
            .region(aws_sdk_sqs::config::Region::new(access.region.clone()))
            .credentials_provider(access.credentials.clone())
            .timeout_config(timeouts)
            .http_client(sqs_connector.into());
        sqs.set_endpoint_url(access.sqs_endpoint.clone());
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
        }
    }
}
