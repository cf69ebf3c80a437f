//! Intents that are taken, and fail when their transaction is to be built: the session says why, and so does an event.

use std::time::Duration;

use bitcoin::{Amount, OutPoint, Txid, hashes::Hash as _};
use nanoark_ark_verifier::intent::{Action, Consolidate, Destination, Leg, Receiver, Satoshi, Split, Swap, Transfer};
use nanoark_domain::ceremony::FailureCode::{
    self, BatchInvalid, FeeWrong, InputNotOwned, InputRecoverable, InputReserved, InputSpent, InsufficientBalance,
    OperatorChanged, OutputOutOfBounds, TooManyInputs,
};
use nanoark_domain::ceremony::Stage;
use nanoark_testkit::arkd::Settings;

use super::book::{Group, Why};
use super::watch::Watch;
use crate::ceremonies::house::{House, Setup};
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "building",
    rows: 26,
    reasons: &[
        Why::Session(BatchInvalid),
        Why::Session(FeeWrong),
        Why::Session(InputNotOwned),
        Why::Session(InputRecoverable),
        Why::Session(InputReserved),
        Why::Session(InputSpent),
        Why::Session(InsufficientBalance),
        Why::Session(OperatorChanged),
        Why::Session(OutputOutOfBounds),
        Why::Session(TooManyInputs),
    ],
};

fn sat(satoshi: u64) -> Amount {
    Amount::from_sat(satoshi)
}

/// A transfer to Bob, by named inputs if there are some.
async fn pay(wallet: &Wallet<'_>, inputs: Option<Vec<OutPoint>>, satoshi: u64) -> Action {
    Action::Transfer(Transfer {
        inputs,
        receivers: vec![Receiver {
            to: Destination::Address(wallet.house.wallet(2).address()),
            amount: sat(satoshi),
        }],
        fee: wallet.fee().await,
    })
}

/// Orders, and sees it fail for this reason; returns the VTXOs that it is said to be about.
async fn fails(watch: &Watch<'_>, name: &str, wallet: &Wallet<'_>, action: Action, code: FailureCode) -> Vec<OutPoint> {
    let before = watch.holds();
    let label = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let session = wallet.order(&wallet.intent(&label, action)).await;
    watch.failed(name, wallet, &session, code);
    assert_eq!(watch.holds(), before, "{name}");
    session.failure.unwrap().outpoints
}

