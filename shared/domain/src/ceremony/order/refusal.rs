//! Why nothing can be ordered by an intent.

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use nanoark_ark_verifier::address::{ArkAddress, Network, shortened};
use nanoark_ark_verifier::asset::AssetId;
use nanoark_ark_verifier::intent::{MAX_INPUTS, MAX_PARTIES, MAX_RECEIVERS};

use crate::ceremony::code::FailureCode;
use crate::ceremony::coin::TooManyAssets;
use crate::ceremony::progress::Failure;

/// Why an intent, or the intents of a swap's parties, order nothing that could be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefusal {
    /// It is meant for another network.
    #[error("the intent is for {network}, and this gateway serves {ours}")]
    WrongNetwork {
        /// The intent's network.
        network: Network,
        /// The gateway's.
        ours: Network,
    },
    /// A receiver's address is of another network or operator.
    #[error("the address {} is of another network or operator", shortened(.address))]
    ForeignAddress {
        /// The address.
        address: Box<ArkAddress>,
    },
    /// It pays nobody.
    #[error("an intent has at least one receiver or amount")]
    NoReceivers,
    /// It pays too many.
    #[error("an intent asks for {MAX_RECEIVERS} outputs at most, and this one for {count}")]
    TooManyReceivers {
        /// How many outputs it asks for.
        count: usize,
    },
    /// A receiver gets no satoshi, no assets where assets are sent, or nothing of an asset.
    #[error("every receiver gets at least one satoshi, and one unit of each asset that is named")]
    GetsNothingAtAll,
    /// A receiver's assets name one twice.
    #[error("the asset {asset} is named twice for one receiver")]
    AssetTwice {
        /// The asset.
        asset: AssetId,
    },
    /// The inputs that are named are too few.
    #[error("{count} inputs are named, and {least} are the least; left out, the gateway chooses")]
    TooFewInputs {
        /// How many are named.
        count: usize,
        /// How many are needed.
        least: usize,
    },
    /// The inputs that are named are too many.
    #[error("an ark transaction has {MAX_INPUTS} inputs at most, and {count} are named")]
    TooManyInputs {
        /// How many are named.
        count: usize,
    },
    /// An input is named twice.
    #[error("the input {outpoint} is named twice")]
    InputTwice {
        /// The input.
        outpoint: OutPoint,
    },
    /// Outputs and fee are more bitcoin than there will ever be.
    #[error("outputs and fee are more bitcoin than there is")]
    TooMuch,
    /// The receivers get more of an asset than can be counted.
    #[error(transparent)]
    TooManyAssets(#[from] TooManyAssets),
    /// A swap has too few or too many parties.
    #[error("a swap has 2 to {MAX_PARTIES} parties who give something, and this one {count}")]
    PartyCount {
        /// How many give something.
        count: usize,
    },
    /// A party to a swap gives to itself.
    #[error("{party} gives to itself")]
    GivesToItself {
        /// The party.
        party: XOnlyPublicKey,
    },
    /// A party to a swap only gives.
    #[error("{party} gives and gets nothing: that is a transfer")]
    GetsNothing {
        /// The party.
        party: XOnlyPublicKey,
    },
    /// The author of a swap's intent is no party to it.
    #[error("the author gives nothing in this swap")]
    AuthorGivesNothing,
    /// The intents are not those of all parties, in party order.
    #[error("the intents are not one of each party")]
    PartiesDiffer,
    /// A party has signed something else than the first one.
    #[error("{party} has signed other parameters than the first party")]
    Disagreement {
        /// The party.
        party: XOnlyPublicKey,
    },
    /// The fee goes to another address than the quoted one.
    #[error("the fee goes to {}, and the quote says {}", shortened(.address), shortened(.quoted))]
    FeeElsewhere {
        /// Where it goes.
        address: Box<ArkAddress>,
        /// Where it was to go.
        quoted: Box<ArkAddress>,
    },
    /// The fee is lower than quoted.
    #[error("the fee is {} satoshi, and {} are quoted", .amount.to_sat(), .quoted.to_sat())]
    FeeTooLow {
        /// The fee.
        amount: Amount,
        /// The least that it has to be.
        quoted: Amount,
    },
}

impl OrderRefusal {
    /// The code that says it to a wallet.
    #[must_use]
    pub const fn code(&self) -> FailureCode {
        match self {
            Self::WrongNetwork { .. } | Self::ForeignAddress { .. } => FailureCode::WrongNetwork,
            Self::NoReceivers
            | Self::TooManyReceivers { .. }
            | Self::GetsNothingAtAll
            | Self::AssetTwice { .. }
            | Self::TooFewInputs { .. }
            | Self::InputTwice { .. }
            | Self::TooMuch
            | Self::TooManyAssets(_) => FailureCode::Malformed,
            Self::TooManyInputs { .. } => FailureCode::TooManyInputs,
            Self::PartyCount { .. }
            | Self::GivesToItself { .. }
            | Self::GetsNothing { .. }
            | Self::AuthorGivesNothing
            | Self::PartiesDiffer
            | Self::Disagreement { .. } => FailureCode::BatchInvalid,
            Self::FeeElsewhere { .. } | Self::FeeTooLow { .. } => FailureCode::FeeWrong,
        }
    }

    /// The failure of a session that is refused for it.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let outpoints = match self {
            Self::InputTwice { outpoint } => vec![*outpoint],
            Self::WrongNetwork { .. }
            | Self::ForeignAddress { .. }
            | Self::NoReceivers
            | Self::TooManyReceivers { .. }
            | Self::GetsNothingAtAll
            | Self::AssetTwice { .. }
            | Self::TooFewInputs { .. }
            | Self::TooManyInputs { .. }
            | Self::TooMuch
            | Self::TooManyAssets(_)
            | Self::PartyCount { .. }
            | Self::GivesToItself { .. }
            | Self::GetsNothing { .. }
            | Self::AuthorGivesNothing
            | Self::PartiesDiffer
            | Self::Disagreement { .. }
            | Self::FeeElsewhere { .. }
            | Self::FeeTooLow { .. } => Vec::new(),
        };
        Failure {
            outpoints,
            ..Failure::new(self.code(), self.to_string())
        }
    }
}
