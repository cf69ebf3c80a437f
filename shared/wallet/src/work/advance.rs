//! Work made in advance: while a bot is idle it looks for the work of its account's next block, so that a payment need
//! not wait for it.
//!
//! These are the rules only. Who keeps the work, and when the machine is idle, is the wallet's business.

use nanoark_nano::work::{Root, is_valid};
use nanoark_nano::{Account, BlockHash, Network, Subtype, Work};

/// Work that was found and is kept until its block is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptWork {
    /// What it was made for.
    pub root: Root,
    /// The work.
    pub work: Work,
}

/// What to look for in advance. It is what [`WorkSource::work`](super::WorkSource::work) takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InAdvance {
    /// The root of the account's next block.
    pub root: Root,
    /// The hardest subtype that the next block can have.
    pub subtype: Subtype,
}

impl InAdvance {
    /// For the next block of the account after `frontier`, its last one.
    ///
    /// What an account's next block will be is not known, so that the work is that of a send, which is good for all.
    /// Only an account without blocks can do but one thing: open.
    #[must_use]
    pub fn of(account: Account, frontier: Option<BlockHash>) -> Self {
        let (root, subtype) = match frontier {
            Some(frontier) => (frontier.into(), Subtype::Send),
            None => (account.into(), Subtype::Open),
        };
        Self { root, subtype }
    }

    /// This, unless the work that is kept will do.
    #[must_use]
    pub fn unless_kept(self, kept: Option<KeptWork>, network: Network) -> Option<Self> {
        let enough = kept.and_then(|kept| kept.for_block(self.root, self.subtype, network));
        enough.is_none().then_some(self)
    }
}

impl KeptWork {
    /// The work, if it is good for a block with this root and subtype. It is checked anew: what a file says need not be
    /// so.
    #[must_use]
    pub fn for_block(self, root: Root, subtype: Subtype, network: Network) -> Option<Work> {
        let good = self.root == root && is_valid(&root, self.work, network.thresholds().of(subtype));
        good.then_some(self.work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "92BA74A7D6DC7557F3EDA95ADC6341D51AC777A0A6FF0688A5C492AB2B2CB40D";

    fn kept(work: u64) -> KeptWork {
        let root = ROOT.parse::<BlockHash>().unwrap().into();
        let work = Work::from_nonce(work);
        KeptWork { root, work }
    }

    #[test]
    fn the_next_block_may_be_a_send_but_for_the_first_which_opens() {
        let account = Account::from_bytes([7; 32]);
        let frontier = BlockHash::from_bytes([8; 32]);
        let cases = [
            (None, Root::from_bytes([7; 32]), Subtype::Open),
            (Some(frontier), Root::from_bytes([8; 32]), Subtype::Send),
        ];
        for (frontier, root, subtype) in cases {
            assert_eq!(InAdvance::of(account, frontier), InAdvance { root, subtype });
        }
    }

    #[test]
    fn kept_work_is_used_for_its_own_root_and_what_it_is_good_for() {
        let (for_send, for_receive, for_nothing) = (kept(0x12b2_8f0c), kept(0x0027_2bbb), kept(0));
        let (own, other) = (for_send.root, Root::from_bytes([1; 32]));
        let cases = [
            (for_send, own, Subtype::Send, true),
            (for_send, own, Subtype::Change, true),
            (for_send, own, Subtype::Receive, true),
            (for_send, other, Subtype::Receive, false),
            (for_receive, own, Subtype::Send, false),
            (for_receive, own, Subtype::Receive, true),
            (for_receive, own, Subtype::Open, true),
            (for_nothing, own, Subtype::Receive, false),
        ];
        for (kept, root, subtype, good) in cases {
            let expected = good.then_some(kept.work);
            assert_eq!(
                kept.for_block(root, subtype, Network::Live),
                expected,
                "{kept:?} {subtype:?}"
            );
        }
    }

    #[test]
    fn work_is_due_until_one_is_kept_that_will_do_for_a_send() {
        let next = InAdvance {
            root: kept(0).root,
            subtype: Subtype::Send,
        };
        let elsewhere = KeptWork {
            root: Root::from_bytes([1; 32]),
            ..kept(0x12b2_8f0c)
        };
        let cases = [
            (None, Some(next)),
            (Some(kept(0x12b2_8f0c)), None),
            (Some(kept(0x0027_2bbb)), Some(next)),
            (Some(elsewhere), Some(next)),
        ];
        for (kept, due) in cases {
            assert_eq!(next.unless_kept(kept, Network::Live), due, "{kept:?}");
        }
        let opening = InAdvance {
            subtype: Subtype::Open,
            ..next
        };
        assert_eq!(opening.unless_kept(Some(kept(0x0027_2bbb)), Network::Live), None);
    }
}
