//! What the buyer does, from its own steps.

use std::sync::Arc;

use nanoark_bots::buyer::{Happened, Observer, Progress, Step};
use nanoark_domain::payment::PaymentStatus;
use serde_json::json;

use super::timeline::{Timeline, Who};

/// Tells what the buyer does.
pub(super) struct Told(pub(super) Arc<Timeline>);

impl Observer for Told {
    fn step(&self, step: &Step) {
        let name = match &step.what {
            Happened::Went { progress } => match progress {
                Progress::Requesting => "request-job",
                Progress::Agreed { .. } => "accept-job",
                Progress::Paid { .. } => "pay",
                Progress::Named { .. } => "submit-payment",
                Progress::Ended { .. } => "result",
                Progress::Reserved
                | Progress::Requested
                | Progress::Accepted { .. }
                | Progress::Paying { .. }
                | Progress::Withdrawing { .. }
                | Progress::Refunding { .. } => return,
            },
            Happened::Job { payment_status, .. } if PaymentStatus::PAID.contains(payment_status) => "payment-judged",
            Happened::SetAside { .. }
            | Happened::Resumed { .. }
            | Happened::Job { .. }
            | Happened::Waiting { .. }
            | Happened::NotFinal { .. }
            | Happened::Trouble { .. } => return,
        };
        // Whoever listens to the story may have gone; the purchase goes on.
        let _ = self.0.step(
            name,
            Who::Buyer,
            &step.what.sentence(),
            &json!({ "job_id": step.job_id }),
        );
    }
}
