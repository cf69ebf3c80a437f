//! DynamoDB without a socket: the real AWS SDK on top, an embedded engine underneath.
//!
//! The SDK signs, serialises, retries and parses as it does in production; only the transport is replaced. Every call
//! is recorded with the units it consumed ([`CallLog`]), and a test can make calls fail in the ways the engine itself
//! never does ([`Faults`]): throttling, transaction conflicts, time-outs before and after the commit.

mod call_log;
mod connector;
mod dispatch;
mod faults;

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_smithy_types::retry::RetryConfig;
use dynoxide::storage_backend::Clock;
use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};

pub use call_log::{Call, CallLog, Outcome, Units};
pub use faults::{Fault, FaultSite, Faults};

/// A DynamoDB in this process. Clones share tables, log and faults.
#[derive(Clone)]
pub struct InProcessDynamoDb {
    database: Database,
    calls: CallLog,
    faults: Faults,
}

impl InProcessDynamoDb {
    /// An empty DynamoDB in memory, on the system's clock.
    ///
    /// # Errors
    /// When the engine cannot start.
    pub fn in_memory() -> Result<Self, DynoxideError> {
        Database::memory().map(Self::over)
    }

    /// An empty DynamoDB in memory that expires items by this clock; a [`FakeClock`](crate::clock::FakeClock) is one.
    ///
    /// # Errors
    /// When the engine cannot start.
    pub fn in_memory_with_clock(clock: Arc<dyn Clock>) -> Result<Self, DynoxideError> {
        Database::memory_with_clock(clock).map(Self::over)
    }

    /// The DynamoDB kept in this file, created if it is missing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn in_file(path: &str) -> Result<Self, DynoxideError> {
        Database::new(path).map(Self::over)
    }

    /// The SDK's way to a database that somebody else opened.
    #[must_use]
    pub fn over(database: Database) -> Self {
        Self {
            database,
            calls: CallLog::default(),
            faults: Faults::default(),
        }
    }

    /// The engine itself, for reading streams, sweeping expired items or serving it over HTTP.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What was called so far.
    #[must_use]
    pub fn calls(&self) -> &CallLog {
        &self.calls
    }

    /// What is to go wrong next.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The transport alone, for a client that is configured elsewhere.
    #[must_use]
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(connector::Connector {
            database: self.database.clone(),
            calls: self.calls.clone(),
            faults: self.faults.clone(),
        })
    }

    /// A client that never retries, so that a test sees every single answer.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client_with_retries(RetryConfig::disabled())
    }

    /// A client with these retries.
    #[must_use]
    pub fn client_with_retries(&self, retries: RetryConfig) -> Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::from_keys("in-process", "in-process", None))
            .http_client(self.http_client())
            .retry_config(retries)
            .build();
        Client::from_conf(config)
    }

    /// Creates a table from the JSON of a `CreateTable` request. Not recorded: a table comes from the template.
    ///
    /// # Errors
    /// What DynamoDB says about the request.
    pub fn create_table(&self, create_table: &Value) -> Result<(), DynoxideError> {
        dispatch::answer(&self.database, "CreateTable", create_table).map(drop)
    }

    /// Lets items of the table expire at the epoch second in `attribute`. Not recorded.
    ///
    /// # Errors
    /// What DynamoDB says about the request.
    pub fn enable_ttl(&self, table: &str, attribute: &str) -> Result<(), DynoxideError> {
        let request = json!({
            "TableName": table,
            "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
        });
        dispatch::answer(&self.database, "UpdateTimeToLive", &request).map(drop)
    }

    /// Deletes what has expired, as DynamoDB does within 48 hours, and returns how many items that were.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn sweep_expired(&self) -> Result<usize, DynoxideError> {
        self.database.sweep_ttl()
    }
}

impl std::fmt::Debug for InProcessDynamoDb {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("InProcessDynamoDb").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
