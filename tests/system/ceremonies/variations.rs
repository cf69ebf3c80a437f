//! What differs from the plain transfer: assets, receivers by their Nostr keys, owners that are another key, intents that
//! only the gateway reads, receipts that tell nothing, endings by the clock and by the wallet.

use std::time::Duration;

use bitcoin::Amount;
use http::{Method, StatusCode};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_verifier::intent::{
    Action, AssetReceiver, AssetTransfer, Destination, ReceiptMode, Receiver, Transfer,
};
use nanoark_domain::ceremony::{FailureCode, Stage};
use nanoark_http::wire::gateway::{BalancesView, ReceiptView, SessionView, VtxoStatus, VtxosView};
use nanoark_nostr::compose::{self, Secrecy};
use nanoark_nostr::received::{GatewayMessage, receive};
use nanoark_nostr::{GatewayKind, Scheme};
use nanoark_testkit::arkd::{Endpoint, Fault};
use serde_json::Value;

use super::house::House;
use super::wallet::Wallet;

fn failed(session: &SessionView) -> (Stage, u16) {
    (
        session.stage,
        session.failure.as_ref().map_or(0, |failure| failure.code),
    )
}

#[tokio::test]
async fn assets_go_to_their_receiver_and_the_rest_stays_on_the_change() {
    let house = House::new().await;
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    let issued = house.arkd.issue_asset(None);
    let asset: AssetId = issued.to_string().parse().unwrap();
    house.arkd.fund_with_assets(
        &alice.address().script_pubkey(),
        Amount::from_sat(50_000),
        &[(issued, 100)],
    );
    let action = Action::AssetTransfer(AssetTransfer {
        inputs: None,
        receivers: vec![AssetReceiver {
            to: Destination::Address(bob.address()),
            amount: Amount::from_sat(1_000),
            assets: vec![AssetAmount {
                asset_id: asset,
                amount: 30,
            }],
        }],
        fee: alice.fee().await,
    });
    alice.carry_out(&alice.intent("assets", action)).await;
    for (wallet, units) in [(&alice, 70), (&bob, 30)] {
        let balances: BalancesView = wallet.read(Method::GET, "/v1/balances", StatusCode::OK).await;
        assert_eq!(
            balances.assets,
            [AssetAmount {
                asset_id: asset,
                amount: units
            }]
        );
    }
}

#[tokio::test]
async fn a_receiver_named_by_its_nostr_key_is_paid_where_it_has_bound_it() {
    let house = House::new().await;
    let (alice, bob, carol) = (house.wallet(1), house.wallet(2), house.wallet(3));
    house.fund(&alice, 50_000);
    let bound = house.wallet(2).owned_by(42);
    bound.post(&bound.binding()).await;
    let receiver = |wallet: &Wallet<'_>| Receiver {
        to: Destination::Pubkey(wallet.nostr()),
        amount: Amount::from_sat(10_000),
    };
    let action = Action::Transfer(Transfer {
        inputs: None,
        receivers: vec![receiver(&bob), receiver(&carol)],
        fee: alice.fee().await,
    });
    let session = alice.carry_out(&alice.intent("by-key", action)).await;
    // Bob's coin is under the key that he bound, Carol's under her Nostr key.
    assert_eq!(bound.balance().to_sat(), 10_000);
    assert_eq!((bob.balance().to_sat(), carol.balance().to_sat()), (0, 10_000));
    let his: VtxosView = bob.read(Method::GET, "/v1/vtxos", StatusCode::OK).await;
    assert_eq!(
        (his.address, his.vtxos.len(), his.vtxos[0].owner),
        (bound.address(), 1, bound.owner())
    );
    // The confirmation names both, so that they find it.
    let confirmation = session
        .events
        .iter()
        .find(|event| event["kind"] == GatewayKind::Confirmation.number())
        .unwrap();
    for wallet in [&alice, &bob, &carol] {
        let key = Value::from(wallet.nostr().to_string());
        let tags = confirmation["tags"].as_array().unwrap();
        assert!(tags.iter().any(|tag| tag[0] == "p" && tag[1] == key));
    }
}

#[tokio::test]
async fn a_wallet_spends_what_a_bound_key_owns_by_that_keys_signatures() {
    let house = House::new().await;
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    let owned = house.wallet(1).owned_by(42);
    owned.post(&owned.binding()).await;
    house.fund(&owned, 50_000);
    let action = owned.transfer(&[(bob.address(), 20_000)]).await;
    owned.carry_out(&owned.intent("bound", action)).await;
    assert_eq!(bob.balance().to_sat(), 20_000);
    assert!(owned.balance().to_sat() > 29_000);
    // The same order by somebody who has the Nostr key only: its signatures are not the owner's.
    let action = alice.transfer(&[(bob.address(), 5_000)]).await;
    let intent = alice.intent("unowned", action);
    let session = alice.order(&intent).await;
    let challenge = alice.challenge(&session);
    assert_eq!(challenge.owner, owned.owner());
}

