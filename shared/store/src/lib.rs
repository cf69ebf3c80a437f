//! DynamoDB, one file per table. The only crate that names the DynamoDB SDK.
//!
//! Every mutation is **one** call. Its condition is compiled from the domain's guards ([`nanoark_domain::job::Guard`]),
//! its change from the domain's command, and when a condition fails DynamoDB returns the item that made it fail, from
//! which the domain names the rejection. There is no read before a write, on success or on failure.

mod answered;
mod authors;
mod batch;
mod bindings;
mod claims;
mod connections;
mod error;
mod expression;
mod idempotency;
mod item;
mod jobs;
mod offers;
mod payloads;
mod receipts;
mod record;
mod relays;
mod sessions;
mod shard;
#[cfg(test)]
mod tests;
mod transaction;

pub use bindings::StoredBinding;
pub use claims::{Claim, ClaimKind};
pub use connections::Connection;
pub use error::{CommitError, ReadError};
pub use idempotency::{IdempotencyRecord, StoredResponse};
pub use item::ItemError;
pub use jobs::{Claiming, JobListing, JobPosition, NewJob, StoredJob};
pub use payloads::{Failure, Payload};
pub use sessions::{ChangeRefusal, Hold, OpenRefusal, Opened, read_session};
pub use transaction::Committed;

use aws_sdk_dynamodb::Client;

/// The names of the tables, from the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableNames {
    /// Offers.
    pub offers: String,
    /// Jobs.
    pub jobs: String,
    /// Inputs and results.
    pub payloads: String,
    /// Facts that must be unique for ever.
    pub claims: String,
    /// Answers to requests, by idempotency key.
    pub idempotency: String,
    /// WebSocket connections by bot.
    pub connections: String,
    /// Sessions of the Ark gateway.
    pub sessions: String,
    /// What the gateway knows of each Nostr key: its open sessions, its orders, its bound address.
    pub authors: String,
    /// Who holds a VTXO.
    pub vtxos: String,
    /// How far each Nostr relay was read.
    pub relays: String,
    /// What sessions have done.
    pub receipts: String,
}

/// The tables.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    tables: TableNames,
}

impl Store {
    /// The tables of these names, reached through this client.
    #[must_use]
    pub const fn new(client: Client, tables: TableNames) -> Self {
        Self { client, tables }
    }

    /// Whether the jobs table can be used.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the table is not active.
    pub async fn ready(&self) -> Result<(), ReadError> {
        self.is_active(&self.tables.jobs).await
    }

    /// Whether the sessions table can be used.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the table is not active.
    pub async fn sessions_ready(&self) -> Result<(), ReadError> {
        self.is_active(&self.tables.sessions).await
    }

    async fn is_active(&self, table: &str) -> Result<(), ReadError> {
        let described = self.client.describe_table().table_name(table).send().await?;
        let status = described.table().and_then(|table| table.table_status());
        match status {
            Some(aws_sdk_dynamodb::types::TableStatus::Active | aws_sdk_dynamodb::types::TableStatus::Updating) => {
                Ok(())
            }
            other => Err(ReadError::TableNotActive {
                status: other.map_or("unknown", |status| status.as_str()).to_owned(),
            }),
        }
    }
}
