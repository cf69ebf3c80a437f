//! Every call that a function makes of the world outside, in order, and what happens to it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use nanoark_ark::exchange::ArkdRequest;
use nanoark_local::{InProcess, Invocation, Invoke as _};
use nanoark_testkit::arkd::Fault as OperatorFault;
use nanoark_testkit::dynamodb::Fault as TableFault;
use serde_json::Value;

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Tables,
    Queues,
    Operator,
    Relays,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Effect {
    pub(crate) service: Service,
    pub(crate) function: String,
    pub(crate) what: String,
}

impl fmt::Display for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {}", self.what, self.function)
    }
}

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    Nothing,
    /// The process dies before the call leaves.
    KilledBefore,
    /// The call is carried out, and the process dies before the answer is here.
    KilledAfter,
    /// The call never arrives, and times out.
    Lost,
    /// The call is carried out, and times out.
    AnswerLost,
    /// The tables do this.
    Tables(TableFault),
    /// The operator does this.
    Operator(OperatorFault),
    /// The call times out, and is carried out so many calls of the same service later.
    Late(usize),
    /// Before the call leaves, a call of a function that was made before is made again, and runs to its end.
    Meanwhile(usize),
}

/// Decides what happens at the call of this number.
pub(crate) type Judge = Box<dyn FnMut(usize, &Effect) -> Strike + Send>;

/// How many calls of functions are remembered.
const REMEMBERED: usize = 24;

/// What a killed process ends with.
#[derive(Debug)]
struct Killed;

/// The process is gone.
pub(crate) fn die() -> ! {
    // Unwinds without a word: it is no failure of the test.
    std::panic::resume_unwind(Box::new(Killed))
}

/// The calls so far, and who decides about the next one. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Effects {
    state: Arc<Mutex<State>>,
    functions: Arc<OnceLock<InProcess>>,
}

#[derive(Default)]
struct State {
    log: Vec<Effect>,
    judge: Option<Judge>,
    struck: usize,
    /// The functions at work, the innermost last.
    at_work: Vec<String>,
    /// Whether something runs in the middle of something else.
    is_meanwhile: bool,
    late: Vec<(usize, ArkdRequest)>,
    remembered: Vec<Invocation>,
    /// What the tables are asked to write, while that is wanted.
    captured: Option<Vec<String>>,
    /// What is left out of transactions: how a gateway would be that does not do its duty.
    omitted: Option<Omitted>,
}

/// Whether this part of a transaction is left out.
pub(crate) type Omitted = fn(&Value) -> bool;

impl Effects {
    /// From here on, this decides. The log begins anew.
    pub(crate) fn judge(&self, judge: impl FnMut(usize, &Effect) -> Strike + Send + 'static) {
        let mut state = self.lock();
        state.judge = Some(Box::new(judge));
        state.log.clear();
        state.struck = 0;
    }

    /// Nothing happens any more to any call. How often something did since the judge came.
    pub(crate) fn calm(&self) -> usize {
        let mut state = self.lock();
        state.judge = None;
        state.struck
    }

    /// The calls since the judge came.
    pub(crate) fn log(&self) -> Vec<Effect> {
        self.lock().log.clone()
    }

    /// What happens to this call.
    pub(crate) fn next(&self, service: Service, function: Option<&str>, what: &str) -> Strike {
        let mut state = self.lock();
        let function = function.map(str::to_owned);
        let effect = Effect {
            service,
            function: function.or_else(|| state.at_work.last().cloned()).unwrap_or_default(),
            what: what.to_owned(),
        };
        if state.is_meanwhile {
            return Strike::Nothing;
        }
        let number = state.log.len();
        let strike = match &mut state.judge {
            Some(judge) => judge(number, &effect),
            None => return Strike::Nothing,
        };
        state.log.push(effect);
        if strike != Strike::Nothing {
            state.struck += 1;
        }
        strike
    }

    pub(crate) fn entered(&self, function: &str) {
        self.lock().at_work.push(function.to_owned());
    }

    pub(crate) fn left(&self) {
        self.lock().at_work.pop();
    }

    pub(crate) fn functions(&self, functions: InProcess) {
        assert!(self.functions.set(functions).is_ok(), "the functions are set up once");
    }

    pub(crate) fn linked(&self) -> &InProcess {
        self.functions.get().expect("the functions are set up")
    }

    pub(crate) fn remember(&self, invocation: &Invocation) {
        let mut state = self.lock();
        if state.is_meanwhile {
            return;
        }
        if state.remembered.len() == REMEMBERED {
            state.remembered.remove(0);
        }
        state.remembered.push(invocation.clone());
    }

    /// A call of a function that was made before, the later the smaller the number.
    pub(crate) fn recalled(&self, number: usize) -> Option<Invocation> {
        let state = self.lock();
        let back = number.checked_rem(state.remembered.len())?;
        state.remembered.iter().rev().nth(back).cloned()
    }

    /// Makes a call of a function again that was made before; what it says goes nowhere.
    pub(crate) async fn repeat(&self, number: usize) {
        if let Some(invocation) = self.recalled(number) {
            self.lock().is_meanwhile = true;
            drop(self.linked().invoke(invocation).await);
            self.lock().is_meanwhile = false;
        }
    }

    pub(crate) fn hold_back(&self, calls: usize, request: ArkdRequest) {
        self.lock().late.push((calls, request));
    }

    /// The held-back requests that arrive now; all of them if nothing happens any more.
    pub(crate) fn arriving(&self) -> Vec<ArkdRequest> {
        let mut state = self.lock();
        let is_calm = state.judge.is_none();
        let late = std::mem::take(&mut state.late);
        let (now, later): (Vec<_>, Vec<_>) = late.into_iter().partition(|(calls, _)| is_calm || *calls == 0);
        state.late = later.into_iter().map(|(calls, request)| (calls - 1, request)).collect();
        now.into_iter().map(|(_, request)| request).collect()
    }

    /// From here on what the tables are asked to write is kept.
    pub(crate) fn capture(&self) {
        self.lock().captured = Some(Vec::new());
    }

    pub(crate) fn captured(&self) -> Vec<String> {
        self.lock().captured.take().unwrap_or_default()
    }

    pub(crate) fn wrote(&self, body: &[u8]) {
        if let Some(captured) = &mut self.lock().captured {
            captured.push(String::from_utf8_lossy(body).into_owned());
        }
    }

    /// From here on, these parts of transactions are left out.
    pub(crate) fn omit(&self, omitted: Omitted) {
        self.lock().omitted = Some(omitted);
    }

    /// The body without what is left out, if there is anything.
    pub(crate) fn without_omitted(&self, body: &[u8]) -> Option<String> {
        let omitted = self.lock().omitted?;
        let mut body: Value = serde_json::from_slice(body).unwrap();
        let items = body.get_mut("TransactItems")?.as_array_mut()?;
        items.retain(|item| !omitted(item));
        Some(body.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
