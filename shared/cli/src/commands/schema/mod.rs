//! `nanoark schema`: what programs need to know of this one, as one JSON document.

mod commands;
mod outputs;

use nanoark_http::problem::Code;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::{Failure, Trouble, usual_exit};
use crate::output::Report;
use crate::session::Session;

use commands::{Argument, Described};

/// Everything there is to know.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Everything {
    /// The version of the program.
    version: String,
    /// How lines look with `--json`.
    lines: String,
    /// Options that every command takes.
    options: Vec<Argument>,
    /// Every command.
    commands: Vec<Described>,
    /// JSON Schema of an error line.
    error: serde_json::Value,
    /// Every exit code.
    exit_codes: Vec<ExitCode>,
    /// Every code that an error of this program has.
    codes: Vec<OwnCode>,
    /// Every code that an error of the relay has.
    problem_codes: Vec<RelayCode>,
}

/// An exit code.
#[derive(Debug, Serialize, JsonSchema)]
struct ExitCode {
    /// What the shell sees.
    exit_code: u8,
    /// Its name, as `exit` in an error.
    name: &'static str,
    /// What it means and what to do.
    meaning: &'static str,
}

/// A code of this program.
#[derive(Debug, Serialize, JsonSchema)]
struct OwnCode {
    /// The code.
    code: &'static str,
    /// The exit code that goes with it.
    exit_code: u8,
    /// What it means.
    meaning: &'static str,
}

/// A code of the relay.
#[derive(Debug, Serialize, JsonSchema)]
struct RelayCode {
    /// The code.
    code: &'static str,
    /// The HTTP status.
    status: u16,
    /// The exit code that usually goes with it.
    exit_code: u8,
    /// In a few words.
    meaning: &'static str,
    /// What to do.
    next: &'static str,
}

pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    session.output.result(&everything())
}

/// The whole document.
pub(crate) fn everything() -> Everything {
    Everything {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        lines:
            "One object per line on standard output: \"type\" is \"step\" for something that happened on the way and \
                \"result\" for the last line. An error is an object of \"type\" \"error\" on standard error."
                .to_owned(),
        options: commands::global_options(),
        commands: commands::all(),
        error: line::<Failure>("error"),
        exit_codes: Exit::ALL.map(ExitCode::from).into(),
        codes: Trouble::ALL.iter().map(OwnCode::from).collect(),
        problem_codes: Code::ALL.iter().map(RelayCode::from).collect(),
    }
}

/// The schema of a line of this content: what it says, and its type. Whole in itself, so that it can stand anywhere.
fn line<T: JsonSchema>(kind: &str) -> serde_json::Value {
    let settings = SchemaSettings::default()
        .for_serialize()
        .with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Some(required) = schema.get_mut("required").and_then(serde_json::Value::as_array_mut) {
        required.push("type".into());
    } else if let Some(schema) = schema.as_object_mut() {
        schema.insert("required".to_owned(), serde_json::json!(["type"]));
    }
    if let Some(schema) = schema.as_object_mut() {
        let properties = schema.entry("properties").or_insert_with(|| serde_json::json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert("type".to_owned(), serde_json::json!({ "const": kind }));
        }
    }
    schema
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self {
            exit_code: exit.number(),
            name: exit.name(),
            meaning: exit.meaning(),
        }
    }
}

impl From<&Trouble> for OwnCode {
    fn from(trouble: &Trouble) -> Self {
        Self {
            code: trouble.name(),
            exit_code: trouble.exit().number(),
            meaning: trouble.meaning(),
        }
    }
}

impl From<&Code> for RelayCode {
    fn from(code: &Code) -> Self {
        Self {
            code: code.as_str(),
            status: code.status().as_u16(),
            exit_code: usual_exit(*code).number(),
            meaning: code.title(),
            next: code.advice(),
        }
    }
}

impl Report for Everything {
    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
