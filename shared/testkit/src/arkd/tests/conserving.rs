#![expect(clippy::arithmetic_side_effects, reason = "the numbers are small")]

use bitcoin::{Amount, OutPoint};
use proptest::collection::vec;
use proptest::prelude::*;

use super::referee::core_accepts;
use super::wallet::{Owner, finalize, operator, sat, submit};

/// Something that happens to the operator.
#[derive(Clone, Debug)]
enum Event {
    Fund {
        owner: usize,
        amount: u64,
    },
    Submit {
        owner: usize,
        to: usize,
        share: u64,
        again: bool,
    },
    Finalize {
        pending: usize,
        well: bool,
    },
    SpendElsewhere {
        coin: usize,
    },
    Sweep {
        coin: usize,
    },
    Unroll {
        coin: usize,
    },
    Wait {
        seconds: u64,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0..3_usize, 400..5_000_u64).prop_map(|(owner, amount)| Event::Fund { owner, amount }),
        6 => (0..3_usize, 0..3_usize, 1..100_u64, any::<bool>())
            .prop_map(|(owner, to, share, again)| Event::Submit { owner, to, share, again }),
        5 => (0..4_usize, prop::bool::weighted(0.9)).prop_map(|(pending, well)| Event::Finalize { pending, well }),
        1 => (0..20_usize).prop_map(|coin| Event::SpendElsewhere { coin }),
        1 => (0..20_usize).prop_map(|coin| Event::Sweep { coin }),
        1 => (0..20_usize).prop_map(|coin| Event::Unroll { coin }),
        1 => (1..400_000_u64).prop_map(|seconds| Event::Wait { seconds }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_value_comes_or_goes(events in vec(event(), 1..25)) {
        let (arkd, clock) = operator();
        let owners: Vec<Owner> = (1..=3).map(|number| Owner::new(&arkd, number)).collect();
        let mut funded = Amount::ZERO;
        let mut accepted = Vec::new();
        for event in events {
            let all = arkd.vtxos();
            let any = |coin: usize| all.get(coin % all.len().max(1)).map(|vtxo| vtxo.outpoint);
            match event {
                Event::Fund { owner, amount } => {
                    arkd.fund(&owners[owner].script(), sat(amount));
                    funded += sat(amount);
                }
                Event::Submit { owner, to, share, again } => {
                    let owner = &owners[owner];
                    let mine = all.iter().filter(|vtxo| vtxo.script == owner.script());
                    let mine = mine.filter(|vtxo| again || vtxo.is_spendable(clock.now_millis()));
                    let coins: Vec<_> = mine.take(3).collect();
                    let total: u64 = coins.iter().map(|coin| coin.amount.to_sat()).sum();
                    let amount = total * share / 100;
                    if amount >= 330 {
                        let allowed = coins.iter().all(|coin| coin.is_spendable(clock.now_millis()));
                        let coins: Vec<OutPoint> = coins.iter().map(|coin| coin.outpoint).collect();
                        let outcome = submit(&arkd, &owner.signed(&arkd, &coins, &[(&owners[to], amount)]));
                        prop_assert_eq!(outcome.status == 200, allowed, "{}", outcome.json());
                        if allowed {
                            accepted.push((owner.clone(), outcome.json()));
                        }
                    }
                }
                Event::Finalize { pending, well } => {
                    if let Some((owner, transaction)) = accepted.get(pending) {
                        finalize(&arkd, transaction, |psbt| if well { owner.sign_checkpoint(psbt) });
                    }
                }
                Event::SpendElsewhere { coin } => any(coin).into_iter().for_each(|coin| arkd.spend_elsewhere(coin)),
                Event::Sweep { coin } => any(coin).into_iter().for_each(|coin| arkd.sweep(coin)),
                Event::Unroll { coin } => any(coin).into_iter().for_each(|coin| arkd.unroll(coin)),
                Event::Wait { seconds } => {
                    clock.advance(seconds * 1_000);
                }
            }
            prop_assert_eq!(arkd.total_unspent(), funded);
            let spendable: Amount = owners.iter().map(|owner| arkd.balance_of(&owner.script())).sum();
            prop_assert!(spendable <= funded);
        }
        core_accepts(&arkd);
    }
}
