//! Questions that move no value (kind 31500), and their answers (kind 31501). Both are encrypted.

use bitcoin::Amount;
use nanoark_ark_verifier::intent::{ActionId, ActionType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The content of a service request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct ServiceRequest {
    /// The author's name for it; the event's `d` tag repeats it.
    pub request_id: ActionId,
    /// What is asked.
    pub service: Service,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// Everything that a restored wallet needs: its VTXOs, its open sessions with their challenges, its receipts.
    SyncState,
    /// The sums of the author's VTXOs, by state.
    Balance,
    /// The author's VTXOs.
    Vtxos,
    /// What an action would cost.
    Quote(QuoteRequest),
}

/// The name of a [`Service`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceName {
    /// [`Service::SyncState`].
    SyncState,
    /// [`Service::Balance`].
    Balance,
    /// [`Service::Vtxos`].
    Vtxos,
    /// [`Service::Quote`].
    Quote,
}

/// The parameters of a quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// The action.
    #[serde(rename = "type")]
    pub action: ActionType,
    /// What goes to receivers in all, in satoshi; left out, zero.
    #[serde(default, with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
}

/// The content of a service response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceResponse {
    /// The request's name.
    pub request_id: ActionId,
    /// What was asked.
    pub action: ServiceName,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// The answer.
    Ok {
        /// The same JSON that the HTTP API gives.
        result: Value,
    },
    /// There is none.
    Error {
        /// A code of the published table.
        code: u16,
        /// Its name.
        name: String,
        /// For people.
        message: String,
    },
}

impl Service {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> ServiceName {
        match self {
            Self::SyncState => ServiceName::SyncState,
            Self::Balance => ServiceName::Balance,
            Self::Vtxos => ServiceName::Vtxos,
            Self::Quote(_) => ServiceName::Quote,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    request_id: ActionId,
    action: ServiceName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    params: Option<QuoteRequest>,
}

impl TryFrom<Wire> for ServiceRequest {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, &'static str> {
        let service = match (wire.action, wire.params) {
            (ServiceName::SyncState, None) => Service::SyncState,
            (ServiceName::Balance, None) => Service::Balance,
            (ServiceName::Vtxos, None) => Service::Vtxos,
            (ServiceName::Quote, Some(params)) => Service::Quote(params),
            (ServiceName::Quote, None) => return Err("a quote has params"),
            (ServiceName::SyncState | ServiceName::Balance | ServiceName::Vtxos, Some(_)) => {
                return Err("only a quote has params");
            }
        };
        Ok(Self {
            request_id: wire.request_id,
            service,
        })
    }
}

impl From<ServiceRequest> for Wire {
    fn from(request: ServiceRequest) -> Self {
        let action = request.service.name();
        let params = match request.service {
            Service::Quote(params) => Some(params),
            Service::SyncState | Service::Balance | Service::Vtxos => None,
        };
        Self {
            request_id: request.request_id,
            action,
            params,
        }
    }
}
