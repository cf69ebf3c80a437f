//! The template, running.

mod addresses;
mod ark;
mod background;
mod options;
mod services;
mod tables;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dynoxide::Database;
use http::{Request, Response};
use serde_json::value::RawValue;

pub use ark::ArkGateway;
pub use options::{Listen, Options};
pub use services::Services;

use crate::gateway::{Gateway, Routes, RoutesError};
use crate::invoke::{Caller, FunctionError};
use crate::queue::{QueueError, QueuePump, Queues};
use crate::schedule::Schedules;
use crate::sockets::{Connections, Refused, Socket, Sockets};
use crate::stream::{CheckpointError, Checkpoints, StreamError, StreamPump, Surroundings};
use crate::template::{Origin, SocketApi, TemplateError};
use addresses::Listeners;
use background::Background;

/// How often items that have expired are deleted. AWS takes up to two days.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// More steps than any sane template needs at one instant: a function keeps sending itself messages.
const MOST_STEPS: usize = 10_000;

/// A template that runs on this machine.
#[derive(Debug)]
pub struct Stack {
    services: Services,
    gateway: Gateway,
    work: Arc<Work>,
    background: Option<Background>,
    checkpoints: Arc<Checkpoints>,
}

/// What outlasts a stack that keeps everything in memory: its tables, its queues, and how far the streams were read. A
/// stack that is started [over](Options::over) it is the same relay after a restart, however the last one ended.
#[derive(Clone)]
pub struct Remains {
    database: Database,
    queues: Queues,
    checkpoints: Arc<Checkpoints>,
}

impl fmt::Debug for Remains {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Remains").finish_non_exhaustive()
    }
}

/// Everything that happens by itself: streams, queues, schedules and expiry.
#[derive(Debug)]
struct Work {
    services: Services,
    caller: Arc<Caller>,
    streams: Vec<Arc<StreamPump>>,
    queues: Vec<Arc<QueuePump>>,
    schedules: Schedules,
    sockets: Sockets,
    swept_at: AtomicU64,
}

