//! The seeds of the fuzz targets (`fuzz/seeds`): one of everything that the gateway's decoders read, out of real ceremonies.
//! A name that begins with `ok` says that its target takes it.

use std::fs;
use std::path::PathBuf;

use bitcoin::{Amount, Psbt};
use bytes::Bytes;
use http::{HeaderMap, Method};
use nanoark_ark::base64_psbt::{self, MAX_PSBT_BYTES};
use nanoark_ark::signing;
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::challenge::{Challenge, Step};
use nanoark_ark_verifier::check::{self, Approval, Order};
use nanoark_ark_verifier::intent::{
    Action, AssetReceiver, AssetTransfer, Consolidate, Destination, Intent, Leg, Satoshi, Split, Swap,
};
use nanoark_ark_verifier::packet::Extension;
use nanoark_http::wire::gateway::SessionView;
use nanoark_nostr::encryption::{self, Purpose};
use nanoark_nostr::{Scheme, SignedEvent, http_auth};
use serde::Serialize;
use serde_json::{Value, json};

use super::answers::challenged;
use crate::ceremonies::house::{GATEWAY, House};
use crate::ceremonies::wallet::Wallet;

/// Puts a seed in its place.
fn seed(target: &str, name: &str, data: impl AsRef<[u8]>) {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/seeds")
        .join(target);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join(name), data).unwrap();
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn psbt(text: &str) -> Psbt {
    base64_psbt::decode(text, MAX_PSBT_BYTES).unwrap()
}

/// The event as a draft, which the target signs, and encrypts where it was encrypted.
fn draft(event: &SignedEvent, plain: Option<&str>) -> String {
    let tags: Vec<&[String]> = event.tags().collect();
    let content = plain.unwrap_or_else(|| event.content());
    text(&json!({
        "kind": event.kind(), "created_at": event.created_at().as_seconds(), "tags": tags, "content": content,
        "seal": plain.map(|_| Scheme::Nip44.as_str()),
    }))
}

#[tokio::test]
#[ignore = "writes fuzz/seeds"]
async fn the_seeds_of_the_fuzz_targets_are_written() {
    let house = House::new().await;
    let alice = house.wallet(1);
    house.fund(&alice, 30_000);
    house.fund(&alice, 30_000);
    house.fund(&alice, 30_000);
    let first = challenged(&alice, "seeds").await;
    records(&house, "challenged");
    let challenge = alice.challenge(&first);
    let second = ceremony(&house, &alice, &first, &challenge).await;
    wallet_side(&house, &alice, [&challenge, &second]);
    intents(&house, &alice).await;
    assets(&house).await;
    names(&alice);
    operator(&house, &alice, &second);
}

/// The records of all sessions that there are.
fn records(house: &House, stage: &str) {
    let tables = &house.stack.template().tables;
    let sessions = tables.iter().find(|table| table.id == "Sessions").unwrap();
    let scan = json!({ "TableName": sessions.name });
    let page = house
        .stack
        .database()
        .scan(serde_json::from_value(scan).unwrap())
        .unwrap();
    for (number, item) in page.items.unwrap().iter().enumerate() {
        let item: Value = serde_json::to_value(item).unwrap();
        seed(
            "session_record",
            &format!("ok-{stage}-{number}"),
            item["record"]["S"].as_str().unwrap(),
        );
    }
}

