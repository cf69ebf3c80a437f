//! The whole way of a payment against the strict arkd: build, sign, submit, check, sign, finalise, and every loss between.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails where it is wrong"
)]

mod world;

use bitcoin::Amount;
use nanoark_ark::arkd::Arkd;
use nanoark_ark::base64_psbt::{MAX_PSBT_BYTES, decode};
use nanoark_ark::cosigned::check_operator_signed;
use nanoark_ark::error::ArkdError;
use nanoark_ark::exchange::Limits;
use nanoark_ark::indexer::{VtxoFilter, VtxoState};
use nanoark_ark::recovery::recovery_proof;
use nanoark_ark::refusal::{ErrorCode, Refusal};
use nanoark_ark::signing::{insert_recovery_signatures, sighashes};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_testkit::arkd::{Endpoint, Fault, Integers, Settings};
use tokio::net::TcpListener;
use world::{Payment, Wallet, World};

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn refusal(error: ArkdError) -> Refusal {
    let ArkdError::Refused(refusal) = error else {
        panic!("no refusal: {error}");
    };
    refusal
}

#[tokio::test]
async fn a_payment_arrives() {
    let world = World::new(Settings::default());
    let (alice, bob) = (Wallet::new(10), Wallet::new(11));
    world.fund(&alice, &[30_000, 40_000]).await;
    let payment = world.payment(&alice, &bob, 50_000).await;
    let submitted = payment.submit(&world).await.unwrap();
    let co_signed = check_operator_signed(&payment.signed, &submitted).unwrap();

    // Submitted: the coins are spent, and nobody has any yet.
    let inputs: Vec<_> = payment.inputs.iter().map(|coin| coin.outpoint).collect();
    let spent = world.arkd.vtxos_at(&inputs).await.unwrap();
    assert_eq!(spent.len(), 2);
    for vtxo in &spent {
        assert_eq!(vtxo.state(START, payment.info.dust()), VtxoState::Spent);
        assert_eq!(vtxo.ark_txid, Some(payment.signed.ark_txid()));
    }
    assert_eq!(world.balance(&bob).await, Amount::ZERO);
    assert_eq!(world.coins(&alice, VtxoFilter::Pending).await.len(), 2);

    payment.finalize(&world, &co_signed).await.unwrap();
    assert_eq!(world.balance(&bob).await, Amount::from_sat(50_000));
    assert_eq!(world.balance(&alice).await, Amount::from_sat(20_000));
    assert_eq!(world.coins(&alice, VtxoFilter::Pending).await, []);
    let shown = world.arkd.virtual_txs(&[payment.signed.ark_txid()]).await.unwrap();
    assert_eq!(shown[0].unsigned_tx, payment.signed.ark_tx.unsigned_tx);

    let again = payment.finalize(&world, &co_signed).await.unwrap_err();
    assert!(refusal(again).is_past_its_stage());
}

