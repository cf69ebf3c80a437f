//! `GET /v1/health`: this function runs.

use http::StatusCode;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use nanoark_runtime::{Function, Trigger};
use serde_json::json;

/// The function.
pub const FUNCTION: Function = Function {
    name: "health",
    trigger: Trigger::Public(|_, _| Box::pin(std::future::ready(answer()))),
};

fn answer() -> Result<Response, Problem> {
    let body = json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") });
    Response::json(StatusCode::OK, &body).map_err(|error| Problem::new(Code::Internal, error.to_string()))
}
