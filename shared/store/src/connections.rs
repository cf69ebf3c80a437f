//! The `connections` table: which bot is behind a WebSocket connection, so that hints find it. Nothing here is the truth
//! about anything; a record that is missing or stale costs a hint and no more. Its items expire by TTL.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use nanoark_domain::bot::BotId;
use nanoark_domain::time::Timestamp;

use crate::Store;
use crate::error::{ReadError, describe};
use crate::expression::Expression;
use crate::item::{Reader, Writer, instant, number, text};

/// The index that finds a bot's connections.
const BY_BOT: &str = "by-bot";

/// A connection on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// API Gateway's name for it.
    pub connection_id: String,
    /// Who signed its handshake.
    pub bot: BotId,
    /// When the handshake was made.
    pub connected_at: Timestamp,
    /// When the record is of no more use to anybody.
    pub expires_at: Timestamp,
}

impl Store {
    /// Puts a connection on record.
    ///
    /// # Errors
    /// When DynamoDB does not take it.
    pub async fn open_connection(&self, connection: &Connection) -> Result<(), ReadError> {
        let mut item = Writer::default();
        item.put("connection_id", text(&connection.connection_id));
        item.put("bot", text(connection.bot));
        item.put("connected_at", instant(connection.connected_at));
        // In seconds, as TTL wants it.
        item.put("expires_at", number(connection.expires_at.as_seconds()));
        self.client
            .put_item()
            .table_name(&self.tables.connections)
            .set_item(Some(item.finish()))
            .send()
            .await?;
        Ok(())
    }

    /// Whether the connection is on record and has not expired by `now`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn is_connected(&self, connection_id: &str, now: Timestamp) -> Result<bool, ReadError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.tables.connections)
            .key("connection_id", text(connection_id))
            // The answer to a bot that has just connected must not come from a replica that has not heard of it.
            .consistent_read(true)
            .send()
            .await?;
        match found.item() {
            Some(item) => Ok(Reader(item).number("expires_at")? > now.as_seconds()),
            None => Ok(false),
        }
    }

    /// The names of a bot's connections, at most `most`. Some of them may be gone already.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn connections_of(&self, bot: BotId, most: i32) -> Result<Vec<String>, ReadError> {
        let found = self
            .client
            .query()
            .table_name(&self.tables.connections)
            .index_name(BY_BOT)
            .key_condition_expression("#bot = :bot")
            .expression_attribute_names("#bot", "bot")
            .expression_attribute_values(":bot", text(bot))
            .limit(most)
            .send()
            .await?;
        found
            .items()
            .iter()
            .map(|item| Ok(Reader(item).text("connection_id")?.to_owned()))
            .collect()
    }

    /// Forgets a connection that was closed.
    ///
    /// # Errors
    /// When DynamoDB does not do it.
    pub async fn close_connection(&self, connection_id: &str) -> Result<(), ReadError> {
        self.client
            .delete_item()
            .table_name(&self.tables.connections)
            .key("connection_id", text(connection_id))
            .send()
            .await?;
        Ok(())
    }

    /// Forgets a connection that nobody could reach, if its handshake was before `before`; says whether it did. While a
    /// handshake is under way API Gateway says of the new connection that it is gone, so a young record is left alone.
    ///
    /// # Errors
    /// When DynamoDB does not do it.
    pub async fn drop_connection(&self, connection_id: &str, before: Timestamp) -> Result<bool, ReadError> {
        let mut expression = Expression::new();
        expression.compare("connected_at", "<", instant(before));
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.tables.connections)
            .key("connection_id", text(connection_id))
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(false),
                Some(_) | None => Err(ReadError::Unavailable {
                    detail: describe(&error),
                }),
            },
        }
    }
}
