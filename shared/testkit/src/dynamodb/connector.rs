//! The SDK's transport: a request goes to the engine in this process instead of to a socket.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use serde_json::{Value, json};

use super::call_log::{Call, CallLog, Outcome, Units, reports_capacity, tables_of, units_of_a_refusal, units_reported};
use super::dispatch;
use super::faults::{self, Fault, FaultSite, Faults};

#[derive(Clone)]
pub(super) struct Connector {
    pub(super) database: Database,
    pub(super) calls: CallLog,
    pub(super) faults: Faults,
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("in-process DynamoDB")
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.carry(&request))
    }
}

impl Connector {
    fn carry(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let bytes = request.body().bytes().unwrap_or_default();
        let body: Value = serde_json::from_slice(bytes).map_err(|error| ConnectorError::user(error.into()))?;
        match self.serve(operation, &body) {
            Some((status, answer)) => respond(status, &answer),
            None => {
                let timeout = io::Error::new(io::ErrorKind::TimedOut, "scripted time-out");
                Err(ConnectorError::timeout(timeout.into()))
            }
        }
    }

    /// Status and body, or nothing when the caller is to see a time-out.
    fn serve(&self, operation: &str, request: &Value) -> Option<(u16, Value)> {
        let tables = tables_of(request);
        let site = FaultSite {
            operation,
            tables: &tables,
            request,
        };
        let fault = self.faults.strike(&site);
        let mut call = Call {
            operation: operation.to_owned(),
            tables: tables.clone(),
            units: Units::default(),
            units_by_table: BTreeMap::new(),
            estimated: false,
            outcome: Outcome::TimedOut { committed: false },
        };
        let (status, mut answer) = match fault {
            Some(Fault::TimeoutBeforeCommit) => {
                self.calls.record(call);
                return None;
            }
            None | Some(Fault::TimeoutAfterCommit) => self.ask_engine(operation, request, &mut call),
            Some(fault) => {
                let refused = faults::answer(fault, &site)?;
                call.outcome = outcome(refused.0, &refused.1);
                refused
            }
        };
        call.units = call
            .units_by_table
            .values()
            .fold(Units::default(), |sum, units| sum.plus(*units));
        if fault == Some(Fault::TimeoutAfterCommit) {
            call.outcome = Outcome::TimedOut {
                committed: call.succeeded(),
            };
            self.calls.record(call);
            return None;
        }
        self.calls.record(call);
        keep_capacity_asked_for(request, &mut answer);
        Some((status, answer))
    }

    fn ask_engine(&self, operation: &str, request: &Value, call: &mut Call) -> (u16, Value) {
        let engine_request = with_capacity(operation, request);
        let (status, answer) = match dispatch::answer(&self.database, operation, &engine_request) {
            Ok(answer) => (200, answer),
            Err(error) => {
                let body =
                    serde_json::from_str(&error.to_json()).unwrap_or_else(|_| json!({ "message": error.to_string() }));
                (error.status_code(), body)
            }
        };
        call.outcome = outcome(status, &answer);
        match &call.outcome {
            Outcome::Refused { error, .. } => {
                call.units_by_table = units_of_a_refusal(operation, error, request);
                call.estimated = !call.units_by_table.is_empty();
            }
            Outcome::Answered | Outcome::TimedOut { .. } => call.units_by_table = units_reported(operation, &answer),
        }
        (status, answer)
    }
}

/// The request, made to report what it consumes in every table and index.
fn with_capacity(operation: &str, request: &Value) -> Value {
    let mut request = request.clone();
    if reports_capacity(operation)
        && let Some(fields) = request.as_object_mut()
    {
        fields.insert("ReturnConsumedCapacity".to_owned(), json!("INDEXES"));
    }
    request
}

/// Leaves the caller no more capacity figures than it asked for.
fn keep_capacity_asked_for(request: &Value, answer: &mut Value) {
    let asked = request
        .get("ReturnConsumedCapacity")
        .and_then(Value::as_str)
        .unwrap_or("NONE");
    let Some(fields) = answer.as_object_mut() else { return };
    match asked {
        "INDEXES" => {}
        "TOTAL" => {
            let entries = match fields.get_mut("ConsumedCapacity") {
                Some(Value::Array(entries)) => entries.iter_mut().collect(),
                Some(entry) => vec![entry],
                None => Vec::new(),
            };
            for entry in entries.into_iter().filter_map(Value::as_object_mut) {
                for detail in ["Table", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
                    entry.remove(detail);
                }
            }
        }
        _ => {
            fields.remove("ConsumedCapacity");
        }
    }
}

fn outcome(status: u16, answer: &Value) -> Outcome {
    if status == 200 {
        return Outcome::Answered;
    }
    let name = answer.get("__type").and_then(Value::as_str).unwrap_or_default();
    let reasons = answer
        .get("CancellationReasons")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let code = |reason: &Value| {
        reason
            .get("Code")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Outcome::Refused {
        status,
        error: name.rsplit('#').next().unwrap_or_default().to_owned(),
        reasons: reasons.map(code).collect(),
    }
}

fn respond(status: u16, answer: &Value) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(status).map_err(|error| ConnectorError::user(error.into()))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.to_string()));
    response
        .headers_mut()
        .insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}
