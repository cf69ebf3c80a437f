//! JSON from the command line: as it is, from a file, or from standard input.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;

/// More than any relay takes; a larger file is a mistake.
const LARGEST: u64 = 1 << 20;

/// Reads `{"a":1}`, `@file.json` or `-`.
pub(crate) fn json(argument: &str) -> Result<Value, Failure> {
    let (from, text) = if argument == "-" {
        (
            "standard input".to_owned(),
            limited("standard input", std::io::stdin().lock())?,
        )
    } else if let Some(path) = argument.strip_prefix('@') {
        (path.to_owned(), file(Path::new(path))?)
    } else {
        ("the argument".to_owned(), argument.to_owned())
    };
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage(
            format!("{from} is not JSON: {error}"),
            "quote it for the shell, as in --input '{\"text\":\"hello\"}', or put it into a file and say --input @FILE",
        )
    })
}

/// The text of a file, or of standard input for `-`.
pub(crate) fn file_or_stdin(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        limited("standard input", std::io::stdin().lock())
    } else {
        file(path)
    }
}

/// The text of a file.
pub(crate) fn file(path: &Path) -> Result<String, Failure> {
    let name = path.display().to_string();
    let opened = std::fs::File::open(path).map_err(|error| {
        Failure::usage(
            format!("{name}: {error}"),
            "name a file that exists and that you may read",
        )
    })?;
    limited(&name, opened)
}

fn limited(name: &str, reader: impl std::io::Read) -> Result<String, Failure> {
    let mut text = String::new();
    let unreadable = |error: std::io::Error| Failure::usage(format!("{name}: {error}"), "the input is UTF-8 text");
    reader
        .take(LARGEST.saturating_add(1))
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LARGEST {
        let message = format!("{name} is larger than {LARGEST} bytes");
        return Err(Failure::usage(
            message,
            "send large inputs as a link; docs/limits.md has the limits",
        ));
    }
    Ok(text)
}