#[tokio::test]
async fn a_payment_arrives_over_http() {
    for integers in [Integers::Text, Integers::Number] {
        let mut world = World::new(Settings {
            integers,
            require_digest: true,
            ..Settings::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = world.operator.serve(listener).unwrap();
        world.arkd = Arkd::new(&server.url(), Limits::default(), None, world::clock()).unwrap();

        let (alice, bob) = (Wallet::new(10), Wallet::new(11));
        world.fund(&alice, &[30_000]).await;
        let payment = world.payment(&alice, &bob, 10_000).await;
        let submitted = payment.submit(&world).await.unwrap();
        let co_signed = check_operator_signed(&payment.signed, &submitted).unwrap();
        payment.finalize(&world, &co_signed).await.unwrap();
        assert_eq!(world.balance(&bob).await, Amount::from_sat(10_000));
        server.stop().await;
    }
}

#[tokio::test]
async fn coins_of_an_earlier_key_are_spent_and_change_is_of_the_current_one() {
    let world = World::new(Settings::default());
    let (alice, bob) = (Wallet::new(10), Wallet::new(11));
    world.fund(&alice, &[30_000]).await;
    world.operator.rotate_signer();
    world.arkd.fresh_info().await.unwrap();
    world.fund(&alice, &[30_000]).await;
    let payment = world.payment(&alice, &bob, 50_000).await;
    assert_ne!(payment.inputs[0].signer, payment.inputs[1].signer);
    let submitted = payment.submit(&world).await.unwrap();
    let co_signed = check_operator_signed(&payment.signed, &submitted).unwrap();
    payment.finalize(&world, &co_signed).await.unwrap();
    let [change] = world.coins(&alice, VtxoFilter::Spendable).await.try_into().unwrap();
    assert_eq!(change.signer, payment.info.signer());
}

#[tokio::test]
async fn a_lost_answer_is_got_back_by_the_recovery_proof() {
    for fault in [
        Fault::LostReplyAfterCommit,
        Fault::Stall,
        Fault::InternalErrorAfterCommit,
    ] {
        let world = World::new(Settings::default());
        let (alice, bob) = (Wallet::new(10), Wallet::new(11));
        world.fund(&alice, &[30_000, 40_000]).await;
        let payment = world.payment(&alice, &bob, 50_000).await;
        let recovery = recovery_proof(&payment.inputs, START.plus(Seconds(3_600)), &payment.info).unwrap();
        let proof = decode(&recovery.proof, MAX_PSBT_BYTES).unwrap();
        let signatures: Vec<_> = sighashes(&proof)
            .unwrap()
            .into_iter()
            .map(|sighash| alice.sign(sighash))
            .collect();
        let proof = insert_recovery_signatures(&proof, alice.key(), &signatures).unwrap();
        assert_eq!(world.arkd.pending(&proof, &recovery.message).await, Ok(vec![]));

        world.operator.faults().next(Endpoint::SubmitTx, fault);
        let lost = payment.submit(&world).await.unwrap_err();
        assert!(lost.outcome_unknown(), "{lost}");
        assert!(refusal(payment.submit(&world).await.unwrap_err()).is_duplicate());

        let [pending] = world
            .arkd
            .pending(&proof, &recovery.message)
            .await
            .unwrap()
            .try_into()
            .unwrap();
        let co_signed = check_operator_signed(&payment.signed, &pending).unwrap();

        // The last answer is lost as well.
        world.operator.faults().next(Endpoint::FinalizeTx, fault);
        let lost = payment.finalize(&world, &co_signed).await.unwrap_err();
        assert!(lost.outcome_unknown(), "{lost}");
        let again = payment.finalize(&world, &co_signed).await.unwrap_err();
        assert!(refusal(again).is_past_its_stage());
        assert_eq!(world.balance(&bob).await, Amount::from_sat(50_000));
        assert_eq!(world.arkd.pending(&proof, &recovery.message).await, Ok(vec![]));
    }
}

#[tokio::test]
async fn a_lost_request_is_submitted_again() {
    let world = World::new(Settings::default());
    let (alice, bob) = (Wallet::new(10), Wallet::new(11));
    world.fund(&alice, &[30_000]).await;
    let payment = world.payment(&alice, &bob, 10_000).await;
    world.operator.faults().next(Endpoint::SubmitTx, Fault::LostRequest);
    assert!(payment.submit(&world).await.unwrap_err().outcome_unknown());
    let submitted = payment.submit(&world).await.unwrap();
    assert!(check_operator_signed(&payment.signed, &submitted).is_ok());
}

#[tokio::test]
async fn a_coin_spent_elsewhere_is_named() {
    let world = World::new(Settings::default());
    let (alice, bob) = (Wallet::new(10), Wallet::new(11));
    world.fund(&alice, &[30_000]).await;
    let payment = world.payment(&alice, &bob, 10_000).await;
    world
        .operator
        .faults()
        .next(Endpoint::SubmitTx, Fault::SpentElsewhereBefore);
    let error = payment.submit(&world).await.unwrap_err();
    assert!(!error.outcome_unknown());
    let refusal = refusal(error);
    assert_eq!(refusal.code, ErrorCode::VtxoAlreadySpent);
    assert_eq!(
        refusal.metadata.get("vtxo_outpoint"),
        Some(&payment.inputs[0].outpoint.to_string())
    );
}

#[tokio::test]
async fn changed_terms_ask_for_another_transaction() {
    let world = World::new(Settings::default());
    let (alice, bob) = (Wallet::new(10), Wallet::new(11));
    world.fund(&alice, &[30_000]).await;
    let payment = world.payment(&alice, &bob, 10_000).await;
    world.operator.faults().next(Endpoint::SubmitTx, Fault::DigestChange);
    let error = payment.submit(&world).await.unwrap_err();
    assert!(error.is_digest_mismatch(), "{error}");
    let anew = world.payment(&alice, &bob, 10_000).await;
    assert_ne!(anew.info.digest(), payment.info.digest());
    let submitted = anew.submit(&world).await.unwrap();
    let co_signed = check_operator_signed(&anew.signed, &submitted).unwrap();

    // Finalising goes on under terms that change meanwhile, at the second try.
    world.operator.faults().next(Endpoint::FinalizeTx, Fault::DigestChange);
    let error = anew.finalize(&world, &co_signed).await.unwrap_err();
    assert!(error.is_digest_mismatch(), "{error}");
    assert_eq!(anew.finalize(&world, &co_signed).await, Ok(()));
    assert_eq!(world.balance(&bob).await, Amount::from_sat(10_000));
}

#[tokio::test]
async fn assets_arrive() {
    let world = World::new(Settings::default());
    let (alice, bob) = (Wallet::new(10), Wallet::new(11));
    let asset = world.fund_with_asset(&alice, 30_000, 1_000).await;
    let mut inputs = world.coins(&alice, VtxoFilter::Spendable).await;
    let info = world.arkd.info().await.unwrap();
    let outputs = vec![
        world::output(&bob, 10_000, &[(asset, 400)], &info),
        world::output(&alice, 20_000, &[(asset, 600)], &info),
    ];
    inputs.sort_by_key(|coin| coin.outpoint);
    let payment = Payment::of(inputs, &outputs, info, &alice);
    let submitted = payment.submit(&world).await.unwrap();
    let co_signed = check_operator_signed(&payment.signed, &submitted).unwrap();
    payment.finalize(&world, &co_signed).await.unwrap();

    let [coin] = world.coins(&bob, VtxoFilter::Spendable).await.try_into().unwrap();
    assert_eq!((coin.assets[0].asset_id, coin.assets[0].amount), (asset, 400));
    assert_eq!(world.arkd.asset(asset).await.unwrap().supply, 1_000);
}

#[tokio::test]
async fn many_coins_are_read_over_pages() {
    let world = World::new(Settings::default());
    let alice = Wallet::new(10);
    world.fund(&alice, &[1_000; 230]).await;
    assert_eq!(world.coins(&alice, VtxoFilter::All).await.len(), 230);
    assert_eq!(world.operator.faults().count(Endpoint::Vtxos), 3);
}
