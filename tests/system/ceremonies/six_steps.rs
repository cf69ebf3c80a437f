//! What wallets order is done, in six steps.

use bitcoin::Amount;
use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_verifier::intent::{Action, Consolidate, Leg, Satoshi, Split, Swap};
use nanoark_domain::ceremony::Stage;

use super::house::House;

const STAGES: [Stage; 6] = [
    Stage::Accepted,
    Stage::Challenged,
    Stage::Signed,
    Stage::Submitted,
    Stage::Countersigned,
    Stage::Finalized,
];

#[tokio::test]
async fn a_transfer_pays_its_receivers_the_fee_and_the_change() {
    let house = House::new().await;
    let (alice, bob, carol) = (house.wallet(1), house.wallet(2), house.wallet(3));
    house.fund(&alice, 60_000);
    house.fund(&alice, 30_000);
    let fee = alice.fee().await.amount;
    let action = alice
        .transfer(&[(bob.address(), 50_000), (carol.address(), 20_000)])
        .await;
    let intent = alice.intent("transfer", action);
    let session = alice.order(&intent).await;
    assert_eq!(
        (session.stage, session.awaits),
        (Stage::Challenged, Some(Step::ArkTransaction))
    );
    let session = alice.sign(&session).await;
    assert_eq!(
        (session.stage, session.awaits),
        (Stage::Submitted, Some(Step::Checkpoints))
    );
    let session = alice.sign(&session).await;
    assert_eq!(session.stage, Stage::Finalized);
    let reached: Vec<Stage> = session.history.iter().map(|reached| reached.stage).collect();
    assert_eq!(reached, STAGES);
    assert_eq!(bob.balance().to_sat(), 50_000);
    assert_eq!(carol.balance().to_sat(), 20_000);
    assert_eq!(alice.balance() + fee, Amount::from_sat(20_000));
}

#[tokio::test]
async fn a_split_makes_the_amounts_and_a_consolidation_puts_them_together() {
    let house = House::new().await;
    let alice = house.wallet(1);
    house.fund(&alice, 100_000);
    let fee = alice.fee().await;
    let split = Action::Split(Split {
        inputs: None,
        amounts: [20_000, 30_000]
            .map(|satoshi| Satoshi(Amount::from_sat(satoshi)))
            .to_vec(),
        fee: fee.clone(),
    });
    alice.carry_out(&alice.intent("split", split)).await;
    let rest = 50_000 - fee.amount.to_sat();
    assert_eq!(alice.amounts(), [20_000, 30_000, rest]);
    let together = Action::Consolidate(Consolidate {
        inputs: None,
        fee: fee.clone(),
    });
    alice.carry_out(&alice.intent("together", together)).await;
    assert_eq!(alice.amounts(), [100_000 - 2 * fee.amount.to_sat()]);
}

#[tokio::test]
async fn a_swap_is_one_transaction_that_each_party_signs_for_itself() {
    let house = House::new().await;
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    house.fund(&alice, 60_000);
    house.fund(&bob, 90_000);
    let fee = alice.fee().await;
    let leg = |from: &super::wallet::Wallet<'_>, to: &super::wallet::Wallet<'_>, satoshi| Leg {
        from: from.nostr(),
        to: to.nostr(),
        amount: Amount::from_sat(satoshi),
        assets: Vec::new(),
    };
    let swap = Action::Swap(Swap {
        swap_id: "swap-0001".parse().unwrap(),
        legs: vec![leg(&alice, &bob, 40_000), leg(&bob, &alice, 70_000)],
        fee: fee.clone(),
    });
    let (hers, his) = (alice.intent("swap", swap.clone()), bob.intent("swap", swap));
    let session = alice.order(&hers).await;
    assert_eq!(session.stage, Stage::Gathering);
    let session = bob.order(&his).await;
    assert_eq!(
        (session.stage, session.awaits),
        (Stage::Challenged, Some(Step::ArkTransaction))
    );
    let session = bob.sign(&session).await;
    assert_eq!((session.stage, session.awaits), (Stage::Challenged, None));
    let session = alice.sign(&alice.session(session.session_id).await).await;
    assert_eq!(
        (session.stage, session.awaits),
        (Stage::Submitted, Some(Step::Checkpoints))
    );
    alice.sign(&session).await;
    let session = bob.sign(&bob.session(session.session_id).await).await;
    assert_eq!(session.stage, Stage::Finalized);
    assert_eq!(alice.balance().to_sat(), 60_000 - 40_000 + 70_000 - fee.amount.to_sat());
    assert_eq!(bob.balance().to_sat(), 90_000 + 40_000 - 70_000 - fee.amount.to_sat());
}
