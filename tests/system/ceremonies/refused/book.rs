//! What was heard, so that it can be said which codes the hostile inputs bring about.

use std::collections::BTreeSet;

use nanoark_domain::ceremony::FailureCode;
use nanoark_http::problem::Code;
use nanoark_nostr::EventCode;

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// The event is at fault.
    Event(EventCode),
    /// What it orders or answers is.
    Session(FailureCode),
    /// The operator does not answer.
    Down,
    /// The request is at fault.
    Http(&'static str),
}

/// One hostile input that was refused as it should be.
pub(super) type Entry = (String, Why);

/// A group of hostile inputs: how many there are, and every reason that they are refused for.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) rows: usize,
    pub(super) reasons: &'static [Why],
}

/// What was heard in one group.
#[derive(Debug, Default)]
pub(super) struct Book(Vec<Entry>);

impl Why {
    pub(super) const fn http(code: Code) -> Self {
        Self::Http(code.as_str())
    }

    /// The problem's code.
    pub(super) fn problem(self) -> Code {
        match self {
            Self::Event(_) => Code::EventRefused,
            Self::Session(FailureCode::UnknownSession) => Code::UnknownSession,
            Self::Session(_) => Code::SessionRefused,
            Self::Down => Code::OperatorUnavailable,
            Self::Http(name) => *Code::ALL.iter().find(|code| code.as_str() == name).unwrap(),
        }
    }

    /// The gateway's own number and name, where the problem has them.
    pub(super) fn told(self) -> Option<(u16, &'static str)> {
        let told = |code: FailureCode| (code.number(), code.name());
        match self {
            Self::Event(code) => Some((code.number(), code.name())),
            Self::Session(code) => Some(told(code)),
            Self::Down => Some(told(FailureCode::OperatorUnavailable)),
            Self::Http(_) => None,
        }
    }
}

impl Book {
    pub(super) fn enter(&mut self, name: &str, why: Why) {
        assert!(self.0.iter().all(|(known, _)| known != name), "{name} is there twice");
        self.0.push((name.to_owned(), why));
    }

    pub(super) fn take(&mut self, other: Self) {
        for (name, why) in other.0 {
            self.enter(&name, why);
        }
    }

    /// Asserts that the group is what it says of itself.
    pub(super) fn is(&self, group: &Group) {
        let heard: BTreeSet<Why> = self.0.iter().map(|(_, why)| *why).collect();
        let said: BTreeSet<Why> = group.reasons.iter().copied().collect();
        assert_eq!(heard, said, "{}", group.name);
        assert_eq!(self.0.len(), group.rows, "{}", group.name);
    }
}
