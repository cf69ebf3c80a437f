//! Calls about many accounts at once.

use std::collections::BTreeMap;

use nanoark_nano::{Account, BlockHash};
use serde_json::{Value, json};

use crate::answer::{Answer, Collection};
use crate::calls::AccountBalance;
use crate::error::{NodeError, RpcError};
use crate::node::Node;

impl Node {
    /// The last block, final or not, of those of the accounts that have one.
    ///
    /// # Errors
    ///
    /// [`RpcError`].
    pub async fn accounts_frontiers(&self, accounts: &[Account]) -> Result<BTreeMap<Account, BlockHash>, RpcError> {
        const ACTION: &str = "accounts_frontiers";
        let value = self
            .post(ACTION, &json!({ "action": ACTION, "accounts": accounts }))
            .await?;
        let answer = Answer::new(ACTION, &value)?;
        let read = |frontier: &Value| frontier.as_str().and_then(|hash| hash.parse().ok());
        for error in entries(&answer, "errors", |error| error.as_str().map(NodeError::from_text))?.into_values() {
            if error != NodeError::AccountNotFound {
                return Err(RpcError::Node(error));
            }
        }
        entries(&answer, "frontiers", read)
    }

    /// What the accounts hold and what waits for them; with `only_confirmed`, of final blocks only. Zero for an account
    /// without blocks.
    ///
    /// # Errors
    ///
    /// [`RpcError`]; `UnexpectedShape` if an account is missing in the answer.
    pub async fn accounts_balances(
        &self,
        accounts: &[Account],
        only_confirmed: bool,
    ) -> Result<BTreeMap<Account, AccountBalance>, RpcError> {
        const ACTION: &str = "accounts_balances";
        let request = json!({
            "action": ACTION, "accounts": accounts, "include_only_confirmed": only_confirmed.to_string(),
        });
        let value = self.post(ACTION, &request).await?;
        let answer = Answer::new(ACTION, &value)?;
        let balances = entries(&answer, "balances", |value| {
            AccountBalance::read(&Answer::new(ACTION, value).ok()?).ok()
        })?;
        if accounts.iter().all(|account| balances.contains_key(account)) {
            Ok(balances)
        } else {
            Err(answer.unexpected("balances"))
        }
    }
}

/// A map from accounts, which may be missing when it is empty.
fn entries<T>(
    answer: &Answer<'_>,
    field: &'static str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<BTreeMap<Account, T>, RpcError> {
    match answer.collection(field)? {
        Collection::Empty => Ok(BTreeMap::new()),
        Collection::List(_) => Err(answer.unexpected(field)),
        Collection::Map(map) => map
            .iter()
            .map(|(account, value)| Some((account.parse().ok()?, read(value)?)))
            .collect::<Option<_>>()
            .ok_or_else(|| answer.unexpected(field)),
    }
}

#[cfg(test)]
mod tests {
    use nanoark_nano::RawAmount;

    use super::*;
    use crate::double::{Double, Reply};

    const OPEN: &str = "nano_1gge7isfwea9difpwcgamgaikg66x13c78s4shd6db9dtxbqnd4h9uxx3ye9";
    const UNOPENED: &str = "nano_3rqwesqt5xeuikr5wx45x549d3ct8jctep7rfp87bsuuxi65wjx3nkuwhca9";
    const FRONTIER: &str = "0DA83BAD81F8200C013EF85895AC355D3B222D86D5C8005CCA711924FF3764C1";

    async fn answering(answer: Value) -> Node {
        Double::start(move |_| Reply::Json(answer.clone())).await.node()
    }

    /// Recorded from a real node, and the spellings of others.
    #[tokio::test]
    async fn frontiers_are_those_of_open_accounts() {
        let accounts = [OPEN.parse().unwrap(), UNOPENED.parse().unwrap()];
        let not_found = json!({ UNOPENED: "Account not found" });
        for answer in [
            json!({ "frontiers": { OPEN: FRONTIER }, "errors": not_found }),
            json!({ "frontiers": { OPEN: FRONTIER } }),
        ] {
            let frontiers = answering(answer).await.accounts_frontiers(&accounts).await.unwrap();
            assert_eq!(frontiers, BTreeMap::from([(accounts[0], FRONTIER.parse().unwrap())]));
        }
        for answer in [
            json!({ "frontiers": {}, "errors": not_found }),
            json!({ "frontiers": "", "errors": not_found }),
            json!({ "frontiers": [] }),
        ] {
            let frontiers = answering(answer).await.accounts_frontiers(&accounts).await.unwrap();
            assert_eq!(frontiers, BTreeMap::new());
        }
        for answer in [
            json!({ "frontiers": { OPEN: 1 } }),
            json!({ "frontiers": { OPEN: "x" } }),
            json!({ "frontiers": { "x": FRONTIER } }),
            json!({ "frontiers": [FRONTIER] }),
            json!({ "frontiers": {}, "errors": { OPEN: "Bad account number" } }),
        ] {
            assert!(
                answering(answer.clone())
                    .await
                    .accounts_frontiers(&accounts)
                    .await
                    .is_err(),
                "{answer}"
            );
        }
    }

    #[tokio::test]
    async fn balances_are_those_of_all_accounts_or_none() {
        let accounts = [OPEN.parse().unwrap()];
        let balance = json!({ "balance": "3", "pending": "1", "receivable": "1" });
        let old = json!({ "balance": "3", "pending": "1" });
        for entry in [balance, old] {
            let node = answering(json!({ "balances": { OPEN: entry } })).await;
            let found = node.accounts_balances(&accounts, true).await.unwrap();
            assert_eq!(found[&accounts[0]].balance, RawAmount::from_raw(3));
            assert_eq!(found[&accounts[0]].receivable, RawAmount::from_raw(1));
        }
        for answer in [
            json!({ "balances": {} }),
            json!({ "balances": { OPEN: { "balance": "3" } } }),
        ] {
            assert!(
                answering(answer)
                    .await
                    .accounts_balances(&accounts, true)
                    .await
                    .is_err()
            );
        }
    }
}