#[tokio::test]
async fn a_sealed_intent_is_read_by_the_gateway_alone_and_its_receipt_may_be_a_hash() {
    let house = House::new().await;
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    house.fund(&alice, 50_000);
    let action = alice.transfer(&[(bob.address(), 20_000)]).await;
    let mut intent = alice.intent("sealed", action);
    intent.receipt = ReceiptMode::Hash;
    let sealed = Secrecy::Sealed(Scheme::Nip44);
    let event = compose::intent(&alice.key, &alice.gateway(), &intent, sealed, house.now()).unwrap();
    assert!(!event.json().contains(&bob.address().to_string()));
    alice.knows(&intent, &event);
    let session = alice.carry_out(&intent).await;
    let receipt = session.receipt.unwrap();
    assert!(receipt.receipt.is_some());
    let public: ReceiptView = bob
        .read(
            Method::GET,
            &format!("/v1/receipts/{}", receipt.ark_txid),
            StatusCode::OK,
        )
        .await;
    assert_eq!((public.receipt, public.receipt_hash), (None, receipt.receipt_hash));
    let confirmation = session.events.last().unwrap().to_string();
    let told = receive(confirmation.as_bytes(), &bob.key, &[bob.gateway()]).unwrap();
    assert!(matches!(told.message, GatewayMessage::Confirmation(_)));
    assert!(!confirmation.contains(&receipt.ark_txid.to_string()) && !confirmation.contains("20000"));
}

#[tokio::test]
async fn coins_are_held_while_a_session_is_open_and_free_when_it_expires() {
    let house = House::new().await;
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    let coin = house.fund(&alice, 50_000);
    let action = alice.transfer(&[(bob.address(), 20_000)]).await;
    let first = alice.order(&alice.intent("first", action.clone())).await;
    let held: VtxosView = alice.read(Method::GET, "/v1/vtxos", StatusCode::OK).await;
    assert_eq!(
        (held.vtxos[0].outpoint, held.vtxos[0].status, held.vtxos[0].held_by),
        (coin, VtxoStatus::Held, Some(first.session_id))
    );
    let second = alice.order(&alice.intent("second", action.clone())).await;
    assert_eq!(
        failed(&second),
        (Stage::Failed, FailureCode::InsufficientBalance.number())
    );
    house.advance(Duration::from_secs(661)).await;
    assert_eq!(
        failed(&alice.session(first.session_id).await),
        (Stage::Failed, FailureCode::Expired.number())
    );
    alice.carry_out(&alice.intent("third", action)).await;
    assert_eq!(bob.balance().to_sat(), 20_000);
}

#[tokio::test]
async fn a_session_is_ended_by_its_wallet_until_it_is_submitted() {
    let house = House::new().await;
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    house.fund(&alice, 50_000);
    let action = alice.transfer(&[(bob.address(), 20_000)]).await;
    let open = alice.order(&alice.intent("open", action.clone())).await;
    let path = format!("/v1/sessions/{}", open.session_id);
    let ended: SessionView = alice.read(Method::DELETE, &path, StatusCode::OK).await;
    assert_eq!(failed(&ended), (Stage::Failed, FailureCode::Terminated.number()));
    let again: SessionView = alice.read(Method::DELETE, &path, StatusCode::OK).await;
    assert_eq!(again, ended);
    let next = alice.order(&alice.intent("next", action)).await;
    let next = alice.sign(&next).await;
    let path = format!("/v1/sessions/{}", next.session_id);
    let refused: Value = alice.read(Method::DELETE, &path, StatusCode::CONFLICT).await;
    assert_eq!(refused["gateway_code"], FailureCode::PointOfNoReturn.number());
    assert_eq!(alice.sign(&next).await.stage, Stage::Finalized);
}

#[tokio::test]
async fn what_was_submitted_waits_for_its_wallet_which_is_reminded() {
    let house = House::new().await;
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    house.fund(&alice, 50_000);
    let action = alice.transfer(&[(bob.address(), 20_000)]).await;
    let session = alice.order(&alice.intent("patient", action)).await;
    let session = alice.sign(&session).await;
    assert_eq!(session.awaits, Some(Step::Checkpoints));
    house.advance(Duration::from_secs(4 * 3_600)).await;
    let session = alice.session(session.session_id).await;
    assert_eq!(
        (session.stage, session.awaits),
        (Stage::Submitted, Some(Step::Checkpoints))
    );
    let reminders = session
        .events
        .iter()
        .filter(|event| event["kind"] == GatewayKind::Notice.number());
    assert_eq!(reminders.count(), 2);
    assert_eq!(alice.sign(&session).await.stage, Stage::Finalized);
    assert_eq!(bob.balance().to_sat(), 20_000);
}

#[tokio::test]
async fn a_lost_answer_of_the_operators_is_got_back_by_the_wallets_proof() {
    for (endpoint, fault) in [
        (Endpoint::SubmitTx, Fault::LostReplyAfterCommit),
        (Endpoint::SubmitTx, Fault::InternalErrorAfterCommit),
        (Endpoint::FinalizeTx, Fault::LostReplyAfterCommit),
        (Endpoint::FinalizeTx, Fault::InternalErrorAfterCommit),
    ] {
        let house = House::new().await;
        let (alice, bob) = (house.wallet(1), house.wallet(2));
        house.fund(&alice, 50_000);
        let action = alice.transfer(&[(bob.address(), 20_000)]).await;
        let session = alice.order(&alice.intent("lost", action)).await;
        house.arkd.faults().next(endpoint, fault);
        let session = alice.sign(&session).await;
        let session = alice.sign(&session).await;
        assert_eq!(session.stage, Stage::Finalized, "{endpoint:?} {fault:?}");
        assert_eq!(house.arkd.faults().outstanding(), 0);
        assert_eq!(bob.balance().to_sat(), 20_000);
        let made = house.arkd.submissions(session.ark_txid.unwrap());
        assert_eq!((made.submitted, made.finalized), (1, 1));
    }
}
