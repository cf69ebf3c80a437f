//! Who holds a VTXO.
//!
//! A session that has built a transaction reserves its inputs: nobody else builds with them until the lease is over. Once
//! all signatures are there and the transaction may be on its way to the operator, the hold has no lease any more: the
//! operator may have locked the inputs for this very transaction, so that another would fail there.

use bitcoin::OutPoint;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How firmly a VTXO is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Until its lease is over.
    Reserved,
    /// Until the session ends.
    Submitted,
    /// For ever: it was spent by the session.
    Spent,
}

/// What becomes of a VTXO's hold together with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldChange {
    /// The session takes it, if nobody holds it or whoever did had it [`HoldState::Reserved`] with a lease that is over.
    Reserve {
        /// The VTXO.
        outpoint: OutPoint,
        /// When another may take it.
        lease_until: Timestamp,
    },
    /// The session, which must hold it, keeps it without a lease.
    Submit {
        /// The VTXO.
        outpoint: OutPoint,
    },
    /// The session, which must hold it, has spent it.
    Spend {
        /// The VTXO.
        outpoint: OutPoint,
    },
    /// The session gives it back, if it still holds it; somebody who took it over keeps it.
    Release {
        /// The VTXO.
        outpoint: OutPoint,
    },
}

impl HoldChange {
    /// The VTXO.
    #[must_use]
    pub const fn outpoint(&self) -> OutPoint {
        match self {
            Self::Reserve { outpoint, .. }
            | Self::Submit { outpoint }
            | Self::Spend { outpoint }
            | Self::Release { outpoint } => *outpoint,
        }
    }
}
