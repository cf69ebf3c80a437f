//! What relays say (NIP-01, NIP-42).

use serde_json::value::RawValue;

/// A message of a relay's.
#[derive(Debug)]
pub(crate) enum RelayMessage<'a> {
    /// An event of a subscription.
    Event { subscription: String, event: &'a RawValue },
    /// What became of an event that was sent.
    Ok {
        id: String,
        accepted: bool,
        message: String,
    },
    /// The subscription's stored events have all been sent.
    EndOfStored { subscription: String },
    /// The relay ends the subscription.
    Closed { subscription: String, message: String },
    /// For people.
    Notice(String),
    /// Who is there?
    Auth { challenge: String },
}

/// The message of a frame, if it is one.
pub(crate) fn parse(frame: &str) -> Option<RelayMessage<'_>> {
    let parts: Vec<&RawValue> = serde_json::from_str(frame).ok()?;
    let (name, parts) = parts.split_first()?;
    match (text(name)?.as_str(), parts) {
        ("EVENT", [subscription, event]) => Some(RelayMessage::Event {
            subscription: text(subscription)?,
            event,
        }),
        ("OK", [id, accepted, rest @ ..]) => Some(RelayMessage::Ok {
            id: text(id)?,
            accepted: serde_json::from_str(accepted.get()).ok()?,
            message: rest.first().and_then(|message| text(message)).unwrap_or_default(),
        }),
        ("EOSE", [subscription, ..]) => Some(RelayMessage::EndOfStored {
            subscription: text(subscription)?,
        }),
        ("CLOSED", [subscription, rest @ ..]) => Some(RelayMessage::Closed {
            subscription: text(subscription)?,
            message: rest.first().and_then(|message| text(message)).unwrap_or_default(),
        }),
        ("NOTICE", [message, ..]) => Some(RelayMessage::Notice(text(message)?)),
        ("AUTH", [challenge, ..]) => Some(RelayMessage::Auth {
            challenge: text(challenge)?,
        }),
        _ => None,
    }
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// A relay's words, as far as they are worth keeping.
pub(crate) fn shortened(mut message: String) -> String {
    const LONGEST: usize = 256;
    if message.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| message.is_char_boundary(*end));
        message.truncate(end.unwrap_or_default());
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_relays_say_is_understood() {
        for (frame, expected) in [
            (
                r#"["EVENT","a",{"id":1}]"#,
                r#"Event { subscription: "a", event: RawValue({"id":1}) }"#,
            ),
            (
                r#"["OK","i",true,""]"#,
                r#"Ok { id: "i", accepted: true, message: "" }"#,
            ),
            (
                r#"["OK","i",false,"blocked: no"]"#,
                r#"Ok { id: "i", accepted: false, message: "blocked: no" }"#,
            ),
            (r#"["OK","i",true]"#, r#"Ok { id: "i", accepted: true, message: "" }"#),
            (r#"["EOSE","a"]"#, r#"EndOfStored { subscription: "a" }"#),
            (
                r#" [ "CLOSED" , "a" , "error: x" ] "#,
                r#"Closed { subscription: "a", message: "error: x" }"#,
            ),
            (r#"["NOTICE","\u0061"]"#, r#"Notice("a")"#),
            (r#"["AUTH","c"]"#, r#"Auth { challenge: "c" }"#),
        ] {
            assert_eq!(format!("{:?}", parse(frame).unwrap()), expected);
        }
    }

    #[test]
    fn anything_else_is_no_message() {
        for frame in [
            "",
            "{}",
            "[]",
            "[1]",
            "EVENT",
            r#"["EVENT"]"#,
            r#"["EVENT","a"]"#,
            r#"["EVENT",1,{}]"#,
            r#"["EVENT","a",{}"#,
            r#"["EVENT","a",{},{}]"#,
            r#"["OK","i"]"#,
            r#"["OK","i","true",""]"#,
            r#"["EOSE"]"#,
            r#"["event","a",{}]"#,
            r#"["COUNT","a",{"count":1}]"#,
        ] {
            assert!(parse(frame).is_none(), "{frame}");
        }
        assert!(parse(&"[".repeat(100_000)).is_none());
    }

    #[test]
    fn words_are_cut_between_characters() {
        assert_eq!(shortened("a".repeat(300)).len(), 256);
        assert_eq!(shortened(format!("a{}", "é".repeat(300))).len(), 255);
        assert_eq!(shortened("short".to_owned()), "short");
    }
}
