//! A stack of the toy template whose functions write down what they are called with and answer as they are told.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use nanoark_local::{FunctionError, InProcess, ManualClock, Options, Stack};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

pub(crate) const TEMPLATE: &str = include_str!("toy.yaml");

/// 2026-11-21T09:30:00Z.
pub(crate) const NOON: u64 = 1_795_253_400_000;

type Answer = Box<dyn Fn(&Value) -> Result<Value, FunctionError> + Send>;

/// What the functions were called with, and what they answer next.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<Acts>>);

#[derive(Default)]
struct Acts {
    calls: Vec<(String, Value)>,
    answers: BTreeMap<String, VecDeque<Answer>>,
    always: BTreeMap<String, Answer>,
}

impl Script {
    /// The next call of the function is answered like this; later ones with null again.
    pub(crate) fn once(
        &self,
        function: &str,
        answer: impl Fn(&Value) -> Result<Value, FunctionError> + Send + 'static,
    ) -> &Self {
        self.0
            .lock()
            .unwrap()
            .answers
            .entry(function.into())
            .or_default()
            .push_back(Box::new(answer));
        self
    }

    /// Every call of the function is answered like this.
    pub(crate) fn always(
        &self,
        function: &str,
        answer: impl Fn(&Value) -> Result<Value, FunctionError> + Send + 'static,
    ) {
        self.0.lock().unwrap().always.insert(function.into(), Box::new(answer));
    }

    /// The events of the function so far.
    pub(crate) fn calls(&self, function: &str) -> Vec<Value> {
        let acts = self.0.lock().unwrap();
        acts.calls
            .iter()
            .filter(|(name, _)| name == function)
            .map(|(_, event)| event.clone())
            .collect()
    }

    /// What `pointer` leads to in every record of every call of the function, call by call.
    pub(crate) fn records(&self, function: &str, pointer: &str) -> Vec<Vec<String>> {
        let text = |record: &Value| record.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        self.calls(function)
            .iter()
            .map(|event| event["Records"].as_array().unwrap().iter().map(text).collect())
            .collect()
    }

    fn play(&self, function: &str, event: &RawValue) -> Result<Box<RawValue>, FunctionError> {
        let event: Value = serde_json::from_str(event.get()).unwrap();
        // An answer may be told to panic.
        let mut acts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let once = acts.answers.get_mut(function).and_then(VecDeque::pop_front);
        let answer = match once.as_ref().or_else(|| acts.always.get(function)) {
            Some(answer) => answer(&event),
            None => Ok(Value::Null),
        };
        acts.calls.push((function.into(), event));
        answer.map(|answer| to_raw_value(&answer).unwrap())
    }

    /// The functions of the toy template.
    pub(crate) fn functions(&self) -> InProcess {
        ["echo", "worker", "mirror", "tick", "socket"]
            .into_iter()
            .fold(InProcess::new(), |functions, name| {
                let script = self.clone();
                functions.with(name, move |invocation| {
                    let answer = script.play(name, &invocation.event);
                    async move { answer }
                })
            })
    }
}

/// The toy template in memory, by a clock that the test moves.
pub(crate) async fn stack() -> (Stack, Script, ManualClock) {
    stack_of(TEMPLATE).await
}

/// As [`stack`], of another template with the same functions.
pub(crate) async fn stack_of(template: &str) -> (Stack, Script, ManualClock) {
    let (clock, hand) = nanoark_local::Clock::manual(NOON);
    let script = Script::default();
    let functions = script.functions();
    let options = Options::new()
        .template(template)
        .clock(clock)
        .functions(move |_| Ok(Arc::new(functions)));
    (Stack::start(options).await.unwrap(), script, hand)
}

/// As [`stack`], kept in a folder.
pub(crate) async fn stack_in(folder: &Path) -> (Stack, Script, ManualClock) {
    stack_at(TEMPLATE, folder).await
}

/// As [`stack_of`], kept in a folder.
pub(crate) async fn stack_at(template: &str, folder: &Path) -> (Stack, Script, ManualClock) {
    let (clock, hand) = nanoark_local::Clock::manual(NOON);
    let script = Script::default();
    let functions = script.functions();
    let options = Options::new()
        .template(template)
        .clock(clock)
        .data_dir(folder)
        .functions(move |_| Ok(Arc::new(functions)));
    (Stack::start(options).await.unwrap(), script, hand)
}

/// Puts an item into the table of the toy template.
pub(crate) fn put(stack: &Stack, id: &str) {
    put_item(stack, &json!({"id": {"S": id}}));
}

pub(crate) fn put_item(stack: &Stack, item: &Value) {
    let request = json!({"TableName": "nanoark-things", "Item": item});
    stack
        .database()
        .put_item(serde_json::from_value(request).unwrap())
        .unwrap();
}

/// A failure that a function may answer with.
pub(crate) fn failure() -> Result<Value, FunctionError> {
    Err(FunctionError::new("Toy", "as told"))
}
