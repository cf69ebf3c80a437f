//! Challenges that belong to something else than the order.

use alloc::vec;
use alloc::vec::Vec;

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, Psbt, ScriptBuf};

use super::gateway::{GATEWAY, address, event, public, terms};
use super::scene::{BOB, BOBS_OWNER, MALLORY, Scene, binding, swap, transfer};
use super::trick::Case;
use super::trick::Trick::{Ark, Hidden, Plan, Wire};
use super::trick::refused_first;
use crate::address::{ArkAddress, Network};
use crate::binding::InvalidBinding;
use crate::challenge::SessionId;
use crate::check::{Refusal, Term};
use crate::event::InvalidEvent;
use crate::hash::PayloadRef;
use crate::intent::{Action, Destination};
use crate::packet::{Extension, InvalidExtension};
use crate::script::anchor;

fn extension_at(psbt: &Psbt) -> usize {
    psbt.unsigned_tx.output.len().saturating_sub(2)
}

fn insert(psbt: &mut Psbt, at: usize, output: bitcoin::TxOut) {
    psbt.unsigned_tx.output.insert(at, output);
    psbt.outputs.insert(at, bitcoin::psbt::Output::default());
}

fn edit_swap(scene: &mut Scene, edit: impl FnOnce(&mut crate::intent::Swap)) {
    if let Action::Swap(swap) = &mut scene.intent.action {
        edit(swap);
    }
}

fn elsewhere(network: Network, operator: u8) -> ArkAddress {
    ArkAddress::new(network, public(operator), address(BOB).output_key())
}

fn pays(scene: &mut Scene, to: ArkAddress) {
    if let Action::Transfer(transfer) = &mut scene.intent.action {
        transfer.receivers[0].to = Destination::Address(to);
    }
}

#[test]
fn another_order_session_or_operator_is_refused() {
    let cases: Vec<Case> = vec![
        ("one step", Wire(|it| it.steps = 1), Refusal::Steps(1)),
        (
            "another owner",
            Wire(|it| it.owner = public(MALLORY)),
            Refusal::OtherOwner { found: public(MALLORY) },
        ),
        (
            "another network",
            Wire(|it| it.operator.network = Network::Signet),
            Refusal::OtherTerms(Term::Network),
        ),
        (
            "another operator",
            Wire(|it| it.operator.signer = public(MALLORY)),
            Refusal::OtherTerms(Term::Signer),
        ),
        (
            "another checkpoint script",
            Wire(|it| it.operator.checkpoint_tapscript = ScriptBuf::new()),
            Refusal::OtherTerms(Term::CheckpointScript),
        ),
        (
            "another exit delay",
            Wire(|it| it.operator.exit_delay = 1),
            Refusal::OtherTerms(Term::ExitDelay),
        ),
        (
            "another dust limit",
            Wire(|it| it.operator.dust = Amount::ZERO),
            Refusal::OtherTerms(Term::Dust),
        ),
        ("too late", Plan(|it| it.now = 2_001), Refusal::Expired { at: 2_000 }),
        ("never too late", Wire(|it| it.expires_at = None), Refusal::NoExpiry),
        (
            "an order too late",
            Plan(|it| it.intent.expires_at = 999),
            Refusal::OrderExpired { at: 999 },
        ),
        (
            "an order for another network",
            Plan(|it| it.intent.network = Network::Bitcoin),
            Refusal::OtherNetwork,
        ),
        ("another order", Plan(|it| it.event = event(9)), Refusal::NotThisOrder),
        ("no order", Wire(|it| it.intents.clear()), Refusal::NotThisOrder),
        (
            "another order besides",
            Plan(|it| it.plan.intents.push(event(9))),
            Refusal::IntentCount { expected: 1, found: 2 },
        ),
        (
            "another order in the transaction",
            Hidden(|it| it.plan.intents = vec![event(9)], |it| it.intents = vec![event(1)]),
            Refusal::OtherIntents,
        ),
        (
            "two orders in the transaction",
            Hidden(|it| it.plan.intents.push(event(9)), |it| it.intents = vec![event(1)]),
            Refusal::OtherIntents,
        ),
        (
            "no order in the transaction",
            Hidden(|it| it.plan.intents.clear(), |it| it.intents = vec![event(1)]),
            Refusal::ExtensionMissing,
        ),
        (
            "another name",
            Wire(|it| it.payload_ref = PayloadRef::from_byte_array([1; 32])),
            Refusal::PayloadRef,
        ),
        (
            "another session",
            Wire(|it| it.session_id = SessionId::from_bytes([9; 16])),
            Refusal::PayloadRef,
        ),
        (
            "another expiry",
            Wire(|it| it.expires_at = Some(1_999)),
            Refusal::PayloadRef,
        ),
        (
            "an address of another operator",
            Plan(|it| pays(it, elsewhere(Network::Regtest, MALLORY))),
            Refusal::ForeignAddress {
                address: elsewhere(Network::Regtest, MALLORY).into(),
            },
        ),
        (
            "an address of another network",
            Plan(|it| {
                pays(it, elsewhere(Network::Bitcoin, super::gateway::OPERATOR));
            }),
            Refusal::ForeignAddress {
                address: elsewhere(Network::Bitcoin, super::gateway::OPERATOR).into(),
            },
        ),
        (
            "a fee address of another operator",
            Plan(|it| {
                if let Action::Transfer(transfer) = &mut it.intent.action {
                    transfer.fee.address = elsewhere(Network::Regtest, MALLORY);
                }
            }),
            Refusal::ForeignAddress {
                address: elsewhere(Network::Regtest, MALLORY).into(),
            },
        ),
    ];
    refused_first(&transfer(), &cases);
}

