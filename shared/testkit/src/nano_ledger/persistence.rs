//! The ledger's file: one accepted block per line, in the order of acceptance.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nanoark_nano::SignedBlock;
use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use super::process::ProcessError;

/// Why a ledger's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("the ledger's file: {0}")]
    File(#[from] io::Error),
    /// A line is not the record of a block.
    #[error("line {line} of the ledger's file is no block: {reason}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: serde_json::Error,
    },
    /// A block is not valid where it stands.
    #[error("line {line} of the ledger's file: {reason}")]
    Invalid {
        /// The line, from 1.
        line: usize,
        /// Why the ledger refuses it.
        reason: ProcessError,
    },
}

#[derive(Serialize, Deserialize)]
struct Record {
    accepted_at_ms: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    force: bool,
    block: SignedBlock,
}

pub(super) struct Journal {
    file: Mutex<File>,
}

impl Journal {
    /// Opens the file, creating it if it is missing, and adds its blocks to the ledger.
    pub(super) fn open(path: &Path, ledger: &mut Ledger) -> Result<Self, JournalError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // A line without an end was cut off while it was written: nobody was told that its block was accepted.
        let complete = text.rfind('\n').map_or("", |end| text.get(..=end).unwrap_or_default());
        for (index, line) in complete.lines().enumerate() {
            let number = index.saturating_add(1);
            let record: Record =
                serde_json::from_str(line).map_err(|reason| JournalError::Malformed { line: number, reason })?;
            // Nothing is confirmed on the way: a block that won over its rival once must win again. What is old enough
            // is confirmed at the first look at the ledger.
            ledger
                .process(&record.block, None, record.force, record.accepted_at_ms)
                .map_err(|reason| JournalError::Invalid { line: number, reason })?;
        }
        let end = u64::try_from(complete.len()).unwrap_or(u64::MAX);
        file.set_len(end)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Whether the block is on file now.
    pub(super) fn append(&self, block: &SignedBlock, force: bool, accepted_at_ms: u64) -> bool {
        let Ok(mut line) = serde_json::to_string(&Record {
            accepted_at_ms,
            force,
            block: block.clone(),
        }) else {
            return false;
        };
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).and_then(|()| file.flush()).is_ok()
    }
}
