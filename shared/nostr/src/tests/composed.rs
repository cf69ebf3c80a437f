//! What is composed is taken by the other side, and is the same bytes every time.

use nanoark_ark_verifier::address::Network;
use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_verifier::intent::ReceiptMode;

use super::samples::{
    action_id, address, announcement, answer, challenge, failure, gateway, intent, intent_id, notice, now, owner,
    receipt, request, responses, session, stranger, wallet,
};
use crate::compose::{self, Secrecy};
use crate::content::{Confirmation, Results};
use crate::encryption::Scheme;
use crate::event::SignedEvent;
use crate::key::npub;
use crate::opened::Opened;
use crate::received::{GatewayMessage, NotFromGateway, receive};
use crate::refusal::{EventCode, EventRefusal};
use crate::verify::{IncomingEvent, Rules};

fn opened(event: &SignedEvent, nip04: bool) -> Result<Opened, EventRefusal> {
    let rules = Rules {
        nip04,
        ..Rules::new(gateway().publics(), now())
    };
    IncomingEvent::verify(event.json().as_bytes(), &rules)?.open(&gateway(), now())
}

fn received(event: &SignedEvent) -> GatewayMessage {
    let read = receive(event.json().as_bytes(), &wallet(), &gateway().publics()).unwrap();
    assert_eq!(&read.event, event);
    read.message
}

#[test]
fn the_gateway_reads_what_a_wallet_sends() {
    for to in gateway().publics() {
        for secrecy in [
            Secrecy::Public,
            Secrecy::Sealed(Scheme::Nip44),
            Secrecy::Sealed(Scheme::Nip04),
        ] {
            let event = compose::intent(&wallet(), &to, &intent(), secrecy, now()).unwrap();
            let Opened::Intent {
                intent: read, scheme, ..
            } = opened(&event, true).unwrap()
            else {
                panic!("no intent");
            };
            assert_eq!(read, intent());
            assert_eq!(scheme.map_or(Secrecy::Public, Secrecy::Sealed), secrecy);
        }
        let event = compose::service_request(&wallet(), &to, &request(), Scheme::Nip44, now()).unwrap();
        let expected = Opened::ServiceRequest {
            request: request(),
            scheme: Scheme::Nip44,
        };
        assert_eq!(opened(&event, false), Ok(expected));
        for step in [Step::ArkTransaction, Step::Checkpoints] {
            let event = compose::answer(&wallet(), &to, &answer(step), Scheme::Nip44, now()).unwrap();
            let expected = Opened::Answer {
                answer: answer(step),
                scheme: Scheme::Nip44,
            };
            assert_eq!(opened(&event, false), Ok(expected));
        }
    }
    let event = compose::binding(&wallet(), &gateway().current().public(), &address(), &owner(), now()).unwrap();
    let Opened::Binding(binding) = opened(&event, false).unwrap() else {
        panic!("no binding");
    };
    assert_eq!(
        (binding.author, binding.owner),
        (wallet().public(), owner().x_only_public_key().0)
    );
    assert_eq!((binding.address, binding.created_at), (address(), now()));
}

#[test]
fn a_wallet_reads_what_the_gateway_sends() {
    let keys = gateway();
    let key = keys.current();
    let to = wallet().public();
    let scheme = Scheme::Nip44;
    for step in [Step::ArkTransaction, Step::Checkpoints] {
        let event = compose::challenge(key, &to, &challenge(step), scheme, now()).unwrap();
        assert_eq!(received(&event), GatewayMessage::Challenge(Box::new(challenge(step))));
        assert_eq!(
            event.exactly_one("d"),
            Ok(format!("{}:{}:{to}", session(), step.number()).as_str())
        );
        assert_eq!(event.refers_to().collect::<Vec<_>>(), [intent_id()]);
        assert_eq!(event.expiration().unwrap().is_some(), step == Step::ArkTransaction);
    }
    for response in responses() {
        let event = compose::service_response(key, &to, intent_id(), &response, Scheme::Nip04, now()).unwrap();
        assert_eq!(received(&event), GatewayMessage::ServiceResponse(response));
    }
    let event = compose::notice(key, &to, &notice(), scheme, now()).unwrap();
    assert_eq!(received(&event), GatewayMessage::Notice(notice()));
    let event = compose::failure(key, &to, intent_id(), &failure(), scheme, now()).unwrap();
    assert_eq!(received(&event), GatewayMessage::Failure(failure()));
    assert_eq!(event.exactly_one("code"), Ok("2001"));
    let event = compose::announcement(key, &announcement(Some(stranger().public())), now()).unwrap();
    let expected = GatewayMessage::Announcement(announcement(Some(stranger().public())));
    assert_eq!(received(&event), expected);
    assert_eq!(event.exactly_one("encryption"), Ok("nip44_v2"));
}