#[tokio::test]
async fn a_session_whose_transaction_cannot_be_built_fails_and_holds_nothing() {
    let house = House::with(Setup {
        operator: Settings {
            vtxo_max_amount: Some(sat(1_000_000)),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let watch = Watch::over(&house);
    balances(&watch).await;
    amounts(&watch).await;
    inputs(&watch).await;
    reservations(&watch).await;
    shared_owners(&watch).await;
    changed_terms(&watch).await;
    heavy(&watch).await;
    watch.close().is(&GROUP);
}

async fn balances(watch: &Watch<'_>) {
    let house = watch.house;
    let (poor, alice) = (house.wallet(10), house.wallet(11));
    fails(
        watch,
        "paying with nothing",
        &poor,
        pay(&poor, None, 1_000).await,
        InsufficientBalance,
    )
    .await;
    let coin = house.fund(&alice, 10_000);
    let fee = alice.fee().await;
    fails(
        watch,
        "paying all and no fee",
        &alice,
        pay(&alice, None, 10_000).await,
        InsufficientBalance,
    )
    .await;
    fails(
        watch,
        "paying more than the named input",
        &alice,
        pay(&alice, Some(vec![coin]), 10_001).await,
        InsufficientBalance,
    )
    .await;
    let together = Action::Consolidate(Consolidate {
        inputs: None,
        fee: fee.clone(),
    });
    fails(
        watch,
        "putting one coin together",
        &alice,
        together,
        InsufficientBalance,
    )
    .await;
    let split = Action::Split(Split {
        inputs: None,
        amounts: vec![Satoshi(sat(6_000)), Satoshi(sat(6_000))],
        fee,
    });
    fails(
        watch,
        "splitting more than there is",
        &alice,
        split,
        InsufficientBalance,
    )
    .await;
    let dusty = house.wallet(12);
    for _ in 0..11 {
        house.fund(&dusty, 1_000);
    }
    fails(
        watch,
        "paying with eleven coins",
        &dusty,
        pay(&dusty, None, 10_100).await,
        TooManyInputs,
    )
    .await;
    let small = house.wallet(13);
    house.fund(&small, 400);
    house.fund(&small, 331);
    let together = Action::Consolidate(Consolidate {
        inputs: None,
        fee: small.fee().await,
    });
    let rest = fails(
        watch,
        "paying dust with what is there",
        &small,
        pay(&small, None, 329).await,
        OutputOutOfBounds,
    )
    .await;
    assert!(rest.is_empty());
    small.carry_out(&small.intent("fits", together)).await;
    house.arkd.faults().forget_calls();
}

async fn amounts(watch: &Watch<'_>) {
    let house = watch.house;
    let alice = house.wallet(14);
    house.fund(&alice, 3_000_000);
    let fee = alice.fee().await.amount.to_sat();
    let rows = [
        ("paying less than an output holds", 329),
        ("paying a satoshi", 1),
        ("paying more than an output may hold", 1_000_001),
    ];
    for (name, satoshi) in rows {
        fails(watch, name, &alice, pay(&alice, None, satoshi).await, OutputOutOfBounds).await;
    }
    // Change of more than an output may hold is the wallet's to split.
    fails(
        watch,
        "getting too much change",
        &alice,
        pay(&alice, None, 10_000).await,
        OutputOutOfBounds,
    )
    .await;
    let bob = house.wallet(15);
    let coin = house.fund(&bob, 10_000);
    let close = pay(&bob, Some(vec![coin]), 10_000 - fee - 329).await;
    fails(watch, "getting dust as change", &bob, close, OutputOutOfBounds).await;
}

async fn inputs(watch: &Watch<'_>) {
    let house = watch.house;
    let (alice, bob) = (house.wallet(16), house.wallet(17));
    let his = house.fund(&bob, 50_000);
    let [good, spent, unrolled, swept] = [0; 4].map(|_: u8| house.fund(&alice, 50_000));
    house.arkd.spend_elsewhere(spent);
    house.arkd.unroll(unrolled);
    house.arkd.sweep(swept);
    let nowhere = OutPoint::new(Txid::from_byte_array([9; 32]), 7);
    let beside = OutPoint { vout: 5, ..good };
    let rows = [
        ("spending what is another's", vec![his], InputNotOwned, vec![his]),
        (
            "spending what is another's beside one's own",
            vec![good, his],
            InputNotOwned,
            vec![his],
        ),
        (
            "spending what there is not",
            vec![nowhere],
            InputNotOwned,
            vec![nowhere],
        ),
        (
            "spending an output that there is not",
            vec![beside],
            InputNotOwned,
            vec![beside],
        ),
        ("spending what is spent", vec![good, spent], InputSpent, vec![spent]),
        (
            "spending what is on the chain",
            vec![unrolled],
            InputSpent,
            vec![unrolled],
        ),
        (
            "spending what was swept",
            vec![good, swept],
            InputRecoverable,
            vec![swept],
        ),
    ];
    for (name, named, code, about) in rows {
        let action = pay(&alice, Some(named), 10_000).await;
        assert_eq!(fails(watch, name, &alice, action, code).await, about, "{name}");
    }
    let short = house.wallet(18);
    let coin = house.fund(&short, 50_000);
    house.pass(Duration::from_secs(604_673));
    let action = pay(&short, Some(vec![coin]), 10_000).await;
    assert_eq!(
        fails(watch, "spending what has expired", &short, action, InputRecoverable).await,
        [coin]
    );
    fails(
        watch,
        "paying with what has expired",
        &short,
        pay(&short, None, 10_000).await,
        InsufficientBalance,
    )
    .await;
}

async fn reservations(watch: &Watch<'_>) {
    let house = watch.house;
    let alice = house.wallet(19);
    let coin = house.fund(&alice, 50_000);
    let (action, before) = (pay(&alice, None, 10_000).await, watch.holds());
    let first = alice.order(&alice.intent("first", action)).await;
    assert_eq!((first.stage, watch.holds()), (Stage::Challenged, before + 1));
    let action = pay(&alice, Some(vec![coin]), 20_000).await;
    assert_eq!(
        fails(watch, "spending what is reserved", &alice, action, InputReserved).await,
        [coin]
    );
    let chosen = pay(&alice, None, 20_000).await;
    fails(
        watch,
        "paying while all is reserved",
        &alice,
        chosen,
        InsufficientBalance,
    )
    .await;
    // What was reserved first goes on.
    alice
        .sign(&alice.sign(&alice.session(first.session_id).await).await)
        .await;
    assert_eq!(alice.session(first.session_id).await.stage, Stage::Finalized);
    house.arkd.faults().forget_calls();
}

/// Two Nostr keys that are bound to the same owner would spend one coin for both.
async fn shared_owners(watch: &Watch<'_>) {
    let house = watch.house;
    let (one, two) = (house.wallet(20).owned_by(99), house.wallet(21).owned_by(99));
    for wallet in [&one, &two] {
        wallet.post(&wallet.binding()).await;
    }
    house.fund(&one, 50_000);
    let leg = |from: &Wallet<'_>, to: &Wallet<'_>| Leg {
        from: from.nostr(),
        to: to.nostr(),
        amount: sat(1_000),
        assets: Vec::new(),
    };
    let swap = Action::Swap(Swap {
        swap_id: "shared-01".parse().unwrap(),
        legs: vec![leg(&one, &two), leg(&two, &one)],
        fee: one.fee().await,
    });
    one.order(&one.intent("shared", swap.clone())).await;
    fails(watch, "swapping with oneself under two names", &two, swap, BatchInvalid).await;
}

/// The operator's terms change between the quote and the building.
async fn changed_terms(watch: &Watch<'_>) {
    let house = watch.house;
    let alice = house.wallet(22);
    house.fund(&alice, 50_000);
    let (before, fee) = (alice.address(), alice.fee().await.amount);
    let action = pay(&alice, None, 10_000).await;
    let event = alice.signed(&alice.intent("before", action));
    let session = alice.post(&event).await.session.unwrap();
    house.arkd.rotate_signer();
    house.pass(Duration::from_secs(61));
    house.settle().await;
    // The gateway's address is another one under the operator's new key.
    let session = alice.session(session.session_id).await;
    watch.failed("a fee to where it went before", &alice, &session, FeeWrong);
    assert_ne!(alice.address(), before);
    assert_eq!(alice.fee().await.amount, fee);
    // Coins under a key that is being replaced can still be spent.
    let action = pay(&alice, None, 10_000).await;
    assert_eq!(
        alice.order(&alice.intent("after", action)).await.stage,
        Stage::Challenged
    );
}

/// Nothing fits what this operator calls a transaction.
async fn heavy(watch: &Watch<'_>) {
    let house = House::with(Setup {
        operator: Settings {
            max_tx_weight: 100,
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let own = Watch::over(&house);
    let alice = house.wallet(1);
    house.fund(&alice, 50_000);
    fails(
        &own,
        "paying where every transaction is too heavy",
        &alice,
        pay(&alice, None, 10_000).await,
        OperatorChanged,
    )
    .await;
    watch.take(own.close());
}
