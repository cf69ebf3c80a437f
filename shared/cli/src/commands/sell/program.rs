//! Programs that are run for jobs.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::environment::variable;
use crate::failure::Failure;

/// Where programs without a folder are looked for: what tools get as `PATH`.
const FOLDERS: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// The program's absolute path: it is run in a folder of its own.
pub(super) fn find(named: &OsStr) -> Result<PathBuf, Failure> {
    let path = Path::new(named);
    let candidates: Vec<PathBuf> = if path.components().count() > 1 || path.is_absolute() {
        std::path::absolute(path).into_iter().collect()
    } else {
        FOLDERS.iter().map(|folder| Path::new(folder).join(path)).collect()
    };
    candidates.into_iter().find(|path| is_program(path)).ok_or_else(|| {
        let shown = path.display();
        Failure::usage(
            format!("{shown} is no program that can be run"),
            format!("give its path, as in --exec ./{shown}, and make it executable: chmod +x"),
        )
    })
}

fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// The variables that are handed through by name.
pub(super) fn environment(names: &[String]) -> Result<BTreeMap<OsString, OsString>, Failure> {
    names
        .iter()
        .map(|name| {
            let value = variable(name).ok_or_else(|| {
                Failure::usage(
                    format!("the variable {name} is not set"),
                    "set it, or leave --pass-env out",
                )
            })?;
            Ok((name.into(), value.into()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_path_or_in_the_usual_folders() {
        for (named, found) in [
            ("/bin/cat", true),
            ("cat", true),
            ("./cat", false),
            ("/etc", false),
            ("/etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(find(OsStr::new(named)).is_ok(), found, "{named}");
        }
    }
}
