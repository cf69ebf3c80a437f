//! Judging a challenge: an answer in the state file, or why there will be none.

use nanoark_ark_verifier::challenge::{Challenge, Step};
use nanoark_ark_verifier::check::{self, Approval, Refusal, Wallet};
use nanoark_client::Transport;
use nanoark_nostr::Scheme;
use nanoark_nostr::compose;
use nanoark_nostr::received::{GatewayMessage, receive};

use super::ArkWallet;
use super::advance::Heard;
use crate::book::StoredAnswer;
use crate::error::WalletError;
use crate::order::Order;
use crate::rescue::Rescue;
use crate::standing::Misconduct;

impl<T: Transport> ArkWallet<T> {
    /// The challenge in an event of the gateway's that the order is addressed to.
    pub(super) fn read_challenge(&self, order: &Order, event: &[u8]) -> Result<Challenge, Misconduct> {
        let received = receive(event, self.keys.nostr(), &[order.gateway])?;
        match received.message {
            GatewayMessage::Challenge(challenge) => Ok(*challenge),
            GatewayMessage::ServiceResponse(_)
            | GatewayMessage::Notice(_)
            | GatewayMessage::Confirmation(_)
            | GatewayMessage::Failure(_)
            | GatewayMessage::Announcement(_) => Err(Misconduct::NoChallenge),
        }
    }

    /// Checks a challenge. What may be signed is signed, and kept with what was approved; it is sent by the next step.
    pub(super) async fn judge(&self, order: &Order, challenge: &Challenge) -> Heard {
        if let Some(expected) = order.session
            && expected != challenge.session_id
        {
            let found = challenge.session_id;
            return self.refuse(order, Misconduct::OtherSession { expected, found }).await;
        }
        let approval = match self.check(order, challenge)? {
            // A coin that came since the order, such as the change of another one. It still has to be the wallet's.
            Err(Refusal::NotMine { .. }) => {
                self.vtxos().await?;
                self.check(order, challenge)?
            }
            checked => checked,
        };
        match approval {
            Ok(approval) => {
                self.sign(order, challenge, &approval)?;
                Ok(None)
            }
            Err(refusal) => self.refuse(order, Misconduct::Challenge(refusal)).await,
        }
    }

    fn check(&self, order: &Order, challenge: &Challenge) -> Result<Result<Approval, Refusal>, WalletError> {
        let pin = self.book.pin()?.ok_or(WalletError::NotAnAnswer)?;
        let coins = self.book.coins()?;
        let wallet = Wallet {
            nostr: self.nostr(),
            owner: self.owner(),
            gateway: order.gateway,
            operator: &pin.operator,
            coins: &coins,
            now: self.now().as_seconds(),
        };
        let asked = check::Order {
            intent: &order.intent,
            event: order.event,
        };
        Ok(check::check(&wallet, &asked, order.approved.as_ref(), challenge))
    }

    fn sign(&self, order: &Order, challenge: &Challenge, approval: &Approval) -> Result<(), WalletError> {
        let signer = self.keys.signer()?;
        let answer = approval.answer(|sighash| signer.sign(sighash));
        let event = compose::answer(self.keys.nostr(), &order.gateway, &answer, Scheme::Nip44, self.now())?;
        let stored = StoredAnswer {
            step: answer.step,
            payload_ref: answer.payload_ref,
            event: event.json().to_owned(),
            sent_at: None,
            is_taken: false,
            refused: None,
        };
        match approval {
            Approval::First(first) => {
                let rescue = challenge.recovery.as_ref().and_then(|recovery| {
                    let action_id = order.action_id.clone();
                    Rescue::new(action_id, &first.approved, recovery, self.owner(), &answer.recovery)
                });
                let rescue = rescue.ok_or(WalletError::NoRescue)?;
                Ok(self.book.approve(&order.action_id, &first.approved, &rescue, &stored)?)
            }
            Approval::Second(_) => Ok(self.book.keep_answer(&order.action_id, &stored)?),
        }
    }
}

/// Whether an answer to this very challenge is kept.
pub(super) fn is_answered(answers: &[StoredAnswer], challenge: &Challenge) -> bool {
    answers
        .iter()
        .any(|answer| answer.step == challenge.step && answer.payload_ref == challenge.payload_ref)
}

/// Whether an answer to this step is kept, whatever was asked.
pub(super) fn answer_to(answers: &[StoredAnswer], step: Step) -> Option<&StoredAnswer> {
    answers.iter().find(|answer| answer.step == step)
}
