//! What can go wrong with a wallet.

use nanoark_nano::evidence::NodeFailure;
use nanoark_nano::{Account, BlockHash, Network, RawAmount, Root};
use nanoark_nano_rpc::RpcError;
use nanoark_state_file::OpenError;

use crate::purpose::Purpose;
use crate::work::NoWork;

/// Why the wallet did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The state file cannot be read or written.
    #[error("the wallet's state file: {0}")]
    State(#[from] rusqlite::Error),
    /// The state file cannot be opened.
    #[error("the wallet's state file: {0}")]
    StateFile(#[from] OpenError),
    /// The state file is another wallet's. Used with this secret it would be worth nothing and might pay twice.
    #[error(
        "the state file belongs to {found} on {found_network}, the secret is that of {expected} on {expected_network}"
    )]
    OtherWallet {
        /// The main account it was made for.
        found: Account,
        /// The network it was made for.
        found_network: Network,
        /// The main account of the secret.
        expected: Account,
        /// The network of the nodes.
        expected_network: Network,
    },
    /// No node answered usefully; nothing is known, try again.
    #[error("no Nano node answers: {0}")]
    Nodes(RpcError),
    /// Fewer nodes than the quorum answered usefully; what they said is not enough to act on, try again.
    #[error("{answered} Nano nodes answered usefully, {quorum} must")]
    TooFewNodes {
        /// How many answered.
        answered: usize,
        /// How many must.
        quorum: usize,
        /// What went wrong with the others.
        failures: Vec<NodeFailure>,
    },
    /// The nodes do not agree on where the account stands, or are all behind. Nothing was signed; try again.
    #[error("the Nano nodes do not agree on the last block of {account}; nothing was signed")]
    Unsettled {
        /// The account.
        account: Account,
    },
    /// The account's last block was signed elsewhere with the same secret and is not final yet. Should it be dropped, a
    /// block after it would hang in the air, so nothing was signed; try again.
    #[error("the last block of {account} is {head}, made elsewhere and not final yet; nothing was signed")]
    NotFinal {
        /// The account.
        account: Account,
        /// Its last block.
        head: BlockHash,
    },
    /// The account's last block was made before state blocks, so nothing proves its balance. Nothing was signed.
    #[error(
        "the last block of {account} is of a type from before 2018; make one newer block with another wallet first"
    )]
    LegacyAccount {
        /// The account.
        account: Account,
    },
    /// The account has less than that.
    #[error("{account} has {available} raw, {needed} raw are needed")]
    Insufficient {
        /// The account.
        account: Account,
        /// What it holds after its last block, in raw.
        available: RawAmount,
        /// What was to be sent, in raw.
        needed: RawAmount,
    },
    /// A block moves at least 1 raw, and an account holds at most 2^128-1.
    #[error("a block moves at least 1 raw and an account holds at most 2^128-1")]
    InvalidAmount,
    /// The purpose has a block already, for something else.
    #[error("{purpose:?} was already used to send {amount} raw to {to}")]
    PurposeTaken {
        /// The purpose.
        purpose: Purpose,
        /// Where its block sends to.
        to: Account,
        /// How much, in raw.
        amount: RawAmount,
    },
    /// The purpose was given up by [`Wallet::void`](crate::Wallet::void): nothing is ever signed for it.
    #[error("{purpose:?} was given up for good; nothing is ever signed for it")]
    Voided {
        /// The purpose.
        purpose: Purpose,
    },
    /// The nodes refused the block. It stays the one block of its purpose.
    #[error("the nodes refuse block {hash}: {reason}")]
    Refused {
        /// The block.
        hash: BlockHash,
        /// What they said.
        reason: String,
    },
    /// Another block has the place of one of ours: the secret was used elsewhere at the same time. Ours is given up only
    /// when a quorum of the nodes calls the other one final; until then nothing is signed in its stead.
    #[error(
        "block {rival} has the place of our block {hash}; {confirmed} of the {quorum} nodes needed call it final, so \
         nothing is signed anew yet"
    )]
    Contested {
        /// Our block.
        hash: BlockHash,
        /// The other one.
        rival: BlockHash,
        /// How many nodes call the other one final.
        confirmed: usize,
        /// How many must.
        quorum: usize,
    },
    /// Our block can never become final: another one with the same predecessor is. Whatever it was for was not done; ask
    /// for it again and another block is signed.
    #[error("block {hash} can never become final, {rival} has its place")]
    Lost {
        /// Our block.
        hash: BlockHash,
        /// The block that a quorum of the nodes calls final.
        rival: BlockHash,
    },
    /// Every account that was tried for an invoice is in use already. Run `restore`, and check that nobody else has the
    /// secret.
    #[error("the last {tried} invoice accounts were all in use already; restore the wallet's state")]
    NoUnusedAccount {
        /// How many were tried, and burnt.
        tried: usize,
    },
    /// The work that was made does not suffice: for another network, or for another kind of block.
    #[error("the work that was made for {root} is too little")]
    TooLittleWork {
        /// What it was made for.
        root: Root,
    },
    /// No work could be had.
    #[error(transparent)]
    Work(#[from] NoWork),
}

impl WalletError {
    /// Whether asking for the very same again, later, is likely to help. Otherwise somebody has to do something first.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::State(_)
            | Self::Nodes(_)
            | Self::TooFewNodes { .. }
            | Self::Unsettled { .. }
            | Self::NotFinal { .. }
            | Self::Refused { .. }
            | Self::Contested { .. }
            | Self::Lost { .. }
            | Self::TooLittleWork { .. }
            | Self::Work(_) => true,
            Self::StateFile(_)
            | Self::OtherWallet { .. }
            | Self::LegacyAccount { .. }
            | Self::Insufficient { .. }
            | Self::InvalidAmount
            | Self::PurposeTaken { .. }
            | Self::Voided { .. }
            | Self::NoUnusedAccount { .. } => false,
        }
    }
}

/// The failures among answers of nodes, for [`WalletError::TooFewNodes`].
pub(crate) fn too_few<T>(answers: &[(String, Result<T, RpcError>)], quorum: usize) -> WalletError {
    let failed: Vec<(&String, &RpcError)> = answers
        .iter()
        .filter_map(|(node, answer)| Some((node, answer.as_ref().err()?)))
        .collect();
    match failed.first() {
        Some((_, error)) if failed.len() == answers.len() => WalletError::Nodes((*error).clone()),
        Some(_) | None => WalletError::TooFewNodes {
            answered: answers.len().saturating_sub(failed.len()),
            quorum,
            failures: failed
                .into_iter()
                .map(|(node, error)| NodeFailure {
                    node: node.clone(),
                    error: error.to_string(),
                })
                .collect(),
        },
    }
}
