//! The loop that Lambda drives.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{LambdaEvent, service_fn};

use crate::clients::{AwsAccess, AwsClients};
use crate::config::Config;
use crate::edge::{SystemClock, SystemEntropy, system_setting};
use crate::function::{Function, Invocation, InvocationError};
use crate::relay::Relay;
use crate::{Event, logging};

/// Runs a function until Lambda ends it. This is all that a binary's `main` does.
#[must_use]
pub fn serve(function: Function) -> ExitCode {
    logging::start(system_setting("NANOARK_LOG").as_deref());
    match start(function) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function = function.name, error, "cannot start");
            ExitCode::FAILURE
        }
    }
}

fn start(function: Function) -> Result<(), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let config = Config::from_settings(&system_setting).map_err(|error| text(&error))?;
    let access = AwsAccess::from_settings(&system_setting).map_err(|error| text(&error))?;
    let clients = AwsClients::connect(&access);
    let relay = Relay::new(config, clients.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy))
        .map_err(|error| text(&error))?;
    // A function handles one event at a time: a second thread would only cost start-up time.
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| text(&error))?;
    executor.block_on(async move {
        let relay = &relay
            .with_secrets(&clients.secrets)
            .await
            .map_err(|error| text(&error))?;
        let handler = service_fn(move |event: LambdaEvent<Box<Event>>| async move {
            let invocation = Invocation {
                request_id: event.context.request_id,
            };
            function
                .invoke(relay, &event.payload, &invocation)
                .await
                .map_err(Failure)
        });
        lambda_runtime::run(handler).await.map_err(|error| error.to_string())
    })
}

/// An invocation error in the form Lambda reports.
#[derive(Debug)]
struct Failure(InvocationError);

impl From<Failure> for lambda_runtime::Diagnostic {
    fn from(Failure(error): Failure) -> Self {
        let error_type = match error {
            InvocationError::UnknownEvent(_) => "UnknownEvent",
            InvocationError::Answer(_) => "Answer",
            InvocationError::TryAgain(_) => "TryAgain",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}
