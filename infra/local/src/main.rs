//! The local stack's command line.

mod ark;
mod bot;
mod demo;
mod faucet;
mod fund;
mod operator;
mod running;
mod up;
mod words;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Nanoark on one machine: the whole template, in one process.
#[derive(Debug, Parser)]
#[command(name = "nanoark-local", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play one paid job between two bots, and end.
    Demo(demo::Arguments),
    /// Give a Nano account money of the dev network, or an Ark address a coin of the operator that runs here.
    Fund(fund::Arguments),
    /// Run the template until Ctrl-C.
    Up(up::Arguments),
}

/// What ends a command early.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Fund(arguments) => fund::run(arguments).await,
        Command::Up(arguments) => up::run(arguments).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If nobody listens on standard error, the exit code still speaks.
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}
