//! A program and all that it starts, as one thing that can be ended.

use std::num::NonZeroU32;

/// A process group. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Group {
    /// The number of the process that leads it; absent if it had ended before it could be asked for.
    leader: Option<NonZeroU32>,
}

impl Group {
    /// The group that is led by this process.
    pub(super) fn of(leader: Option<u32>) -> Self {
        Self {
            leader: leader.and_then(NonZeroU32::new),
        }
    }

    /// The leader's number.
    pub(super) const fn leader(&self) -> Option<NonZeroU32> {
        self.leader
    }

    /// Kills every process of the group. Does nothing if there is none left.
    #[cfg(unix)]
    pub(super) fn kill(&self) {
        let raw = self.leader.and_then(|leader| i32::try_from(leader.get()).ok());
        if let Some(group) = raw.and_then(rustix::process::Pid::from_raw) {
            // There being no such group any more is what is wanted.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }

    /// Kills nothing: where there are no process groups, the program itself is killed when its handle is dropped.
    #[cfg(not(unix))]
    pub(super) fn kill(&self) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
