//! Whether a block of ours can never become final, because another one has its place.

use nanoark_nano::BlockHash;
use nanoark_nano_rpc::{BlockInfo, NodeError, RpcError};

/// What one node says about a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Final,
    NotFinal,
    Unknown,
    Silent,
}

/// What is known about two blocks of which only one can become final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A quorum calls the other one final and no node calls ours so: ours is dead.
    Dead,
    /// Not decided, or not shown to us.
    Open {
        /// How many call the other one final.
        confirmed: usize,
    },
}

/// The verdict on ours, from what each node says about the other one and about ours.
///
/// Even if every node lied here nothing would be paid twice: whatever is signed in place of ours comes after the other
/// one, so that ours and its successor exclude each other. What the quorum guards is that the successor can become final.
pub(crate) fn judge(words: &[(Word, Word)], quorum: usize) -> Verdict {
    let confirmed = words.iter().filter(|(theirs, _)| *theirs == Word::Final).count();
    let ours_is_final = words.iter().any(|(_, ours)| *ours == Word::Final);
    if confirmed >= quorum && !ours_is_final {
        Verdict::Dead
    } else {
        Verdict::Open { confirmed }
    }
}

/// What a node says about a block, if it shows that very block.
pub(crate) fn word(hash: BlockHash, answer: &Result<BlockInfo, RpcError>) -> Word {
    match answer {
        Ok(info) if info.contents.hash() != Some(hash) => Word::Silent,
        Ok(info) if info.confirmed => Word::Final,
        Ok(_) => Word::NotFinal,
        Err(RpcError::Node(NodeError::BlockNotFound)) => Word::Unknown,
        Err(
            RpcError::Node(_)
            | RpcError::Timeout
            | RpcError::Unreachable
            | RpcError::Http { .. }
            | RpcError::TooLarge
            | RpcError::NotJson
            | RpcError::RateLimited { .. }
            | RpcError::WrongNetwork
            | RpcError::UnexpectedShape { .. },
        ) => Word::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::Word::{Final, NotFinal, Silent, Unknown};
    use super::*;

    #[test]
    fn ours_is_dead_only_when_a_quorum_calls_the_other_final_and_nobody_ours() {
        type Words = &'static [(Word, Word)];
        let cases: [(Words, usize, Verdict); 10] = [
            (&[(Final, Unknown)], 1, Verdict::Dead),
            (&[(Final, NotFinal)], 1, Verdict::Dead),
            (
                &[(Final, Unknown), (Final, Unknown), (Silent, Silent)],
                2,
                Verdict::Dead,
            ),
            (&[(Final, Unknown), (Final, Final)], 2, Verdict::Open { confirmed: 2 }),
            (
                &[(Final, Unknown), (NotFinal, Final)],
                1,
                Verdict::Open { confirmed: 1 },
            ),
            (
                &[(Final, Unknown), (NotFinal, Unknown)],
                2,
                Verdict::Open { confirmed: 1 },
            ),
            (&[(Final, Unknown), (Silent, Silent)], 2, Verdict::Open { confirmed: 1 }),
            (
                &[(NotFinal, Unknown), (NotFinal, Unknown)],
                1,
                Verdict::Open { confirmed: 0 },
            ),
            (&[(Unknown, NotFinal)], 1, Verdict::Open { confirmed: 0 }),
            (&[], 1, Verdict::Open { confirmed: 0 }),
        ];
        for (words, quorum, expected) in cases {
            assert_eq!(judge(words, quorum), expected, "{words:?} of {quorum}");
        }
    }
}
