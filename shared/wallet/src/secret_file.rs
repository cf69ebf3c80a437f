//! Files that only their owner can read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Why a file with a secret was not read or written. Says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Others than its owner can read or change it.
    #[error("others can use {} (its mode is {mode:03o}); run: chmod 600 {}", path.display(), path.display())]
    NotPrivate {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is a folder, a pipe or something else.
    #[error("{} is no ordinary file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// It is there already. A secret is never replaced: it may be the only copy.
    #[error("{} is there already and is not replaced", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It is too large to be what it should be.
    #[error("{} has more than {largest} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What is read at most, in bytes.
        largest: u64,
    },
    /// It holds neither a seed nor a mnemonic.
    #[error("{} holds neither a seed nor a mnemonic", path.display())]
    NoSecret {
        /// The file.
        path: PathBuf,
    },
}

/// The text in the file, if it is private and not too large.
pub(crate) fn read(path: &Path, largest: u64) -> Result<Zeroizing<String>, SecretFileError> {
    let failed = |source| io_error(path, source);
    let file = File::open(path).map_err(failed)?;
    // Of the open file and not of its name: nobody can swap it in between.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(SecretFileError::NotAFile { path: path.to_owned() });
    }
    check_private(path, &metadata)?;
    if metadata.len() > largest {
        return Err(SecretFileError::TooLarge {
            path: path.to_owned(),
            largest,
        });
    }
    // Room for all of it, so that growing leaves no copies behind.
    let room = usize::try_from(largest).unwrap_or(usize::MAX);
    let mut text = Zeroizing::new(String::with_capacity(room));
    file.take(largest).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

#[cfg(unix)]
fn check_private(path: &Path, metadata: &std::fs::Metadata) -> Result<(), SecretFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(SecretFileError::NotPrivate {
            path: path.to_owned(),
            mode,
        })
    }
}

/// Elsewhere who may read a file is not in its mode.
#[cfg(not(unix))]
fn check_private(_: &Path, _: &std::fs::Metadata) -> Result<(), SecretFileError> {
    Ok(())
}

/// Writes a file that was not there and that only its owner can read (mode 0600): all of it or nothing, and on the disk
/// when this returns.
pub(crate) fn write_new(path: &Path, contents: &[u8]) -> Result<(), SecretFileError> {
    let failed = |source| io_error(path, source);
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    // Has the mode 0600 from the moment that it is there.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(contents).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(path).map_err(|refused| {
        if refused.error.kind() == io::ErrorKind::AlreadyExists {
            SecretFileError::Exists { path: path.to_owned() }
        } else {
            failed(refused.error)
        }
    })?;
    sync_folder(folder).map_err(failed)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn io_error(path: &Path, source: io::Error) -> SecretFileError {
    SecretFileError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_new_file_is_its_owners_alone_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_new(&path, b"first").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(
            write_new(&path, b"second"),
            Err(SecretFileError::Exists { .. })
        ));
        assert_eq!(*read(&path, 100).unwrap(), "first");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no temporary file is left"
        );
    }

    #[test]
    fn what_others_can_use_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_new(&path, b"text").unwrap();
        for (mode, private) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o620, false),
            (0o666, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            match read(&path, 100) {
                Ok(text) => assert!(private && *text == "text", "{mode:o}"),
                Err(error) => {
                    assert!(
                        !private && matches!(error, SecretFileError::NotPrivate { .. }),
                        "{mode:o}"
                    );
                    assert!(error.to_string().contains("chmod 600"), "{error}");
                }
            }
        }
    }

    #[test]
    fn only_small_ordinary_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(matches!(read(&path, 4), Err(SecretFileError::Io { .. })));
        assert!(matches!(read(folder.path(), 4), Err(SecretFileError::NotAFile { .. })));
        write_new(&path, b"12345").unwrap();
        assert!(matches!(
            read(&path, 4),
            Err(SecretFileError::TooLarge { largest: 4, .. })
        ));
    }
}
