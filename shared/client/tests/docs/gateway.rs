//! One transfer through the Ark gateway, as all examples tell it. Keys, addresses, ids and signatures are real.

use bitcoin::hashes::Hash as _;
use bitcoin::hashes::sha256;
use bitcoin::key::{Keypair, Secp256k1};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, OutPoint, ScriptBuf, Txid, XOnlyPublicKey};
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::challenge::{
    Answer, Challenge, Context, InputSignature, OperatorTerms, Recovery, SessionId, Step,
};
use nanoark_ark_verifier::hash::{EventId, PayloadRef};
use nanoark_ark_verifier::intent::{
    Action, ActionType, AssetReceiver, AssetTransfer, Consolidate, Destination, Fee, Intent, Leg, ReceiptMode,
    Receiver, Satoshi, Split, Swap, Transfer,
};
use nanoark_ark_verifier::script::default_address;
use nanoark_domain::ceremony::{
    FailureCode, Order, OutputRole, Quote, Receipt, ReceiptInput, ReceiptOutput, Session, Stage,
};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::problem::{Code, Problem};
use nanoark_http::wire::gateway::{
    BalancesView, EventTaken, FailureView, GatewayLimits, InfoView, PartyView, ReceiptView, SessionView, StageView,
    VtxoStatus, VtxoView, VtxosView,
};
use nanoark_nostr::compose::{self, Secrecy};
use nanoark_nostr::{GatewayKind, NostrKey, Scheme, SignedEvent};
use serde_json::{Value, json};

use crate::examples::{Example, of};

/// This many seconds after 2026-11-21T09:30:00Z.
fn at(seconds: u32) -> Timestamp {
    Timestamp::from_seconds(1_795_253_400).plus(Seconds(seconds))
}

fn sat(satoshi: u64) -> Amount {
    Amount::from_sat(satoshi)
}

fn secret(byte: u8) -> NostrKey {
    NostrKey::from_bytes(&[byte; 32]).unwrap()
}

fn gateway() -> NostrKey {
    secret(0x61)
}

fn alice() -> NostrKey {
    secret(0x62)
}

fn bob() -> NostrKey {
    secret(0x63)
}

fn operator() -> OperatorTerms {
    let signer = secret(0x64).public();
    // <86528 seconds> OP_CSV OP_DROP <signer> OP_CHECKSIG
    let script = format!("03a90040b27520{signer}ac");
    OperatorTerms {
        network: Network::Regtest,
        signer,
        checkpoint_tapscript: ScriptBuf::from_hex(&script).unwrap(),
        exit_delay: 4_195_486,
        dust: sat(330),
    }
}

fn address(owner: &NostrKey) -> ArkAddress {
    default_address(&operator(), owner.public())
}

fn outpoint(name: &str, vout: u32) -> OutPoint {
    OutPoint::new(txid(name), vout)
}

fn txid(name: &str) -> Txid {
    Txid::from_byte_array(sha256::Hash::hash(name.as_bytes()).to_byte_array())
}

fn asset() -> AssetId {
    let mut bytes = [0; 34];
    bytes[..32].copy_from_slice(txid("issuance").as_ref());
    AssetId::from_bytes(bytes)
}

fn fee() -> Fee {
    Fee {
        address: address(&secret(0x65)),
        amount: sat(330),
    }
}

fn quote() -> Quote {
    Quote {
        address: fee().address,
        amount: fee().amount,
        minimum_output: sat(330),
        maximum_output: None,
        valid_until: at(600),
    }
}

fn intent_to(action_id: &str, action: Action) -> Intent {
    let intent = Intent {
        action_id: action_id.parse().unwrap(),
        network: Network::Regtest,
        expires_at: at(600).as_seconds(),
        receipt: ReceiptMode::Full,
        action,
    };
    let (author, terms) = (alice().public(), operator());
    assert_eq!(
        Order::check_alone(&author, &intent, terms.network, terms.signer),
        Ok(())
    );
    intent
}

fn transfer() -> Intent {
    let receivers = vec![Receiver {
        to: Destination::Address(address(&bob())),
        amount: sat(20_000),
    }];
    let transfer = Transfer {
        inputs: None,
        receivers,
        fee: fee(),
    };
    intent_to("rent-2026-11", Action::Transfer(transfer))
}

