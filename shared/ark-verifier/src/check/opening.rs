//! What a challenge of either step says about itself.

use bitcoin::XOnlyPublicKey;

use super::{Refusal, Term};
use crate::challenge::{Challenge, OperatorTerms, Step};

/// A ceremony asks twice.
const STEPS: u8 = 2;

pub(super) fn check(
    challenge: &Challenge,
    step: Step,
    owner: XOnlyPublicKey,
    terms: &OperatorTerms,
) -> Result<(), Refusal> {
    if challenge.step != step {
        return Err(Refusal::OtherStep {
            expected: step,
            found: challenge.step,
        });
    }
    if challenge.steps != STEPS {
        return Err(Refusal::Steps(challenge.steps));
    }
    if challenge.owner != owner {
        return Err(Refusal::OtherOwner { found: challenge.owner });
    }
    match differing(terms, &challenge.operator) {
        Some(term) => Err(Refusal::OtherTerms(term)),
        None => Ok(()),
    }
}

fn differing(ours: &OperatorTerms, theirs: &OperatorTerms) -> Option<Term> {
    let OperatorTerms {
        network,
        signer,
        checkpoint_tapscript,
        exit_delay,
        dust,
    } = theirs;
    [
        (ours.network == *network, Term::Network),
        (ours.signer == *signer, Term::Signer),
        (
            ours.checkpoint_tapscript == *checkpoint_tapscript,
            Term::CheckpointScript,
        ),
        (ours.exit_delay == *exit_delay, Term::ExitDelay),
        (ours.dust == *dust, Term::Dust),
    ]
    .into_iter()
    .find_map(|(same, term)| (!same).then_some(term))
}
