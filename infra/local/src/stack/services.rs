//! What the functions of a stack work with: the same things that AWS would give them.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynoxide::Database;

use super::Addresses;
use crate::clock::Clock;
use crate::queue::Queues;
use crate::sockets::Connections;
use crate::template::Template;

/// Template, database, queues, clock and addresses of a stack. Cloning shares them.
#[derive(Clone)]
pub struct Services {
    template: Arc<Template>,
    database: Database,
    queues: Queues,
    connections: Connections,
    clock: Clock,
    region: String,
    addresses: Option<Addresses>,
}

impl Services {
    pub(super) fn new(
        template: Template,
        database: Database,
        queues: Queues,
        connections: Connections,
        clock: Clock,
        region: String,
        addresses: Option<Addresses>,
    ) -> Self {
        Self {
            template: Arc::new(template),
            database,
            queues,
            connections,
            clock,
            region,
            addresses,
        }
    }

    /// The template.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The DynamoDB engine with the template's tables.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The queues.
    #[must_use]
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    /// The connections of the WebSocket API.
    #[must_use]
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The region that every ARN names.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The HTTP API's address, when the stack listens.
    #[must_use]
    pub fn http_url(&self) -> Option<String> {
        self.addresses.map(|addresses| format!("http://{}", addresses.http))
    }

    /// The WebSocket API's address, when the stack listens and the template has one.
    #[must_use]
    pub fn websocket_url(&self) -> Option<String> {
        self.socket_address("ws")
    }

    fn socket_address(&self, scheme: &str) -> Option<String> {
        let (addresses, api) = (self.addresses?, self.template.sockets.as_ref()?);
        Some(format!("{scheme}://{}{}", addresses.websocket, api.path()))
    }

    /// DynamoDB's address, when the stack listens.
    #[must_use]
    pub fn dynamodb_url(&self) -> Option<String> {
        self.addresses.map(|addresses| format!("http://{}", addresses.dynamodb))
    }

    /// SQS's address, when the stack listens.
    #[must_use]
    pub fn sqs_url(&self) -> Option<String> {
        self.addresses.map(|addresses| format!("http://{}", addresses.sqs))
    }

    /// The environment that a function sees: the template's variables and those that Lambda adds; nothing for a name
    /// that the template does not have.
    #[must_use]
    pub fn environment(&self, function: &str) -> BTreeMap<String, String> {
        let Some(function) = self.template.functions.get(function) else {
            return BTreeMap::new();
        };
        let mut environment = function.environment.clone();
        for (name, value) in [
            ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.megabytes.to_string()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local".into()),
            ("AWS_REGION", self.region.clone()),
            ("AWS_DEFAULT_REGION", self.region.clone()),
            ("AWS_ACCESS_KEY_ID", "local".into()),
            ("AWS_SECRET_ACCESS_KEY", "local".into()),
        ] {
            environment.insert(name.into(), value);
        }
        environment.extend(
            self.dynamodb_url()
                .map(|url| ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), url)),
        );
        environment.extend(self.sqs_url().map(|url| ("AWS_ENDPOINT_URL_SQS".to_owned(), url)));
        let management = self.socket_address("http");
        environment.extend(management.map(|url| ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI".to_owned(), url)));
        environment
    }

    /// The environment of every function, by its name.
    #[must_use]
    pub fn environments(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.template
            .functions
            .keys()
            .map(|name| (name.clone(), self.environment(name)))
            .collect()
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Services")
            .field("region", &self.region)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}