fn order() -> SignedEvent {
    compose::intent(&alice(), &gateway().public(), &transfer(), Secrecy::Public, at(0)).unwrap()
}

/// An intent for every action.
fn intents() -> Vec<Example> {
    let named = Intent {
        receipt: ReceiptMode::Hash,
        ..intent_to(
            "presents-2026-12",
            Action::Transfer(Transfer {
                inputs: Some(vec![outpoint("batch", 1)]),
                receivers: vec![
                    Receiver {
                        to: Destination::Pubkey(bob().public()),
                        amount: sat(5_000),
                    },
                    Receiver {
                        to: Destination::Address(address(&secret(0x66))),
                        amount: sat(7_000),
                    },
                ],
                fee: fee(),
            }),
        )
    };
    let split = Split {
        inputs: None,
        amounts: [10_000, 10_000, 5_000].map(|satoshi| Satoshi(sat(satoshi))).to_vec(),
        fee: fee(),
    };
    let leg = |from: &NostrKey, to: &NostrKey, satoshi, assets| Leg {
        from: from.public(),
        to: to.public(),
        amount: sat(satoshi),
        assets,
    };
    let units = |amount| AssetAmount {
        asset_id: asset(),
        amount,
    };
    let swap = Swap {
        swap_id: "swap-2026-11-21".parse().unwrap(),
        legs: vec![
            leg(&alice(), &bob(), 25_000, Vec::new()),
            leg(&bob(), &alice(), 330, vec![units(100)]),
        ],
        fee: fee(),
    };
    let assets = AssetTransfer {
        inputs: None,
        receivers: vec![AssetReceiver {
            to: Destination::Address(address(&bob())),
            amount: sat(330),
            assets: vec![units(40)],
        }],
        fee: fee(),
    };
    let consolidate = Consolidate {
        inputs: None,
        fee: fee(),
    };
    vec![
        of("Intent: p2p:transfer", &transfer()),
        of("Intent: p2p:transfer, named inputs and a hidden receipt", &named),
        of(
            "Intent: vtxo:split",
            &intent_to("coins-for-the-week", Action::Split(split)),
        ),
        of(
            "Intent: vtxo:consolidate",
            &intent_to("tidy-2026-11", Action::Consolidate(consolidate)),
        ),
        of("Intent: swap:atomic", &intent_to("my-side-of-it", Action::Swap(swap))),
        of(
            "Intent: asset:transfer",
            &intent_to("tickets-for-bob", Action::AssetTransfer(assets)),
        ),
    ]
}

fn session_id() -> SessionId {
    Session::id_for(&alice().public(), &transfer())
}

fn payload(step: Step) -> PayloadRef {
    PayloadRef::from_byte_array(sha256::Hash::hash(&[step.number()]).to_byte_array())
}

/// The first challenge. The transactions in it are too long to be shown.
fn challenge() -> Challenge {
    Challenge {
        session_id: session_id(),
        step: Step::ArkTransaction,
        steps: 2,
        intents: vec![order().id()],
        ark_tx: "cHNidP8B…".to_owned(),
        checkpoint_txs: vec!["cHNidP8B…".to_owned()],
        inputs: vec![0],
        owner: alice().public(),
        operator: operator(),
        recovery: Some(Recovery {
            proof: "cHNidP8B…".to_owned(),
            message: r#"{"type":"get-pending-tx","expire_at":0}"#.to_owned(),
        }),
        bindings: Vec::new(),
        payload_ref: payload(Step::ArkTransaction),
        context: Context {
            human: "Send 20,000 sat, fee 330 sat, step 1 of 2".to_owned(),
            sends: sat(20_000),
            receives: Amount::ZERO,
            fee: sat(330),
            change: sat(29_670),
        },
        expires_at: Some(at(600).as_seconds()),
    }
}

fn signature(byte: u8) -> Signature {
    let secp = Secp256k1::new();
    let pair = Keypair::from_seckey_slice(&secp, &[0x62; 32]).unwrap();
    secp.sign_schnorr_no_aux_rand(&bitcoin::secp256k1::Message::from_digest([byte; 32]), &pair)
}

