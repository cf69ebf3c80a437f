//! Driving an order: each step is one exchange with the gateway, written down before and after.

use std::time::Duration;

use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_verifier::intent::ActionId;
use nanoark_client::Transport;
use nanoark_domain::ceremony::FailureCode;
use nanoark_domain::time::Timestamp;
use nanoark_http::problem::Code;
use nanoark_http::wire::gateway::FailureView;

use super::ArkWallet;
use crate::book::StoredAnswer;
use crate::error::WalletError;
use crate::gateway::{GatewayError, GatewayProblem};
use crate::order::{Order, Progress};
use crate::standing::{Misconduct, Refused, Standing};
use crate::way::Way;

/// What an exchange brought to light, if the gateway is to be refused for it.
pub(super) type Heard = Result<Option<Misconduct>, WalletError>;

/// The first wait between two looks at a session.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The longest wait between two looks at a session.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

impl<T: Transport> ArkWallet<T> {
    /// Drives an order until it is over, or for this long. May be called again at any time, after a kill too.
    ///
    /// # Errors
    /// [`WalletError`]. The order stands as it stood; what passes is tried again by the next call.
    pub async fn drive(&self, id: &ActionId, patience: Duration) -> Result<Standing, WalletError> {
        let (mut waited, mut wait) = (Duration::ZERO, FIRST_WAIT);
        let mut furthest = self.position(id)?;
        loop {
            let standing = self.step(id).await?;
            if standing.is_over() {
                return Ok(standing);
            }
            let position = self.position(id)?;
            if position > furthest {
                (furthest, wait) = (position, FIRST_WAIT);
                continue;
            }
            if waited >= patience {
                return Ok(standing);
            }
            let next = wait.min(patience.saturating_sub(waited));
            self.surroundings().sleep(next).await;
            waited = waited.saturating_add(next);
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
    }

    /// Does one exchange for an order: sends its intent, looks at its session, or sends an answer. Returns where it stands
    /// after that.
    ///
    /// # Errors
    /// [`WalletError`]. The order stands as it stood.
    pub async fn step(&self, id: &ActionId) -> Result<Standing, WalletError> {
        let order = self.known(id)?;
        let misconduct = match &order.progress {
            Progress::Composed => self.post(&order).await?,
            Progress::Posted => {
                let answers = self.book.answers(id)?;
                match answers.iter().find(|answer| !answer.is_taken) {
                    Some(answer) => self.send(&order, answer).await?,
                    None => self.hear(&order, &answers).await?,
                }
            }
            Progress::Refused { ended: false, .. } => {
                self.end_session(&order).await?;
                None
            }
            Progress::Refused { ended: true, .. } | Progress::Finalized { .. } | Progress::Failed { .. } => None,
        };
        match misconduct {
            Some(misconduct) => Ok(Standing::Refused(misconduct.into())),
            None => self.standing(id),
        }
    }

    /// Where an order stands, without asking anybody.
    ///
    /// # Errors
    /// [`WalletError::UnknownOrder`].
    pub fn standing(&self, id: &ActionId) -> Result<Standing, WalletError> {
        let order = self.known(id)?;
        let signed = self.signed(id)?;
        Ok(match order.progress {
            Progress::Composed | Progress::Posted => Standing::Open {
                session: order.session,
                heard: order.heard,
                signed,
            },
            Progress::Finalized { receipt, proved } => {
                let approved = order.approved.ok_or(WalletError::NotAnAnswer)?;
                Standing::Finalized {
                    ark_txid: approved.txid,
                    receipt,
                    proved,
                }
            }
            Progress::Failed { failure } => Standing::Failed { failure, signed },
            Progress::Refused { reason, .. } => Standing::Refused(Refused {
                reason,
                misconduct: None,
            }),
        })
    }

    pub(super) fn known(&self, id: &ActionId) -> Result<Order, WalletError> {
        self.book
            .order(id)?
            .ok_or_else(|| WalletError::UnknownOrder(id.clone()))
    }

    /// The last step whose signatures left the wallet, or may have.
    pub(super) fn signed(&self, id: &ActionId) -> Result<Option<Step>, WalletError> {
        let answers = self.book.answers(id)?;
        let sent = answers.iter().rev().find(|answer| answer.sent_at.is_some());
        Ok(sent.map(|answer| answer.step))
    }

    /// How far an order is: it has news when this grows.
    fn position(&self, id: &ActionId) -> Result<(bool, usize, usize), WalletError> {
        let posted = match self.known(id)?.progress {
            Progress::Composed => false,
            Progress::Posted | Progress::Finalized { .. } | Progress::Failed { .. } | Progress::Refused { .. } => true,
        };
        let answers = self.book.answers(id)?;
        let taken = answers.iter().filter(|answer| answer.is_taken).count();
        Ok((posted, answers.len(), taken))
    }

    async fn post(&self, order: &Order) -> Heard {
        let id = &order.action_id;
        // It may have been posted before a kill. Nothing was signed then, so nothing can come of it.
        if Timestamp::from_seconds(order.intent.expires_at) <= self.now() {
            self.fail(
                order,
                local_failure(FailureCode::Expired, "The order expired before it was taken."),
            )?;
            return Ok(None);
        }
        match &self.way {
            Way::Https => match self.gateway.open_session(&order.event_json).await {
                Ok(view) => {
                    self.book.posted(id, Some(view.session_id), self.now())?;
                    self.take_view(&self.known(id)?, &self.book.answers(id)?, view).await
                }
                Err(GatewayError::Problem(problem)) if is_refusal(&problem) => {
                    self.refused_intent(order, &problem).await
                }
                Err(error) => Err(error.into()),
            },
            Way::Relays { client, urls } => {
                self.publish(&**client, urls, &order.event_json).await?;
                self.book.posted(id, None, self.now())?;
                Ok(None)
            }
        }
    }

    /// An intent that is refused now may have been taken before: then its session is there.
    async fn refused_intent(&self, order: &Order, problem: &GatewayProblem) -> Heard {
        if problem.is(Code::EventRefused)
            && let Some(view) = self.find_session(order).await?
        {
            self.book.posted(&order.action_id, Some(view.session_id), self.now())?;
            return Ok(None);
        }
        self.fail(order, problem.failure())?;
        Ok(None)
    }

    async fn send(&self, order: &Order, answer: &StoredAnswer) -> Heard {
        let (id, step) = (&order.action_id, answer.step);
        self.book.sending(id, step, self.now())?;
        match &self.way {
            Way::Https => match self.gateway.post_event(&answer.event).await {
                Ok(taken) => {
                    self.book.taken(id, step, None)?;
                    match taken.session {
                        Some(view) => self.take_view(&self.known(id)?, &self.book.answers(id)?, view).await,
                        None => Ok(None),
                    }
                }
                // The session says what came of it.
                Err(GatewayError::Problem(problem)) if is_refusal(&problem) => {
                    self.book.taken(id, step, Some(&problem.to_string()))?;
                    Ok(None)
                }
                Err(error) => Err(error.into()),
            },
            Way::Relays { client, urls } => {
                self.publish(&**client, urls, &answer.event).await?;
                self.book.taken(id, step, None)?;
                Ok(None)
            }
        }
    }

    /// Refuses for good: written down first, then the session is ended, if it can be.
    pub(super) async fn refuse(&self, order: &Order, misconduct: Misconduct) -> Heard {
        tracing::warn!(action_id = %order.action_id, %misconduct, "the gateway is refused");
        let refused = Progress::Refused {
            reason: misconduct.to_string(),
            ended: false,
        };
        self.book.end(&order.action_id, &refused)?;
        // The refusal stands whether or not the gateway hears of it.
        if let Err(error) = self.end_session(&self.known(&order.action_id)?).await {
            tracing::warn!(%error, "the session is not ended");
        }
        Ok(Some(misconduct))
    }

    async fn end_session(&self, order: &Order) -> Result<(), WalletError> {
        let Some(session) = order.session else {
            return Ok(self.book.ended(&order.action_id)?);
        };
        match self.gateway.terminate(session).await {
            Ok(_) => Ok(self.book.ended(&order.action_id)?),
            Err(GatewayError::Problem(problem)) if is_refusal(&problem) => Ok(self.book.ended(&order.action_id)?),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn fail(&self, order: &Order, failure: FailureView) -> Result<(), WalletError> {
        Ok(self.book.end(&order.action_id, &Progress::Failed { failure })?)
    }
}

/// Whether a problem is the gateway's last word on a request, rather than a fault that passes.
pub(super) fn is_refusal(problem: &GatewayProblem) -> bool {
    problem.is(Code::EventRefused) || problem.is(Code::SessionRefused) || problem.is(Code::UnknownSession)
}

pub(super) fn local_failure(code: FailureCode, message: &str) -> FailureView {
    FailureView {
        code: code.number(),
        name: code.name().to_owned(),
        message: message.to_owned(),
        outpoints: Vec::new(),
    }
}
