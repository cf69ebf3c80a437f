//! What goes to standard output: lines for people, or one JSON object per line for programs.

use std::io::{IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::failure::Failure;

/// The result of a command.
pub(crate) trait Report: Serialize {
    /// The result for people. No trailing newline.
    fn text(&self) -> String;
}

/// Where results go, and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

/// A line in JSON: its type, and what it says.
#[derive(Serialize)]
struct Line<'a, T> {
    r#type: &'a str,
    #[serde(flatten)]
    content: &'a T,
}

impl Output {
    pub(crate) const fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Whether somebody watches: only then are there prompts, progress and colour.
    pub(crate) fn is_watched(self) -> bool {
        !self.json && !self.quiet && std::io::stderr().is_terminal()
    }

    /// The command's result, which is its last line.
    pub(crate) fn result(self, report: &impl Report) -> Result<(), Failure> {
        if self.json {
            self.line("result", report)
        } else {
            write(&report.text())
        }
    }

    /// Something that happened on the way.
    pub(crate) fn step(self, report: &impl Report) -> Result<(), Failure> {
        if self.json {
            self.line("step", report)
        } else if self.quiet {
            Ok(())
        } else {
            write(&report.text())
        }
    }

    /// A text as it is, whatever the form.
    pub(crate) fn plain(self, text: &str) -> Result<(), Failure> {
        write(text)
    }

    /// A word to whoever watches, on standard error; programs do not see it.
    pub(crate) fn remark(self, text: &str) {
        if !self.json && !self.quiet {
            // If nobody listens on standard error, there is nobody to tell.
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
    }

    /// Why the command ends early, on standard error.
    pub(crate) fn failure(self, failure: &Failure) {
        let mut stderr = anstream::stderr().lock();
        // If nobody listens on standard error, the exit code still speaks.
        let _ = if self.json {
            let line = Line {
                r#type: "error",
                content: failure,
            };
            writeln!(stderr, "{}", serde_json::to_string(&line).unwrap_or_default())
        } else {
            let (error, next) = (
                Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
                Style::new().bold(),
            );
            writeln!(stderr, "{error}error:{error:#} {}", failure.message)
                .and_then(|()| writeln!(stderr, "{next}next:{next:#}  {}", failure.next))
        };
    }

    fn line(self, kind: &str, content: &impl Serialize) -> Result<(), Failure> {
        let line = Line { r#type: kind, content };
        write(&serde_json::to_string(&line).map_err(|error| Failure::internal(&error))?)
    }
}

fn write(text: &str) -> Result<(), Failure> {
    writeln!(anstream::stdout().lock(), "{text}").map_err(|error| Failure::internal(&error))
}
