//! `nanoark jobs show` and `watch`.

use std::time::Duration;

use nanoark_bots::buyer::{MoneyReport, Patience, PurchaseKey, Shown, Until};
use nanoark_client::wire::jobs::JobView;
use nanoark_domain::id::JobId;
use nanoark_domain::job::Party;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::hints;
use crate::amount;
use crate::commands::buy::Bench;
use crate::failure::{Failure, Trouble};
use crate::output::Report;
use crate::session::Session;

/// A job and its money.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShownJob {
    /// The purchase's name, if this folder bought it.
    #[schemars(with = "Option<String>")]
    purchase: Option<PurchaseKey>,
    /// Where the money is, for the buyer: `code`, `summary`, `sent`, `relay_says`, `owed`, `refunds`, `returned_raw`.
    #[schemars(with = "Option<Value>")]
    money: Option<MoneyReport>,
    /// The job, as `GET /v1/jobs/{job_id}` answers (docs/api.md).
    #[schemars(with = "Value")]
    job: JobView,
}

pub(super) async fn show(session: &Session, job: JobId) -> Result<(), Failure> {
    let shown = Bench::open(session, None)?.buyer.show(job).await?;
    session.output.result(&ShownJob::from(&shown))
}

/// Each state is a step; the last one is the result.
pub(super) async fn watch(session: &Session, job: JobId, limit: Duration) -> Result<(), Failure> {
    let bench = Bench::open(session, None)?;
    let patience = Patience {
        until: Until::Over,
        limit: Some(limit),
        hints: hints(session, &bench.client)?,
    };
    let mut last = None;
    session.progress.say("watching");
    let is_over = bench.buyer.watch(job, patience, |shown| {
        let shown = ShownJob::from(shown);
        // What cannot be printed has happened all the same.
        let _ = session
            .progress
            .aside(|| session.output.step(&Changed { shown: &shown }));
        last = Some(shown);
    });
    let is_over = is_over.await?;
    session.progress.done();
    if let Some(shown) = last {
        session.output.result(&shown)?;
    }
    if is_over {
        return Ok(());
    }
    Err(Failure::new(
        Trouble::StillGoing,
        format!("{job} is not over"),
        "run the same command again to watch on, or give more --patience",
    ))
}

/// A change, in one line for people.
#[derive(Serialize)]
struct Changed<'a> {
    #[serde(flatten)]
    shown: &'a ShownJob,
}

impl Report for Changed<'_> {
    fn text(&self) -> String {
        let JobView {
            status,
            payment,
            updated_at,
            ..
        } = &self.shown.job;
        format!("{updated_at}  {status}, payment {}", payment.status)
    }
}

impl From<&Shown> for ShownJob {
    fn from(shown: &Shown) -> Self {
        Self {
            purchase: shown.purchase.as_ref().map(|purchase| purchase.key.clone()),
            money: match shown.job.you_are {
                Party::Buyer => Some(shown.money.clone()),
                Party::Seller => None,
            },
            job: shown.job.clone(),
        }
    }
}

impl Report for ShownJob {
    fn text(&self) -> String {
        let job = &self.job;
        let mut lines = vec![
            format!("job       {}  ({})", job.job_id, job.status),
            format!("offer     {}", job.offer_id),
            format!("you are   {}", job.you_are.as_str()),
            format!("payment   {}", job.payment.status),
        ];
        if let Some(quote) = &job.quote {
            lines.push(format!("price     {}", amount::show(quote.amount_raw)));
            lines.push(format!("invoice   {}", quote.invoice_account));
        }
        if let Some(due) = &job.due_at {
            lines.push(format!("due       {due}"));
        }
        if let Some(reason) = job.reason.as_ref().or(job.error.as_ref()) {
            lines.push(format!("reason    {reason}"));
        }
        if let Some(money) = &self.money {
            lines.push(format!("money     {}", money.summary));
            for sent in &money.sent {
                let state = if sent.confirmed { "final" } else { "not final yet" };
                let line = format!(
                    "sent      {}  block {} ({state})",
                    amount::show(sent.amount_raw),
                    sent.block_hash
                );
                lines.push(line);
            }
        }
        if let Some(owed) = &job.refunds.owed {
            let line = format!(
                "owed      {} to {} ({})",
                amount::show(owed.amount_raw),
                owed.to,
                owed.reason
            );
            lines.push(line);
        }
        for entry in &job.history {
            let detail = entry
                .detail
                .as_deref()
                .map_or_else(String::new, |detail| format!(": {detail}"));
            lines.push(format!("  {}  {:<7} {}{detail}", entry.at, entry.by, entry.event));
        }
        if let Some(result) = &job.result {
            lines.push(format!(
                "result    {}",
                serde_json::to_string(result).unwrap_or_default()
            ));
        }
        lines.join("\n")
    }
}