/// Why a stack does not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The template cannot be run here.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A route of the template is malformed.
    #[error(transparent)]
    Routes(#[from] RoutesError),
    /// The data directory or an address cannot be used.
    #[error("{0}: {1}")]
    Io(String, #[source] std::io::Error),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] dynoxide::DynoxideError),
    /// The data directory holds a table that is not the template's.
    #[error("the table {0} in the data directory has other keys or indexes than the template's: use another directory")]
    OtherTable(String),
    /// The queues failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The checkpoints failed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A stream failed.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The functions cannot be set up.
    #[error("the functions cannot be set up: {0}")]
    Functions(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something is always due, at one and the same instant.
    #[error("the stack does not come to rest: a function keeps causing its own next call")]
    Restless,
}

impl Stack {
    /// Starts the template: its tables, queues and addresses, then its functions, then what happens by itself.
    ///
    /// # Errors
    ///
    /// When the template cannot be run, the data directory or an address cannot be used, or the functions cannot be set up.
    pub async fn start(options: Options) -> Result<Self, StackError> {
        let Options {
            template,
            settings,
            data_dir,
            clock,
            listen,
            background,
            remains,
            gateway_key,
            functions,
        } = options;
        if let Some(folder) = &data_dir {
            std::fs::create_dir_all(folder).map_err(|error| StackError::Io(folder.display().to_string(), error))?;
        }
        let file = |name: &str| data_dir.as_ref().map(|folder| folder.join(name));
        let listeners = Listeners::bind(listen).await?;
        let mut template = listeners.read_template(&template, settings.clone())?;
        if let Some(key) = &gateway_key {
            ark::hand_out(key, &mut template);
        }

        let Remains {
            database,
            queues,
            checkpoints,
        } = match remains {
            Some(remains) => remains,
            None => Remains {
                database: tables::open(file("dynamodb.db").as_deref(), &clock)?,
                queues: Queues::open(file("queues.db").as_deref(), template.queues.clone(), clock.clone())?,
                checkpoints: Arc::new(Checkpoints::open(file("checkpoints.db").as_deref())?),
            },
        };
        tables::create(&database, &template.tables)?;
        let stage_path = template.sockets.as_ref().map(SocketApi::path);
        let connections = Connections::new(stage_path.unwrap_or_default());
        let services = Services::new(
            template,
            database,
            queues,
            connections,
            clock.clone(),
            settings.region,
            listeners.addresses(),
        );

        let invoke = functions(&services).map_err(StackError::Functions)?;
        let caller = Arc::new(Caller::new(
            services.template().functions.clone(),
            invoke,
            clock.clone(),
        ));
        let routes = Routes::new(&services.template().routes)?;
        let gateway = Gateway::new(routes, Arc::clone(&caller), clock);
        let work = Arc::new(Work::new(services.clone(), caller, Arc::clone(&checkpoints))?);
        let background = background
            .then(|| Background::start(&work))
            .into_iter()
            .chain(listeners.serve(&gateway, &work.sockets, &services));
        let background = background.reduce(Background::merge);
        Ok(Self {
            services,
            gateway,
            work,
            background,
            checkpoints,
        })
    }

    /// What a restart finds of this stack.
    #[must_use]
    pub fn remains(&self) -> Remains {
        Remains {
            database: self.services.database().clone(),
            queues: self.services.queues().clone(),
            checkpoints: Arc::clone(&self.checkpoints),
        }
    }

    /// What the functions of the stack work with.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Sends a request to the HTTP API without a socket.
    pub async fn http(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.gateway.handle(request, "127.0.0.1").await
    }

    /// Connects to the WebSocket API without a socket around the connection.
    ///
    /// # Errors
    ///
    /// When the handshake is refused.
    pub async fn socket(&self, handshake: &Request<()>) -> Result<Socket, Refused> {
        let uri = handshake.uri();
        let query = uri.query().unwrap_or_default();
        self.work
            .sockets
            .connect(uri.path(), query, handshake.headers(), "127.0.0.1")
            .await
    }

    /// Does everything that is due at this instant, and what that causes, until nothing is left; says how much it was.
    ///
    /// # Errors
    ///
    /// When a store fails, or when there is no end to it.
    pub async fn settle(&self) -> Result<usize, StackError> {
        let mut steps: usize = 0;
        loop {
            let before = steps;
            steps = steps.saturating_add(self.work.once(MOST_STEPS.saturating_sub(steps)).await?);
            if steps == before {
                return Ok(steps);
            }
            if steps >= MOST_STEPS {
                return Err(StackError::Restless);
            }
        }
    }

    /// Calls a scheduled function now, by its name or by the schedule's id.
    ///
    /// # Errors
    ///
    /// When nothing schedules it, or the function fails.
    pub async fn trigger(&self, name: &str) -> Result<Box<RawValue>, FunctionError> {
        self.work.schedules.trigger(name).await
    }

    /// Calls any function with any event.
    ///
    /// # Errors
    ///
    /// When the template has no such function, or the function fails.
    pub async fn invoke(&self, function: &str, event: Box<RawValue>) -> Result<Box<RawValue>, FunctionError> {
        self.work
            .caller
            .call(function, self.work.caller.request_id(), event)
            .await
    }

    /// Stops listening and working; what is at work is finished first, within reason.
    pub async fn stop(self) {
        if let Some(background) = self.background {
            background.stop().await;
        }
        self.work.caller.stop().await;
    }
}

impl std::ops::Deref for Stack {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

impl Work {
    fn new(services: Services, caller: Arc<Caller>, checkpoints: Arc<Checkpoints>) -> Result<Self, StackError> {
        let (region, clock) = (services.region().to_owned(), services.clock().clone());
        let around = Surroundings {
            region: region.clone(),
            database: services.database().clone(),
            queues: services.queues().clone(),
            checkpoints,
            caller: Arc::clone(&caller),
            clock: clock.clone(),
        };
        let (mut streams, mut queues) = (Vec::new(), Vec::new());
        for source in services.template().sources.clone() {
            match source.origin.clone() {
                Origin::Stream(origin) => {
                    let pump = StreamPump::new(source, origin, around.clone());
                    pump.prepare()?;
                    streams.push(Arc::new(pump));
                }
                Origin::Queue(origin) => {
                    let around = around.clone();
                    let pump = QueuePump::new(
                        source,
                        origin,
                        around.region,
                        around.queues,
                        around.caller,
                        around.clock,
                    );
                    queues.push(Arc::new(pump));
                }
            }
        }
        let schedules = Schedules::new(
            services.template().schedules.clone(),
            region,
            Arc::clone(&caller),
            clock.clone(),
        );
        let sockets = Sockets::new(
            services.template().sockets.clone(),
            services.connections().clone(),
            Arc::clone(&caller),
            clock.clone(),
        );
        Ok(Self {
            services,
            caller,
            sockets,
            streams,
            queues,
            schedules,
            swept_at: AtomicU64::new(clock.now()),
        })
    }

    /// One round over everything that may be due, of at most this many steps.
    async fn once(&self, most: usize) -> Result<usize, StackError> {
        let mut steps = self.schedules.step().await;
        steps = steps.saturating_add(self.sockets.step().await);
        self.sweep()?;
        for pump in &self.streams {
            while steps < most && pump.step().await? {
                steps = steps.saturating_add(1);
            }
        }
        for pump in &self.queues {
            while steps < most && pump.step().await? {
                steps = steps.saturating_add(1);
            }
        }
        Ok(steps)
    }

    /// Deletes what has expired, if the last time was long enough ago.
    fn sweep(&self) -> Result<(), StackError> {
        let now = self.services.clock().now();
        let last = self.swept_at.load(Ordering::SeqCst);
        let every = u64::try_from(SWEEP_EVERY.as_millis()).unwrap_or(u64::MAX);
        if now >= last.saturating_add(every) {
            self.swept_at.store(now, Ordering::SeqCst);
            self.services.database().sweep_ttl()?;
        }
        Ok(())
    }
}

/// The addresses of a stack that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The HTTP API.
    pub http: SocketAddr,
    /// The WebSocket API.
    pub websocket: SocketAddr,
    /// DynamoDB.
    pub dynamodb: SocketAddr,
    /// SQS.
    pub sqs: SocketAddr,
}
