//! What somebody at a terminal sees while nothing happens.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// A line that moves while the program waits; nothing where nobody watches.
#[derive(Debug)]
pub(crate) struct Progress {
    watched: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    /// Nothing is waited for yet.
    pub(crate) fn new(output: Output) -> Self {
        Self {
            watched: output.is_watched(),
            bar: Mutex::default(),
        }
    }

    /// What is waited for.
    pub(crate) fn say(&self, what: impl Into<String>) {
        if self.watched {
            self.bar().get_or_insert_with(spinner).set_message(what.into());
        }
    }

    /// Prints something without breaking the line that moves.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &*self.bar() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Nothing is waited for any more.
    pub(crate) fn done(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done();
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>4}  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
