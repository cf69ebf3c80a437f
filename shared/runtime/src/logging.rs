//! JSON lines on standard output, where Lambda collects them.

use tracing_subscriber::EnvFilter;

/// Starts logging at the level that `NANOARK_LOG` names (`info` if none). Called once per process; later calls do nothing.
pub fn start(level: Option<&str>) {
    let filter = EnvFilter::try_new(level.unwrap_or("info")).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start finds a subscriber in place, which is the one we want.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter)
        .try_init();
}
