//! How a stack is to be started.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use nanoark_nostr::NostrKey;

use super::{ArkGateway, Remains, Services};
use crate::clock::Clock;
use crate::invoke::{InProcess, Invoke};
use crate::template::{self, Settings};

/// Why the functions cannot be set up.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Sets up the functions, once everything that they work with is there.
pub(super) type Functions = Box<dyn FnOnce(&Services) -> Result<Arc<dyn Invoke>, BoxError> + Send>;

/// How a stack is to be started.
pub struct Options {
    pub(super) template: String,
    pub(super) settings: Settings,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) clock: Clock,
    pub(super) listen: Option<Listen>,
    pub(super) background: bool,
    pub(super) remains: Option<Remains>,
    pub(super) gateway_key: Option<NostrKey>,
    pub(super) functions: Functions,
}

/// The ports to listen on, on the loopback interface; zero for any that is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listen {
    /// The HTTP API.
    pub http: u16,
    /// The WebSocket API.
    pub websocket: u16,
    /// DynamoDB.
    pub dynamodb: u16,
    /// SQS.
    pub sqs: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// The template of this repository, in memory, by the clock of the machine, without addresses, background work or
    /// functions.
    #[must_use]
    pub fn new() -> Self {
        Self {
            template: template::EMBEDDED.into(),
            settings: Settings::default(),
            data_dir: None,
            clock: Clock::system(),
            listen: None,
            background: false,
            remains: None,
            gateway_key: None,
            functions: Box::new(|_| Ok(Arc::new(InProcess::new()))),
        }
    }

    /// Another template.
    #[must_use]
    pub fn template(mut self, text: impl Into<String>) -> Self {
        self.template = text.into();
        self
    }

    /// A parameter of the template.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.parameters.insert(name.into(), value.into());
        self
    }

    /// What the Ark gateway works with: the parameters for it, and the key in the place of the secret that holds it.
    #[must_use]
    pub fn ark_gateway(mut self, gateway: &ArkGateway) -> Self {
        self.gateway_key = Some(gateway.key.clone());
        gateway.describe(self)
    }

    /// Another name of the stack, in the place of `nanoark`.
    #[must_use]
    pub fn stack_name(mut self, name: impl Into<String>) -> Self {
        self.settings.stack_name = name.into();
        self
    }

    /// Keeps everything in this folder. The database's own clock, which decides when items expire, is then the
    /// machine's.
    #[must_use]
    pub fn data_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(folder.into());
        self
    }

    /// Goes on where a stack in memory, of the same template, has left off.
    #[must_use]
    pub fn over(mut self, remains: Remains) -> Self {
        self.remains = Some(remains);
        self
    }

    /// Another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Listens on the loopback interface.
    #[must_use]
    pub fn listen(mut self, listen: Listen) -> Self {
        self.listen = Some(listen);
        self
    }

    /// Lets streams, queues and schedules work by themselves, instead of by [`settle`](super::Stack::settle) only.
    #[must_use]
    pub fn background(mut self) -> Self {
        self.background = true;
        self
    }

    /// The functions. The closure is called once, when tables, queues and addresses are there.
    #[must_use]
    pub fn functions<F>(mut self, functions: F) -> Self
    where
        F: FnOnce(&Services) -> Result<Arc<dyn Invoke>, BoxError> + Send + 'static,
    {
        self.functions = Box::new(functions);
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("settings", &self.settings)
            .field("data_dir", &self.data_dir)
            .field("listen", &self.listen)
            .field("background", &self.background)
            .finish_non_exhaustive()
    }
}
