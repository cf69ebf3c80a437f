//! The `sessions` table, and the writes that change a session together with what depends on it.
//!
//! A session changes under the condition that its version is the one that the change was made from. With it, in the same
//! transaction, change the holds on its VTXOs, its place among its authors' open sessions, and its receipt.

mod holds;
mod item;
mod opening;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use bitcoin::OutPoint;
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_domain::ceremony::{Session, Transition};
use nanoark_domain::time::Timestamp;

use crate::Store;
use crate::error::{CommitError, ReadError};
use crate::expression::Expression;
use crate::item::{Item, number, text};
use crate::transaction::{Refusal, Verdict, built, send, update_alone};
use crate::{authors, receipts};

pub use holds::Hold;
pub use item::read_session;
pub use opening::{OpenRefusal, Opened};

/// Why a session was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefusal {
    /// It is not the one any more that the change was made from.
    #[error("the session is at version {}", .0.version)]
    Outdated(Box<Session>),
    /// It does not get, or has lost, its hold on these VTXOs.
    #[error("{} VTXOs are not held by the session", .0.len())]
    Held(Vec<OutPoint>),
    /// There is no such session.
    #[error("there is no such session")]
    Gone,
}

/// The condition on a session's item.
enum Condition {
    /// There is none.
    Absent,
    /// It is of this version.
    Version(u64),
}

impl Store {
    /// A session, consistently read.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn session(&self, id: SessionId) -> Result<Option<Session>, ReadError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.tables.sessions)
            .key("session_id", text(id))
            .consistent_read(true)
            .send()
            .await?;
        Ok(got.item().map(item::read).transpose()?)
    }

    /// Sessions that somebody should have looked at by `now`, the longest overdue first, at most `most`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn due_sessions(&self, now: Timestamp, most: usize) -> Result<Vec<SessionId>, ReadError> {
        self.ids_until(&self.tables.sessions, "due", now, most, "session_id")
            .await
    }

    /// Writes a transition that was made from version `before`. A single conditional write, or one transaction where holds,
    /// open sessions or a receipt change too. What has been written before, by a call whose answer was lost, is a success.
    ///
    /// # Errors
    /// See [`CommitError`] and [`ChangeRefusal`].
    pub async fn change_session(&self, before: u64, transition: &Transition) -> Result<(), CommitError<ChangeRefusal>> {
        let update = self.session_update(&Condition::Version(before), &transition.session)?;
        let others = self.dependents(transition)?;
        let sent = if others.is_empty() {
            update_alone(&self.client, update).await
        } else {
            let session = TransactWriteItem::builder().update(update).build();
            send(&self.client, [vec![session], others].concat()).await
        };
        match sent {
            Ok(()) => Ok(()),
            Err(Refusal::Final(error)) => Err(error),
            Err(Refusal::Conditions(verdicts)) => refused(&verdicts, transition),
        }
    }

    fn session_update<R>(&self, condition: &Condition, session: &Session) -> Result<Update, CommitError<R>> {
        let mut expression = Expression::new();
        match condition {
            Condition::Absent => expression.require_absent("session_id"),
            Condition::Version(version) => expression.compare("version", "=", number(*version)),
        }
        item::set(&mut expression, session)?;
        let update = Update::builder()
            .table_name(&self.tables.sessions)
            .key("session_id", text(session.id))
            .update_expression(expression.update_text())
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(built(update.build())?)
    }

    /// What changes together with the session: the holds first, in their order.
    fn dependents<R>(&self, transition: &Transition) -> Result<Vec<TransactWriteItem>, CommitError<R>> {
        let session = &transition.session;
        // A transition that takes holds reaches a stage, and says when.
        let now = session.stage_since();
        let mut parts = Vec::new();
        for change in &transition.holds {
            parts.push(holds::part(&self.tables.vtxos, change, session.id, now)?);
        }
        for author in transition.closed_for.iter().collect::<BTreeSet<_>>() {
            parts.push(authors::discount(&self.tables.authors, author, session.id)?);
        }
        if let Some(receipt) = &transition.receipt {
            parts.push(receipts::put(&self.tables.receipts, receipt)?);
        }
        Ok(parts)
    }
}

/// What the failed conditions of a change mean.
fn refused(verdicts: &[Verdict], transition: &Transition) -> Result<(), CommitError<ChangeRefusal>> {
    if let Some(Verdict::Failed(found)) = verdicts.first() {
        return match found {
            None => Err(CommitError::Rejected(ChangeRefusal::Gone)),
            Some(found) => was_written(found, &transition.session),
        };
    }
    let lost: Vec<OutPoint> = transition
        .holds
        .iter()
        .zip(verdicts.iter().skip(1))
        .filter_map(|(change, verdict)| match verdict {
            Verdict::Failed(_) => Some(change.outpoint()),
            Verdict::Held => None,
        })
        .collect();
    Err(if lost.is_empty() {
        CommitError::Disagreement {
            what: format!("the receipt of {}", transition.session.id),
        }
    } else {
        CommitError::Rejected(ChangeRefusal::Held(lost))
    })
}

/// A session that is there as it was to be written was written by an earlier try, whole.
fn was_written(found: &Item, wanted: &Session) -> Result<(), CommitError<ChangeRefusal>> {
    let found = item::read(found)?;
    if found == *wanted {
        return Ok(());
    }
    Err(CommitError::Rejected(ChangeRefusal::Outdated(Box::new(found))))
}
