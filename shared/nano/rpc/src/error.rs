//! What can go wrong with one call to one node.

use std::time::Duration;

/// Why a call to a node gave no usable answer. None of these says anything about the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// No complete answer in time.
    #[error("the node did not answer in time")]
    Timeout,
    /// No connection, or it broke before the answer was complete.
    #[error("the node cannot be reached")]
    Unreachable,
    /// Another HTTP status than 200. RsNano answers 422 to what it cannot read.
    #[error("the node answered HTTP status {status}")]
    Http {
        /// The status code.
        status: u16,
    },
    /// The answer exceeds [`Limits::max_response_bytes`](crate::Limits::max_response_bytes). It was not read to its end.
    #[error("the answer of the node is too large")]
    TooLarge,
    /// The answer is no JSON: a proxy's error page, or cut off.
    #[error("the answer of the node is not JSON")]
    NotJson,
    /// HTTP status 429.
    #[error("the node limits our rate")]
    RateLimited {
        /// When the node says to come back, if it does.
        retry_after: Option<Duration>,
    },
    /// The node understood and answered with an error.
    #[error("the node answered: {0}")]
    Node(NodeError),
    /// It belongs to another network: its money is not the money we mean.
    #[error("the node is on another network")]
    WrongNetwork,
    /// JSON without what the call is documented to answer.
    #[error("the answer to {action} has no usable {field}")]
    UnexpectedShape {
        /// The call.
        action: &'static str,
        /// The first field that is missing or malformed.
        field: &'static str,
    },
}

macro_rules! node_errors {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The error texts of a node, which are its only error codes.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum NodeError {
            $($(#[$doc])* #[error($text)] $name,)*
            /// A text that this release does not know, cut to 200 characters.
            #[error("{0}")]
            Other(String),
        }

        impl NodeError {
            /// The error that a node means by `text`.
            #[must_use]
            pub fn from_text(text: &str) -> Self {
                match text {
                    $($text => Self::$name,)*
                    _ => Self::Other(text.chars().take(200).collect()),
                }
            }

            #[cfg(test)]
            pub(crate) const KNOWN: &[(&'static str, Self)] = &[$(($text, Self::$name)),*];
        }
    };
}

node_errors! {
    /// The node does not have the block. It may be behind, or the block was never published, or it was replaced.
    BlockNotFound = "Block not found",
    /// The hash of a `block_info` is malformed.
    InvalidBlockHash = "Invalid block hash",
    /// A hash of a `blocks_info` is malformed.
    BadHashNumber = "Bad hash number",
    /// The account has no block.
    AccountNotFound = "Account not found",
    /// The account is malformed.
    BadAccountNumber = "Bad account number",
    /// The work is malformed.
    InvalidWork = "Invalid work",
    /// The work is below every threshold.
    WorkBelowThreshold = "Block work is less than threshold",
    /// The difficulty asked for is too low or too high.
    DifficultyOutOfRange = "Difficulty out of range",
    /// The request is no JSON.
    UnableToParseJson = "Unable to parse JSON",
    /// The node does not have the call.
    UnknownCommand = "Unknown command",
    /// The call needs `enable_control`.
    ControlDisabled = "RPC control is disabled",
    /// The request is nested too deeply.
    MaxJsonDepth = "Max JSON depth exceeded",
    /// The request was no POST.
    OnlyPost = "Can only POST requests",
    /// The node makes no work.
    WorkGenerationDisabled = "Work generation is disabled",
    /// `process`: the block is already known, which is success.
    OldBlock = "Old block",
    /// `process`: another block has the same predecessor.
    Fork = "Fork",
    /// `process`: the block before is not known.
    GapPrevious = "Gap previous block",
    /// `process`: the send to receive is not known.
    GapSource = "Gap source block",
    /// `process`: the signature does not belong to the account and the block.
    BadSignature = "Bad signature",
    /// `process`: the balance would grow by a send.
    NegativeSpend = "Negative spend",
    /// `process`: the receive takes in another amount than was sent.
    BalanceMismatch = "Balance and amount delta do not match",
    /// `process`: the send was received before, or is for another account.
    Unreceivable = "Unreceivable",
    /// `process`: the work is below the threshold for what the block does.
    InsufficientWork = "Block work is insufficient",
    /// `process`: an epoch is missing in between.
    BlockPosition = "This block cannot follow the previous block",
    /// `process`: the balance does not fit the subtype; also the same block again *with* its subtype.
    SubtypeBalance = "Invalid block balance for given subtype",
    /// `process`: the predecessor does not fit the subtype.
    SubtypePrevious = "Invalid previous block for given subtype",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_text_is_its_own_error_and_prints_as_itself() {
        for (text, error) in NodeError::KNOWN {
            assert_eq!(NodeError::from_text(text), *error);
            assert_eq!(error.to_string(), *text);
        }
    }

    #[test]
    fn an_unknown_text_is_kept_but_not_at_any_length() {
        assert_eq!(
            NodeError::from_text("block not found"),
            NodeError::Other("block not found".to_owned())
        );
        assert_eq!(
            NodeError::from_text(&"é".repeat(1000)),
            NodeError::Other("é".repeat(200))
        );
    }
}
