use bitcoin::{OutPoint, Psbt, Txid};
use serde_json::{Value, json};

use super::wallet::{Owner, START_MS, finalize, get, operator, sat, submit};
use crate::arkd::{Arkd, Integers, Settings};
use crate::clock::FakeClock;

fn list(arkd: &Arkd, query: &str) -> Vec<Value> {
    let outcome = get(arkd, &format!("/v1/indexer/vtxos?{query}"));
    assert_eq!(outcome.status, 200, "{query}: {}", outcome.json());
    outcome.json()["vtxos"].as_array().unwrap().clone()
}

fn outpoints(vtxos: &[Value]) -> Vec<OutPoint> {
    vtxos
        .iter()
        .map(|vtxo| {
            let outpoint = &vtxo["outpoint"];
            let vout = u32::try_from(outpoint["vout"].as_u64().unwrap()).unwrap();
            OutPoint::new(outpoint["txid"].as_str().unwrap().parse().unwrap(), vout)
        })
        .collect()
}

#[test]
fn a_coin_is_spent_from_its_submission_on() {
    let (arkd, clock) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let of_alice = format!("scripts={}", alice.script().to_hex_string());
    let of_bob = format!("scripts={}", bob.script().to_hex_string());
    let before = list(&arkd, &of_alice).pop().unwrap();
    assert_eq!(before["isSpent"], false);
    assert_eq!((&before["spentBy"], &before["arkTxid"]), (&json!(""), &json!("")));
    assert_eq!(before["amount"], "1000");
    assert_eq!(before["createdAt"], "1700000000");
    assert_eq!(before["expiresAt"], "1700604672");
    assert_eq!(before["commitmentTxids"].as_array().unwrap().len(), 1);

    clock.advance(1_000);
    let transactions = alice.signed(&arkd, &[coin], &[(&bob, 1_000)]);
    let accepted = submit(&arkd, &transactions).json();
    let during = list(&arkd, &of_alice).pop().unwrap();
    let checkpoint = transactions.checkpoint_txs[0].unsigned_tx.compute_txid();
    assert_eq!(during["isSpent"], true);
    assert_eq!(during["spentBy"], checkpoint.to_string());
    assert_eq!(during["arkTxid"], accepted["arkTxid"]);
    assert_eq!(outpoints(&list(&arkd, &format!("{of_alice}&pendingOnly=true"))), [coin]);
    assert_eq!(list(&arkd, &of_bob), [] as [Value; 0]);

    clock.advance(1_000);
    finalize(&arkd, &accepted, |psbt| alice.sign_checkpoint(psbt));
    assert_eq!(list(&arkd, &of_alice), [during]);
    assert_eq!(list(&arkd, &format!("{of_alice}&pendingOnly=true")), [] as [Value; 0]);
    let output = list(&arkd, &of_bob).pop().unwrap();
    assert_eq!(output["isPreconfirmed"], true);
    assert_eq!(output["createdAt"], "1700000001");
    assert_eq!(output["depth"], 1);
}

#[test]
fn filters_choose() {
    let (arkd, clock) = operator();
    let alice = Owner::new(&arkd, 1);
    let coins: Vec<OutPoint> = (0..5)
        .map(|_| {
            clock.advance(1_000);
            arkd.fund(&alice.script(), sat(1_000))
        })
        .collect();
    arkd.sweep(coins[1]);
    arkd.unroll(coins[2]);
    arkd.spend_elsewhere(coins[3]);
    submit(&arkd, &alice.signed(&arkd, &[coins[4]], &[]));
    let script = format!("scripts={}", alice.script().to_hex_string());
    let table: &[(&str, &[usize])] = &[
        ("", &[4, 3, 2, 1, 0]),
        ("&spendableOnly=true", &[0]),
        ("&spendableOnly=false", &[4, 3, 2, 1, 0]),
        ("&spentOnly=true", &[4, 3, 2, 1]),
        ("&recoverableOnly=true", &[1]),
        ("&pendingOnly=true", &[4]),
    ];
    for (filter, wanted) in table {
        let wanted: Vec<OutPoint> = wanted.iter().map(|index| coins[*index]).collect();
        assert_eq!(
            outpoints(&list(&arkd, &format!("{script}{filter}"))),
            wanted,
            "{filter}"
        );
    }
    let many = format!("outpoints={}&outpoints={},{}", coins[3], coins[0], OutPoint::null());
    assert_eq!(outpoints(&list(&arkd, &many)), [coins[3], coins[0]]);
    for (query, words) in [
        ("", "missing outpoints or scripts filter"),
        ("scripts=00", "must be P2TR"),
        ("outpoints=x", "invalid outpoint"),
        (&format!("{script}&{many}"), "mutually exclusive"),
        (
            &format!("{script}&spentOnly=true&pendingOnly=true"),
            "mutually exclusive",
        ),
        (&format!("{script}&spentOnly=yes"), "type mismatch"),
        (
            &format!("{script}&after=2&before=2"),
            "before must be greater than after",
        ),
        (&format!("{script}&after=-1"), "greater than or equal to 0"),
    ] {
        let outcome = get(&arkd, &format!("/v1/indexer/vtxos?{query}"));
        assert_eq!(outcome.status, 400, "{query}");
        assert!(
            outcome.json()["message"].as_str().unwrap().contains(words),
            "{}",
            outcome.json()
        );
    }
}

