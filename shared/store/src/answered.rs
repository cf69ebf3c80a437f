//! Which events of an author's were answered on relays: relays hand out an event more than once, and more than one does.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::hash::EventId;
use nanoark_domain::time::Timestamp;

use crate::Store;
use crate::authors::{Entry, key};
use crate::error::{ReadError, describe};
use crate::item::number;

impl Store {
    /// Whether an event was answered.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn was_answered(&self, author: &XOnlyPublicKey, event: EventId) -> Result<bool, ReadError> {
        Ok(self.author_entry(author, &Entry::Answered(event)).await?.is_some())
    }

    /// Notes that an event was answered, at least until then.
    ///
    /// # Errors
    /// When DynamoDB does not take it.
    pub async fn note_answered(
        &self,
        author: &XOnlyPublicKey,
        event: EventId,
        until: Timestamp,
    ) -> Result<(), ReadError> {
        let mut item = key(author, &Entry::Answered(event));
        item.insert("expires_at".to_owned(), number(until.as_seconds()));
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.authors)
            .set_item(Some(item))
            .send()
            .await;
        put.map(|_| ()).map_err(|error| ReadError::Unavailable {
            detail: describe(&error),
        })
    }
}
