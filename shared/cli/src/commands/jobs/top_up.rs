//! `nanoark jobs top-up`.

use std::time::Duration;

use nanoark_bots::buyer::{Patience, Until};
use nanoark_domain::id::JobId;
use nanoark_nano::RawAmount;

use super::hints;
use crate::commands::buy::{Bench, Narrator, Purchased};
use crate::failure::Failure;
use crate::session::Session;

/// How long the payment may take to be named.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn run(session: &Session, job: JobId, max: RawAmount) -> Result<(), Failure> {
    let bench = Bench::open(session, Some(session.policy()?))?;
    let patience = Patience {
        until: Until::Named,
        limit: Some(PATIENCE),
        hints: hints(session, &bench.client)?,
    };
    let narrator = Narrator::begin(session);
    let bought = bench.buyer.top_up(job, max, patience, &narrator).await?;
    session.progress.done();
    session.output.result(&Purchased::of(&bought))?;
    crate::commands::buy::verdict(&bought)
}
