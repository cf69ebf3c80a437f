//! `nanoark completions`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::failure::Failure;
use crate::session::Session;

/// Which shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  nanoark completions bash > ~/.local/share/bash-completion/completions/nanoark")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = crate::arguments::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "nanoark", &mut script);
    session.output.plain(String::from_utf8_lossy(&script).trim_end())
}
