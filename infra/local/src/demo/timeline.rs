//! The story as it is told: a line per step for people, an object per step for programs.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use nanoark_local::Clock;
use serde_json::{Map, Value, json};

use super::Failure;

/// Tells the steps as they happen.
#[derive(Debug)]
pub(super) struct Timeline {
    clock: Clock,
    started: u64,
    json: bool,
    steps: Mutex<BTreeSet<String>>,
}

/// Who does a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who {
    Seller,
    Buyer,
    Ledger,
    Alice,
    Bob,
    Gateway,
    Operator,
}

impl Who {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Buyer => "buyer",
            Self::Ledger => "ledger",
            Self::Alice => "alice",
            Self::Bob => "bob",
            Self::Gateway => "gateway",
            Self::Operator => "operator",
        }
    }
}

impl Timeline {
    pub(super) fn begin(clock: Clock, json: bool, headline: &str) -> Result<Self, Failure> {
        let timeline = Self {
            started: clock.now(),
            clock,
            json,
            steps: Mutex::default(),
        };
        timeline.say(headline)?;
        Ok(timeline)
    }

    /// Begins another act.
    pub(super) fn headline(&self, headline: &str) -> Result<(), Failure> {
        if !self.json {
            self.line("")?;
        }
        self.say(headline)
    }

    fn say(&self, headline: &str) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        self.line(headline)?;
        self.line("")
    }

    /// A step: its stable name, who did it, what it was in words, and its facts.
    pub(super) fn step(&self, name: &str, who: Who, words: &str, facts: &Value) -> Result<(), Failure> {
        let at = self.elapsed();
        self.steps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned());
        if self.json {
            let mut object = Map::new();
            object.insert("step".to_owned(), json!(name));
            object.insert("who".to_owned(), json!(who.name()));
            object.insert("at_ms".to_owned(), json!(at));
            object.insert("words".to_owned(), json!(words));
            object.extend(facts.as_object().cloned().unwrap_or_default());
            self.line(&Value::Object(object).to_string())
        } else {
            let (seconds, rest) = (at / 1_000, at % 1_000);
            self.line(&format!("  {seconds:>3}.{rest:03} s  {:<8} {words}", who.name()))
        }
    }

    /// The end of the story.
    pub(super) fn end(&self, words: &str, facts: &Value) -> Result<(), Failure> {
        if self.json {
            let mut object = facts.as_object().cloned().unwrap_or_default();
            object.insert("took_ms".to_owned(), json!(self.elapsed()));
            self.line(&Value::Object(object).to_string())
        } else {
            self.line("")?;
            self.line(words)
        }
    }

    /// Whether this step is still to come.
    pub(super) fn has_not_told(&self, name: &str) -> bool {
        !self.steps.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    pub(super) fn elapsed(&self) -> u64 {
        self.clock.now().saturating_sub(self.started)
    }

    fn line(&self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(std::io::stdout().lock(), "{text}")?)
    }
}
