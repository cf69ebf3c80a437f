//! A strict arkd (v0.9.15) in one process: the REST calls that spend VTXOs off chain, and the indexer.
//!
//! [`Arkd`] is the operator and what a test can do to it: give coins away, spend them behind everybody's back, sweep and
//! unroll them, change its keys and its settings. [`Arkd::call`] answers one request, at once and without a runtime;
//! [`Arkd::serve`] does so on a socket. [`Faults`] breaks calls before, during and after they are carried out.
//!
//! The rules, the order in which they are asked, the words and the numbers are those of arkd's
//! `internal/core/application/service.go`, `pkg/ark-lib` and `pkg/errors`:
//!
//! - **SubmitTx** rebuilds every transaction and compares ids, checks every signature, co-signs, and at once marks the
//!   inputs as spent: `isSpent`, `spentBy` = the checkpoint, `arkTxid` = the ark transaction. The outputs do not exist
//!   yet. What is refused leaves no trace and may be submitted again; what was accepted is a duplicate from then on
//!   (`INVALID_ARK_PSBT`, "duplicated offchain tx"). The checkpoints come back in an order of their own, without
//!   `witness_script`. There is no way back: no call releases the inputs.
//! - **FinalizeTx** wants every checkpoint with all signatures, the operator's too. It puts the outputs on record, as
//!   preconfirmed VTXOs created when the transaction was submitted and expiring with the first of its inputs. After
//!   *any* refusal the transaction counts as failed for ever: its inputs stay spent, GetPendingTx still lists it, and
//!   every later FinalizeTx ends in `INTERNAL_ERROR`, "not in a valid stage". So does a second one after a success; the
//!   outputs stay.
//! - **GetPendingTx** first looks whether a coin of the proof is pending (spent, not unrolled, and its ark transaction
//!   without outputs) and answers with an empty list if none is. Only then the proof is checked. `expire_at` 0 is never
//!   too old; otherwise the proof is too old once the clock is past that second.
//! - **GetVtxos** by scripts is ordered by `createdAt`, the newest first; `after` and `before` include their ends and
//!   mean the last update: creation, SubmitTx, sweep, unroll. By outpoints neither filters nor times are looked at. Pages
//!   count from 1; without `page.*` everything is given and `page` is null.
//! - `X-Digest` is looked at by SubmitTx, FinalizeTx and GetPendingTx.
//! - Errors are a `google.rpc.Status` whose first detail is arkd's `ErrorDetails` {code, name, message, metadata}.
//! - 64-bit integers are JSON strings, as the JSON mapping of protocol buffers wants it ([`Integers`]).
//!
//! Not played: batches, streams, subscriptions, bans, and leaves with a condition.

mod answer;
mod assets;
mod closure;
mod coin;
mod deeds;
mod faults;
mod finalize;
mod indexer;
mod ledger;
mod operator;
mod outputs;
mod packet;
mod pending;
mod query;
mod rebuild;
mod refusal;
mod server;
mod settings;
mod signature;
mod submit;
mod taptree;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, Method};

pub use answer::{Lost, Outcome};
pub use faults::{Endpoint, Fault, FaultSite, Faults};
pub use ledger::{FinalTransaction, Submissions, VtxoRecord};
pub use server::RunningArkd;
pub use settings::{Integers, Settings};

use answer::{Request, SubmitRequest};
use ledger::Ledger;
use query::Route;

/// Where the operator reads the time: milliseconds since the Unix epoch.
pub type Milliseconds = Arc<dyn Fn() -> u64 + Send + Sync>;

/// An operator. Clones are the same operator.
#[derive(Clone)]
pub struct Arkd {
    ledger: Arc<Mutex<Ledger>>,
    faults: Faults,
    now: Milliseconds,
}

impl Arkd {
    /// An operator with the usual settings.
    #[must_use]
    pub fn new(now: Milliseconds) -> Self {
        Self::with_settings(Settings::default(), now)
    }

    /// An operator with other keys.
    #[must_use]
    pub fn with_seed(seed: u64, now: Milliseconds) -> Self {
        let settings = Settings {
            seed,
            ..Settings::default()
        };
        Self::with_settings(settings, now)
    }

    /// An operator with other settings.
    #[must_use]
    pub fn with_settings(settings: Settings, now: Milliseconds) -> Self {
        Self {
            ledger: Arc::new(Mutex::new(Ledger::new(settings))),
            faults: Faults::default(),
            now,
        }
    }

    /// What goes wrong, and what was called.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Answers one request.
    #[must_use]
    pub fn call(&self, method: &Method, path_and_query: &str, headers: &HeaderMap, body: &[u8]) -> Outcome {
        let request = Request {
            method,
            path_and_query,
            headers,
            body,
        };
        let endpoint = Route::of(method, request.path()).endpoint();
        let fault = self.faults.strike(&FaultSite {
            endpoint,
            path_and_query,
            body,
        });
        let carry_out = || self.with(|ledger, now_ms| Outcome::from(ledger.answer(now_ms, &request)));
        match fault {
            None => carry_out(),
            Some(Fault::LostRequest) => Outcome::internal_error().lost(Lost::Cut),
            Some(Fault::LostReplyAfterCommit) => carry_out().lost(Lost::Cut),
            Some(Fault::Stall) => carry_out().lost(Lost::Stalled),
            Some(Fault::InternalError) => Outcome::internal_error(),
            Some(Fault::InternalErrorAfterCommit) => {
                let _carried_out = carry_out();
                Outcome::internal_error()
            }
            Some(Fault::DigestChange) => {
                self.change_digest();
                carry_out()
            }
            Some(Fault::SpentElsewhereBefore) => {
                self.spend_first_coin_elsewhere(body);
                carry_out()
            }
        }
    }

    fn spend_first_coin_elsewhere(&self, body: &[u8]) {
        let coin = answer::read::<SubmitRequest>(body)
            .ok()
            .and_then(|request| request.checkpoint_txs.first()?.parse::<bitcoin::Psbt>().ok())
            .and_then(|checkpoint| Some(checkpoint.unsigned_tx.input.first()?.previous_output));
        if let Some(coin) = coin {
            self.spend_elsewhere(coin);
        }
    }

    fn with<Answer>(&self, look: impl FnOnce(&mut Ledger, u64) -> Answer) -> Answer {
        let now_ms = (self.now)();
        // A test that failed while it held the ledger must not fail every other one.
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut ledger, now_ms)
    }
}

impl fmt::Debug for Arkd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Arkd")
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
