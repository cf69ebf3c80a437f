//! What the seller leaves to the worker, and how far.

use std::time::Duration;

use nanoark_domain::time::Seconds;
use nanoark_nano::RawAmount;

/// The rules a worker follows. [`Policy::default`] is what the documentation of each field says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long a quote stands; 15 minutes. Stretched to what a standing quote promises, and by [`QUOTE_SLACK`].
    pub quote_lifetime: Seconds,
    /// Whether to begin on the worker's own word.
    pub own_word: OwnWord,
    /// The lease of a lock; 5 minutes. It is renewed after every third of it.
    pub lease: Seconds,
    /// What becomes of a job whose tool was running when the worker died.
    pub resume: Resume,
    /// How often the tool is started for one job in all, whatever ended it; 3.
    pub most_runs: u32,
    /// How often the tool is run again after it failed; 0.
    pub retries: u32,
    /// Who pays back what is owed.
    pub refunds: Refunds,
    /// Whether the money of delivered jobs is received into the wallet; yes.
    pub pocket: bool,
    /// Sends smaller than this, and smaller than the price, are left alone; a millionth of a XNO.
    pub dust: RawAmount,
    /// How many tools run at once; 4.
    pub tools: usize,
    /// How many jobs are looked at at once; 32.
    pub jobs: usize,
    /// How long running tools may take to finish after a stop was asked for; a minute.
    pub patience: Duration,
    /// How long before its expiry an offer gets a successor; a day, and at most half of its lifetime.
    pub offer_overlap: Seconds,
    /// How often the offer is looked at; ten minutes.
    pub offer_look: Duration,
    /// What becomes of the offer at a graceful stop.
    pub at_stop: AtStop,
}

/// How much longer a quote stands than it has to, so that its request can be tried again.
pub const QUOTE_SLACK: Seconds = Seconds(60);

/// Whether to begin work that the relay has not found paid, because the worker's own nodes say that it is.
///
/// The relay may be late: its nodes may be away, or the buyer named no block. A payment that the relay has judged late
/// is never begun on; it is owed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnWord {
    /// Never: wait for the relay, however long.
    Never,
    /// Once the worker's own verdict stands for so long and the relay has still none. The default, with a minute.
    After(Seconds),
}

/// What becomes of a job whose tool was running when the worker died.
///
/// Either way no tool is ever run again after its result was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// The tool runs again. The default: right for tools that may be run twice.
    Rerun,
    /// The job is failed. Right for tools with effects that must not be repeated.
    Fail,
}

/// Who pays back what is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refunds {
    /// The worker, within what its own nodes show. The default of the type, not of the command line.
    Automatic,
    /// The operator: the worker only says so.
    Manual,
}

/// What becomes of the offer at a graceful stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtStop {
    /// It stays: other workers serve it, or this one after a restart. The default.
    Leave,
    /// It is paused, and resumed at the next start. Not for one of several workers.
    Pause,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            quote_lifetime: Seconds(900),
            own_word: OwnWord::After(Seconds(60)),
            lease: Seconds(300),
            resume: Resume::Rerun,
            most_runs: 3,
            retries: 0,
            refunds: Refunds::Automatic,
            pocket: true,
            dust: RawAmount::from_raw(1_000_000_000_000_000_000_000_000),
            tools: 4,
            jobs: 32,
            patience: Duration::from_secs(60),
            offer_overlap: Seconds(86_400),
            offer_look: Duration::from_secs(600),
            at_stop: AtStop::Leave,
        }
    }
}
