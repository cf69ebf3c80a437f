//! What a malicious gateway does to an honest challenge, or to what the wallet goes by.

use alloc::string::{String, ToString as _};

use bitcoin::Psbt;

use super::scene::Scene;
use crate::challenge::Challenge;
use crate::check::{Approved, Refusal};

pub(crate) enum Trick {
    /// To the plan: all is built anew from it.
    Plan(fn(&mut Scene)),
    /// To the challenge.
    Wire(fn(&mut Challenge)),
    /// To the plan, and then to the challenge, to hide it.
    Hidden(fn(&mut Scene), fn(&mut Challenge)),
    /// To the ark transaction.
    Ark(fn(&mut Psbt)),
    /// To a checkpoint.
    Checkpoint(usize, fn(&mut Psbt)),
    /// To the recovery proof.
    Proof(fn(&mut Psbt)),
    /// To what was stored at step 1.
    Stored(fn(&mut Approved)),
}

impl Trick {
    fn on_scene(&self, scene: &mut Scene) {
        match self {
            Self::Plan(trick) | Self::Hidden(trick, _) => trick(scene),
            Self::Wire(_) | Self::Ark(_) | Self::Checkpoint(..) | Self::Proof(_) | Self::Stored(_) => {}
        }
    }

    fn on_challenge(&self, challenge: &mut Challenge) {
        match self {
            Self::Plan(_) | Self::Stored(_) => {}
            Self::Wire(trick) | Self::Hidden(_, trick) => trick(challenge),
            Self::Ark(trick) => edit(&mut challenge.ark_tx, *trick),
            Self::Checkpoint(input, trick) => edit(&mut challenge.checkpoint_txs[*input], *trick),
            Self::Proof(trick) => edit(&mut challenge.recovery.as_mut().unwrap().proof, *trick),
        }
    }
}

fn edit(text: &mut String, trick: fn(&mut Psbt)) {
    let mut psbt: Psbt = text.parse().unwrap();
    trick(&mut psbt);
    *text = psbt.to_string();
}

/// One thing that is wrong, and what a wallet says to it.
pub(crate) type Case = (&'static str, Trick, Refusal);

/// Every trick at step 1 is refused for its reason.
pub(crate) fn refused_first(honest: &Scene, cases: &[Case]) {
    assert!(honest.check(None, &honest.plan.first()).is_ok());
    for (name, trick, expected) in cases {
        let mut scene = honest.clone();
        trick.on_scene(&mut scene);
        let mut challenge = scene.plan.first();
        trick.on_challenge(&mut challenge);
        assert_eq!(scene.check(None, &challenge).as_ref(), Err(expected), "{name}");
    }
}

/// Every trick at step 2 is refused for its reason, after an honest step 1.
pub(crate) fn refused_second(honest: &Scene, cases: &[Case]) {
    let approved = honest.approved();
    assert!(honest.check(Some(&approved), &honest.plan.second()).is_ok());
    for (name, trick, expected) in cases {
        let (mut scene, mut approved) = (honest.clone(), approved.clone());
        trick.on_scene(&mut scene);
        let mut challenge = scene.plan.second();
        trick.on_challenge(&mut challenge);
        if let Trick::Stored(trick) = trick {
            trick(&mut approved);
        }
        assert_eq!(
            scene.check(Some(&approved), &challenge).as_ref(),
            Err(expected),
            "{name}"
        );
    }
}
