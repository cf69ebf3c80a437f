//! What the ledger says in the end: who sent what to whom, and that not a raw was made or lost.

use std::collections::BTreeMap;

use nanoark_nano::{Account, BlockHash, RawAmount, SignedBlock};
use nanoark_testkit::nano_ledger::{NanoLedger, genesis_account};

/// A send on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Send {
    pub(crate) from: Account,
    pub(crate) to: Account,
    pub(crate) amount: RawAmount,
    pub(crate) hash: BlockHash,
}

/// The blocks of an account, newest first.
fn chain(ledger: &NanoLedger, account: &Account) -> Vec<SignedBlock> {
    let newest = ledger.head(account).map(|head| head.frontier);
    std::iter::successors(newest.and_then(|hash| ledger.block(&hash)), |newer| {
        ledger.block(&newer.block.previous)
    })
    .collect()
}

/// Every send of these accounts.
pub(crate) fn sends(ledger: &NanoLedger, accounts: &[Account]) -> Vec<Send> {
    let mut found = Vec::new();
    for account in accounts {
        let chain = chain(ledger, account);
        for pair in chain.windows(2) {
            let (newer, older) = (&pair[0], &pair[1]);
            if let Some(amount) = older.block.balance.checked_sub(newer.block.balance)
                && amount.raw() > 0
            {
                found.push(Send {
                    from: *account,
                    to: newer.block.link.as_account(),
                    amount,
                    hash: newer.block.hash(),
                });
            }
        }
    }
    found
}

/// What an account has: its balance, and what waits for it.
pub(crate) fn holds(ledger: &NanoLedger, account: &Account) -> u128 {
    let balance = ledger.head(account).map_or(0, |head| head.balance.raw());
    let waiting = ledger.receivable(account);
    balance + waiting.iter().map(|(_, amount)| amount.raw()).sum::<u128>()
}

/// Everything that these accounts and the genesis account hold is everything there is.
pub(crate) fn assert_conserved(case: &str, ledger: &NanoLedger, accounts: &[Account]) {
    let mut held: BTreeMap<Account, u128> = BTreeMap::new();
    for account in accounts.iter().chain([&genesis_account()]) {
        held.insert(*account, holds(ledger, account));
    }
    assert_eq!(
        held.values().sum::<u128>(),
        u128::MAX,
        "{case}: raw was made or lost: {held:?}"
    );
}
