//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

use crate::commands::{ark, buy, completions, doctor, init, jobs, offers, receipt, sell, wallet};
use crate::output::Output;
use crate::settings::Settings;
use crate::unlock::SecretSource;

/// Buy work from bots, or sell a tool to them, paid in Nano and with nobody in between holding the money.
#[derive(Debug, Parser)]
#[command(
    name = "nanoark",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  nanoark init --local                                      a bot for `cargo run -- up`
  nanoark offers search summaries
  nanoark buy OFFER --input '{\"text\":\"hello\"}' --max 0.01XNO --wait
  nanoark sell --title \"Echo\" --price 0.001XNO --exec /bin/cat

Exit codes: 0 done, 2 wrong usage, 3 no key or setting, 4 own policy forbids, 5 refused for good, 6 try again, \
7 no result, 8 still going, 9 not enough money, 10 unproved, 11 money elsewhere. `nanoark schema` and docs/cli.md explain \
each."
)]
pub(crate) struct Arguments {
    /// The bot's folder: key, settings, state. By default the platform's place for data
    #[arg(
        long,
        global = true,
        env = "NANOARK_HOME",
        value_name = "DIR",
        help_heading = "Everywhere",
        display_order = 900
    )]
    pub(crate) home: Option<PathBuf>,
    /// One JSON object per line on standard output, errors as JSON on standard error, no prompt
    #[arg(long, global = true, help_heading = "Everywhere", display_order = 901)]
    pub(crate) json: bool,
    /// Nothing but the result
    #[arg(long, short, global = true, help_heading = "Everywhere", display_order = 902)]
    pub(crate) quiet: bool,
    #[command(flatten, next_help_heading = "Where")]
    pub(crate) settings: Settings,
    #[command(flatten, next_help_heading = "Secrets")]
    pub(crate) secrets: SecretSource,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a bot: a folder with settings and a wallet
    Init(init::Arguments),
    /// Show who this bot is
    #[command(after_help = "Examples:\n  nanoark whoami\n  nanoark --json whoami | jq -r .account")]
    Whoami,
    /// Check settings, relay, nodes, clock and wallet
    Doctor(doctor::Arguments),
    /// The bot's Nano wallet
    #[command(subcommand)]
    Wallet(wallet::Command),
    /// Bitcoin on Ark: orders that you sign and the gateway carries out
    Ark(ark::Arguments),
    /// Find offers, and look after your own
    #[command(subcommand)]
    Offers(offers::Command),
    /// Buy a job: request, check the signed quote, accept, pay once, wait, check the receipt
    Buy(buy::Arguments),
    /// The jobs that you are a party to
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// Sell a tool: publish an offer, and serve it
    Sell(sell::Arguments),
    /// Check receipts, offline
    #[command(subcommand)]
    Receipt(receipt::Command),
    /// Print commands, outputs, exit codes and problem codes as JSON
    #[command(
        after_help = "Examples:\n  nanoark schema\n  nanoark schema | jq '.commands[] | select(.name == \"buy\")'"
    )]
    Schema,
    /// Print completions for a shell
    Completions(completions::Arguments),
}

impl Command {
    /// Whether the command deals with Ctrl-C and signals itself, to end in good order.
    pub(crate) const fn ends_by_itself(&self) -> bool {
        match self {
            Self::Sell(_) => true,
            Self::Init(_)
            | Self::Whoami
            | Self::Doctor(_)
            | Self::Wallet(_)
            | Self::Ark(_)
            | Self::Offers(_)
            | Self::Buy(_)
            | Self::Jobs(_)
            | Self::Receipt(_)
            | Self::Schema
            | Self::Completions(_) => false,
        }
    }
}

impl Arguments {
    /// How much is logged unless `NANOARK_LOG` says so: a seller's log is what it has to tell.
    pub(crate) const fn log_level(&self) -> LevelFilter {
        if self.command.ends_by_itself() && !self.quiet {
            LevelFilter::INFO
        } else {
            LevelFilter::WARN
        }
    }

    pub(crate) const fn output(&self) -> Output {
        Output::new(self.json, self.quiet)
    }
}
