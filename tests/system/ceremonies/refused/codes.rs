//! Every code of the gateway's is brought about by a group of hostile inputs, or named here with the reason why not.

use std::collections::BTreeSet;

use nanoark_domain::ceremony::FailureCode;
use nanoark_http::problem::Code;
use nanoark_nostr::EventCode;

use super::book::{Group, Why};
use super::{
    answers, bindings, building, events, intents, known, late, operator, orders, questions, requests, sessions,
    signatures, submitting, swaps, tags,
};

/// All groups. That each holds what it says is asserted where it is.
const GROUPS: [Group; 19] = [
    events::GROUP,
    tags::GROUP,
    intents::GROUP,
    orders::GROUP,
    swaps::PARTIES,
    swaps::JOINING,
    known::GROUP,
    building::GROUP,
    submitting::GROUP,
    answers::GROUP,
    signatures::FIRST,
    signatures::SECOND,
    signatures::SWAPPED,
    late::GROUP,
    requests::GROUP,
    sessions::GROUP,
    questions::GROUP,
    bindings::GROUP,
    operator::GROUP,
];

/// The problems that only the gateway has.
const PROBLEMS: [Code; 7] = [
    Code::WalletSignatureRequired,
    Code::WalletSignatureInvalid,
    Code::EventRefused,
    Code::SessionRefused,
    Code::UnknownSession,
    Code::UnknownReceipt,
    Code::OperatorUnavailable,
];

/// Codes of events that no request brings about.
const NOT_BY_EVENTS: [(EventCode, &str); 2] = [
    (
        EventCode::TooLarge,
        "the route takes no more bytes than an event may have, so that body_too_large comes first; relays' events hear it",
    ),
    (
        EventCode::ActionIdReused,
        "told from what is on record: as the session's code of the same number and name",
    ),
];

fn reasons() -> BTreeSet<Why> {
    let reasons = GROUPS.iter().flat_map(|group| group.reasons);
    reasons.copied().collect()
}

#[test]
fn there_are_more_than_four_hundred_hostile_inputs() {
    let rows: usize = GROUPS.iter().map(|group| group.rows).sum();
    assert!(rows >= 400, "{rows}");
}

#[test]
fn every_code_of_a_session_is_brought_about() {
    let reasons = reasons();
    for code in FailureCode::ALL {
        let heard = if *code == FailureCode::OperatorUnavailable {
            reasons.contains(&Why::Down)
        } else {
            reasons.contains(&Why::Session(*code))
        };
        assert!(heard, "{code:?}");
    }
}

#[test]
fn every_code_of_an_event_is_brought_about_or_named_with_the_reason_why_not() {
    let reasons = reasons();
    for code in EventCode::ALL {
        let named = NOT_BY_EVENTS.iter().find(|(named, _)| *named == code);
        assert!(named.is_none_or(|(_, reason)| !reason.is_empty()));
        assert_eq!(reasons.contains(&Why::Event(code)), named.is_none(), "{code:?}");
    }
}

#[test]
fn every_problem_of_the_gateway_is_brought_about() {
    let heard: BTreeSet<&str> = reasons().iter().map(|why| why.problem().as_str()).collect();
    for code in PROBLEMS {
        assert!(heard.contains(code.as_str()), "{code}");
    }
}
