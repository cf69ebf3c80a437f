//! `infra/template.yaml` as a typed model: the local stack has no other list of routes, tables, queues or schedules.
//!
//! A construct that the model does not cover is an error. What has no meaning on one machine (policies, alarms, log
//! groups, encryption) is passed over by name, so that nothing is ever left out by accident.

mod functions;
mod model;
mod properties;
mod queues;
mod reader;
mod schedules;
mod scope;
mod sockets;
mod sources;
mod tables;
mod tags;

use std::collections::BTreeMap;

pub use model::{
    EventSource, Function, Origin, Queue, QueueOrigin, Redrive, Route, Schedule, SocketApi, SocketRoute, StreamOrigin,
    Table,
};

/// The account in every ARN of the local stack.
pub const ACCOUNT: &str = "000000000000";

/// The template of this repository, as it was when the program was built.
pub const EMBEDDED: &str = include_str!("../../../template.yaml");

/// What a deployment would choose: the stack's name, its region, its parameters and the addresses it gets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `AWS::StackName`.
    pub stack_name: String,
    /// `AWS::Region`.
    pub region: String,
    /// Values of the template's parameters; one without a default must be given.
    pub parameters: BTreeMap<String, String>,
    /// The beginning of every queue's URL, without a slash at its end.
    pub queue_endpoint: String,
}

/// The model of a template.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// Functions by the name of their binary.
    pub functions: BTreeMap<String, Function>,
    /// Routes of the HTTP API.
    pub routes: Vec<Route>,
    /// The WebSocket API.
    pub sockets: Option<SocketApi>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Queues and streams that call functions.
    pub sources: Vec<EventSource>,
    /// Schedules that call functions.
    pub schedules: Vec<Schedule>,
}

/// Why a template cannot be run here.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The text is no YAML.
    #[error("the template is no YAML: {0}")]
    Yaml(#[from] serde_yaml_ng::Error),
    /// A value has another shape than CloudFormation asks for.
    #[error("the template is invalid: {0}")]
    Invalid(String),
    /// Valid, but nothing that the local stack can run.
    #[error("the local stack does not support {0}")]
    Unsupported(String),
    /// A reference to something that the template does not define.
    #[error("nothing is called {0}")]
    Unknown(String),
    /// A parameter without a default was not given.
    #[error("the parameter {0} has no default and was not given")]
    MissingParameter(String),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            stack_name: "nanoark".into(),
            region: "us-east-1".into(),
            parameters: BTreeMap::new(),
            queue_endpoint: "http://sqs.localhost".into(),
        }
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// When it is malformed, refers to something unknown, or uses what the local stack does not support.
    pub fn read(text: &str, settings: &Settings) -> Result<Self, TemplateError> {
        reader::read(&tags::parse(text)?, settings)
    }

    /// The table with this name or logical id.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name || table.id == name)
    }

    /// The queue with this name or logical id.
    #[must_use]
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.name == name || queue.id == name)
    }
}
