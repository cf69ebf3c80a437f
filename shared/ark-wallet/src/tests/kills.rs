//! Killed at any exchange, the wallet goes on, and says the same again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use nanoark_client::{Transport, TransportError};
use nanoark_surroundings::Pending;

use super::scripted::{Lie, Scripted};
use super::world::{World, named, wanted};
use crate::{Standing, WalletError};

/// When the wallet is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// Before the request arrives.
    Before,
    /// After it had its effect, before the answer is read.
    After,
}

/// Lets so many requests through, and kills the wallet at the next one.
struct Killing {
    gateway: Arc<Scripted>,
    left: AtomicUsize,
    when: When,
}

impl Transport for Killing {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>> {
        let killed = || Err(TransportError::Connection("killed".to_owned()));
        let alive = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok();
        Box::pin(async move {
            if alive {
                return self.gateway.send(request).await;
            }
            if self.when == When::After {
                self.gateway.send(request).await?;
            }
            killed()
        })
    }
}

#[tokio::test]
async fn killed_at_any_exchange_it_goes_on_and_sends_the_same_bytes() {
    let mut finished = 0;
    for when in [When::Before, When::After] {
        for first in 0..12 {
            let world = World::new(Lie::Nothing);
            let mut killed = 0;
            // The wallet dies at its `first + 1`-th exchange of every life, so it must get on with each.
            let standing = loop {
                let wallet = world.wallet_over(Killing {
                    gateway: Arc::clone(&world.gateway),
                    left: AtomicUsize::new(first),
                    when,
                });
                let lived = async {
                    let order = wallet.order(wanted(), named()).await?;
                    wallet.drive(&order.action_id, Duration::from_secs(5)).await
                };
                match lived.await {
                    Ok(standing) => break Some(standing),
                    Err(WalletError::Gateway(_)) => killed += 1,
                    Err(error) => panic!("{when:?} {first}: {error}"),
                }
                if killed > 20 {
                    break None;
                }
            };
            // With none or one exchange a life, even ordering never gets through: it takes two.
            let Some(standing) = standing else {
                assert!(first < 2, "{when:?} {first}");
                continue;
            };
            finished += 1;
            assert!(
                matches!(standing, Standing::Finalized { proved: true, .. }),
                "{standing:?}"
            );
            world.gateway.with(|state| {
                assert_eq!(state.answers.len(), 2);
                for (step, sent) in &state.answers {
                    assert!(
                        sent.iter().all(|event| event == &sent[0]),
                        "{when:?} {first}: step {step}"
                    );
                }
                assert!(state.intents.iter().all(|event| event == &state.intents[0]));
            });
        }
    }
    assert_eq!(finished, 20);
}

#[tokio::test]
async fn a_wallet_without_its_gateway_says_how_to_finish_alone() {
    let world = World::new(Lie::Nothing);
    // Order: two exchanges; intent and first answer: two more. Then the gateway is gone.
    let gone = |left| Killing {
        gateway: Arc::clone(&world.gateway),
        left: AtomicUsize::new(left),
        when: When::Before,
    };
    let wallet = world.wallet_over(gone(4));
    let order = wallet.order(wanted(), named()).await.unwrap();
    assert!(wallet.drive(&order.action_id, Duration::ZERO).await.is_err());

    let wallet = world.wallet_over(gone(0));
    let recovered = wallet.recover(Duration::ZERO).await.unwrap();
    assert!(recovered.unreachable.is_some());
    assert!(recovered.orders.iter().all(|(_, came)| came.is_err()) && recovered.orders.len() == 1);
    let [rescue] = recovered.rescues.as_slice() else {
        panic!("{:?}", recovered.rescues);
    };
    let order = wallet.order_of(&order.action_id).unwrap().unwrap();
    assert_eq!(rescue.ark_txid, order.approved().unwrap().txid);
    assert!(rescue.how.contains(&rescue.ark_txid.to_string()) && rescue.message.contains("get-pending-tx"));

    // The gateway is back: the order goes on, and nothing is left to rescue.
    let recovered = world.wallet().recover(Duration::from_secs(5)).await.unwrap();
    assert!(
        matches!(recovered.orders[0].1, Ok(Standing::Finalized { .. })),
        "{recovered:?}"
    );
    assert!(recovered.rescues.is_empty() && recovered.strangers.is_empty() && recovered.unreachable.is_none());
}

#[tokio::test]
async fn a_wallet_without_its_state_file_signs_nothing_that_it_cannot_check() {
    let world = World::new(Lie::Nothing);
    let wallet = world.wallet();
    let order = wallet.order(wanted(), named()).await.unwrap();
    wallet.step(&order.action_id).await.unwrap();
    drop(wallet);
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", world.file().display()));
    }
    let recovered = world.wallet().recover(Duration::from_secs(5)).await.unwrap();
    assert_eq!(recovered.strangers.len(), 1);
    assert!(recovered.orders.is_empty());
    assert!(world.gateway.with(|state| state.answers.is_empty()));
}
