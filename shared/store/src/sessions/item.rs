//! A session as an item, and back. The record holds all of it; the other attributes are what conditions, indexes and the
//! stream's filter ask for.

use nanoark_domain::ceremony::Session;

use crate::expression::Expression;
use crate::item::{Item, ItemError, Reader, instant, number, text};
use crate::record::{self, Recorded};
use crate::shard::shard_of;

impl Recorded for Session {
    const NAME: &'static str = "session";
    const SCHEMA: u64 = 1;
}

/// Sets all attributes but the key, in a new item as well as in one that is there.
pub(super) fn set(expression: &mut Expression, session: &Session) -> Result<(), ItemError> {
    expression.set("version", number(session.version));
    expression.set("stage", text(session.progress.stage().as_str()));
    let due_at = session.due_at();
    expression.set_or_remove("due", due_at.map(|_| text(shard_of(session.id.as_bytes()))));
    expression.set_or_remove("due_at", due_at.map(instant));
    expression.set(record::ATTRIBUTE, record::write(session)?);
    Ok(())
}

/// A session from its item.
pub(super) fn read(item: &Item) -> Result<Session, ItemError> {
    read_session(Reader(item).text(record::ATTRIBUTE)?)
}

/// A session from the `record` attribute of its item, such as the table's stream carries.
///
/// # Errors
/// When it is not what this release writes.
pub fn read_session(record: &str) -> Result<Session, ItemError> {
    record::read(record)
}
