//! One `TransactWriteItems`, and what its refusal means.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError as SdkBuildError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem, Update};

use crate::error::{CommitError, describe};
use crate::idempotency::{Earlier, IdempotencyRecord, StoredResponse};
use crate::item::Item;

/// How a mutation ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// It was done now.
    Now,
    /// It had been done before, and answered like this.
    Before(StoredResponse),
}

/// A request that this program built without a required part: a defect.
#[derive(Debug, thiserror::Error)]
#[error("a DynamoDB request lacks a part: {0}")]
pub(crate) struct BuildError(String);

impl<R> From<BuildError> for CommitError<R> {
    fn from(error: BuildError) -> Self {
        Self::Disagreement {
            what: error.to_string(),
        }
    }
}

/// The built part, or what it lacks.
pub(crate) fn built<T>(part: Result<T, SdkBuildError>) -> Result<T, BuildError> {
    part.map_err(|error| BuildError(error.to_string()))
}

/// Why the transaction as a whole did not happen.
pub(crate) enum Refusal<R> {
    /// A condition failed; the parts in order, each with the item that made it fail, or with `None`.
    Conditions(Vec<Verdict>),
    /// Nothing more to find out.
    Final(CommitError<R>),
}

/// What became of one part of a transaction.
pub(crate) enum Verdict {
    /// Its condition held.
    Held,
    /// Its condition failed on this item, or because there was none.
    Failed(Option<Item>),
}

/// Sends the parts as one transaction.
pub(crate) async fn send<R>(client: &Client, parts: Vec<TransactWriteItem>) -> Result<(), Refusal<R>> {
    let Err(error) = client
        .transact_write_items()
        .set_transact_items(Some(parts))
        .send()
        .await
    else {
        return Ok(());
    };
    Err(refusal(&error))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the SDK's enum is non-exhaustive: a later release may add variants"
)]
fn refusal<R, H: std::fmt::Debug>(error: &SdkError<TransactWriteItemsError, H>) -> Refusal<R> {
    let unavailable = || {
        Refusal::Final(CommitError::Unavailable {
            detail: describe(error),
        })
    };
    let Some(service) = error.as_service_error() else {
        return unavailable();
    };
    match service {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let reasons = cancelled.cancellation_reasons();
            let has = |code: &str| reasons.iter().any(|reason| reason.code() == Some(code));
            // A conflict says nothing about the conditions: another transaction was under way.
            if has("TransactionConflict") {
                Refusal::Final(CommitError::Contended)
            } else if has("ConditionalCheckFailed") {
                Refusal::Conditions(reasons.iter().map(verdict).collect())
            } else {
                unavailable()
            }
        }
        TransactWriteItemsError::TransactionInProgressException(_) => Refusal::Final(CommitError::Contended),
        // The SDK's enum may grow; whatever else it says, the transaction did not happen for lack of service.
        _ => unavailable(),
    }
}

fn verdict(reason: &CancellationReason) -> Verdict {
    match reason.code() {
        Some("ConditionalCheckFailed") => Verdict::Failed(reason.item().cloned()),
        Some(_) | None => Verdict::Held,
    }
}

/// Does one update on its own: a transaction of one would cost twice as much.
pub(crate) async fn update_alone<R>(client: &Client, update: Update) -> Result<(), Refusal<R>> {
    let sent = client
        .update_item()
        .table_name(update.table_name())
        .set_key(Some(update.key().clone()))
        .update_expression(update.update_expression())
        .set_condition_expression(update.condition_expression().map(str::to_owned))
        .set_expression_attribute_names(update.expression_attribute_names().cloned())
        .set_expression_attribute_values(update.expression_attribute_values().cloned())
        .set_return_values_on_condition_check_failure(update.return_values_on_condition_check_failure().cloned())
        .send()
        .await;
    let Err(error) = sent else { return Ok(()) };
    Err(match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
            Refusal::Conditions(vec![Verdict::Failed(failed.item().cloned())])
        }
        Some(UpdateItemError::TransactionConflictException(_)) => Refusal::Final(CommitError::Contended),
        Some(_) | None => Refusal::Final(CommitError::Unavailable {
            detail: describe(&error),
        }),
    })
}

/// What the idempotency record's verdict means: the earlier answer, an error, or `None` to look at the other parts.
pub(crate) fn replayed<R>(
    record: &IdempotencyRecord,
    verdict: Option<&Verdict>,
) -> Result<Option<Committed>, CommitError<R>> {
    match verdict {
        Some(Verdict::Failed(Some(found))) => match record.compare(found)? {
            Earlier::Same(response) => Ok(Some(Committed::Before(response))),
            Earlier::Other => Err(CommitError::KeyReused),
        },
        // Without its item we cannot tell the two apart; the caller tries again.
        Some(Verdict::Failed(None)) => Err(CommitError::Contended),
        Some(Verdict::Held) | None => Ok(None),
    }
}
