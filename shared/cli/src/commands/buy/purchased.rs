//! What was bought.

use nanoark_bots::buyer::{Bought, Outcome, PurchaseKey, SentPayment, Standing, Terms};
use nanoark_client::wire::jobs::JobView;
use nanoark_domain::id::JobId;
use nanoark_domain::payload::Output;
use nanoark_nano::{Account, BlockHash, RawAmount};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::amount;
use crate::output::Report;

/// A purchase, as far as it went.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Purchased {
    /// The purchase's name, for `--key`.
    #[schemars(with = "String")]
    purchase: PurchaseKey,
    /// The job.
    #[schemars(with = "String")]
    job_id: JobId,
    /// `over`, `named` (paid, and that was all that was asked for), `still_going` or `needs_owner`.
    #[schemars(with = "String")]
    standing: Standing,
    /// How it ended, if it did: `outcome` is `delivered`, `failed`, `declined`, `cancelled`, `expired`, `withdrawn` or
    /// `refused`.
    #[schemars(with = "Option<Value>")]
    outcome: Option<Outcome>,
    /// The result, where there is one: `json`, `link` or `sealed` as in docs/api.md.
    #[schemars(with = "Option<Value>")]
    result: Option<Output>,
    /// The price, in raw, once it is agreed.
    #[schemars(with = "Option<String>")]
    amount_raw: Option<RawAmount>,
    /// Where it is paid, once it is agreed.
    #[schemars(with = "Option<String>")]
    invoice_account: Option<Account>,
    /// Every send.
    sent: Vec<Sent>,
    /// The job, as `GET /v1/jobs/{job_id}` answers (docs/api.md): keep it, its receipt can be checked for ever.
    #[schemars(with = "Option<Value>")]
    job: Option<JobView>,
}

/// A send.
#[derive(Debug, Serialize, JsonSchema)]
struct Sent {
    /// The block.
    #[schemars(with = "String")]
    block_hash: BlockHash,
    /// How much, in raw.
    #[schemars(with = "String")]
    amount_raw: RawAmount,
    /// Whether our own nodes call it final.
    confirmed: bool,
}

impl Purchased {
    pub(crate) fn of(bought: &Bought) -> Self {
        let progress = &bought.purchase.progress;
        let terms: Option<&Terms> = progress.terms();
        let sent = |one: &SentPayment| Sent {
            block_hash: one.block,
            amount_raw: one.payment.amount,
            confirmed: one.confirmed,
        };
        Self {
            purchase: bought.purchase.key.clone(),
            job_id: bought.purchase.job_id,
            standing: bought.standing,
            outcome: progress.outcome().cloned(),
            result: bought.job.as_ref().and_then(|job| job.result.clone()),
            amount_raw: terms.map(|terms| terms.amount),
            invoice_account: terms.map(|terms| terms.invoice),
            sent: progress.sent().iter().map(sent).collect(),
            job: bought.job.clone(),
        }
    }
}

impl Report for Purchased {
    /// The result itself where there is one, so that `nanoark -q buy … --wait > file` gets nothing else.
    fn text(&self) -> String {
        match &self.result {
            Some(Output::Json(value)) => value.to_string(),
            Some(Output::Link(link)) => format!("{}\nsha256 {}", link.url.as_str(), link.sha256),
            Some(Output::Sealed(_)) => format!(
                "{} has a sealed result: nanoark --json jobs show {}",
                self.job_id, self.job_id
            ),
            None => {
                let price = self
                    .amount_raw
                    .map_or_else(String::new, |price| format!(", {}", amount::show(price)));
                format!(
                    "{}  ({}{price})\nnanoark jobs show {}",
                    self.job_id,
                    self.words(),
                    self.job_id
                )
            }
        }
    }
}

impl Purchased {
    fn words(&self) -> &'static str {
        match self.standing {
            Standing::Over => "over",
            Standing::Named => "paid",
            Standing::StillGoing => "still going",
            Standing::NeedsOwner => "needs a decision of yours",
        }
    }
}
