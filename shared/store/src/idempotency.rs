//! The `idempotency` table: answers to requests, by key. Its items expire by TTL, which is lazy (up to 48 h), so the
//! condition checks the expiry itself.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use nanoark_domain::bot::BotId;
use nanoark_domain::time::{Seconds, Timestamp};

use crate::Store;
use crate::error::{ReadError, describe};
use crate::expression::Expression;
use crate::item::{Item, ItemError, Reader, Writer, number, text};
use crate::transaction::{BuildError, built};

/// A mutation's place in the idempotency table, with the answer it will have given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Who asks.
    pub caller: BotId,
    /// Which function is asked. A key counts per caller and function.
    pub function: &'static str,
    /// The key the caller chose.
    pub key: String,
    /// The digest of what is asked.
    pub fingerprint: [u8; 32],
    /// What is answered when it is done. It follows from the request alone, so it is known before.
    pub response: StoredResponse,
    /// The relay's clock.
    pub now: Timestamp,
    /// How long the answer is remembered.
    pub retention: Seconds,
}

/// An answer as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: Vec<u8>,
}

/// What an earlier record under the same key means for a request.
pub(crate) enum Earlier {
    /// It is the same request, answered like this.
    Same(StoredResponse),
    /// It is another request.
    Other,
}

impl IdempotencyRecord {
    fn id(&self) -> String {
        format!("{}#{}#{}", self.caller, self.function, self.key)
    }

    /// Records the answer, if the key is unused or its record has expired.
    pub(crate) fn put(&self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let mut item = Writer::default();
        item.put("id", text(self.id()));
        item.put("fingerprint", AttributeValue::B(Blob::new(self.fingerprint)));
        item.put("status", number(self.response.status));
        item.put("body", AttributeValue::B(Blob::new(self.response.body.clone())));
        // In seconds, as TTL wants it.
        item.put("expires_at", number(self.now.plus(self.retention).as_seconds()));
        let mut expression = Expression::new();
        expression.compare_if_present("expires_at", "<=", number(self.now.as_seconds()));
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item.finish()))
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(built(put.build())?).build())
    }

    /// Compares with the record that was found under the same key.
    pub(crate) fn compare(&self, found: &Item) -> Result<Earlier, ItemError> {
        let bytes = |attribute: &str| match found.get(attribute) {
            Some(AttributeValue::B(blob)) => Ok(blob.as_ref().to_vec()),
            Some(_) | None => Err(ItemError::new(attribute, "no bytes")),
        };
        if bytes("fingerprint")? != self.fingerprint {
            return Ok(Earlier::Other);
        }
        let status =
            u16::try_from(Reader(found).number("status")?).map_err(|_| ItemError::new("status", "no status"))?;
        Ok(Earlier::Same(StoredResponse {
            status,
            body: bytes("body")?,
        }))
    }
}

impl Store {
    /// The answer that this very request got before, if it was done and is remembered.
    ///
    /// For a request that cannot be done as it is, but may have been: what it says of time was right when it came first.
    /// It is asked by a write whose condition never holds, because DynamoDB returns the record with the refusal: so the
    /// functions need no right to read the table.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn earlier_answer(&self, record: &IdempotencyRecord) -> Result<Option<StoredResponse>, ReadError> {
        let asked = self
            .client
            .put_item()
            .table_name(&self.tables.idempotency)
            .item("id", text(record.id()))
            .condition_expression("attribute_exists(#id) AND attribute_not_exists(#id)")
            .expression_attribute_names("#id", "id")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = asked else { return Ok(None) };
        let Some(PutItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() else {
            return Err(ReadError::Unavailable {
                detail: describe(&error),
            });
        };
        let Some(found) = refused.item() else { return Ok(None) };
        if Reader(found).number("expires_at")? <= record.now.as_seconds() {
            return Ok(None);
        }
        Ok(match record.compare(found)? {
            Earlier::Same(response) => Some(response),
            Earlier::Other => None,
        })
    }
}
