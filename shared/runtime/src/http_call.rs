//! A request's way: size, signature, handler, answer, one line in the log.

use http::header::CACHE_CONTROL;
use http::{HeaderName, HeaderValue};
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::{Request, Response};
use nanoark_http::signature::{self, Signed};
use nanoark_http::{body, routes};

use crate::function::Pending;
use crate::relay::Relay;
use crate::wallet_call::WalletCall;

/// The header that repeats the request id.
const REQUEST_ID: HeaderName = HeaderName::from_static("nanoark-request-id");

type PublicHandler = for<'a> fn(&'a Relay, &'a Request) -> Pending<'a, Result<Response, Problem>>;
type WalletHandler = for<'a> fn(&'a Relay, &'a WalletCall) -> Pending<'a, Result<Response, Problem>>;
type SignedHandler = for<'a> fn(&'a Relay, &'a Signed) -> Pending<'a, Result<Response, Problem>>;

/// An answer, and the code of the problem if it is one.
pub(crate) type Answer = (Response, Option<Code>);

pub(crate) async fn answer_public(function: &str, relay: &Relay, request: &Request, handler: PublicHandler) -> Answer {
    let result = match check_size(function, request) {
        Ok(()) => handler(relay, request).await,
        Err(problem) => Err(problem),
    };
    finish(request, result)
}

pub(crate) async fn answer_signed(function: &str, relay: &Relay, request: &Request, handler: SignedHandler) -> Answer {
    let verified = check_size(function, request)
        .and_then(|()| Ok(signature::verify(request, relay.now(), relay.signature_rules())?));
    let result = match &verified {
        Ok(signed) => handler(relay, signed).await,
        Err(problem) => Err(problem.clone()),
    };
    finish(request, result)
}

pub(crate) async fn answer_wallet(function: &str, relay: &Relay, request: &Request, handler: WalletHandler) -> Answer {
    let verified = check_size(function, request).and_then(|()| WalletCall::verify(request, relay));
    let result = match &verified {
        Ok(call) => handler(relay, call).await,
        Err(problem) => Err(problem.clone()),
    };
    finish(request, result)
}

/// Refuses what is too large before anything is made of it. A function without a route of its own answers for those that
/// nobody has: there the path is what is wrong, whatever came with it.
fn check_size(function: &str, request: &Request) -> Result<(), Problem> {
    match routes::of_function(function) {
        Some(route) => body::check_size(request, route.max_body),
        None => Ok(()),
    }
}

fn finish(request: &Request, result: Result<Response, Problem>) -> Answer {
    let code = result.as_ref().err().map(|problem| problem.code);
    let mut response = result.unwrap_or_else(|problem| {
        if matches!(problem.code, Code::Internal | Code::Unavailable) {
            tracing::error!(
                request_id = request.request_id,
                detail = problem.detail,
                "{}",
                problem.code
            );
        }
        problem.for_request(&request.request_id).into_response()
    });
    if let Ok(id) = HeaderValue::from_str(&request.request_id) {
        response.headers.insert(REQUEST_ID, id);
    }
    let cache = HeaderValue::from_static("no-store");
    response.headers.entry(CACHE_CONTROL).or_insert(cache);
    (response, code)
}

/// One line per request: who asked is not in it, nor anything that was sent.
pub(crate) fn log(function: &str, request: &Request, (response, code): &Answer, milliseconds: u64) {
    let named = request
        .path_parameter("job_id")
        .or_else(|| request.path_parameter("offer_id"))
        .or_else(|| request.path_parameter("session_id"));
    tracing::info!(
        function,
        request_id = request.request_id,
        status = response.status.as_u16(),
        code = code.map_or("", Code::as_str),
        id = named.unwrap_or(""),
        ms = milliseconds,
        "request"
    );
}