/// The whole ceremony, and the scene that the targets are set in; returns the second challenge.
async fn ceremony(house: &House, alice: &Wallet<'_>, first: &SessionView, challenge: &Challenge) -> Challenge {
    let (intent, event) = alice.ordered(challenge);
    let (terms, coins) = (alice.operator().terms(), alice.coins());
    let wallet = check::Wallet {
        nostr: alice.nostr(),
        owner: alice.owner(),
        gateway: alice.gateway(),
        operator: &terms,
        coins: &coins,
        now: house.now().as_seconds(),
    };
    let order = Order {
        intent: &intent,
        event: event.id(),
    };
    let Approval::First(approval) = check::check(&wallet, &order, None, challenge).unwrap() else {
        panic!("the first step");
    };
    let answer = alice.approve(challenge);
    let signatures: Vec<_> = answer
        .signatures
        .iter()
        .map(|given| (given.input, alice.owner(), given.signature))
        .collect();
    let ark_tx = signing::insert_ark_signatures(&psbt(&challenge.ark_tx), &signatures).unwrap();
    let scene = json!({
        "wallet": hex::encode(alice.key.secret_bytes().as_slice()),
        "gateway": hex::encode(house.gateway.key.secret_bytes().as_slice()),
        "now": house.now().as_seconds(), "intent": intent, "event": event.id(), "coins": coins, "terms": terms,
        "approved": approval.approved, "ark_tx": base64_psbt::encode(&ark_tx), "checkpoints": challenge.checkpoint_txs,
        "proof": challenge.recovery.as_ref().unwrap().proof,
    });
    seed("", "scene.json", serde_json::to_string_pretty(&scene).unwrap());
    let event_1 = alice.answer_event(&answer);
    seed("event", "ok-answer", event_1.json());
    seed("incoming", "ok-answer", event_1.json());
    seed("incoming", "ok-draft-answer-1", draft(&event_1, Some(&text(&answer))));
    seed("decrypt", "ok-nip44", event_1.content());
    let purpose = Purpose { kind: 31_512, d: "" };
    let nip04 = encryption::encrypt(&alice.key, &alice.gateway(), Scheme::Nip04, purpose, "hello").unwrap();
    seed("decrypt", "ok-nip04", nip04);
    let session = alice.sign(first).await;
    records(house, "submitted");
    let second = alice.challenge(&session);
    let answer = alice.approve(&second);
    seed(
        "incoming",
        "ok-draft-answer-2",
        draft(&alice.answer_event(&answer), Some(&text(&answer))),
    );
    let session = alice.sign(&session).await;
    records(house, "finalized");
    for (number, event) in session.events.iter().enumerate() {
        let event = SignedEvent::parse(event.to_string().as_bytes(), 1 << 20).unwrap();
        let plain = encryption::decrypt(&alice.key, &alice.gateway(), Scheme::Nip44, event.content());
        let name = format!("{number}-{}", event.kind());
        seed("received", &format!("ok-{name}"), event.json());
        seed(
            "received",
            &format!("ok-draft-{name}"),
            draft(&event, plain.ok().as_deref().map(String::as_str)),
        );
    }
    second
}

fn wallet_side(house: &House, alice: &Wallet<'_>, challenges: [&Challenge; 2]) {
    for challenge in challenges {
        let step = challenge.step.number();
        seed("challenge", &format!("ok-step-{step}"), text(challenge));
        let ark_tx = psbt(&challenge.ark_tx);
        seed("psbt", &format!("ok-ark-{step}"), &challenge.ark_tx);
        seed("psbt", &format!("ok-ark-{step}-raw"), ark_tx.serialize());
        seed("psbt", &format!("ok-checkpoint-{step}"), &challenge.checkpoint_txs[0]);
        if challenge.step == Step::ArkTransaction {
            seed("psbt", "ok-proof", &challenge.recovery.as_ref().unwrap().proof);
            packets("ok-intents", &ark_tx);
        }
    }
    let binding = alice.binding();
    for target in ["binding", "event", "incoming"] {
        seed(target, "ok-binding", binding.json());
    }
    let question = super::questions::question(alice, "sync_state").sign(&alice.key);
    let question = SignedEvent::parse(question.as_bytes(), 1 << 20).unwrap();
    let plain = json!({"request_id": "question-01", "action": "sync_state"}).to_string();
    seed("incoming", "ok-draft-question", draft(&question, Some(&plain)));
    let url = format!("{GATEWAY}/v1/vtxos");
    let header = http_auth::authorization(&alice.key, "GET", &url, b"", house.now()).unwrap();
    seed("http_auth", "ok-header", header);
    let tags = json!([["u", url], ["method", "GET"]]);
    let bare = json!({"kind": 27_235, "created_at": house.now().as_seconds(), "tags": tags, "content": ""});
    seed("http_auth", "ok-draft", bare.to_string());
}

fn packets(name: &str, ark_tx: &Psbt) {
    let outputs = ark_tx.unsigned_tx.output.iter();
    let script = outputs
        .map(|output| &output.script_pubkey)
        .find(|script| Extension::is_one(script));
    seed("packet", name, script.unwrap().as_bytes());
}

async fn intents(house: &House, alice: &Wallet<'_>) {
    let (bob, fee) = (house.wallet(2), alice.fee().await);
    let leg = |from: &Wallet<'_>, to: &Wallet<'_>| Leg {
        from: from.nostr(),
        to: to.nostr(),
        amount: Amount::from_sat(1_000),
        assets: Vec::new(),
    };
    let inputs: Vec<_> = alice.coins().iter().map(|coin| coin.outpoint).collect();
    let actions = [
        (
            "transfer",
            alice
                .transfer(&[(bob.address(), 1_000), (alice.address(), 2_000)])
                .await,
        ),
        (
            "split",
            Action::Split(Split {
                inputs: Some(inputs.clone()),
                amounts: vec![Satoshi(Amount::from_sat(1_000))],
                fee: fee.clone(),
            }),
        ),
        (
            "consolidate",
            Action::Consolidate(Consolidate {
                inputs: Some(inputs),
                fee: fee.clone(),
            }),
        ),
        (
            "swap",
            Action::Swap(Swap {
                swap_id: "swap-0001".parse().unwrap(),
                legs: vec![leg(alice, &bob), leg(&bob, alice)],
                fee,
            }),
        ),
    ];
    for (name, action) in actions {
        let intent = alice.intent(name, action);
        seed("intent", &format!("ok-{name}"), text(&intent));
        let event = alice.signed(&intent);
        seed("event", &format!("ok-{name}"), event.json());
        seed("incoming", &format!("ok-draft-{name}"), draft(&event, None));
    }
    records(house, "all");
}

