//! The `receipts` table: what sessions have done, by ark transaction. A receipt is written once and stays.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use bitcoin::Txid;
use nanoark_ark_verifier::intent::ReceiptMode;
use nanoark_domain::ceremony::Receipt;

use crate::Store;
use crate::error::{CommitError, ReadError};
use crate::expression::Expression;
use crate::item::{Reader, Writer, instant, text};
use crate::record::{self, Recorded};
use crate::transaction::built;

impl Recorded for Receipt {
    const NAME: &'static str = "receipt";
    const SCHEMA: u64 = 1;
}

const fn mode_name(mode: ReceiptMode) -> &'static str {
    match mode {
        ReceiptMode::Full => "full",
        ReceiptMode::Hash => "hash",
    }
}

/// Puts the receipt on record, if its transaction has none.
pub(crate) fn put<R>(table: &str, receipt: &Receipt) -> Result<TransactWriteItem, CommitError<R>> {
    let mut item = Writer::default();
    item.put("ark_txid", text(receipt.ark_txid));
    item.put("session_id", text(receipt.session_id));
    item.put("hash", text(receipt.hash()));
    item.put("finalized_at", instant(receipt.finalized_at));
    item.put("mode", text(mode_name(receipt.mode)));
    item.put(record::ATTRIBUTE, record::write(receipt)?);
    let mut expression = Expression::new();
    expression.require_absent("ark_txid");
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item.finish()))
        .set_condition_expression(expression.condition_text())
        .set_expression_attribute_names(expression.names());
    Ok(TransactWriteItem::builder().put(built(put.build())?).build())
}

impl Store {
    /// The receipt of an ark transaction, consistently read.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn receipt(&self, ark_txid: Txid) -> Result<Option<Receipt>, ReadError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.tables.receipts)
            .key("ark_txid", text(ark_txid))
            .consistent_read(true)
            .send()
            .await?;
        let Some(item) = got.item() else { return Ok(None) };
        Ok(Some(record::read(Reader(item).text(record::ATTRIBUTE)?)?))
    }
}