fn answer(step: Step) -> Answer {
    Answer {
        session_id: session_id(),
        step,
        payload_ref: payload(step),
        signatures: vec![InputSignature {
            input: 0,
            signature: signature(step.number()),
        }],
        recovery: match step {
            Step::ArkTransaction => vec![signature(3), signature(4)],
            Step::Checkpoints => Vec::new(),
        },
    }
}

/// An event as it goes over the wire, its content cut short.
fn shortened(event: &SignedEvent) -> Value {
    let mut json: Value = serde_json::from_str(event.json()).unwrap();
    let content = json["content"].as_str().unwrap();
    json["content"] = json!(format!("{}…", &content[..24]));
    json
}

fn challenge_event() -> SignedEvent {
    compose::challenge(&gateway(), &alice().public(), &challenge(), Scheme::Nip44, at(2)).unwrap()
}

fn stages(reached: &[(Stage, u32)]) -> Vec<StageView> {
    let view = |(stage, seconds): &(Stage, u32)| StageView {
        stage: *stage,
        at: at(*seconds),
    };
    reached.iter().map(view).collect()
}

fn challenged() -> SessionView {
    let event = shortened(&challenge_event());
    SessionView {
        session_id: session_id(),
        action: ActionType::Transfer,
        stage: Stage::Challenged,
        step_index: Stage::Challenged.step(),
        step_total: 6,
        parties: vec![PartyView {
            pubkey: alice().public(),
            intent: Some(order().id()),
            action_id: Some(transfer().action_id),
        }],
        created_at: at(1),
        expires_at: at(600),
        history: stages(&[(Stage::Accepted, 1), (Stage::Challenged, 2)]),
        ark_txid: Some(txid("ark transaction")),
        awaits: Some(Step::ArkTransaction),
        challenge: Some(event.clone()),
        failure: None,
        receipt: None,
        events: vec![event],
    }
}

fn receipt() -> Receipt {
    let output = |vout, role, address, satoshi| ReceiptOutput {
        vout,
        role,
        address,
        amount: sat(satoshi),
        assets: Vec::new(),
    };
    Receipt {
        ark_txid: txid("ark transaction"),
        session_id: session_id(),
        action: ActionType::Transfer,
        intents: vec![order().id()],
        inputs: vec![ReceiptInput {
            outpoint: outpoint("batch", 0),
            amount: sat(50_000),
        }],
        outputs: vec![
            output(0, OutputRole::Ordered, address(&bob()), 20_000),
            output(1, OutputRole::Fee, fee().address, 330),
            output(2, OutputRole::Change, address(&alice()), 29_670),
        ],
        fee: sat(330),
        finalized_at: at(9),
        mode: ReceiptMode::Full,
    }
}

fn failed() -> SessionView {
    let code = FailureCode::InputReserved;
    SessionView {
        stage: Stage::Failed,
        step_index: Stage::Failed.step(),
        history: stages(&[(Stage::Accepted, 1), (Stage::Failed, 2)]),
        ark_txid: None,
        awaits: None,
        challenge: None,
        failure: Some(FailureView {
            code: code.number(),
            name: code.name().to_owned(),
            message: "Another session holds an input.".to_owned(),
            outpoints: vec![outpoint("batch", 0)],
        }),
        events: Vec::new(),
        ..challenged()
    }
}

fn vtxo(name: &str, satoshi: u64, status: VtxoStatus) -> VtxoView {
    VtxoView {
        outpoint: outpoint(name, 0),
        amount: sat(satoshi),
        assets: Vec::new(),
        status,
        held_by: (status == VtxoStatus::Held).then(session_id),
        expires_at: at(604_800),
        preconfirmed: name == "received",
        owner: alice().public(),
        signer: operator().signer,
        exit_delay: operator().exit_delay,
    }
}

