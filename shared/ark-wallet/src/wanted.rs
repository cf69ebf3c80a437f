//! What a caller wants, before the fee is known.

use bitcoin::{Amount, OutPoint};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::intent::{
    Action, ActionId, AssetReceiver, AssetTransfer, Consolidate, Destination, Fee, ReceiptMode, Receiver, Satoshi,
    Split, Swap, Transfer,
};
use nanoark_domain::time::Seconds;

/// What a caller wants: an [`Action`] without its fee, except for a swap, whose parties have agreed on one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Bitcoin to one or more receivers.
    Transfer {
        /// The VTXOs to spend; left out, the gateway chooses.
        inputs: Option<Vec<OutPoint>>,
        /// Who gets how much.
        receivers: Vec<Receiver>,
    },
    /// Own coins into VTXOs of these amounts.
    Split {
        /// The VTXOs to spend; left out, the gateway chooses.
        inputs: Option<Vec<OutPoint>>,
        /// The amounts.
        amounts: Vec<Amount>,
    },
    /// Own coins into one VTXO.
    Consolidate {
        /// The VTXOs to spend; left out, the smallest ones.
        inputs: Option<Vec<OutPoint>>,
    },
    /// An exchange on terms that all parties sign.
    Swap(Swap),
    /// Arkade assets to one or more receivers.
    AssetTransfer {
        /// The VTXOs to spend; left out, the gateway chooses.
        inputs: Option<Vec<OutPoint>>,
        /// Who gets what.
        receivers: Vec<AssetReceiver>,
    },
}

/// How it is ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ordering {
    /// The caller's name for it. Ordered again under the same name, it is the same order. Left out, a random one.
    pub action_id: Option<ActionId>,
    /// How long the order holds. Left out, a quarter of an hour, and for a swap, whose other parties take their time,
    /// 55 minutes.
    pub lifetime: Option<Seconds>,
    /// The most to pay the gateway.
    pub max_fee: Option<Amount>,
    /// What the confirmation tells the public.
    pub receipt: ReceiptMode,
}

impl Wanted {
    /// An amount to one receiver.
    #[must_use]
    pub fn send(to: impl Into<To>, amount: Amount) -> Self {
        Self::Transfer {
            inputs: None,
            receivers: vec![Receiver {
                to: to.into().0,
                amount,
            }],
        }
    }

    /// VTXOs of these amounts.
    #[must_use]
    pub const fn split(amounts: Vec<Amount>) -> Self {
        Self::Split { inputs: None, amounts }
    }

    /// One VTXO of the smallest ones.
    #[must_use]
    pub const fn consolidate() -> Self {
        Self::Consolidate { inputs: None }
    }

    /// The lifetime that it has unless the caller says otherwise.
    pub(crate) const fn lifetime(&self) -> Seconds {
        match self {
            Self::Swap(_) => Seconds(3_300),
            Self::Transfer { .. } | Self::Split { .. } | Self::Consolidate { .. } | Self::AssetTransfer { .. } => {
                Seconds(900)
            }
        }
    }

    /// The action, with this fee; a swap keeps its own.
    pub(crate) fn with_fee(self, fee: Fee) -> Action {
        match self {
            Self::Transfer { inputs, receivers } => Action::Transfer(Transfer { inputs, receivers, fee }),
            Self::Split { inputs, amounts } => Action::Split(Split {
                inputs,
                amounts: amounts.into_iter().map(Satoshi).collect(),
                fee,
            }),
            Self::Consolidate { inputs } => Action::Consolidate(Consolidate { inputs, fee }),
            Self::Swap(swap) => Action::Swap(swap),
            Self::AssetTransfer { inputs, receivers } => {
                Action::AssetTransfer(AssetTransfer { inputs, receivers, fee })
            }
        }
    }
}

/// Where [`Wanted::send`] sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct To(Destination);

impl From<ArkAddress> for To {
    fn from(address: ArkAddress) -> Self {
        Self(Destination::Address(address))
    }
}

impl From<bitcoin::XOnlyPublicKey> for To {
    fn from(key: bitcoin::XOnlyPublicKey) -> Self {
        Self(Destination::Pubkey(key))
    }
}

impl From<Destination> for To {
    fn from(to: Destination) -> Self {
        Self(to)
    }
}
