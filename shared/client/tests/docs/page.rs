//! A page of the documentation and its generated parts.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the repository as text.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether the generated parts are to be written.
#[expect(clippy::disallowed_methods, reason = "a test has no edge to take its settings from")]
fn updating() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// A page: its path, and what it should hold.
pub(crate) struct Page {
    path: &'static str,
    found: String,
    wanted: String,
}

impl Page {
    pub(crate) fn open(path: &'static str) -> Self {
        let found = match std::fs::read_to_string(root().join(path)) {
            Ok(text) => text,
            Err(_) if updating() => String::new(),
            Err(error) => panic!("{path}: {error}"),
        };
        Self {
            path,
            wanted: found.clone(),
            found,
        }
    }

    /// The whole page is generated.
    pub(crate) fn is(mut self, text: String) -> Self {
        self.wanted = text;
        self
    }

    /// What stands between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->` is generated.
    pub(crate) fn section(self, name: &str, text: &str) -> Self {
        let (begin, end) = (
            format!("<!-- generated:{name} -->\n"),
            format!("<!-- /generated:{name} -->"),
        );
        self.replace(&begin, &end, &format!("{}\n", text.trim_end()))
    }

    /// The JSON block after `<!-- LABEL -->` is generated.
    pub(crate) fn example(self, label: &str, json: &str) -> Self {
        self.replace(&format!("<!-- {label} -->\n```json\n"), "```\n", &format!("{json}\n"))
    }

    fn replace(mut self, begin: &str, end: &str, text: &str) -> Self {
        let path = self.path;
        let before = self
            .wanted
            .find(begin)
            .unwrap_or_else(|| panic!("{path} lacks {begin:?}"));
        assert_eq!(self.wanted.matches(begin).count(), 1, "{path} has {begin:?} twice");
        let from = before.saturating_add(begin.len());
        let length = self.wanted[from..]
            .find(end)
            .unwrap_or_else(|| panic!("{path} lacks {end:?} after {begin:?}"));
        self.wanted.replace_range(from..from.saturating_add(length), text);
        self
    }

    /// Checks the page, or writes it.
    pub(crate) fn settle(self) {
        if self.found == self.wanted {
            return;
        }
        if updating() {
            std::fs::write(root().join(self.path), self.wanted).unwrap();
            return;
        }
        let mut lines = self.found.lines().zip(self.wanted.lines()).zip(1..);
        let place = lines.find(|((found, wanted), _)| found != wanted).map_or_else(
            || "the lengths differ".to_owned(),
            |((found, wanted), line)| format!("line {line}\n  is      {found}\n  must be {wanted}"),
        );
        panic!(
            "{} is out of date: {place}\nwrite it anew with: UPDATE_DOCS=1 cargo test -p nanoark-client --test docs",
            self.path
        );
    }
}

/// The labels of all JSON blocks of a page, in order: the text of the HTML comment before each.
pub(crate) fn labels(path: &str) -> Vec<String> {
    let text = read(path);
    let lines: Vec<&str> = text.lines().collect();
    let label = |(position, line): (usize, &&str)| {
        (*line == "```json").then(|| {
            let before = position.checked_sub(1).map_or("", |before| lines[before]);
            let label = before.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
            label
                .unwrap_or_else(|| panic!("{path}: a JSON block after {before:?} has no label"))
                .to_owned()
        })
    };
    lines.iter().enumerate().filter_map(label).collect()
}
