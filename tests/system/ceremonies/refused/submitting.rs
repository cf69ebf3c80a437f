//! Sessions that fail at the operator, once the wallets have signed: nothing has moved, and nothing stays held.

use bitcoin::OutPoint;
use nanoark_domain::ceremony::FailureCode::{self, InputRecoverable, InputSpent, OperatorChanged, OperatorRefused};
use nanoark_domain::ceremony::Stage;
use nanoark_testkit::arkd::{Endpoint, Fault, Settings};

use super::book::{Group, Why};
use super::watch::Watch;
use crate::ceremonies::house::{House, Setup};
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "submitting",
    rows: 6,
    reasons: &[
        Why::Session(InputRecoverable),
        Why::Session(InputSpent),
        Why::Session(OperatorChanged),
        Why::Session(OperatorRefused),
    ],
};

/// What happens to the operator, or to a coin, between the challenge and the answer.
type Mishap = fn(&House, OutPoint);

const ROWS: [(&str, Mishap, FailureCode); 5] = [
    (
        "spent elsewhere before the answer",
        |house, coin| house.arkd.spend_elsewhere(coin),
        InputSpent,
    ),
    (
        "spent elsewhere just before the submission",
        |house, _| {
            house
                .arkd
                .faults()
                .next(Endpoint::SubmitTx, Fault::SpentElsewhereBefore);
        },
        InputSpent,
    ),
    (
        "brought to the chain before the answer",
        |house, coin| house.arkd.unroll(coin),
        InputSpent,
    ),
    (
        "swept before the answer",
        |house, coin| house.arkd.sweep(coin),
        InputRecoverable,
    ),
    (
        "signed for a key that the operator has retired",
        |house, _| house.arkd.rotate_signer(),
        OperatorChanged,
    ),
];

async fn challenged(alice: &Wallet<'_>) -> nanoark_http::wire::gateway::SessionView {
    let action = alice.transfer(&[(alice.house.wallet(2).address(), 10_000)]).await;
    let session = alice.order(&alice.intent("unlucky", action)).await;
    assert_eq!(session.stage, Stage::Challenged);
    session
}

#[tokio::test]
async fn what_the_operator_refuses_fails_and_is_given_back() {
    let mut books = Vec::new();
    for (name, mishap, code) in ROWS {
        let house = House::new().await;
        let watch = Watch::over(&house);
        let alice = house.wallet(1);
        let coin = house.fund(&alice, 50_000);
        let session = challenged(&alice).await;
        let answer = alice.approve(&alice.challenge(&session));
        mishap(&house, coin);
        alice.post(&alice.answer_event(&answer)).await;
        house.settle().await;
        let session = alice.session(session.session_id).await;
        watch.failed_at_the_operator(name, &alice, &session, code);
        assert_eq!((watch.holds(), house.arkd.pending().len()), (0, 0), "{name}");
        assert_eq!(house.arkd.faults().count(Endpoint::FinalizeTx), 0, "{name}");
        assert_eq!(house.wallet(2).balance().to_sat(), 0, "{name}");
        books.push(watch.close());
    }
    let house = House::with(Setup {
        operator: Settings {
            max_op_return_outputs: 0,
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let watch = Watch::over(&house);
    let alice = house.wallet(1);
    house.fund(&alice, 50_000);
    let session = alice.sign(&challenged(&alice).await).await;
    watch.failed_at_the_operator(
        "against a rule that the operator does not tell",
        &alice,
        &session,
        OperatorRefused,
    );
    assert_eq!((watch.holds(), alice.balance().to_sat()), (0, 50_000));
    for other in books {
        watch.take(other);
    }
    watch.close().is(&GROUP);
}

#[tokio::test]
async fn settings_that_do_not_touch_the_transaction_may_change_meanwhile() {
    let house = House::new().await;
    let alice = house.wallet(1);
    house.fund(&alice, 50_000);
    let session = challenged(&alice).await;
    house.arkd.change_digest();
    let session = alice.sign(&session).await;
    assert_eq!(session.stage, Stage::Submitted, "{:?}", session.failure);
    house.arkd.change_digest();
    let session = alice.sign(&session).await;
    let session = if session.stage == Stage::Countersigned {
        house.advance(std::time::Duration::from_secs(3)).await;
        alice.session(session.session_id).await
    } else {
        session
    };
    assert_eq!(session.stage, Stage::Finalized);
    assert_eq!(house.wallet(2).balance().to_sat(), 10_000);
}
