//! Whatever happens, the ledger holds exactly what genesis began with.

use super::*;
use crate::entropy::FakeEntropy;

fn everything(ledger: &NanoLedger) -> u128 {
    ledger.with(|ledger, _| {
        let owned = ledger.chains().map(|(_, chain)| chain.balance.raw());
        let accounts: Vec<Account> = (0..4).map(account).collect();
        let waiting = accounts
            .iter()
            .flat_map(|account| ledger.receivable_by(*account))
            .map(|(_, send)| send.amount.raw());
        owned.chain(waiting).sum()
    })
}

/// Genesis and three wallets.
fn account(index: u32) -> Account {
    match index {
        0 => genesis_account(),
        _ => nanoark_nano::Seed::from_bytes([8; 32]).private_key(index).public(),
    }
}

#[test]
fn money_is_neither_made_nor_lost_by_any_sequence_of_events() {
    for seed in 0..8 {
        let entropy = FakeEntropy::seeded(seed);
        let clock = FakeClock::at_millis(1_000_000);
        let ledger = NanoLedger::new(clock.closure());
        let wallets: Vec<DevWallet> = (0..4)
            .map(|index| {
                if index == 0 {
                    DevWallet::genesis(&ledger)
                } else {
                    DevWallet::numbered(8, index, &ledger)
                }
            })
            .collect();
        let mut published: Vec<SignedBlock> = Vec::new();
        let pick = |below: usize| usize::try_from(entropy.next_u64() % u64::try_from(below).unwrap()).unwrap();
        for step in 0..60 {
            let (from, to) = (&wallets[pick(4)], wallets[pick(4)].account());
            let amount = raw(u128::from(entropy.next_u64() % 1_000) + 1);
            match pick(8) {
                0..=3 => published.extend(from.send(to, amount)),
                4 | 5 => published.extend(from.receive_all().unwrap()),
                6 => drop(clock.advance(60)),
                // Refused more often than not, which must not matter either.
                _ if published.is_empty() => {}
                _ => {
                    let victim = published[pick(published.len())].clone();
                    let owner = wallets
                        .iter()
                        .find(|wallet| wallet.account() == victim.block.account)
                        .unwrap();
                    let rival = owner.build_rival(&victim, to, amount);
                    if step % 2 == 0 {
                        ledger.roll_back(&victim.block.hash());
                    } else if let Ok(rival) = rival {
                        let _ = ledger.fork(&rival);
                    }
                }
            }
            assert_eq!(everything(&ledger), u128::MAX, "seed {seed}, step {step}");
        }
    }
}
