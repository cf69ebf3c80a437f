//! Which process is which, among those that share a state file.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::StateError;

/// How many processes may share a state file.
pub(super) const MOST: u32 = 64;

/// A process's number. The operating system gives it free when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Slot {
    number: u32,
    _lock: File,
}

impl Slot {
    /// The first free slot beside this state file.
    pub(super) fn take(state: &Path) -> Result<Self, StateError> {
        for number in 1..=MOST {
            if let Some(slot) = Self::try_number(state, number)? {
                return Ok(slot);
            }
        }
        Err(StateError::NoSlot)
    }

    /// The slot with this number, unless a process has it.
    pub(super) fn try_number(state: &Path, number: u32) -> Result<Option<Self>, StateError> {
        let mut path = state.as_os_str().to_owned();
        path.push(format!(".slot-{number}"));
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { number, _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    pub(super) const fn number(&self) -> u32 {
        self.number
    }
}
