//! Where a program runs, and how a second run for the same job is kept out.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::group::Group;
use crate::seller::tool::ToolFailure;

/// How long the remains of an earlier run may take to end after they were killed.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A folder for the runs of one task.
///
/// The input file is the program's standard input and carries a lock, which lasts as long as any process has it open:
/// if the worker is killed, its program keeps the lock, and whoever comes next knows that it still runs.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    input: File,
}

impl Place {
    /// Takes the folder called `name`, ending what is left of an earlier run in it.
    pub(super) async fn take(runs: &Path, name: &str) -> Result<Self, ToolFailure> {
        let not_started = |error: io::Error| ToolFailure::NotStarted(error.to_string());
        let folder = runs.join(name);
        make_private_folder(&folder).map_err(not_started)?;
        let input = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join("input.json"))
            .map_err(not_started)?;
        match input.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(not_started(error)),
            Err(TryLockError::WouldBlock) => {
                tracing::warn!(run = name, "ends what is left of an earlier run");
                // Whoever holds the lock is of this group, so the number cannot be another process's by now.
                earlier_group(&folder).kill();
                if !locks_within(&input, PATIENCE).await {
                    return Err(ToolFailure::StillRunning);
                }
            }
        }
        let working_directory = folder.join("work");
        if working_directory.exists() {
            fs::remove_dir_all(&working_directory).map_err(not_started)?;
        }
        make_private_folder(&working_directory).map_err(not_started)?;
        Ok(Self { folder, input })
    }

    /// Where the program runs: empty at first.
    pub(super) fn working_directory(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// A file with this content for the program's standard input, which shares the lock.
    pub(super) fn input(&self, content: &[u8]) -> io::Result<File> {
        let mut input = self.input.try_clone()?;
        input.set_len(0)?;
        input.rewind()?;
        input.write_all(content)?;
        input.rewind()?;
        Ok(input)
    }

    /// Remembers which processes run here.
    pub(super) fn note_group(&self, group: &Group) -> io::Result<()> {
        let leader = group.leader().map(|leader| leader.to_string()).unwrap_or_default();
        fs::write(self.folder.join("group"), leader)
    }

    /// Deletes everything.
    pub(super) fn leave(self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "a working directory cannot be deleted");
        }
    }
}

fn earlier_group(folder: &Path) -> Group {
    let leader = fs::read_to_string(folder.join("group")).ok();
    Group::of(leader.and_then(|leader| leader.trim().parse().ok()))
}

async fn locks_within(file: &File, patience: Duration) -> bool {
    tokio::time::timeout(patience, async {
        while file.try_lock().is_err() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
    .await
    .is_ok()
}

#[cfg(unix)]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}
