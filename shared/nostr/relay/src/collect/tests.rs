use nanoark_nostr::SignedEvent;

use super::*;
use crate::talk::tests::{event_at, id_in, key, known, unknown};

fn filter() -> Filter {
    Filter {
        addressed_to: vec![key(2).public()],
        limit: 3,
        ..Filter::new()
    }
}

fn event(subscription: &str, event: &SignedEvent) -> String {
    format!("[\"EVENT\",\"{subscription}\",{}]", event.json())
}

fn eose() -> String {
    r#"["EOSE","nanoark"]"#.to_owned()
}

/// What is collected from these frames.
fn hear(frames: impl IntoIterator<Item = String>) -> Collected {
    let filter = filter();
    let mut talk = Collecting::new(&filter, unknown());
    for frame in frames {
        match talk.hear(&frame) {
            Next::Wait => {}
            Next::Say(text) => panic!("{text}"),
            Next::Done => return talk.into_collected(None),
        }
    }
    talk.into_collected(Some(End::TimedOut))
}

#[test]
fn what_was_asked_for_is_collected_once_and_in_order() {
    let events = [event_at(3), event_at(2)];
    let frames = [&events[0], &events[1], &events[0]].map(|one| event("nanoark", one));
    let collected = hear(frames.into_iter().chain([eose()]));
    assert_eq!(collected.events, events);
    assert!(collected.is_complete(&filter()) && collected.refused == 0);
}

#[test]
fn a_relay_that_does_not_finish_is_not_complete() {
    let collected = hear([event("nanoark", &event_at(1))]);
    assert_eq!((collected.events.len(), &collected.end), (1, &End::TimedOut));
    assert!(!collected.is_complete(&filter()));
    // As many as were asked for: there may be more.
    let full = hear((1..=3).map(|at| event("nanoark", &event_at(at))).chain([eose()]));
    assert_eq!((full.events.len(), &full.end), (3, &End::Complete));
    assert!(!full.is_complete(&filter()));
}

#[test]
fn what_was_not_asked_for_is_passed_over() {
    let real = event_at(1);
    let forged = real.json().replace("\"created_at\":1", "\"created_at\":2");
    let large = real
        .json()
        .replacen('{', &format!("{{{}", " ".repeat(MAX_EVENT_BYTES)), 1);
    let foreign = SignedEvent::parse(
        nanoark_nostr::compose::relay_authentication(&key(1), "ws://a.b", "c", real.created_at())
            .unwrap()
            .json()
            .as_bytes(),
        MAX_EVENT_BYTES,
    )
    .unwrap();
    let collected = hear([
        // Forged under the real one's id: the real one comes through all the same.
        format!("[\"EVENT\",\"nanoark\",{forged}]"),
        format!("[\"EVENT\",\"nanoark\",{large}]"),
        "[\"EVENT\",\"nanoark\",{}]".to_owned(),
        event("nanoark", &foreign),
        event("another", &event_at(7)),
        r#"["EOSE","another"]"#.to_owned(),
        r#"["CLOSED","another","error: x"]"#.to_owned(),
        "garbage".to_owned(),
        r#"["NOTICE","be kind"]"#.to_owned(),
        event("nanoark", &real),
        eose(),
    ]);
    assert_eq!(
        (collected.events, collected.refused, collected.garbage),
        (vec![real], 4, 4)
    );
    assert_eq!(
        (collected.notices, collected.end),
        (vec!["be kind".to_owned()], End::Complete)
    );
}

#[test]
fn a_flood_is_heard_to_a_limit() {
    let much = hear((1..=10).map(|at| event("nanoark", &event_at(at))));
    assert_eq!((much.events.len(), much.end), (3, End::TooMuch));
    let garbage = hear((0..=MAX_REFUSED).map(|_| "x".to_owned()));
    assert_eq!((garbage.garbage, garbage.end), (MAX_REFUSED + 1, End::TooMuch));
    let megabyte = format!("[\"NOTICE\",\"{}\"]", "x".repeat(1 << 20));
    let words = hear((0..17).map(|_| megabyte.clone()));
    assert_eq!((words.notices.len(), words.end), (MAX_NOTICES, End::TooMuch));
    assert!(words.notices.iter().all(|notice| notice.len() <= 256));
}

#[test]
fn a_subscription_that_is_refused_says_why() {
    for message in [
        "error: out of order",
        "restricted: members only",
        "auth-required: who are you",
        "",
    ] {
        let collected = hear([format!("[\"CLOSED\",\"nanoark\",\"{message}\"]")]);
        assert_eq!(collected.end, End::Closed(message.to_owned()));
    }
}

#[test]
fn a_relay_that_wants_to_know_is_told_and_asked_again() {
    let closed = r#"["CLOSED","nanoark","auth-required: who are you"]"#;
    let asked = r#"["AUTH","question"]"#;
    let filter = filter();
    // The question before the refusal, and after it.
    for frames in [[asked, closed], [closed, asked]] {
        let mut talk = Collecting::new(&filter, known());
        let said: Vec<_> = frames.map(|frame| talk.hear(frame)).into_iter().collect();
        let Some(Next::Say(answer)) = said.iter().find(|next| matches!(next, Next::Say(_))) else {
            panic!("{said:?}");
        };
        let id = id_in(answer);
        assert_eq!(talk.hear(r#"["OK","00",true,""]"#), Next::Wait);
        assert_eq!(talk.hear(r#"["AUTH","another question"]"#), Next::Wait);
        let again = Next::Say(talk.opening());
        assert_eq!(talk.hear(&format!(r#"["OK","{id}",true,""]"#)), again);
        // It is not asked for ever.
        assert_eq!(talk.hear(closed), Next::Done);
    }
    let mut talk = Collecting::new(&filter, known());
    let Next::Say(answer) = talk.hear(asked) else {
        panic!("no answer")
    };
    assert_eq!(talk.hear(closed), Next::Wait);
    let refused = format!(r#"["OK","{}",false,"restricted: no"]"#, id_in(&answer));
    assert_eq!(talk.hear(&refused), Next::Done);
    assert_eq!(talk.into_collected(None).end, End::Closed("restricted: no".to_owned()));
    // Known before it was refused: asked again at once.
    let mut talk = Collecting::new(&filter, known());
    let Next::Say(answer) = talk.hear(asked) else {
        panic!("no answer")
    };
    assert_eq!(
        talk.hear(&format!(r#"["OK","{}",true,""]"#, id_in(&answer))),
        Next::Wait
    );
    assert_eq!(talk.hear(closed), Next::Say(talk.opening()));
}
