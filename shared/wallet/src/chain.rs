//! Where an account stands: the ledger's word and our own blocks that it does not have yet, as a pure rule.
//!
//! A block names the one before it by hash, so a block that we signed carries its whole past. Nodes can hide what is new
//! but cannot make up a past: what they say is related to our own blocks by hashes alone.

use nanoark_nano::BlockHash;

/// A block and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) hash: BlockHash,
    pub(crate) previous: BlockHash,
}

/// A living block of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) step: Step,
    /// Whether a quorum of the nodes called it final. Then whatever else a node shows in its place is out of date.
    pub(crate) is_final: bool,
}

/// Where the next block goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The account has no block: the next one opens it.
    Unopened,
    /// After this block of the ledger, which comes after all of ours or is our last.
    After(BlockHash),
    /// After our own last block, which the nodes do not have yet or have not told of.
    AfterOurs,
    /// Nowhere yet: another block has the place of one of ours.
    Rival { ours: BlockHash, theirs: BlockHash },
    /// Nowhere yet: too little is known.
    Unclear,
}

/// How a block that a node calls the account's last relates to ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// It comes after all of ours, or is our last.
    Leads,
    /// Ours go on after it.
    Follows,
    Rival {
        ours: BlockHash,
        theirs: BlockHash,
    },
    Unclear,
}

/// Where the account stands, given what nodes call its last block (each with its past, newest first) and our own living
/// blocks (oldest first, each after the one before it; at least from the newest that is in one of the pasts).
pub(crate) fn stand(heads: &[Vec<Step>], ours: &[Own]) -> Standing {
    let relations: Vec<(&[Step], Relation)> = heads.iter().map(|past| (past.as_slice(), relate(past, ours))).collect();
    let mut leading: Vec<&[Step]> = Vec::new();
    let mut follows = false;
    let mut unclear = false;
    for (past, relation) in relations {
        match relation {
            Relation::Rival { ours, theirs } => return Standing::Rival { ours, theirs },
            Relation::Leads => leading.push(past),
            Relation::Follows => follows = true,
            Relation::Unclear => unclear = true,
        }
    }
    if !leading.is_empty() {
        // A node that is behind names a block of the past of the newest.
        let newest = leading.iter().find_map(|past| {
            let holds = |other: &&[Step]| {
                other
                    .first()
                    .is_some_and(|head| past.iter().any(|step| step.hash == head.hash))
            };
            past.first().filter(|_| leading.iter().all(holds))
        });
        return newest.map_or(Standing::Unclear, |head| Standing::After(head.hash));
    }
    match (follows, unclear, ours.is_empty()) {
        (true, _, _) | (false, false, false) => Standing::AfterOurs,
        (false, false, true) => Standing::Unopened,
        (false, true, _) => Standing::Unclear,
    }
}

