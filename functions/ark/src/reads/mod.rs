//! What wallets and the public may read.

pub(crate) mod balances;
pub(crate) mod info;
pub(crate) mod quote;
pub(crate) mod receipt;
pub(crate) mod session;
pub(crate) mod vtxos;

use http::StatusCode;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use serde::Serialize;

/// An answer with this body.
pub(crate) fn ok<T: Serialize>(body: &T) -> Result<Response, Problem> {
    Response::json(StatusCode::OK, body).map_err(|error| Problem::new(Code::Internal, error.to_string()))
}
