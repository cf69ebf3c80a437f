//! An order: one signed intent, and how far it has come.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::check::Approved;
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::{ActionId, Intent};
use nanoark_domain::ceremony::Stage;
use nanoark_domain::time::Timestamp;
use nanoark_http::wire::gateway::{FailureView, ReceiptView};
use serde::{Deserialize, Serialize};

/// An order as the wallet keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Its name.
    pub action_id: ActionId,
    /// The intent event.
    pub event: EventId,
    /// The event as it was signed.
    pub(crate) event_json: String,
    /// What it orders.
    pub intent: Intent,
    /// The key of the gateway that it is addressed to.
    pub gateway: XOnlyPublicKey,
    /// The session that executes it, once it is known.
    pub session: Option<SessionId>,
    /// What was last heard of the session. Hearsay, for people.
    pub heard: Option<Stage>,
    pub(crate) progress: Progress,
    /// What was approved at step 1.
    pub(crate) approved: Option<Approved>,
    /// When it was composed.
    pub created_at: Timestamp,
    /// When the intent was last sent.
    pub(crate) sent_at: Option<Timestamp>,
}

/// How far an order has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Progress {
    /// The intent is to be sent, or was.
    Composed,
    /// The gateway has the intent.
    Posted,
    /// It is done.
    Finalized {
        receipt: Option<Box<ReceiptView>>,
        proved: bool,
    },
    /// It will not be done.
    Failed { failure: FailureView },
    /// The gateway asked for something else than was ordered. Nothing more is signed.
    Refused {
        reason: String,
        /// Whether the session is known to be ended, or to be past ending.
        ended: bool,
    },
}

impl Progress {
    pub(crate) const fn is_over(&self) -> bool {
        match self {
            Self::Composed | Self::Posted => false,
            Self::Finalized { .. } | Self::Failed { .. } | Self::Refused { .. } => true,
        }
    }
}

impl Order {
    /// Whether nothing more will come of it.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.progress.is_over()
    }

    /// What was approved at step 1, if it has come to that.
    #[must_use]
    pub const fn approved(&self) -> Option<&Approved> {
        self.approved.as_ref()
    }
}
