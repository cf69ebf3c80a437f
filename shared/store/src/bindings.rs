//! The address that a Nostr key has bound to itself: the `binding` entry of the `authors` table, one per key.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::address::ArkAddress;

use crate::Store;
use crate::authors::{Entry, key};
use crate::error::{ReadError, describe};
use crate::expression::Expression;
use crate::item::{Item, ItemError, Reader, number, text};

/// A binding on record. Its event was verified before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBinding {
    /// The Nostr key.
    pub nostr: XOnlyPublicKey,
    /// The key that owns the VTXOs.
    pub owner: XOnlyPublicKey,
    /// The owner's address.
    pub address: ArkAddress,
    /// When the event was made, in seconds since the Unix epoch.
    pub created_at: u64,
    /// The event's JSON, as it was signed: wallets check it for themselves.
    pub event: String,
}

impl Store {
    /// The bindings of these Nostr keys, in the order of the keys; those that have none are left out.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn bindings_of(&self, keys: &[XOnlyPublicKey]) -> Result<Vec<StoredBinding>, ReadError> {
        let distinct: BTreeSet<&XOnlyPublicKey> = keys.iter().collect();
        let wanted = distinct.into_iter().map(|nostr| key(nostr, &Entry::Binding)).collect();
        let found = self.items_of(&self.tables.authors, wanted).await?;
        let mut bindings = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        bindings.sort_by_key(|binding| keys.iter().position(|nostr| *nostr == binding.nostr));
        Ok(bindings)
    }

    /// Puts a binding on record if it is newer than the one that is there, and says whether it was. Of two that were made
    /// in the same second the first one to come stays.
    ///
    /// # Errors
    /// When DynamoDB does not take it.
    pub async fn put_binding(&self, binding: &StoredBinding) -> Result<bool, ReadError> {
        let mut expression = Expression::new();
        expression.compare_if_present("created_at", "<", number(binding.created_at));
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.authors)
            .set_item(Some(write(binding)))
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .send()
            .await;
        let Err(error) = put else { return Ok(true) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Some(_) | None => Err(ReadError::Unavailable {
                detail: describe(&error),
            }),
        }
    }
}

fn write(binding: &StoredBinding) -> Item {
    let mut item = key(&binding.nostr, &Entry::Binding);
    item.extend([
        ("owner".to_owned(), text(binding.owner)),
        ("address".to_owned(), text(binding.address)),
        ("created_at".to_owned(), number(binding.created_at)),
        ("event".to_owned(), text(&binding.event)),
    ]);
    item
}

fn read(item: &Item) -> Result<StoredBinding, ItemError> {
    let reader = Reader(item);
    Ok(StoredBinding {
        nostr: reader.parse("author")?,
        owner: reader.parse("owner")?,
        address: reader.parse("address")?,
        created_at: reader.number("created_at")?,
        event: reader.text("event")?.to_owned(),
    })
}