#[test]
fn a_confirmation_tells_what_the_receipt_allows() {
    let keys = gateway();
    let parties = [wallet().public()];
    let receivers = [stranger().public(), wallet().public()];
    let confirm =
        |mode| compose::confirmation(keys.current(), &receipt(mode), vec![action_id()], &parties, &receivers).unwrap();
    let full = confirm(ReceiptMode::Full);
    let values = |event: &SignedEvent, name| event.values(name).map(str::to_owned).collect::<Vec<_>>();
    let txid = receipt(ReceiptMode::Full).ark_txid;
    assert_eq!(values(&full, "d"), [txid.to_string()]);
    assert_eq!(
        full.addressed().collect::<Vec<_>>(),
        [wallet().public(), stranger().public()]
    );
    assert_eq!(values(&full, "amount"), ["3000"]);
    let assets: Vec<_> = full.tags().filter(|tag| tag[0] == "asset").collect();
    assert_eq!(assets, [["asset".to_owned(), "03".repeat(34), "42".to_owned()]]);
    assert_eq!(values(&full, "vtxo"), [0, 1, 2, 3].map(|vout| format!("{txid}:{vout}")));
    let expected = Confirmation::of(&receipt(ReceiptMode::Full), vec![action_id()]);
    assert_eq!(received(&full), GatewayMessage::Confirmation(expected));

    let hidden = confirm(ReceiptMode::Hash);
    let hash = receipt(ReceiptMode::Hash).hash();
    assert_eq!(values(&hidden, "d"), [hash.to_string()]);
    assert_eq!(hidden.addressed().collect::<Vec<_>>(), parties);
    let GatewayMessage::Confirmation(confirmation) = received(&hidden) else {
        panic!("no confirmation");
    };
    assert_eq!(confirmation.results, Results::Hash { receipt_hash: hash });
    for secret in [txid.to_string(), "1000".to_owned(), npub(&stranger().public())] {
        assert!(!hidden.json().contains(&secret), "{secret}");
    }
}

#[test]
fn the_same_input_is_the_same_bytes() {
    let compose = || {
        let keys = gateway();
        let to = wallet().public();
        [
            compose::challenge(
                keys.current(),
                &to,
                &challenge(Step::ArkTransaction),
                Scheme::Nip44,
                now(),
            ),
            compose::challenge(keys.current(), &to, &challenge(Step::Checkpoints), Scheme::Nip44, now()),
            compose::failure(keys.current(), &to, intent_id(), &failure(), Scheme::Nip04, now()),
            compose::confirmation(
                keys.current(),
                &receipt(ReceiptMode::Full),
                vec![action_id()],
                &[to],
                &[],
            ),
            compose::answer(&wallet(), &to, &answer(Step::ArkTransaction), Scheme::Nip44, now()),
        ]
        .map(Result::unwrap)
    };
    assert_eq!(compose(), compose());
}

#[test]
fn checkpoints_are_never_in_the_care_of_nip04() {
    let to = wallet().public();
    for (step, scheme) in [
        (Step::ArkTransaction, Scheme::Nip04),
        (Step::Checkpoints, Scheme::Nip44),
    ] {
        let asked = compose::challenge(gateway().current(), &to, &challenge(step), Scheme::Nip04, now()).unwrap();
        let answered = compose::answer(&wallet(), &to, &answer(step), Scheme::Nip04, now()).unwrap();
        assert_eq!([asked, answered].map(|event| Scheme::of(event.content())), [scheme; 2]);
    }
}

#[test]
fn a_wallet_takes_nothing_from_others() {
    let to = wallet().public();
    let known = gateway().publics();
    let refusal = |event: SignedEvent| receive(event.json().as_bytes(), &wallet(), &known).unwrap_err();
    let code = |event| match refusal(event) {
        NotFromGateway::Event(refusal) => refusal.code(),
        NotFromGateway::Author(author) => panic!("{author}"),
    };
    let ask = challenge(Step::ArkTransaction);
    let forged = compose::challenge(&stranger(), &to, &ask, Scheme::Nip44, now()).unwrap();
    assert_eq!(refusal(forged), NotFromGateway::Author(stranger().public()));
    let key = gateway().current().clone();
    let for_another = compose::challenge(&key, &stranger().public(), &ask, Scheme::Nip44, now()).unwrap();
    assert_eq!(code(for_another), EventCode::NotAddressed);
    let own_kind = compose::intent(&key, &to, &intent(), Secrecy::Public, now()).unwrap();
    assert_eq!(code(own_kind), EventCode::WrongKind);
    // A challenge of one step in the place of another.
    let content = serde_json::to_string(&ask).unwrap();
    let purpose = crate::encryption::Purpose { kind: 31_511, d: "" };
    let content = crate::encryption::encrypt(&key, &to, Scheme::Nip44, purpose, &content).unwrap();
    let tags = [
        ["d".to_owned(), format!("{}:2", session())],
        ["p".to_owned(), to.to_string()],
    ]
    .map(Vec::from);
    let swapped = SignedEvent::sign(&key, 31_511, tags.to_vec(), content, now()).unwrap();
    assert_eq!(code(swapped), EventCode::WrongTag);
}

#[test]
fn what_relays_do_not_carry_is_not_composed() {
    let mut long = challenge(Step::ArkTransaction);
    long.operator.network = Network::Signet;
    long.ark_tx = "A".repeat(50_000);
    let composed = compose::challenge(gateway().current(), &wallet().public(), &long, Scheme::Nip44, now());
    assert!(
        matches!(composed, Err(compose::ComposeError::TooLarge(_))),
        "{composed:?}"
    );
    long.ark_tx = "A".repeat(70_000);
    let composed = compose::challenge(gateway().current(), &wallet().public(), &long, Scheme::Nip44, now());
    assert!(
        matches!(composed, Err(compose::ComposeError::Encrypt(_))),
        "{composed:?}"
    );
}
