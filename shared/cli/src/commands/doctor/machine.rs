//! What needs no network: the folder, the policy, the key, the speed of work.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use nanoark_bots::buyer::Policy;
use nanoark_client::{Bot, Surroundings as _, System};
use nanoark_nano::work::{Difficulty, Root};
use nanoark_nano::{Network, Subtype};
use nanoark_nano_work::{Engine, Estimate, Progress, search};
use nanoark_wallet::Secret;

use super::Check;
use crate::session::Session;

/// How long the speed of work is measured.
const MEASURE: Duration = Duration::from_millis(400);

/// The folder is there and nobody else may look into it.
pub(super) fn folder(session: &Session) -> Check {
    const NAME: &str = "folder";
    let path = session.home.path();
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) => Check::failed(NAME, format!("{shown}: {error}"), "run `nanoark init`"),
        Ok(found) => {
            let mode = found.permissions().mode() & 0o777;
            if mode & 0o077 == 0 {
                Check::ok(NAME, format!("{shown} is yours alone"))
            } else {
                Check::failed(
                    NAME,
                    format!("{shown} has the mode {mode:03o}: others may look into it"),
                    format!("run: chmod 700 {shown}"),
                )
            }
        }
    }
}

/// The policy says what may be bought.
pub(super) fn policy(session: &Session) -> Check {
    const NAME: &str = "policy";
    match session.policy() {
        Ok(Policy {
            max_per_job,
            lifetime_budget,
            ..
        }) => Check::ok(
            NAME,
            format!(
                "at most {} per job, {} in all",
                crate::amount::show(max_per_job),
                crate::amount::show(lifetime_budget)
            ),
        ),
        Err(failure) => Check::of_failure(NAME, failure),
    }
}

/// The key opens.
pub(super) fn key(session: &Session) -> (Check, Option<Secret>) {
    const NAME: &str = "key";
    match session.secret() {
        Ok(secret) => {
            let bot = Bot::from_seed(&secret.bot_seed()).id();
            (Check::ok(NAME, format!("bot {bot}")), Some(secret))
        }
        Err(failure) => (Check::of_failure(NAME, failure), None),
    }
}

/// Work can be computed here, and how long it takes.
pub(super) async fn work(network: Network) -> Check {
    const NAME: &str = "work";
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let Ok(rate) = tokio::task::spawn_blocking(move || measure(threads)).await else {
        return Check::failed(NAME, "the measurement broke off", "run `nanoark doctor` again");
    };
    let takes = |subtype| {
        let estimate = Estimate::at(network.thresholds().of(subtype), rate);
        estimate.map_or_else(|| "for ever".to_owned(), |estimate| seconds(estimate.mean))
    };
    Check::ok(
        NAME,
        format!(
            "{}.{} MH/s on {threads} threads ({}): a send takes {} on average, a receive {}",
            rate / 1_000_000,
            rate % 1_000_000 / 100_000,
            Engine::fastest().name(),
            takes(Subtype::Send),
            takes(Subtype::Receive)
        ),
    )
}

/// Tries per second of all threads.
fn measure(threads: usize) -> u64 {
    let (progress, began) = (Progress::default(), System.now());
    let root = Root::from_bytes([7; 32]);
    std::thread::scope(|scope| {
        // No nonce is ever this good.
        scope.spawn(|| search(&root, Difficulty::from_value(u64::MAX), 0, threads, &progress));
        std::thread::park_timeout(MEASURE);
        progress.cancel();
    });
    let took = System.now().as_millis().saturating_sub(began.as_millis()).max(1);
    progress.tried().saturating_mul(1_000).checked_div(took).unwrap_or(0)
}

fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{} s", time.as_secs())
    }
}