#[test]
fn the_last_update_is_a_cursor() {
    let (arkd, clock) = operator();
    let alice = Owner::new(&arkd, 1);
    let first = arkd.fund(&alice.script(), sat(1_000));
    clock.set(START_MS + 10);
    let second = arkd.fund(&alice.script(), sat(1_000));
    clock.set(START_MS + 20);
    submit(&arkd, &alice.signed(&arkd, &[first], &[]));
    let script = format!("scripts={}", alice.script().to_hex_string());
    let between = |after: u64, before: u64| {
        let mut found = outpoints(&list(
            &arkd,
            &format!("{script}&after={}&before={}", START_MS + after, START_MS + before),
        ));
        found.sort();
        found
    };
    let mut both = vec![first, second];
    both.sort();
    assert_eq!(between(0, 20), both);
    assert_eq!(between(0, 19), [second]);
    assert_eq!(between(11, 20), [first]);
    assert_eq!(between(20, 30), [first]);
    assert_eq!(between(0, 9), [] as [OutPoint; 0]);
}

#[test]
fn pages_count_from_one() {
    let (arkd, clock) = operator();
    let alice = Owner::new(&arkd, 1);
    let mut coins: Vec<OutPoint> = (0..5)
        .map(|_| {
            clock.advance(1_000);
            arkd.fund(&alice.script(), sat(1_000))
        })
        .collect();
    coins.reverse();
    let script = format!("/v1/indexer/vtxos?scripts={}", alice.script().to_hex_string());
    let whole = get(&arkd, &script).json();
    assert_eq!(whole["page"], Value::Null);
    let table: &[(&str, std::ops::Range<usize>, [u64; 3])] = &[
        ("&page.size=2", 0..2, [1, 2, 3]),
        ("&page.size=2&page.index=2", 2..4, [2, 3, 3]),
        ("&page.size=2&page.index=3", 4..5, [3, 3, 3]),
        ("&page.size=2&page.index=4", 5..5, [4, 3, 3]),
        ("&page.index=1", 0..5, [1, 1, 1]),
        ("&page.size=1000", 0..5, [1, 1, 1]),
    ];
    for (page, wanted, [current, next, total]) in table {
        let answer = get(&arkd, &format!("{script}{page}")).json();
        let found = outpoints(answer["vtxos"].as_array().unwrap());
        assert_eq!(found, coins[wanted.clone()], "{page}");
        assert_eq!(
            answer["page"],
            json!({ "current": current, "next": next, "total": total }),
            "{page}"
        );
    }
}

#[test]
fn transactions_and_their_chain_are_told() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coin = arkd.fund(&alice.script(), sat(2_000));
    let first = alice.send(&arkd, &[coin], &[(&alice, 2_000)]);
    let second = alice.send(&arkd, &[OutPoint::new(first, 0)], &[(&bob, 2_000)]);
    let checkpoint = arkd.vtxo(coin).unwrap().spent_by.unwrap();
    let answer = get(
        &arkd,
        &format!("/v1/indexer/virtualTx/{second},{checkpoint},{}", "11".repeat(32)),
    )
    .json();
    let mut found: Vec<Txid> = answer["txs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| {
            text.as_str()
                .unwrap()
                .parse::<Psbt>()
                .unwrap()
                .unsigned_tx
                .compute_txid()
        })
        .collect();
    found.sort();
    let mut wanted = vec![second, checkpoint];
    wanted.sort();
    assert_eq!(found, wanted);

    let chain = get(&arkd, &format!("/v1/indexer/vtxo/{second}/0/chain")).json();
    let kinds: Vec<&str> = chain["chain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| {
            link["type"]
                .as_str()
                .unwrap()
                .trim_start_matches("INDEXER_CHAINED_TX_TYPE_")
        })
        .collect();
    assert_eq!(kinds, ["ARK", "CHECKPOINT", "ARK", "CHECKPOINT", "TREE", "COMMITMENT"]);
    assert_eq!(chain["chain"][3]["spends"], json!([coin.to_string()]));
    let unknown = get(&arkd, &format!("/v1/indexer/vtxo/{}/0/chain", "11".repeat(32)));
    assert_eq!((unknown.status, unknown.json()["code"].as_u64()), (500, Some(13)));
}

#[test]
fn the_settings_are_told_as_a_client_reads_them() {
    let clock = FakeClock::at_millis(START_MS);
    for (integers, dust) in [(Integers::Text, json!("330")), (Integers::Number, json!(330))] {
        let settings = Settings {
            integers,
            ..Settings::default()
        };
        let arkd = Arkd::with_settings(settings, clock.closure());
        let (told, info) = (get(&arkd, "/v1/info").json(), arkd.info());
        assert_eq!(told["dust"], dust);
        assert_eq!(told["digest"], info.digest);
        assert_eq!(told["signerPubkey"], info.signer_pk.to_string());
        assert_eq!(told["checkpointTapscript"], info.checkpoint_tapscript.to_hex_string());
        assert_eq!(told["network"], "regtest");
        assert_eq!(told["forfeitAddress"], info.forfeit_address.to_string());
        let delay = told["unilateralExitDelay"].to_string();
        let delay: i64 = delay.trim_matches('"').parse().unwrap();
        let parsed = ark_core::server::parse_sequence_number(delay).unwrap();
        assert_eq!(parsed, info.unilateral_exit_delay);
    }
    let clock = clock.closure();
    let (one, same, other) = (
        Arkd::with_seed(1, clock.clone()),
        Arkd::with_seed(1, clock.clone()),
        Arkd::with_seed(2, clock),
    );
    assert_eq!(one.info().signer_pk, same.info().signer_pk);
    assert_ne!(one.info().signer_pk, other.info().signer_pk);
}
