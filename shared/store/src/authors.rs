//! The `authors` table: what the gateway knows of each Nostr key. Its items are named by key and entry, so that what one
//! author does never meets what another does.

use std::fmt;

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::{ActionId, Intent};
use nanoark_domain::ceremony::{IntentDigest, Session};
use nanoark_domain::time::Timestamp;

use crate::Store;
use crate::error::ReadError;
use crate::expression::Expression;
use crate::item::{Item, ItemError, Reader, instant, number, text};
use crate::transaction::{BuildError, built};

/// What an item is about.
pub(crate) enum Entry<'a> {
    /// The ids of the author's open sessions.
    Open,
    /// What the author has ordered by this name. Stays for ever: a name is used once.
    Action(&'a ActionId),
    /// The address that the author has bound.
    Binding,
    /// An event of the author's that was answered on relays. Goes when no relay hands it out any more.
    Answered(EventId),
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => formatter.write_str("open"),
            Self::Action(action) => write!(formatter, "action#{action}"),
            Self::Binding => formatter.write_str("binding"),
            Self::Answered(event) => write!(formatter, "answered#{event}"),
        }
    }
}

/// The key of an item.
pub(crate) fn key(author: &XOnlyPublicKey, entry: &Entry<'_>) -> Item {
    Item::from([("author".to_owned(), text(author)), ("entry".to_owned(), text(entry))])
}

/// An order that an author gives by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedOrder<'a> {
    pub(crate) author: &'a XOnlyPublicKey,
    /// What is ordered, and its name.
    pub(crate) intent: &'a Intent,
    /// The session that it opens or joins.
    pub(crate) session: SessionId,
    /// When that session was opened.
    pub(crate) session_created_at: Timestamp,
}

/// What is on record under an order's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// This very order.
    Same,
    /// Another one, which is about this session.
    Other(SessionId),
}

impl<'a> NamedOrder<'a> {
    /// What this author orders, in the session that it opens or joins.
    pub(crate) const fn new(author: &'a XOnlyPublicKey, intent: &'a Intent, session: &Session) -> Self {
        Self {
            author,
            intent,
            session: session.id,
            session_created_at: session.created_at,
        }
    }

    /// Takes the name for the order, if it is unused.
    pub(crate) fn put(&self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let mut item = key(self.author, &Entry::Action(&self.intent.action_id));
        item.extend([
            ("session_id".to_owned(), text(self.session)),
            ("digest".to_owned(), text(IntentDigest::of(self.intent))),
            ("created_at".to_owned(), instant(self.session_created_at)),
        ]);
        let mut expression = Expression::new();
        expression.require_absent("author");
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(built(put.build())?).build())
    }

    /// Compares with what was found under its name.
    pub(crate) fn compare(&self, found: &Item) -> Result<Named, ItemError> {
        let reader = Reader(found);
        if reader.parse::<IntentDigest>("digest")? == IntentDigest::of(self.intent) {
            return Ok(Named::Same);
        }
        reader.parse("session_id").map(Named::Other)
    }

    /// Counts the session among the author's open ones, if there are fewer than this many.
    pub(crate) fn count(&self, table: &str, most_open: u32) -> Result<TransactWriteItem, BuildError> {
        let session = self.session.to_string();
        let mut expression = Expression::new();
        let open = expression.name("sessions");
        let mut free = vec![expression.is_member("sessions", &session)];
        if most_open > 0 {
            let most = expression.value(number(most_open));
            free.push(format!("attribute_not_exists({open})"));
            free.push(format!("size({open}) < {most}"));
        }
        expression.require(format!("({})", free.join(" OR ")));
        expression.add_member("sessions", &session);
        change_open(table, self.author, &expression)
    }
}

/// Counts the session among the author's open ones no more.
pub(crate) fn discount(
    table: &str,
    author: &XOnlyPublicKey,
    session: SessionId,
) -> Result<TransactWriteItem, BuildError> {
    let mut expression = Expression::new();
    expression.delete_member("sessions", &session.to_string());
    change_open(table, author, &expression)
}

fn change_open(table: &str, author: &XOnlyPublicKey, expression: &Expression) -> Result<TransactWriteItem, BuildError> {
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(key(author, &Entry::Open)))
        .update_expression(expression.update_text())
        .set_condition_expression(expression.condition_text())
        .set_expression_attribute_names(expression.names())
        .set_expression_attribute_values(expression.values());
    Ok(TransactWriteItem::builder().update(built(update.build())?).build())
}

impl Store {
    /// The sessions that this author has open.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn open_sessions_of(&self, author: &XOnlyPublicKey) -> Result<Vec<SessionId>, ReadError> {
        let Some(item) = self.author_entry(author, &Entry::Open).await? else {
            return Ok(Vec::new());
        };
        let ids = Reader(&item).texts("sessions")?;
        ids.iter()
            .map(|id| Ok(id.parse().map_err(|_| ItemError::new("sessions", "malformed"))?))
            .collect()
    }

    /// The session of what this author has ordered by this name.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn session_of_action(
        &self,
        author: &XOnlyPublicKey,
        action: &ActionId,
    ) -> Result<Option<SessionId>, ReadError> {
        let found = self.author_entry(author, &Entry::Action(action)).await?;
        Ok(found.map(|item| Reader(&item).parse("session_id")).transpose()?)
    }

    pub(crate) async fn author_entry(
        &self,
        author: &XOnlyPublicKey,
        entry: &Entry<'_>,
    ) -> Result<Option<Item>, ReadError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.tables.authors)
            .set_key(Some(key(author, entry)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(got.item)
    }
}
