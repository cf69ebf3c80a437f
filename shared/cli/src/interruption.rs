//! Ctrl-C, and the signal to end.

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Failure, Trouble};

/// Waits for SIGINT or SIGTERM.
pub(crate) async fn wait() {
    // Without a signal to wait for, there is nothing that could interrupt.
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => {
            if interrupted.is_err() {
                std::future::pending::<()>().await;
            }
        }
        _ = terminate.recv() => {}
    }
}

/// What is said to whoever interrupted.
pub(crate) fn failure() -> Failure {
    Failure::new(
        Trouble::Interrupted,
        "interrupted",
        "the same command goes on where it was; nothing is paid twice",
    )
}
