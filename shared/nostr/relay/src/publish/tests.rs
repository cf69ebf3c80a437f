use super::*;
use crate::talk::tests::{event_at, id_in, known, unknown};

fn publishing(authentication: Authentication) -> Publishing {
    Publishing::new(event_at(1).json(), authentication).unwrap()
}

fn ok(accepted: bool, message: &str) -> String {
    format!("[\"OK\",\"{}\",{accepted},\"{message}\"]", event_at(1).id())
}

#[test]
fn a_relays_word_decides() {
    let rejected = |message: &str, retryable| {
        Err(PublishError::Rejected {
            message: message.to_owned(),
            retryable,
        })
    };
    for (accepted, message, expected) in [
        (true, "", Ok(())),
        (true, "anything", Ok(())),
        (false, "duplicate: have it", Ok(())),
        (false, "rate-limited: later", rejected("rate-limited: later", true)),
        (false, "error: out of order", rejected("error: out of order", true)),
        (false, "no reason", rejected("no reason", true)),
        (false, "", rejected("", true)),
        (false, "pow: 20 bits", rejected("pow: 20 bits", false)),
        (false, "blocked: you", rejected("blocked: you", false)),
        (false, "invalid: too old", rejected("invalid: too old", false)),
        (
            false,
            "restricted: members only",
            rejected("restricted: members only", false),
        ),
        (false, "auth-required: who", rejected("auth-required: who", false)),
    ] {
        let mut talk = publishing(unknown());
        assert_eq!(talk.hear(&ok(accepted, message)), Next::Done);
        let outcome = talk.into_outcome().unwrap();
        assert_eq!(outcome, expected, "{message}");
        if let Err(error) = outcome {
            assert!(matches!(error, PublishError::Rejected { retryable, .. } if retryable == error.is_retryable()));
        }
    }
}

#[test]
fn other_words_decide_nothing() {
    let mut talk = publishing(known());
    for frame in [
        "garbage",
        r#"["NOTICE","invalid: everything"]"#,
        r#"["EOSE","nanoark"]"#,
        r#"["CLOSED","nanoark","error: x"]"#,
        &format!("[\"OK\",\"{}\",true,\"\"]", event_at(2).id()),
        "[\"OK\",\"\",false,\"blocked: you\"]",
    ] {
        assert_eq!(talk.hear(frame), Next::Wait, "{frame}");
    }
    assert_eq!(talk.into_outcome(), None);
}

#[test]
fn a_flood_is_heard_to_a_limit() {
    let mut talk = publishing(unknown());
    let heard = (0..=MAX_REFUSED)
        .map(|_| talk.hear("x"))
        .position(|next| next == Next::Done);
    assert_eq!(heard, Some(MAX_REFUSED));
    assert!(talk.into_outcome().unwrap().unwrap_err().is_retryable());
}

#[test]
fn a_relay_that_wants_to_know_is_told_and_given_again() {
    let required = ok(false, "auth-required: who are you");
    let mut talk = publishing(known());
    assert_eq!(talk.hear(&required), Next::Wait);
    let Next::Say(answer) = talk.hear(r#"["AUTH","question"]"#) else {
        panic!("no answer");
    };
    let accepted = format!(r#"["OK","{}",true,""]"#, id_in(&answer));
    assert_eq!(talk.hear(&accepted), Next::Say(talk.opening()));
    assert_eq!(talk.hear(&ok(true, "")), Next::Done);
    assert_eq!(talk.into_outcome(), Some(Ok(())));
}

#[test]
fn what_is_no_event_is_not_published() {
    for text in ["", "{}", &event_at(1).json().replace("31500", "31501")] {
        let error = Publishing::new(text, unknown()).unwrap_err();
        assert!(
            !error.is_retryable() && matches!(error, PublishError::NotAnEvent(_)),
            "{text}"
        );
    }
}
