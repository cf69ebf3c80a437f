//! `GET /v1/receipts/{ark_txid}`: what a final ark transaction did.

use bitcoin::Txid;
use nanoark_ark_verifier::intent::ReceiptMode;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::{Request, Response};
use nanoark_http::wire::gateway::ReceiptView;
use nanoark_runtime::{Function, Relay, Trigger, path};

use crate::refusal::Refusal;

/// The function.
pub const FUNCTION: Function = Function {
    name: "get-receipt",
    trigger: Trigger::Public(|relay, request| Box::pin(handle(relay, request))),
};

async fn handle(relay: &Relay, request: &Request) -> Result<Response, Problem> {
    let ark_txid: Txid = path(request, "ark_txid")?;
    let found = relay.store().receipt(ark_txid).await.map_err(Refusal::from)?;
    let receipt = found.ok_or_else(|| Problem::new(Code::UnknownReceipt, "No session made this ark transaction."))?;
    super::ok(&ReceiptView {
        ark_txid,
        receipt_hash: receipt.hash(),
        receipt: match receipt.mode {
            ReceiptMode::Full => Some(receipt),
            // The parties have it from their session.
            ReceiptMode::Hash => None,
        },
    })
}
