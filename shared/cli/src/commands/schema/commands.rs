//! Commands and their arguments, read from the very parser that reads the command line.

use clap::{Arg, Command, CommandFactory as _};
use schemars::JsonSchema;
use serde::Serialize;

use super::outputs;

/// A command.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Described {
    /// Its words after `nanoark`, such as `wallet send`.
    pub(crate) name: String,
    /// What it does.
    pub(crate) about: String,
    /// How it is written.
    pub(crate) usage: String,
    /// Its own arguments.
    pub(crate) arguments: Vec<Argument>,
    /// JSON Schema of its last line with `--json`; absent where it prints text.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<serde_json::Value>,
    /// JSON Schema of the lines before; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<serde_json::Value>,
}

/// An argument.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Argument {
    /// `--name`, or the name of a positional argument.
    pub(crate) name: String,
    /// What it means.
    pub(crate) help: String,
    /// What its value is called; absent for a switch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    /// The values that there are, where only some are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<String>,
    /// What it is if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<String>,
    /// The environment variable that sets it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) environment: Option<String>,
    /// Whether it must be there.
    pub(crate) required: bool,
}

/// Every command that does something.
pub(crate) fn all() -> Vec<Described> {
    let mut root = crate::arguments::Arguments::command();
    root.build();
    let mut found = Vec::new();
    for command in root.get_subcommands() {
        collect(command, "", &mut found);
    }
    found
}

/// Options that every command takes.
pub(super) fn global_options() -> Vec<Argument> {
    let root = crate::arguments::Arguments::command();
    root.get_arguments()
        .filter(|argument| argument.is_global_set())
        .map(Argument::of)
        .collect()
}

fn collect(command: &Command, before: &str, found: &mut Vec<Described>) {
    if command.get_name() == "help" {
        return;
    }
    let name = format!("{before}{}", command.get_name());
    if command.has_subcommands() {
        for inner in command.get_subcommands() {
            collect(inner, &format!("{name} "), found);
        }
        return;
    }
    let (result, step) = outputs::of(&name);
    found.push(Described {
        about: command.get_about().map(ToString::to_string).unwrap_or_default(),
        usage: usage(command),
        arguments: command
            .get_arguments()
            .filter(|argument| !argument.is_global_set() && !is_help(argument))
            .map(Argument::of)
            .collect(),
        result,
        step,
        name,
    });
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.trim_start_matches("Usage: ").trim().to_owned()
}

fn is_help(argument: &Arg) -> bool {
    matches!(argument.get_id().as_str(), "help" | "version")
}

impl Argument {
    fn of(argument: &Arg) -> Self {
        let takes_value = argument.get_action().takes_values();
        let value_name = argument.get_value_names().and_then(|names| names.first());
        let name = argument.get_long().map_or_else(
            || value_name.map_or_else(|| argument.get_id().to_string(), ToString::to_string),
            |long| format!("--{long}"),
        );
        let values = argument.get_possible_values();
        Self {
            name,
            help: argument.get_help().map(ToString::to_string).unwrap_or_default(),
            value: value_name.filter(|_| takes_value).map(ToString::to_string),
            values: if takes_value {
                values.iter().map(|value| value.get_name().to_owned()).collect()
            } else {
                Vec::new()
            },
            default: argument
                .get_default_values()
                .first()
                .filter(|_| takes_value)
                .map(|value| value.to_string_lossy().into_owned()),
            environment: argument.get_env().map(|name| name.to_string_lossy().into_owned()),
            required: argument.is_required_set(),
        }
    }
}
