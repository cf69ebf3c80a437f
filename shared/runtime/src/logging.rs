//! JSON lines on standard output, where Lambda collects them.

use tracing_subscriber::filter::LevelFilter;

/// Starts logging at the level that `NANOARK_LOG` names: `error`, `warn`, `info` (also if it names none), `debug`, `trace`
/// or `off`. Called once per process; later calls do nothing.
pub fn start(level: Option<&str>) {
    let level = level.and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    // A second start finds a subscriber in place, which is the one we want.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .try_init();
}
