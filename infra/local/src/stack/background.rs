//! What happens by itself, as tasks that end when they are told to.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Work;

/// How long a source rests when nothing wakes it: what becomes due by the passing of time waits no longer than this.
const REST: Duration = Duration::from_millis(100);

/// How long a task may take to end.
const PATIENCE: Duration = Duration::from_secs(3);

/// Running tasks and the signals that end them.
#[derive(Debug)]
pub(super) struct Background {
    signals: Vec<watch::Sender<bool>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Background {
    pub(super) fn of(signal: watch::Sender<bool>, tasks: Vec<JoinHandle<()>>) -> Self {
        Self {
            signals: vec![signal],
            tasks,
        }
    }

    /// Starts a task for every stream, for the schedules, and as many for a queue as may call its function at once.
    pub(super) fn start(work: &Arc<Work>) -> Self {
        let (signal, stop) = watch::channel(false);
        let mut tasks = vec![tokio::spawn(keep_time(Arc::clone(work), stop.clone()))];
        for pump in &work.streams {
            let (pump, stop) = (Arc::clone(pump), stop.clone());
            tasks.push(tokio::spawn(async move {
                while !*stop.borrow() {
                    // Before looking, so that a wake in between is not missed.
                    let wake = pump.wake();
                    match pump.step().await {
                        Ok(true) => continue,
                        Ok(false) => {}
                        Err(error) => tracing::error!(%error, "a stream does not move"),
                    }
                    rest(wake, stop.clone()).await;
                }
            }));
        }
        for pump in work
            .queues
            .iter()
            .flat_map(|pump| std::iter::repeat_n(pump, pump.concurrency()))
        {
            let (pump, stop) = (Arc::clone(pump), stop.clone());
            tasks.push(tokio::spawn(async move {
                while !*stop.borrow() {
                    let wake = pump.wake();
                    match pump.step().await {
                        Ok(true) => continue,
                        Ok(false) => {}
                        Err(error) => tracing::error!(%error, "a queue does not move"),
                    }
                    rest(wake, stop.clone()).await;
                }
            }));
        }
        Self::of(signal, tasks)
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        self.signals.extend(other.signals);
        self.tasks.extend(other.tasks);
        self
    }

    /// Tells every task to end, and waits for them; one that does not end in time is dropped.
    pub(super) async fn stop(self) {
        for signal in &self.signals {
            signal.send_replace(true);
        }
        let aborts: Vec<_> = self.tasks.iter().map(JoinHandle::abort_handle).collect();
        if tokio::time::timeout(PATIENCE, futures::future::join_all(self.tasks))
            .await
            .is_err()
        {
            aborts.iter().for_each(tokio::task::AbortHandle::abort);
        }
    }
}

/// Completes when the signal is given or its giver is gone.
pub(super) async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error says that the giver is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn rest(wake: impl Future<Output = ()>, stop: watch::Receiver<bool>) {
    tokio::select! {
        () = wake => {}
        () = tokio::time::sleep(REST) => {}
        () = stopped(stop) => {}
    }
}

async fn keep_time(work: Arc<Work>, stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        work.schedules.step().await;
        work.sockets.step().await;
        if let Err(error) = work.sweep() {
            tracing::error!(%error, "expired items are not deleted");
        }
        rest(std::future::pending(), stop.clone()).await;
    }
}
