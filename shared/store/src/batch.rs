//! Reading many items by their keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::Store;
use crate::error::ReadError;
use crate::item::Item;

/// The most keys that one `BatchGetItem` may name.
const KEYS_PER_CALL: usize = 100;

/// How often keys that DynamoDB left unprocessed are asked for again. It leaves some when an answer grows over 16 MiB, or
/// when it is busy; the second is over soon or not at all.
const ROUNDS: usize = 5;

impl Store {
    /// The items of these keys, each of which is named once, consistently read, in no particular order; those that are not
    /// there are left out.
    pub(crate) async fn items_of(&self, table: &str, keys: Vec<Item>) -> Result<Vec<Item>, ReadError> {
        let mut items = Vec::new();
        for keys in keys.chunks(KEYS_PER_CALL) {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(keys.to_vec()))
                .consistent_read(true)
                .build()
                .map_err(|error| ReadError::Unavailable {
                    detail: error.to_string(),
                })?;
            self.rounds(table, wanted, &mut items).await?;
        }
        Ok(items)
    }

    async fn rounds(&self, table: &str, wanted: KeysAndAttributes, items: &mut Vec<Item>) -> Result<(), ReadError> {
        let mut wanted = HashMap::from([(table.to_owned(), wanted)]);
        for _ in 0..ROUNDS {
            let got = self
                .client
                .batch_get_item()
                .set_request_items(Some(wanted))
                .send()
                .await?;
            items.extend(got.responses.unwrap_or_default().into_values().flatten());
            wanted = got.unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(());
            }
        }
        Err(ReadError::Unavailable {
            detail: "DynamoDB left keys unprocessed".to_owned(),
        })
    }
}
