//! Every path and method that no route has: the gateway's `$default` route.

use nanoark_http::problem::Problem;
use nanoark_http::request::{Request, Response};
use nanoark_http::{problem::Code, routes};
use nanoark_runtime::{Function, Trigger};

/// The function.
pub const FUNCTION: Function = Function {
    name: "not-found",
    trigger: Trigger::Public(|_, request| Box::pin(std::future::ready(answer(request)))),
};

fn answer(request: &Request) -> Result<Response, Problem> {
    match routes::find(&request.method, &request.path) {
        Err(problem) => Err(problem),
        // The template sends here only what no route has.
        Ok(_) => Err(Problem::new(Code::Internal, "The gateway misses a route.")),
    }
}
