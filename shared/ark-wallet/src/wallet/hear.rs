//! What the gateway says of a session over HTTPS.

use bitcoin::Txid;
use nanoark_client::Transport;
use nanoark_domain::ceremony::{FailureCode, Stage};
use nanoark_http::problem::Code;
use nanoark_http::wire::gateway::{ReceiptView, SessionView};
use nanoark_nostr::content::Results;
use nanoark_nostr::received::{GatewayMessage, receive};

use super::ArkWallet;
use super::advance::{Heard, local_failure};
use super::judge::{answer_to, is_answered};
use crate::book::StoredAnswer;
use crate::error::WalletError;
use crate::gateway::GatewayError;
use crate::order::{Order, Progress};
use crate::standing::Misconduct;
use crate::way::Way;

impl<T: Transport> ArkWallet<T> {
    pub(super) async fn hear(&self, order: &Order, answers: &[StoredAnswer]) -> Heard {
        match &self.way {
            Way::Relays { client, urls } => self.hear_relays(&**client, urls, order, answers).await,
            Way::Https => match self.look(order).await? {
                Some(view) => self.take_view(order, answers, view).await,
                // Without an approval there are no signatures, so nothing can come of it.
                None if order.approved.is_none() => {
                    let message = "The gateway knows no open session for the order.";
                    self.fail(order, local_failure(FailureCode::UnknownSession, message))?;
                    Ok(None)
                }
                None => Err(WalletError::SessionLost),
            },
        }
    }

    async fn look(&self, order: &Order) -> Result<Option<SessionView>, WalletError> {
        let Some(session) = order.session else {
            return self.find_session(order).await;
        };
        match self.gateway.session(session).await {
            Ok(view) => Ok(Some(view)),
            Err(GatewayError::Problem(problem)) if problem.is(Code::UnknownSession) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes what the gateway says of a session. Only what is signed by the gateway, and checked, is acted on.
    pub(super) async fn take_view(&self, order: &Order, answers: &[StoredAnswer], view: SessionView) -> Heard {
        if let Some(expected) = order.session
            && expected != view.session_id
        {
            let found = view.session_id;
            return self.refuse(order, Misconduct::OtherSession { expected, found }).await;
        }
        self.book.heard(&order.action_id, view.session_id, Some(view.stage))?;
        match view.stage {
            Stage::Finalized => self.finalized(order, &view).await,
            Stage::Failed => match view.failure {
                Some(failure) => {
                    self.fail(order, failure)?;
                    Ok(None)
                }
                None => Err(WalletError::NotAnAnswer),
            },
            Stage::Gathering
            | Stage::Accepted
            | Stage::Challenged
            | Stage::Signed
            | Stage::Submitted
            | Stage::Countersigned => self.asked(order, answers, &view).await,
        }
    }

    /// What is asked of the wallet, if anything.
    async fn asked(&self, order: &Order, answers: &[StoredAnswer], view: &SessionView) -> Heard {
        let (Some(step), Some(event)) = (view.awaits, &view.challenge) else {
            return Ok(None);
        };
        let challenge = match self.read_challenge(order, event.to_string().as_bytes()) {
            Ok(challenge) => challenge,
            Err(misconduct) => return self.refuse(order, misconduct).await,
        };
        if !is_answered(answers, &challenge) {
            return self.judge(order, &challenge).await;
        }
        match answer_to(answers, step).and_then(|answer| answer.refused.clone()) {
            Some(reason) => Err(WalletError::AnswerNotTaken {
                step: step.number(),
                reason,
            }),
            None => {
                self.book.send_again(&order.action_id, challenge.step)?;
                Ok(None)
            }
        }
    }

    async fn finalized(&self, order: &Order, view: &SessionView) -> Heard {
        let found = view.receipt.as_ref().map(|receipt| receipt.ark_txid).or(view.ark_txid);
        let approved = order.approved.as_ref().map(|approved| approved.txid);
        if approved.is_none() || found != approved {
            return self.refuse(order, Misconduct::NotApproved { found }).await;
        }
        let proved = view
            .events
            .iter()
            .any(|event| self.confirms(order, event.to_string().as_bytes(), view.receipt.as_ref()));
        let done = Progress::Finalized {
            receipt: view.receipt.clone().map(Box::new),
            proved,
        };
        self.book.end(&order.action_id, &done)?;
        Ok(None)
    }

    /// Whether an event is the gateway's confirmation of what was approved for this order.
    pub(super) fn confirms(&self, order: &Order, event: &[u8], receipt: Option<&ReceiptView>) -> bool {
        // A gateway that changed its key meanwhile confirms by the one that it goes by.
        let pinned = self.book.pin().ok().flatten().map(|pin| pin.gateway);
        let keys: Vec<_> = pinned.into_iter().chain([order.gateway]).collect();
        let Ok(received) = receive(event, self.keys.nostr(), &keys) else {
            return false;
        };
        let GatewayMessage::Confirmation(confirmation) = received.message else {
            return false;
        };
        let approved: Option<Txid> = order.approved.as_ref().map(|approved| approved.txid);
        received.event.refers_to().any(|event| event == order.event)
            && match confirmation.results {
                Results::Full { ark_txid, .. } => Some(ark_txid) == approved,
                Results::Hash { receipt_hash } => receipt.is_none_or(|receipt| receipt.receipt_hash == receipt_hash),
            }
    }
}
