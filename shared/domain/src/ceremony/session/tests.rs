#![allow(clippy::arithmetic_side_effects, reason = "amounts in tests are small")]

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::address::Network;
use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_verifier::intent::{Action, Intent, ReceiptMode};
use proptest::prelude::*;

use super::{Cipher, IntentDigest, Session};
use crate::ceremony::order::samples::{consolidate, key, named, send_assets, split, swap, to, transfer};
use crate::ceremony::transition::tests::{alone, at, at_stage_of, told};
use crate::ceremony::{Progress, Stage};

fn intents() -> Vec<Intent> {
    vec![
        transfer(None, &[(to(9), 1_000)]),
        transfer(named(&[1]), &[(to(8), 2_000)]),
        split(None, &[1_000, 2_000]),
        consolidate(None),
        send_assets(&[(to(9), 330, &[(1, 5)])]),
    ]
}

fn named_by(author: u8, intent: &Intent) -> String {
    Session::id_for(&key(author), intent).to_string()
}

#[test]
fn an_author_s_action_id_names_one_session_whatever_it_orders() {
    let names: Vec<String> = intents().iter().map(|intent| named_by(1, intent)).collect();
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    for intent in &mut intents() {
        assert_ne!(named_by(2, intent), names[0], "another author");
        intent.expires_at += 1;
        intent.network = Network::Bitcoin;
        intent.receipt = ReceiptMode::Hash;
        assert_eq!(named_by(1, intent), names[0]);
        intent.action_id = "payment-2".parse().unwrap();
        assert_ne!(named_by(1, intent), names[0], "another action id");
    }
}

#[test]
fn two_intents_have_two_digests_whatever_they_differ_in() {
    let digest = |intent: &Intent| IntentDigest::of(intent).to_string();
    let mut digests: Vec<String> = intents().iter().map(digest).collect();
    for intent in &mut intents() {
        intent.expires_at += 1;
        digests.push(digest(intent));
        intent.receipt = ReceiptMode::Hash;
        digests.push(digest(intent));
        intent.network = Network::Bitcoin;
        digests.push(digest(intent));
        intent.action_id = "payment-2".parse().unwrap();
        digests.push(digest(intent));
    }
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count, "two intents have one digest");
    // It is on record: it must not change with the program.
    assert_eq!(
        digest(&consolidate(None)),
        "2c9b6bcafd2a9a8992a3aaeb08f1401180119f0d5af70b5d7038b688a0c5ac13"
    );
}

#[test]
fn a_swap_s_parameters_name_it_for_every_party() {
    let legs: &[crate::ceremony::order::samples::LegOf<'_>] = &[(1, 2, 1_000, &[(3, 4)]), (2, 1, 2_000, &[])];
    let name = named_by(1, &swap(legs));
    let same = |mutate: fn(&mut Intent)| {
        let mut intent = swap(legs);
        mutate(&mut intent);
        named_by(2, &intent) == name
    };
    assert!(same(|_| {}), "another author");
    assert!(same(|intent| intent.expires_at = 5), "another expiry");
    assert!(same(|intent| intent.action_id = "my-own-name".parse().unwrap()));
    assert!(same(|intent| intent.receipt = ReceiptMode::Hash));
    assert!(!same(|intent| intent.network = Network::Bitcoin));
    let other = |mutate: fn(&mut nanoark_ark_verifier::intent::Swap)| {
        let mut intent = swap(legs);
        if let Action::Swap(swap) = &mut intent.action {
            mutate(swap);
        }
        named_by(1, &intent) != name
    };
    assert!(other(|swap| swap.swap_id = "swap-0002".parse().unwrap()));
    assert!(other(|swap| swap.legs.reverse()), "the order of the outputs");
    assert!(other(|swap| swap.legs[0].amount += bitcoin::Amount::ONE_SAT));
    assert!(other(|swap| swap.legs[0].assets.clear()));
    assert!(other(|swap| swap.fee.amount += bitcoin::Amount::ONE_SAT));
}

#[test]
fn names_stay_what_they_are() {
    // Wallets keep them: these must not change with the program.
    assert_eq!(named_by(1, &intents()[0]), "ses_66258849d3d556d6ed8136456a735386");
    assert_eq!(
        named_by(1, &swap(&[(1, 2, 1_000, &[]), (2, 1, 2_000, &[])])),
        "ses_0ad52e0e1692cdf2fe1370a558fa9826"
    );
}

proptest! {
    #[test]
    fn two_authors_or_two_action_ids_are_two_sessions(
        one in "[A-Za-z0-9_-]{8,64}", two in "[A-Za-z0-9_-]{8,64}", authors in [1_u8..9, 1_u8..9],
    ) {
        let name = |action_id: &str, author: u8| {
            let mut intent = intents().remove(0);
            intent.action_id = action_id.parse().unwrap();
            Session::id_for(&key(author), &intent)
        };
        let [first, second] = authors;
        prop_assert_eq!(name(&one, first) == name(&two, second), (&one, first) == (&two, second));
    }
}

/// As a text, and as a tree: a tagged enum reads both its own way.
fn assert_round_trip(session: &Session) {
    let text = serde_json::to_string(session).unwrap();
    assert_eq!(&serde_json::from_str::<Session>(&text).unwrap(), session);
    let tree = serde_json::to_value(session).unwrap();
    assert_eq!(&serde_json::from_value::<Session>(tree.clone()).unwrap(), session);
    assert_eq!(tree["progress"]["stage"], session.progress.stage().as_str());
    // The same record is written as the same bytes.
    assert_eq!(
        serde_json::to_string(&serde_json::from_str::<Session>(&text).unwrap()).unwrap(),
        text
    );
}

#[test]
fn a_session_is_read_back_at_every_stage() {
    assert_round_trip(&alone());
    for parties in [2, 5] {
        for stage in Stage::ALL {
            let mut session = at_stage_of(parties, stage);
            assert_round_trip(&session);
            session.outbox.push(told(3));
            session.outbox[0].to = None;
            for intent in session.parties.iter_mut().filter_map(|party| party.intent.as_mut()) {
                intent.relays.clear();
                intent.cipher = Cipher::Nip04;
            }
            assert_round_trip(&session);
        }
    }
}

#[test]
fn a_record_with_something_that_is_no_answer_s_number_is_not_read() {
    let mut tree = serde_json::to_value(at(Stage::Challenged)).unwrap();
    let answers = tree["progress"]["answers"].as_object_mut().unwrap();
    let given = answers.remove("0").unwrap();
    answers.insert("first".to_owned(), given);
    assert!(serde_json::from_value::<Session>(tree).is_err());
}

#[test]
fn a_party_is_found_by_its_key_and_its_answers_by_its_number() {
    let session = at_stage_of(5, Stage::Signed);
    for (number, party) in (0..).zip(&session.parties) {
        assert_eq!(session.party_of(&party.nostr), Some(number));
        assert!(session.answered(number, Step::ArkTransaction).is_some());
    }
    let stranger: XOnlyPublicKey = key(99);
    assert_eq!(session.party_of(&stranger), None);
    assert!(matches!(session.progress, Progress::Signed(_)));
}
