//! `nanoark doctor`: everything that must work for the bot to work.

mod ledger;
mod machine;
mod relay;

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::{Failure, Trouble};
use crate::output::Report;
use crate::session::Session;

/// What to check.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nanoark doctor
  nanoark doctor --offline      only this machine: folder, key, policy, wallet, proof of work
  nanoark --json doctor | jq '.checks[] | select(.state == \"failed\")'

Ends with 0 only if nothing failed.")]
pub(crate) struct Arguments {
    /// Only what needs no network
    #[arg(long)]
    offline: bool,
}

/// All checks.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checkup {
    /// Whether no check failed.
    healthy: bool,
    /// Each check, in order.
    checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
struct Check {
    /// What was checked.
    name: String,
    /// How it went.
    state: State,
    /// What was found.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    /// All is well.
    Ok,
    /// It does not work.
    Failed,
    /// It was not looked at, and is not needed.
    Skipped,
}

pub(crate) async fn run(session: &Session, arguments: Arguments) -> Result<(), Failure> {
    let mut checks = vec![machine::folder(session), machine::policy(session)];
    let (key, secret) = machine::key(session);
    checks.push(key);
    session.progress.say("measuring the speed of work");
    checks.push(machine::work(session.settings.network()).await);
    if !arguments.offline {
        session.progress.say("asking the relay");
        checks.push(relay::ready(session).await);
        checks.push(relay::clock(session, secret.as_ref()).await);
        checks.push(relay::websocket(session, secret.as_ref()).await);
        session.progress.say("asking the Nano nodes");
        checks.extend(ledger::nodes(session).await);
    }
    checks.push(ledger::wallet(session, secret, arguments.offline).await);
    session.progress.done();
    let failed: Vec<&str> = checks
        .iter()
        .filter(|check| check.state == State::Failed)
        .map(|check| check.name.as_str())
        .collect();
    let failed = failed.join(", ");
    session.output.result(&Checkup {
        healthy: failed.is_empty(),
        checks,
    })?;
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Trouble::Unhealthy,
        format!("failed: {failed}"),
        "do what stands beside each failed check, then run `nanoark doctor` again",
    ))
}

impl Check {
    fn ok(name: &str, found: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            state: State::Ok,
            found: found.into(),
            next: None,
        }
    }

    fn skipped(name: &str, found: impl Into<String>) -> Self {
        Self {
            state: State::Skipped,
            ..Self::ok(name, found)
        }
    }

    fn failed(name: &str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            state: State::Failed,
            next: Some(next.into()),
            ..Self::ok(name, found)
        }
    }

    /// The check that this failure ends.
    fn of_failure(name: &str, failure: Failure) -> Self {
        Self::failed(name, failure.message, failure.next)
    }
}

impl Report for Checkup {
    fn text(&self) -> String {
        let line = |check: &Check| {
            let state = match check.state {
                State::Ok => "ok     ",
                State::Failed => "FAILED ",
                State::Skipped => "skipped",
            };
            let next = check
                .next
                .as_ref()
                .map_or_else(String::new, |next| format!("\n                    next: {next}"));
            format!("{state}  {:<10} {}{next}", check.name, check.found)
        };
        self.checks.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
