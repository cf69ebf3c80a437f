//! Logs, on standard error.

use tracing_subscriber::filter::LevelFilter;

use crate::environment::variable;

/// Starts logging at the level that `NANOARK_LOG` names: `off`, `error`, `warn`, `info`, `debug` or `trace`; else at
/// `usual`. In JSON for programs.
pub(crate) fn start(json: bool, usual: LevelFilter) {
    let named = variable("NANOARK_LOG").and_then(|level| level.parse().ok());
    let builder = tracing_subscriber::fmt()
        .with_max_level(named.unwrap_or(usual))
        .with_target(false)
        .with_writer(std::io::stderr);
    if json {
        builder.json().flatten_event(true).with_current_span(false).init();
    } else {
        builder.with_ansi(false).init();
    }
}