async fn assets(house: &House) {
    let (carol, bob) = (house.wallet(3), house.wallet(2));
    let issued = house.arkd.issue_asset(None);
    let asset: AssetId = issued.to_string().parse().unwrap();
    let script = carol.address().script_pubkey();
    house
        .arkd
        .fund_with_assets(&script, Amount::from_sat(20_000), &[(issued, 100)]);
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
        fee: carol.fee().await,
    });
    let intent: Intent = carol.intent("assets", action);
    seed("intent", "ok-assets", text(&intent));
    let session = carol.order(&intent).await;
    packets("ok-assets", &psbt(&carol.challenge(&session).ark_tx));
    seed("identifiers", "ok-asset", asset.to_string());
    records(house, "assets");
}

fn names(alice: &Wallet<'_>) {
    seed("address", "ok-regtest", alice.address().to_string());
    seed("address", "ok-capitals", alice.address().to_string().to_uppercase());
    for (name, name_text) in [
        ("ok-session", format!("ses_{}", "07".repeat(16))),
        ("ok-action", "action-0001".to_owned()),
        ("ok-network", "regtest".to_owned()),
        ("ok-key", alice.nostr().to_string()),
        ("ok-proof", nanoark_ark_verifier::proof::message(0)),
    ] {
        seed("identifiers", name, name_text);
    }
    for (name, url) in [
        ("ok-public", "wss://relay.example.com"),
        ("ok-path", "wss://relay.example.com:4848/nostr"),
        ("no-query", "wss://relay.example.com:4848/nostr?a=b"),
        ("no-bracket", "wss://relay.example[com"),
        ("ok-local", "ws://127.0.0.1:7777/"),
    ] {
        seed("relay_url", name, url);
    }
}

/// What the operator says.
fn operator(house: &House, alice: &Wallet<'_>, second: &Challenge) {
    let call = |method: Method, path: &str, body: &[u8]| -> Bytes {
        house.arkd.call(&method, path, &HeaderMap::new(), body).body
    };
    seed("arkd_info", "ok-info", call(Method::GET, "/v1/info", b""));
    let scripts = format!(
        "/v1/indexer/vtxos?scripts={}",
        alice.address().script_pubkey().to_hex_string()
    );
    seed("arkd_vtxos", "ok-whole", call(Method::GET, &scripts, b""));
    seed(
        "arkd_vtxos",
        "ok-page",
        call(Method::GET, &format!("{scripts}&page.size=100&page.index=1"), b""),
    );
    let txid = psbt(&second.ark_tx).unsigned_tx.compute_txid();
    let submitted = json!({
        "arkTxid": txid, "finalArkTx": second.ark_tx, "signedCheckpointTxs": second.checkpoint_txs,
    });
    seed("arkd_submitted", "ok-submitted", submitted.to_string());
    seed(
        "arkd_pending",
        "ok-pending",
        json!({"pendingTxs": [submitted]}).to_string(),
    );
    seed("arkd_pending", "ok-none", "{}");
    seed(
        "arkd_reads",
        "ok-virtual",
        call(Method::GET, &format!("/v1/indexer/virtualTx/{txid}"), b""),
    );
    for (name, path, body) in [
        ("no-body", "/v1/tx/submit", "{"),
        (
            "no-psbt",
            "/v1/tx/submit",
            r#"{"signedArkTx":"AAAA","checkpointTxs":[]}"#,
        ),
        (
            "no-finalize",
            "/v1/tx/finalize",
            r#"{"arkTxid":"00","finalCheckpointTxs":[]}"#,
        ),
    ] {
        seed("arkd_refusal", name, call(Method::POST, path, body.as_bytes()));
    }
    let details =
        json!({"code": 5, "name": "VTXO_ALREADY_SPENT", "message": "already spent", "metadata": {"vtxo": "00:0"}});
    let refusal = json!({"code": 9, "message": "already spent", "details": [details]});
    seed("arkd_refusal", "ok-details", refusal.to_string());
}