fn info() -> InfoView {
    InfoView {
        version: "0.1.0".to_owned(),
        network: Network::Regtest,
        pubkey: gateway().public(),
        retired_pubkeys: Vec::new(),
        relays: vec!["wss://relay.example.com".to_owned()],
        encryption: "nip44_v2".to_owned(),
        kinds: GatewayKind::TO_GATEWAY.iter().map(|kind| kind.number()).collect(),
        actions: ActionType::ALL.to_vec(),
        operator: operator(),
        operator_digest: sha256::Hash::hash(b"configuration").to_string(),
        quote: quote(),
        limits: GatewayLimits {
            max_inputs: nanoark_ark_verifier::intent::MAX_INPUTS,
            max_receivers: nanoark_ark_verifier::intent::MAX_RECEIVERS,
            max_parties: nanoark_ark_verifier::intent::MAX_PARTIES,
            max_open_sessions: 20,
            max_event_bytes: nanoark_nostr::event::MAX_EVENT_BYTES,
            max_intent_seconds: nanoark_nostr::window::LONGEST_INTENT.0,
        },
    }
}

/// A refusal, as the gateway writes it.
fn refusal() -> Example {
    let code = FailureCode::FeeWrong;
    let problem = Problem::new(Code::SessionRefused, "The fee is 300 sat; 330 sat are asked for.")
        .with_extra("gateway_code", code.number())
        .with_extra("gateway_name", code.name())
        .for_request("JKJaXmPLvHcESHA=");
    let value: Value = serde_json::from_slice(&problem.to_json()).unwrap();
    Example {
        label: "Problem: of a session",
        json: serde_json::to_string_pretty(&value).unwrap(),
    }
}

fn raw(label: &'static str, value: &Value) -> Example {
    Example {
        label,
        json: serde_json::to_string_pretty(value).unwrap(),
    }
}

/// The gateway's JSON blocks of docs/api.md.
pub(crate) fn of_the_api() -> Vec<Example> {
    let question = EventTaken {
        event_id: EventId::from_byte_array(sha256::Hash::hash(b"question").to_byte_array()),
        session: None,
        response: None,
    };
    let public = ReceiptView {
        ark_txid: receipt().ark_txid,
        receipt_hash: receipt().hash(),
        receipt: Some(receipt()),
    };
    let hidden = ReceiptView {
        receipt: None,
        ..public.clone()
    };
    let event: Value = serde_json::from_str(order().json()).unwrap();
    let vtxos = VtxosView {
        address: address(&alice()),
        vtxos: vec![
            vtxo("batch", 50_000, VtxoStatus::Held),
            vtxo("received", 12_000, VtxoStatus::Spendable),
        ],
    };
    let balances = BalancesView {
        address: address(&alice()),
        spendable: sat(12_000),
        held: sat(50_000),
        recoverable: Amount::ZERO,
        assets: Vec::new(),
        next_expiry: Some(at(604_800)),
    };
    vec![
        raw("Event: intent", &event),
        of("EventTaken", &question),
        of("SessionView", &challenged()),
        of("SessionView: failed", &failed()),
        of("Quote", &quote()),
        of("InfoView", &info()),
        of("VtxosView", &vtxos),
        of("BalancesView", &balances),
        of("ReceiptView", &public),
        of("ReceiptView: hidden", &hidden),
        refusal(),
    ]
}

/// The JSON blocks of docs/ark.md.
pub(crate) fn of_the_ceremony() -> Vec<Example> {
    let owner = Keypair::from_seckey_slice(&Secp256k1::new(), &[0x67; 32]).unwrap();
    let home: XOnlyPublicKey = owner.x_only_public_key().0;
    let bound = default_address(&operator(), home);
    let event = compose::binding(&alice(), &gateway().public(), &bound, &owner, at(0)).unwrap();
    let event: Value = serde_json::from_str(event.json()).unwrap();
    let binding = nanoark_ark_verifier::binding::Binding::verify(&event, &operator()).unwrap();
    assert_eq!((binding.owner, binding.address), (home, bound));
    let mut examples = intents();
    examples.extend([
        raw("Event: binding", &event),
        of("Challenge", &challenge()),
        of("Answer: step 1", &answer(Step::ArkTransaction)),
        of("Answer: step 2", &answer(Step::Checkpoints)),
    ]);
    examples
}
