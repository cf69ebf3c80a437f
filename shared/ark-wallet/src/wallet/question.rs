//! Questions over a signed event (kind 31500).

use nanoark_client::Transport;
use nanoark_http::wire::gateway::{SessionView, StateView};
use nanoark_nostr::Scheme;
use nanoark_nostr::compose;
use nanoark_nostr::content::{Outcome, Service, ServiceRequest};
use nanoark_nostr::received::{GatewayMessage, receive};

use super::ArkWallet;
use crate::error::WalletError;
use crate::order::Order;

impl<T: Transport> ArkWallet<T> {
    /// Everything that the gateway knows of this wallet (`sync_state`). Coins that are seen for the first time are kept.
    ///
    /// # Errors
    /// [`WalletError`].
    pub async fn sync(&self) -> Result<StateView, WalletError> {
        let pin = self.terms().await?;
        let request = ServiceRequest {
            request_id: self.fresh_name()?,
            service: Service::SyncState,
        };
        let event = compose::service_request(self.keys.nostr(), &pin.gateway, &request, Scheme::Nip44, self.now())?;
        let taken = self.gateway.post_event(event.json()).await?;
        let response = taken.response.ok_or(WalletError::NotAnAnswer)?;
        let received = receive(response.to_string().as_bytes(), self.keys.nostr(), &[pin.gateway])?;
        let GatewayMessage::ServiceResponse(response) = received.message else {
            return Err(WalletError::NotAnAnswer);
        };
        if response.request_id != request.request_id {
            return Err(WalletError::NotAnAnswer);
        }
        let result = match response.outcome {
            Outcome::Ok { result } => result,
            Outcome::Error { code, name, message } => return Err(WalletError::Question { code, name, message }),
        };
        let state: StateView = serde_json::from_value(result).map_err(|_| WalletError::NotAnAnswer)?;
        self.see(&pin, &state.vtxos)?;
        Ok(state)
    }

    /// The open session that executes an order whose session is not known.
    pub(super) async fn find_session(&self, order: &Order) -> Result<Option<SessionView>, WalletError> {
        let state = self.sync().await?;
        Ok(state.sessions.into_iter().find(|session| executes(session, order)))
    }
}

pub(super) fn executes(session: &SessionView, order: &Order) -> bool {
    session.parties.iter().any(|party| party.intent == Some(order.event))
}
