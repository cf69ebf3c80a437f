//! Functions as the release binaries that are deployed, each sandbox behind a Runtime API of its own.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::value::RawValue;
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, oneshot};

use super::runtime_api::{Answer, Done, RuntimeApi};
use super::{FunctionError, Invocation, Invoke};

/// How long Lambda lets a function start before it counts against its first call.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// The programs that a function may need: none, but a bootstrap that is a script needs its interpreter.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Runs functions as processes: started on demand, reused while they live, killed when they are out of time.
#[derive(Debug)]
pub struct Processes {
    pools: BTreeMap<String, Pool>,
}

/// A folder of binaries that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ProcessesError {
    /// A function of the template has no binary there.
    #[error("{0} has no binary of the function {1}: build the functions first")]
    NoBinary(PathBuf, String),
}

#[derive(Debug)]
struct Pool {
    binary: PathBuf,
    environment: BTreeMap<String, String>,
    idle: Mutex<Vec<Sandbox>>,
    permits: Semaphore,
}

#[derive(Debug)]
struct Sandbox {
    child: Child,
    api: RuntimeApi,
}

impl Processes {
    /// The binaries in `folder`, either as `<name>/bootstrap`, as cargo-lambda leaves them, or as `<name>`; each with
    /// its environment and with at most `concurrency` sandboxes at once.
    ///
    /// # Errors
    ///
    /// When a function has no binary there.
    pub fn new(
        folder: &Path,
        environments: BTreeMap<String, BTreeMap<String, String>>,
        concurrency: usize,
    ) -> Result<Self, ProcessesError> {
        let mut pools = BTreeMap::new();
        for (name, environment) in environments {
            let candidates = [folder.join(&name).join("bootstrap"), folder.join(&name)];
            let Some(binary) = candidates.into_iter().find(|path| path.is_file()) else {
                return Err(ProcessesError::NoBinary(folder.into(), name));
            };
            let permits = Semaphore::new(concurrency);
            pools.insert(
                name,
                Pool {
                    binary,
                    environment,
                    idle: Mutex::default(),
                    permits,
                },
            );
        }
        Ok(Self { pools })
    }

    /// How many sandboxes of the function wait for their next call.
    #[must_use]
    pub fn idle(&self, function: &str) -> usize {
        let idle = self
            .pools
            .get(function)
            .map(|pool| pool.idle.lock().unwrap_or_else(PoisonError::into_inner).len());
        idle.unwrap_or_default()
    }
}

impl Invoke for Processes {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            match self.pools.get(&invocation.function) {
                Some(pool) => pool.invoke(invocation).await,
                None => {
                    let message = format!("there is no binary of {}", invocation.function);
                    Err(FunctionError::new("ResourceNotFoundException", message))
                }
            }
        })
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            for pool in self.pools.values() {
                let idle = std::mem::take(&mut *pool.idle.lock().unwrap_or_else(PoisonError::into_inner));
                for sandbox in idle {
                    sandbox.kill().await;
                }
            }
        })
    }
}

impl Pool {
    async fn invoke(&self, invocation: Invocation) -> Result<Box<RawValue>, FunctionError> {
        let timeout = invocation.timeout;
        let permit = tokio::time::timeout(timeout, self.permits.acquire()).await;
        let Ok(Ok(_permit)) = permit else {
            return Err(FunctionError::new("TooManyRequestsException", "Rate Exceeded."));
        };
        let (mut sandbox, limit) = match self.warm() {
            Some(sandbox) => (sandbox, timeout),
            None => (self.spawn().await?, timeout.saturating_add(INIT_TIMEOUT)),
        };
        let (answer, answered) = oneshot::channel();
        if sandbox.api.calls.send((invocation, answer)).await.is_err() {
            return Err(FunctionError::new("Runtime.ExitError", "the sandbox has gone"));
        }
        tokio::select! {
            // First, because a process may answer and exit at once.
            biased;
            answer = answered => match answer {
                Ok(Done { answer, goes_on }) => {
                    if goes_on {
                        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(sandbox);
                    }
                    answer
                }
                Err(_) => Err(FunctionError::new("Runtime.ExitError", "the sandbox has gone")),
            },
            status = sandbox.child.wait() => {
                let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                Err(FunctionError::new("Runtime.ExitError", format!("the runtime exited: {status}")))
            }
            () = tokio::time::sleep(limit) => {
                sandbox.kill().await;
                Err(FunctionError::timed_out(timeout))
            }
        }
    }

    /// A sandbox that waits for its next call; those that have exited meanwhile are dropped.
    fn warm(&self) -> Option<Sandbox> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find_map(|mut sandbox| match sandbox.child.try_wait() {
            Ok(None) => Some(sandbox),
            Ok(Some(_)) | Err(_) => None,
        })
    }

    async fn spawn(&self) -> Result<Sandbox, FunctionError> {
        self.try_spawn().await.map_err(|error| {
            let message = format!("{} does not start: {error}", self.binary.display());
            FunctionError::new("Runtime.InvalidEntrypoint", message)
        })
    }

    async fn try_spawn(&self) -> io::Result<Sandbox> {
        let api = RuntimeApi::start().await?;
        let child = Command::new(&self.binary)
            // Nothing of the operator's own environment: what a function sees is what the template gives it.
            .env_clear()
            .env("PATH", PATH)
            .envs(&self.environment)
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .stdin(Stdio::null())
            // Both streams are logs; the standard output belongs to the command that runs the stack.
            .stdout(Stdio::from(io::stderr()))
            .kill_on_drop(true)
            .spawn()?;
        Ok(Sandbox { child, api })
    }
}

impl Sandbox {
    async fn kill(mut self) {
        // It may have exited by itself, which is as good.
        drop(self.child.kill().await);
    }
}
