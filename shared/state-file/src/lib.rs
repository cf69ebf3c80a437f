//! A bot's state file: SQLite for its owner alone, safe under several processes and a kill at any point.
//!
//! Wallet, buyer and seller keep what they must not forget in such files. What they keep is theirs; how a file is opened,
//! and brought from an older version to the present one, is here.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

/// How long one process waits for others' transactions. They take milliseconds, and there may be many.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a power cut may cost. A killed process loses nothing either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Nothing: what was written is on the disk before anything follows from it.
    #[default]
    Full,
    /// The last writes, or the file. For tests and simulations.
    Volatile,
}

/// Why a state file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be made.
    #[error("it cannot be made: {0}")]
    File(#[from] std::io::Error),
    /// SQLite cannot use it.
    #[error("SQLite cannot use it: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A later release wrote it.
    #[error("a later release wrote it: it has version {version}, and this one knows {known}")]
    TooNew {
        /// Its version.
        version: i64,
        /// The last one that is known here.
        known: usize,
    },
}

/// Opens the file; makes it if there is none. `migrations` bring it from each version to the next: never changed once
/// released, only added to.
///
/// # Errors
/// [`OpenError`].
pub fn open(path: &Path, durability: Durability, migrations: &[&str]) -> Result<Connection, OpenError> {
    if !path.try_exists()? {
        make(path, durability, migrations)?;
    }
    connect(path, durability, migrations)
}

/// Makes the file beside its place, for its owner alone (it tells whom a bot pays and for what), and puts it there when it
/// is whole.
///
/// Made in its place it would be seen half made: `SQLite` goes over to WAL without waiting for others that do so too, and
/// closing a file that was not opened by `SQLite` would release this process's locks on it
/// (<https://sqlite.org/howtocorrupt.html>, 2.2).
fn make(path: &Path, durability: Durability, migrations: &[&str]) -> Result<(), OpenError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    // Has the mode 0600 from the moment that it is there, and is closed here.
    let draft = tempfile::NamedTempFile::new_in(folder)?.into_temp_path();
    connect(&draft, durability, migrations)?
        .close()
        .map_err(|(_, refused)| refused)?;
    match draft.persist_noclobber(path) {
        Ok(()) => Ok(()),
        Err(refused) if refused.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(refused) => Err(refused.error.into()),
    }
}

fn connect(path: &Path, durability: Durability, migrations: &[&str]) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Volatile => "OFF",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    migrate(&mut connection, migrations)?;
    Ok(connection)
}

/// Brings the file to the present version. Safe when two processes do it at once.
fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), OpenError> {
    let known = migrations.len();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version)
        .ok()
        .filter(|done| *done <= known)
        .ok_or(OpenError::TooNew { version, known })?;
    for migration in migrations.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "CREATE TABLE notes (text TEXT NOT NULL) STRICT; INSERT INTO notes VALUES ('one');";
    const SECOND: &str = "INSERT INTO notes SELECT text || '!' FROM notes;";

    fn notes(connection: &Connection) -> Vec<String> {
        let mut statement = connection.prepare("SELECT text FROM notes ORDER BY text").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn a_file_goes_from_version_to_version_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        assert_eq!(notes(&open(&path, Durability::Full, &[FIRST]).unwrap()), ["one"]);
        for _ in 0..2 {
            let connection = open(&path, Durability::Full, &[FIRST, SECOND]).unwrap();
            assert_eq!(notes(&connection), ["one", "one!"]);
        }
    }

    #[test]
    fn an_empty_file_is_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        std::fs::write(&path, "").unwrap();
        assert_eq!(notes(&open(&path, Durability::Full, &[FIRST]).unwrap()), ["one"]);
    }

    #[test]
    fn many_that_open_at_once_bring_it_to_one_version() {
        // Once is luck: the moment in which they can meet is short.
        for start in [&[][..], &[FIRST][..]].repeat(20) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("state.sqlite");
            if !start.is_empty() {
                open(&path, Durability::Volatile, start).unwrap();
            }
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| open(&path, Durability::Volatile, &[FIRST, SECOND]).unwrap());
                }
            });
            let connection = open(&path, Durability::Volatile, &[FIRST, SECOND]).unwrap();
            assert_eq!(notes(&connection), ["one", "one!"]);
            drop(connection);
            let left: Vec<_> = std::fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            assert_eq!(left, ["state.sqlite"]);
        }
    }

    #[test]
    fn what_a_later_release_wrote_or_nobody_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        drop(open(&path, Durability::Full, &[FIRST, SECOND]).unwrap());
        let refused = open(&path, Durability::Full, &[FIRST]).unwrap_err();
        assert!(
            matches!(refused, OpenError::TooNew { version: 2, known: 1 }),
            "{refused}"
        );
        let other = folder.path().join("letter.txt");
        std::fs::write(&other, "Dear Sir or Madam, this is no database at all.").unwrap();
        assert!(matches!(
            open(&other, Durability::Full, &[FIRST]),
            Err(OpenError::Sqlite(_))
        ));
        assert!(matches!(
            open(folder.path(), Durability::Full, &[FIRST]),
            Err(OpenError::Sqlite(_))
        ));
        let nowhere = folder.path().join("nowhere").join("state.sqlite");
        assert!(matches!(
            open(&nowhere, Durability::Full, &[FIRST]),
            Err(OpenError::File(_))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        let _open = open(&path, Durability::Full, &[FIRST]).unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        }
    }
}