#[test]
fn a_strange_end_of_the_transaction_is_refused() {
    let cases: Vec<Case> = vec![
        (
            "no anchor",
            Ark(|psbt| {
                psbt.unsigned_tx.output.pop();
                psbt.outputs.pop();
            }),
            Refusal::Anchor,
        ),
        (
            "an anchor with value",
            Ark(|psbt| {
                psbt.unsigned_tx.output.last_mut().unwrap().value = Amount::ONE_SAT;
            }),
            Refusal::Anchor,
        ),
        (
            "an anchor that is another script",
            Ark(|psbt| {
                psbt.unsigned_tx.output.last_mut().unwrap().script_pubkey = address(MALLORY).script_pubkey();
            }),
            Refusal::Anchor,
        ),
        (
            "two extensions",
            Ark(|psbt| {
                insert(psbt, 0, Extension::of(vec![event(9)]).to_output());
            }),
            Refusal::ExtensionTwice,
        ),
        (
            "an extension with value",
            Ark(|psbt| {
                let at = extension_at(psbt);
                psbt.unsigned_tx.output[at].value = Amount::ONE_SAT;
            }),
            Refusal::ExtensionMisplaced,
        ),
        (
            "an extension before the change",
            Ark(|psbt| {
                let at = extension_at(psbt);
                psbt.unsigned_tx.output.swap(at, at.saturating_sub(1));
            }),
            Refusal::ExtensionMisplaced,
        ),
        (
            "two anchors",
            Ark(|psbt| {
                let at = extension_at(psbt).saturating_add(1);
                insert(psbt, at, anchor());
            }),
            Refusal::ExtensionMisplaced,
        ),
        (
            "an extension without records",
            Ark(|psbt| {
                let at = extension_at(psbt);
                psbt.unsigned_tx.output[at].script_pubkey = ScriptBuf::new_op_return(b"ARK");
            }),
            Refusal::Extension(InvalidExtension::Intents),
        ),
        (
            "a record for an introspector",
            Ark(|psbt| {
                let at = extension_at(psbt);
                psbt.unsigned_tx.output[at].script_pubkey = ScriptBuf::new_op_return(b"ARK\x01\x01\x00");
            }),
            Refusal::Extension(InvalidExtension::Unknown(1)),
        ),
    ];
    refused_first(&transfer(), &cases);
}

#[test]
fn other_parties_of_a_swap_are_refused() {
    let cases: Vec<Case> = vec![
        (
            "a swap without this wallet",
            Plan(|it| {
                edit_swap(it, |swap| {
                    swap.legs[0].from = public(MALLORY);
                });
            }),
            Refusal::NoParty,
        ),
        (
            "a party without its order",
            Plan(|it| it.plan.intents = vec![event(1)]),
            Refusal::IntentCount { expected: 2, found: 1 },
        ),
        (
            "one more party",
            Plan(|it| it.plan.intents.push(event(9))),
            Refusal::IntentCount { expected: 2, found: 3 },
        ),
        (
            "two orders of others",
            Plan(|it| it.plan.intents = vec![event(8), event(9)]),
            Refusal::NotThisOrder,
        ),
        (
            "orders out of order",
            Wire(|it| it.intents.reverse()),
            Refusal::OtherIntents,
        ),
        (
            "a binding that is changed",
            Plan(|it| {
                it.plan.bindings[0]["content"] = binding(BOB, MALLORY)["content"].clone();
            }),
            Refusal::Binding(InvalidBinding::Event(InvalidEvent::Id)),
        ),
        (
            "a binding by nobody",
            Plan(|it| it.plan.bindings.push(serde_json::Value::Null)),
            Refusal::Binding(InvalidBinding::Event(InvalidEvent::Form)),
        ),
        (
            "two bindings",
            Plan(|it| it.plan.bindings.push(binding(BOB, BOBS_OWNER))),
            Refusal::BindingTwice { nostr: public(BOB) },
        ),
    ];
    refused_first(&swap(), &cases);
}

#[test]
fn a_challenge_of_another_gateway_is_refused() {
    let scene = transfer();
    let challenge = scene.plan.first();
    let wallet = crate::check::Wallet {
        nostr: public(super::scene::ALICE),
        owner: public(super::scene::ALICE),
        gateway: public(MALLORY),
        operator: &terms(),
        coins: &scene.coins,
        now: scene.now,
    };
    let order = crate::check::Order {
        intent: &scene.intent,
        event: scene.event,
    };
    assert_eq!(
        crate::check::check_first(&wallet, &order, &challenge),
        Err(Refusal::PayloadRef)
    );
    let wallet = crate::check::Wallet {
        gateway: public(GATEWAY),
        ..wallet
    };
    assert!(crate::check::check_first(&wallet, &order, &challenge).is_ok());
    let other_step = crate::check::check_second(&wallet, &order, &scene.approved(), &challenge);
    assert_eq!(
        other_step,
        Err(Refusal::OtherStep {
            expected: crate::challenge::Step::Checkpoints,
            found: crate::challenge::Step::ArkTransaction,
        })
    );
}
