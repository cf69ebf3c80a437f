//! Opening a session, and joining one. Either way an author uses up a name for what it orders, and has one open session
//! more.

use aws_sdk_dynamodb::types::TransactWriteItem;
use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::intent::Intent;
use nanoark_domain::ceremony::{Session, Transition};

use super::{Condition, item};
use crate::Store;
use crate::authors::{Named, NamedOrder};
use crate::error::CommitError;
use crate::transaction::{Refusal, Verdict, send};

/// When an author's order was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It was taken now.
    Now,
    /// It had been taken before: an event of this very content opened or joined the session.
    Before,
}

/// Why an author's order was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenRefusal {
    /// The author has used its name for another order.
    #[error("the action id was used for another order")]
    ActionIdReused {
        /// The session of the other order.
        session: SessionId,
    },
    /// The author has as many open sessions as it may have.
    #[error("the author has too many open sessions")]
    TooManySessions,
    /// Of an opening: somebody else has opened this swap. It is to be joined.
    #[error("the session is there already")]
    Exists(Box<Session>),
    /// Of a joining: the session is not the one any more that the joining was made from.
    #[error("the session is at version {}", .0.version)]
    Outdated(Box<Session>),
}

/// The parts of the transaction, in their order.
const NAME: usize = 0;
const SESSION: usize = 1;
const COUNT: usize = 2;

impl Store {
    /// Opens a session that is not there yet, in one transaction.
    ///
    /// # Errors
    /// See [`CommitError`] and [`OpenRefusal`].
    pub async fn open_session(
        &self,
        session: &Session,
        author: &XOnlyPublicKey,
        intent: &Intent,
        most_open: u32,
    ) -> Result<Opened, CommitError<OpenRefusal>> {
        let order = NamedOrder::new(author, intent, session);
        let update = self.session_update(&Condition::Absent, session)?;
        let parts = vec![
            order.put(&self.tables.authors)?,
            TransactWriteItem::builder().update(update).build(),
            order.count(&self.tables.authors, most_open)?,
        ];
        self.take_order(&order, parts, OpenRefusal::Exists).await
    }

    /// Writes the transition by which an author joins a session, made from version `before`, in one transaction.
    ///
    /// # Errors
    /// See [`CommitError`] and [`OpenRefusal`].
    pub async fn join_session(
        &self,
        before: u64,
        transition: &Transition,
        author: &XOnlyPublicKey,
        intent: &Intent,
        most_open: u32,
    ) -> Result<Opened, CommitError<OpenRefusal>> {
        let session = &transition.session;
        let order = NamedOrder::new(author, intent, session);
        let update = self.session_update(&Condition::Version(before), session)?;
        let mut parts = vec![
            order.put(&self.tables.authors)?,
            TransactWriteItem::builder().update(update).build(),
            order.count(&self.tables.authors, most_open)?,
        ];
        parts.extend(self.dependents(transition)?);
        self.take_order(&order, parts, OpenRefusal::Outdated).await
    }

    /// Sends the parts, and says what their refusal means; `other` when the session is not what it should be.
    async fn take_order(
        &self,
        order: &NamedOrder<'_>,
        parts: Vec<TransactWriteItem>,
        other: impl FnOnce(Box<Session>) -> OpenRefusal,
    ) -> Result<Opened, CommitError<OpenRefusal>> {
        let verdicts = match send(&self.client, parts).await {
            Ok(()) => return Ok(Opened::Now),
            Err(Refusal::Final(error)) => return Err(error),
            Err(Refusal::Conditions(verdicts)) => verdicts,
        };
        let failed = |part: usize| match verdicts.get(part) {
            Some(Verdict::Failed(found)) => Some(found.as_ref()),
            Some(Verdict::Held) | None => None,
        };
        let disagreement = || CommitError::Disagreement {
            what: format!("the opening of {}", order.session),
        };
        // An order that was taken before fails the other conditions as well, so the name is looked at first.
        if let Some(found) = failed(NAME) {
            return match order.compare(found.ok_or(CommitError::Contended)?)? {
                Named::Same => Ok(Opened::Before),
                Named::Other(session) => Err(CommitError::Rejected(OpenRefusal::ActionIdReused { session })),
            };
        }
        if let Some(found) = failed(SESSION) {
            let session = item::read(found.ok_or_else(disagreement)?)?;
            return Err(CommitError::Rejected(other(Box::new(session))));
        }
        Err(match failed(COUNT) {
            Some(_) => CommitError::Rejected(OpenRefusal::TooManySessions),
            None => disagreement(),
        })
    }
}
