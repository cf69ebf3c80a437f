//! The `nanoark` command line: parses, calls the libraries, answers. For people at a terminal, and with `--json` for programs.

mod amount;
mod arguments;
mod commands;
mod environment;
mod exit;
mod failure;
mod home;
mod input;
mod interruption;
mod logging;
mod output;
mod progress;
mod session;
mod settings;
mod unlock;
mod work;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::Arguments;
use exit::Exit;
use failure::Failure;
use output::Output;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let output = arguments.output();
    logging::start(output.is_json(), arguments.log_level());
    let outcome = if arguments.command.ends_by_itself() {
        commands::run(arguments).await
    } else {
        tokio::select! {
            // Listening comes before the first word: whoever reads it may interrupt.
            biased;
            () = interruption::wait() => Err(interruption::failure()),
            outcome = commands::run(arguments) => outcome,
        }
    };
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}

/// Help and version are no failures; everything else is wrong usage, told in the form that was asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // If nobody listens, there is nobody to help.
        let _ = error.print();
        return Exit::Done.into();
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let rendered = error.render().to_string();
        let message = rendered.trim().trim_start_matches("error: ").to_owned();
        Output::new(true, false).failure(&Failure::usage(message, "`nanoark --help` shows every command"));
    } else {
        let _ = error.print();
    }
    Exit::Usage.into()
}
