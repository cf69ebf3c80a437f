//! The `claims` table: facts that must be unique for ever.

use aws_sdk_dynamodb::types::{Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use nanoark_domain::id::JobId;
use nanoark_domain::time::Timestamp;
use nanoark_nano::{Account, BlockHash};

use crate::expression::Expression;
use crate::item::{Writer, instant, text};
use crate::transaction::{BuildError, built};

/// Something that at most one job may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    /// The account that a job is paid to. Never given back.
    Invoice(Account),
    /// The block that pays a job. Given back only if it turns out to pay another account.
    Payment(BlockHash),
    /// The block that sends a job's money back.
    Refund(BlockHash),
}

/// What kind of thing a [`Claim`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimKind {
    /// [`Claim::Invoice`].
    Invoice,
    /// [`Claim::Payment`].
    Payment,
    /// [`Claim::Refund`].
    Refund,
}

impl std::fmt::Display for ClaimKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Invoice => "invoice account",
            Self::Payment => "payment block",
            Self::Refund => "refund block",
        })
    }
}

impl Claim {
    /// What kind of thing it is about.
    #[must_use]
    pub const fn kind(&self) -> ClaimKind {
        match self {
            Self::Invoice(_) => ClaimKind::Invoice,
            Self::Payment(_) => ClaimKind::Payment,
            Self::Refund(_) => ClaimKind::Refund,
        }
    }

    fn key(&self) -> String {
        match self {
            Self::Invoice(account) => format!("invoice#{}", hex::encode(account.as_bytes())),
            // Two facts, for a refund is only what its seller says it is: were it one claim, a seller and a buyer in league
            // could call the payment of a stranger's job their refund, and keep it from that job for ever.
            Self::Payment(hash) => format!("payment#{hash}"),
            Self::Refund(hash) => format!("refund#{hash}"),
        }
    }

    /// Takes the claim for a job, if nobody else holds it.
    pub(crate) fn take(&self, table: &str, job: JobId, now: Timestamp) -> Result<TransactWriteItem, BuildError> {
        let mut item = Writer::default();
        item.put("claim", text(self.key()));
        item.put("job_id", text(job));
        item.put("claimed_at", instant(now));
        let mut expression = Expression::new();
        // The job itself may take again what it holds, such as a block it named before.
        expression.compare_if_present("job_id", "=", text(job));
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item.finish()))
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(built(put.build())?).build())
    }

    /// Gives the claim back, if this job holds it.
    pub(crate) fn release(&self, table: &str, job: JobId) -> Result<TransactWriteItem, BuildError> {
        let mut expression = Expression::new();
        expression.compare_if_present("job_id", "=", text(job));
        let delete = Delete::builder()
            .table_name(table)
            .key("claim", text(self.key()))
            .set_condition_expression(expression.condition_text())
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values());
        Ok(TransactWriteItem::builder().delete(built(delete.build())?).build())
    }
}
