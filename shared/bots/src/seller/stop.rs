//! Asking something to stop, and waiting for the asking.

use std::sync::Arc;

use tokio::sync::watch;

/// Whoever may ask for the stop. Dropping it asks for nothing.
#[derive(Debug, Clone)]
pub struct StopHandle {
    asked: Arc<watch::Sender<bool>>,
}

/// Tells whether a stop was asked for. Clones tell the same.
#[derive(Debug, Clone)]
pub struct Stop {
    asked: watch::Receiver<bool>,
    // Without it a handle that is dropped early would look like a stop.
    _kept: Arc<watch::Sender<bool>>,
}

impl StopHandle {
    /// A handle, and what it stops.
    #[must_use]
    pub fn new() -> (Self, Stop) {
        let (sender, asked) = watch::channel(false);
        let sender = Arc::new(sender);
        let stop = Stop {
            asked,
            _kept: Arc::clone(&sender),
        };
        (Self { asked: sender }, stop)
    }

    /// Asks for the stop. Again is the same as once.
    pub fn stop(&self) {
        self.asked.send_replace(true);
    }
}

impl Stop {
    /// A stop that nobody ever asks for.
    #[must_use]
    pub fn never() -> Self {
        StopHandle::new().1
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Waits until it is asked for.
    pub async fn asked(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            // The sender lives as long as `self`, so this is never reached; nobody can ask any more then.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_who_wait_hear_a_stop_once_it_is_asked_for_and_not_before() {
        let (handle, stop) = StopHandle::new();
        let other = stop.clone();
        let waiting = tokio::spawn(async move { other.asked().await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && !stop.is_asked());
        handle.stop();
        handle.stop();
        waiting.await.unwrap();
        stop.asked().await;
        assert!(stop.is_asked());
        assert!(!Stop::never().is_asked());
    }
}