fn relate(past: &[Step], ours: &[Own]) -> Relation {
    let Some(head) = past.first() else {
        return Relation::Unclear;
    };
    // Two blocks after the same one exclude each other, wherever on the chain they are.
    let contested = ours.iter().find_map(|own| {
        let rival = |step: &&Step| step.previous == own.step.previous && step.hash != own.step.hash;
        past.iter().find(rival).map(|rival| (own, rival))
    });
    if let Some((own, rival)) = contested {
        return if own.is_final {
            Relation::Unclear
        } else {
            Relation::Rival {
                ours: own.step.hash,
                theirs: rival.hash,
            }
        };
    }
    let met = ours
        .iter()
        .rposition(|own| past.iter().any(|step| step.hash == own.step.hash));
    let Some(next) = ours.get(met.map_or(0, |at| at.saturating_add(1))) else {
        return Relation::Leads;
    };
    let is_met = met
        .and_then(|at| ours.get(at))
        .is_some_and(|own| own.step.hash == head.hash);
    if is_met || next.step.previous == head.hash {
        Relation::Follows
    } else {
        Relation::Unclear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(byte: u8) -> BlockHash {
        BlockHash::from_bytes([byte; 32])
    }

    /// `"ba"`: block b after block a; `"a0"`: block a opens the account.
    fn step(pair: &str) -> Step {
        let bytes = pair.as_bytes();
        Step {
            hash: hash(bytes[0]),
            previous: if bytes[1] == b'0' {
                BlockHash::ZERO
            } else {
                hash(bytes[1])
            },
        }
    }

    fn steps(text: &str) -> Vec<Step> {
        text.split_whitespace().map(step).collect()
    }

    /// Upper case: final.
    fn own(text: &str) -> Vec<Own> {
        let one = |pair: &str| Own {
            step: step(&pair.to_lowercase()),
            is_final: pair != pair.to_lowercase(),
        };
        text.split_whitespace().map(one).collect()
    }

    #[test]
    fn the_next_block_comes_after_the_newest_that_is_certain() {
        let rival = |ours: u8, theirs: u8| Standing::Rival {
            ours: hash(ours),
            theirs: hash(theirs),
        };
        let after = |byte: u8| Standing::After(hash(byte));
        // Heads with their pasts, newest first; ours, oldest first.
        let cases: [(&[&str], &str, Standing); 26] = [
            // Nothing of ours: the nodes' word.
            (&[], "", Standing::Unopened),
            (&["a0"], "", after(b'a')),
            (&["b?"], "", after(b'b')),
            (&["ba a0", "a0"], "", after(b'b')),
            (&["a0", "ba a0"], "", after(b'b')),
            (&["a?", "b?"], "", Standing::Unclear),
            (&["ba a0", "ca a0"], "", Standing::Unclear),
            // Ours are all on the ledger.
            (&["a0"], "a0", after(b'a')),
            (&["ba"], "a0 ba", after(b'b')),
            (&["cb ba"], "a0 ba", after(b'c')),
            (&["cb ba", "ba"], "a0 ba", after(b'c')),
            // Ours go on where the ledger ends, or where a node is behind.
            (&[], "a0", Standing::AfterOurs),
            (&["a0"], "ba cb", Standing::AfterOurs),
            (&["ba"], "ba cb", Standing::AfterOurs),
            (&["cb", "ba"], "ba cb", after(b'c')),
            // Somebody else's block is between ours.
            (&["xa ab"], "ab yx", Standing::AfterOurs),
            (&["ab"], "ab yx", Standing::AfterOurs),
            // Another block has the place of ours.
            (&["ba"], "ca", rival(b'c', b'b')),
            (&["xb ba"], "ca dc", rival(b'c', b'b')),
            (&["b0"], "a0", rival(b'a', b'b')),
            (&["db ba"], "ba cb", rival(b'c', b'd')),
            (&["db"], "ba cb", rival(b'c', b'd')),
            (&["cb"], "Ba Db", Standing::Unclear),
            (&["cb ba", "db ba"], "ba cb", rival(b'c', b'd')),
            // Too little is known.
            (&["xw"], "ca", Standing::Unclear),
            (&["xa ab"], "ab zy", Standing::Unclear),
        ];
        for (heads, ours, expected) in cases {
            let pasts: Vec<Vec<Step>> = heads.iter().map(|head| steps(head)).collect();
            assert_eq!(stand(&pasts, &own(ours)), expected, "{heads:?} {ours:?}");
        }
    }

    /// After a block of ours was given up, the rival is one of ours: a node that still shows the block that was given up,
    /// or what was before it, cannot make us go on there.
    #[test]
    fn what_was_given_up_is_never_built_on() {
        // a, then c was given up for b.
        let ours = "A0 Ba";
        for (head, expected) in [
            ("a0", Standing::AfterOurs),
            ("ba", Standing::After(hash(b'b'))),
            ("ca a0", Standing::Unclear),
            ("dc ca a0", Standing::Unclear),
        ] {
            assert_eq!(stand(&[steps(head)], &own(ours)), expected, "{head}");
            // One node that lags behind does not stop the others.
            let both = [steps(head), steps("eb ba a0")];
            assert_eq!(stand(&both, &own(ours)), Standing::After(hash(b'e')), "{head}");
        }
    }
}
