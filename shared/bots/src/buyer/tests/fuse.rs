//! Kills: a counter of the points at which a process may die.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

/// Counts the points that are crossed, and at one of them lets nothing through ever after. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Fuse {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    crossed: AtomicU64,
    blows_at: AtomicU64,
    blown: Notify,
    freezes: AtomicBool,
    thawed: Notify,
}

impl Fuse {
    pub(super) fn new() -> Self {
        Self {
            state: Arc::new(State {
                crossed: AtomicU64::new(0),
                blows_at: AtomicU64::new(u64::MAX),
                blown: Notify::new(),
                freezes: AtomicBool::new(false),
                thawed: Notify::new(),
            }),
        }
    }

    /// The point after so many more blows.
    pub(super) fn arm(&self, after: u64) {
        self.state.crossed.store(0, Ordering::SeqCst);
        self.state.blows_at.store(after, Ordering::SeqCst);
        self.state.freezes.store(false, Ordering::SeqCst);
    }

    /// The same, but whoever stands there may go on once it is thawed.
    pub(super) fn freeze(&self, after: u64) {
        self.arm(after);
        self.state.freezes.store(true, Ordering::SeqCst);
    }

    /// Lets whoever stands still go on.
    pub(super) fn thaw(&self) {
        self.state.thawed.notify_one();
    }

    /// A point at which the process may die.
    pub(super) async fn cross(&self) {
        if self.state.crossed.fetch_add(1, Ordering::SeqCst) == self.state.blows_at.load(Ordering::SeqCst) {
            self.state.blown.notify_one();
            if !self.state.freezes.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            self.state.thawed.notified().await;
        }
    }

    /// Returns when the process is to die.
    pub(super) async fn blown(&self) {
        self.state.blown.notified().await;
    }
}
