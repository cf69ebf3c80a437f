//! The `relays` table: how far each Nostr relay was read, in seconds since the Unix epoch.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use crate::Store;
use crate::error::{ReadError, describe};
use crate::expression::Expression;
use crate::item::{Reader, number, text};

impl Store {
    /// How far this relay was read; `None` when it never was.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn relay_cursor(&self, relay: &str) -> Result<Option<u64>, ReadError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.tables.relays)
            .key("relay", text(relay))
            .consistent_read(true)
            .send()
            .await?;
        let since = got.item().map(|item| Reader(item).number("since")).transpose()?;
        Ok(since)
    }

    /// Notes how far this relay was read. Two readers may cross: whoever is behind changes nothing.
    ///
    /// # Errors
    /// When DynamoDB does not take it.
    pub async fn advance_relay_cursor(&self, relay: &str, since: u64) -> Result<(), ReadError> {
        let mut expression = Expression::new();
        expression.compare_if_present("since", "<", number(since));
        expression.set("since", number(since));
        let advanced = self
            .client
            .update_item()
            .table_name(&self.tables.relays)
            .key("relay", text(relay))
            .update_expression(expression.update_text())
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .send()
            .await;
        let Err(error) = advanced else { return Ok(()) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Some(_) | None => Err(ReadError::Unavailable {
                detail: describe(&error),
            }),
        }
    }
}
