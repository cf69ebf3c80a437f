//! The way by Nostr relays.

use std::time::Duration;

use nanoark_ark_verifier::challenge::{Challenge, Step};
use nanoark_client::Transport;
use nanoark_domain::ceremony::Stage;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::wire::gateway::FailureView;
use nanoark_nostr::GatewayKind;
use nanoark_nostr::SignedEvent;
use nanoark_nostr::received::{GatewayMessage, receive};
use nanoark_nostr_relay::{Filter, RelayUrl, Relays};

use super::ArkWallet;
use super::advance::Heard;
use super::judge::answer_to;
use crate::book::StoredAnswer;
use crate::error::WalletError;
use crate::order::{Order, Progress};
use crate::standing::Misconduct;

/// For one conversation with a relay.
const TIME: Duration = Duration::from_secs(10);

/// What was published is published again after this long without news: a relay may have lost it.
const AGAIN_AFTER: Seconds = Seconds(30);

/// How far the gateway's clock may be behind.
const CLOCK_SLACK: Seconds = Seconds(60);

impl<T: Transport> ArkWallet<T> {
    /// Publishes an event to every relay. One that takes it is enough.
    pub(super) async fn publish(&self, client: &dyn Relays, urls: &[RelayUrl], event: &str) -> Result<(), WalletError> {
        let mut taken = false;
        let mut last = "there is none to publish to".to_owned();
        for url in urls {
            match client.publish(url, event, TIME).await {
                Ok(()) => taken = true,
                Err(error) => last = format!("{url}: {error}"),
            }
        }
        if taken { Ok(()) } else { Err(WalletError::NoRelay(last)) }
    }

    /// Looks for news of an order on every relay.
    pub(super) async fn hear_relays(
        &self,
        client: &dyn Relays,
        urls: &[RelayUrl],
        order: &Order,
        answers: &[StoredAnswer],
    ) -> Heard {
        let filter = Filter {
            kinds: [GatewayKind::Challenge, GatewayKind::Confirmation, GatewayKind::Failure]
                .map(GatewayKind::number)
                .to_vec(),
            authors: self.gateway_keys(order)?,
            refer_to: vec![order.event],
            since: Some(order.created_at.minus(CLOCK_SLACK)),
            ..Filter::new()
        };
        let mut events: Vec<SignedEvent> = Vec::new();
        for url in urls {
            for event in client.collect(url, &filter, TIME).await.events {
                if !events.iter().any(|known| known.id() == event.id()) {
                    events.push(event);
                }
            }
        }
        if self.take_ending(order, &events)? {
            return Ok(None);
        }
        let challenge = match self.newest_challenge(order, &events) {
            Ok(challenge) => challenge,
            Err(misconduct) => return self.refuse(order, misconduct).await,
        };
        // Relays keep the challenge of step 1 while the answer to it is on its way.
        match challenge.filter(|challenge| answer_to(answers, challenge.step).is_none()) {
            Some(challenge) => {
                let stage = stage_of(challenge.step);
                self.book.heard(&order.action_id, challenge.session_id, Some(stage))?;
                self.judge(order, &challenge).await
            }
            None => {
                self.send_again_in_time(order, answers)?;
                Ok(None)
            }
        }
    }

    /// A confirmation or a failure ends it.
    fn take_ending(&self, order: &Order, events: &[SignedEvent]) -> Result<bool, WalletError> {
        if order.approved.is_some()
            && events
                .iter()
                .any(|event| self.confirms(order, event.json().as_bytes(), None))
        {
            let done = Progress::Finalized {
                receipt: None,
                proved: true,
            };
            self.book.end(&order.action_id, &done)?;
            return Ok(true);
        }
        let keys = self.gateway_keys(order)?;
        for event in events {
            let Ok(received) = receive(event.json().as_bytes(), self.keys.nostr(), &keys) else {
                continue;
            };
            if let GatewayMessage::Failure(failure) = received.message {
                let failure = FailureView {
                    code: failure.code,
                    name: failure.name,
                    message: failure.message,
                    outpoints: outpoints(&failure.details),
                };
                self.fail(order, failure)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The challenge of the latest step, if all of them can be read. One that cannot is the gateway's fault: the relay has
    /// checked nothing, but the signature is its own.
    fn newest_challenge(&self, order: &Order, events: &[SignedEvent]) -> Result<Option<Challenge>, Misconduct> {
        let mut newest: Option<Challenge> = None;
        let challenges = events
            .iter()
            .filter(|event| event.kind() == GatewayKind::Challenge.number())
            // One for another party of a swap refers to the same intents.
            .filter(|event| event.addressed().any(|key| key == self.nostr()));
        for event in challenges {
            let challenge = self.read_challenge(order, event.json().as_bytes())?;
            let is_later = |newest: &Challenge| challenge.step.number() > newest.step.number();
            if newest.as_ref().is_none_or(is_later) {
                newest = Some(challenge);
            }
        }
        Ok(newest)
    }

    fn send_again_in_time(&self, order: &Order, answers: &[StoredAnswer]) -> Result<(), WalletError> {
        let due = |at: Option<Timestamp>| at.is_none_or(|at| at.plus(AGAIN_AFTER) <= self.now());
        match answers.last() {
            Some(answer) if due(answer.sent_at) => Ok(self.book.send_again(&order.action_id, answer.step)?),
            None if due(order.sent_at) => Ok(self.book.post_again(&order.action_id)?),
            Some(_) | None => Ok(()),
        }
    }

    fn gateway_keys(&self, order: &Order) -> Result<Vec<bitcoin::XOnlyPublicKey>, WalletError> {
        let mut keys = vec![order.gateway];
        if let Some(pin) = self.book.pin()?
            && pin.gateway != order.gateway
        {
            keys.push(pin.gateway);
        }
        Ok(keys)
    }
}

/// What a challenge says of its session.
const fn stage_of(step: Step) -> Stage {
    match step {
        Step::ArkTransaction => Stage::Challenged,
        Step::Checkpoints => Stage::Submitted,
    }
}

fn outpoints(details: &serde_json::Value) -> Vec<bitcoin::OutPoint> {
    let named = details.get("outpoints").cloned();
    named
        .and_then(|named| serde_json::from_value(named).ok())
        .unwrap_or_default()
}
