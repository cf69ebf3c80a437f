//! Doing what is next: one look at everything, one step.

use nanoark_client::Transport;
use nanoark_client::wire::jobs::JobView;
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use nanoark_http::problem::Code;
use nanoark_nano::RawAmount;

use super::error::BuyError;
use super::next::{Facts, Next, Signing, Waiting, next_step};
use super::progress::Progress;
use super::purchase::{Payment, Purchase};
use super::session::Buyer;
use super::timeline::{Happened, Observer};

/// A purchase in the hands of one call.
pub(super) struct Session<'a> {
    pub(super) purchase: Purchase,
    /// The job as it was read, as long as nothing was done since.
    pub(super) job: Option<JobView>,
    /// Whether this very call is the first that requests the job: the relay cannot have it.
    pub(super) is_first: bool,
    pub(super) observer: &'a dyn Observer,
    pub(super) told: Option<Happened>,
    shown: Option<(Status, PaymentStatus)>,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Went {
    /// There is more to do at once.
    On,
    /// There is nothing to do before something changes.
    Nowhere(Waiting),
}

impl<'a> Session<'a> {
    pub(super) fn new(purchase: Purchase, observer: &'a dyn Observer) -> Self {
        Self {
            purchase,
            job: None,
            is_first: false,
            observer,
            told: None,
            shown: None,
        }
    }

    /// Forgets what was read, because it may have changed.
    pub(super) fn forget(&mut self) {
        self.job = None;
        self.is_first = false;
    }
}

impl<T: Transport> Buyer<T> {
    /// Does what is next.
    pub(super) async fn step(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        self.look_at_job(session).await?;
        let facts = Facts {
            job: session.job.as_ref(),
            signing: self.signing(&session.purchase)?,
            returned: self.returned(session).await?,
            now: self.now(),
            margins: self.settings.margins,
        };
        match next_step(&session.purchase, &facts) {
            Next::Request => self.request(session).await,
            Next::CheckQuote => self.agree(session).await,
            Next::Accept => self.accept(session).await,
            Next::Send => self.send(session).await,
            Next::Name => self.name(session).await,
            Next::Confirm => self.confirm(session).await,
            Next::Cancel => self.withdraw(session).await,
            Next::Move(progress) => self.go(session, *progress),
            Next::Wait(waiting) => Ok(Went::Nowhere(waiting)),
            Next::Done => Ok(Went::Nowhere(Waiting::Result)),
        }
    }

    /// Reads the job unless it is known, cannot be there yet, or does not matter any more.
    pub(super) async fn look_at_job(&self, session: &mut Session<'_>) -> Result<(), BuyError> {
        let may_be_missing = match session.purchase.progress {
            Progress::Reserved | Progress::Ended { .. } => return Ok(()),
            Progress::Requesting if session.is_first => return Ok(()),
            Progress::Requesting => true,
            Progress::Requested
            | Progress::Agreed { .. }
            | Progress::Accepted { .. }
            | Progress::Paying { .. }
            | Progress::Paid { .. }
            | Progress::Named { .. }
            | Progress::Withdrawing { .. }
            | Progress::Refunding { .. } => false,
        };
        if session.job.is_some() {
            return Ok(());
        }
        let job_id = session.purchase.job_id;
        match self.client.job(job_id).await {
            Ok(answer) => {
                let shown = (answer.value.status, answer.value.payment.status);
                session.job = Some(answer.value);
                if session.shown.replace(shown) != Some(shown) {
                    let (status, payment_status) = shown;
                    self.tell(session, Happened::Job { status, payment_status });
                }
                Ok(())
            }
            Err(error) if error.code() == Some(Code::NotFound) => {
                if may_be_missing {
                    Ok(())
                } else {
                    Err(BuyError::JobMissing(job_id))
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What the wallet has done about what is being, or was to be, paid.
    fn signing(&self, purchase: &Purchase) -> Result<Signing, BuyError> {
        let payment = match &purchase.progress {
            Progress::Paying { payment, .. } => *payment,
            Progress::Requested | Progress::Withdrawing { .. } => Payment {
                number: 1,
                amount: RawAmount::ZERO,
            },
            Progress::Reserved
            | Progress::Requesting
            | Progress::Agreed { .. }
            | Progress::Accepted { .. }
            | Progress::Paid { .. }
            | Progress::Named { .. }
            | Progress::Refunding { .. }
            | Progress::Ended { .. } => return Ok(Signing::Open),
        };
        let purpose = payment.purpose(purchase.job_id)?;
        Ok(match self.purse.sent(&purpose)? {
            Some(sent) => Signing::Done(sent.hash),
            None if self.purse.is_void(&purpose)? => Signing::Void,
            None => Signing::Open,
        })
    }
}
