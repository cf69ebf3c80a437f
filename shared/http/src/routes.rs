//! Every endpoint, in one table: what the template, the local stack, the clients and the documentation agree on.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use http::Method;

use crate::problem::{Code, Problem};

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone; a signature is not looked at.
    Public,
    /// A bot, by a signed request.
    Signed,
    /// A wallet, by a request that its Nostr key has signed (NIP-98).
    Wallet,
    /// Anyone; the signed Nostr event in the body says itself who it is by.
    Event,
}

/// Whose endpoint it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The job relay's, for bots.
    JobRelay,
    /// The Ark gateway's, for wallets.
    ArkGateway,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Whose it is.
    pub service: Service,
    /// The method.
    pub method: Method,
    /// The path template, placeholders in braces: `/v1/jobs/{job_id}/quote`.
    pub path: &'static str,
    /// The Lambda function (and binary) behind it.
    pub function: &'static str,
    /// Who may call.
    pub access: Access,
    /// The largest body in bytes; 0 where no body belongs.
    pub max_body: usize,
    /// What it does, in a few words.
    pub summary: &'static str,
}

const KIB: usize = 1_024;
/// What most mutations carry.
const SMALL: usize = 16 * KIB;
/// An offer: texts, two schemas of 8 KiB, an example.
const OFFER: usize = 40 * KIB;
/// An input of 64 KiB, in base64 when sealed.
const INPUT: usize = 96 * KIB;
/// A result of 256 KiB, in base64 when sealed.
const RESULT: usize = 384 * KIB;
/// A Nostr event, as large as relays take it.
const EVENT: usize = 64 * KIB;

const fn route(
    method: Method,
    path: &'static str,
    function: &'static str,
    access: Access,
    max_body: usize,
    summary: &'static str,
) -> Route {
    Route {
        service: Service::JobRelay,
        method,
        path,
        function,
        access,
        max_body,
        summary,
    }
}

const fn of_gateway(
    method: Method,
    path: &'static str,
    function: &'static str,
    access: Access,
    max_body: usize,
    summary: &'static str,
) -> Route {
    Route {
        service: Service::ArkGateway,
        method,
        path,
        function,
        access,
        max_body,
        summary,
    }
}

/// The table.
#[rustfmt::skip]
pub static ROUTES: [Route; 31] = [
    route(Method::POST,  "/v1/offers",                      "publish-offer",  Access::Signed, OFFER,  "Publish an offer"),
    route(Method::GET,   "/v1/offers",                      "search-offers",  Access::Public, 0,      "Search active offers"),
    route(Method::GET,   "/v1/offers/{offer_id}",           "get-offer",      Access::Public, 0,      "Read an offer"),
    route(Method::PATCH, "/v1/offers/{offer_id}",           "edit-offer",     Access::Signed, OFFER,  "Edit a paused offer"),
    route(Method::POST,  "/v1/offers/{offer_id}/pause",     "pause-offer",    Access::Signed, SMALL,  "Pause an offer"),
    route(Method::POST,  "/v1/offers/{offer_id}/resume",    "resume-offer",   Access::Signed, SMALL,  "Resume a paused offer"),
    route(Method::POST,  "/v1/offers/{offer_id}/cancel",    "cancel-offer",   Access::Signed, SMALL,  "Cancel an offer for good"),
    route(Method::POST,  "/v1/jobs",                        "request-job",    Access::Signed, INPUT,  "Request a job from an offer"),
    route(Method::GET,   "/v1/jobs",                        "list-jobs",      Access::Signed, 0,      "List and follow the jobs you are a party to"),
    route(Method::GET,   "/v1/jobs/{job_id}",               "get-job",        Access::Signed, 0,      "Read a job you are a party to"),
    route(Method::POST,  "/v1/jobs/{job_id}/quote",         "quote-job",      Access::Signed, SMALL,  "Quote a price, with an invoice account (seller)"),
    route(Method::POST,  "/v1/jobs/{job_id}/accept",        "accept-job",     Access::Signed, SMALL,  "Accept the quote (buyer)"),
    route(Method::POST,  "/v1/jobs/{job_id}/decline",       "decline-job",    Access::Signed, SMALL,  "Decline the request (seller)"),
    route(Method::POST,  "/v1/jobs/{job_id}/cancel",        "cancel-job",     Access::Signed, SMALL,  "Cancel before the work has begun (buyer)"),
    route(Method::POST,  "/v1/jobs/{job_id}/payment",       "submit-payment", Access::Signed, SMALL,  "Name the block that pays (buyer)"),
    route(Method::POST,  "/v1/jobs/{job_id}/lock",          "lock-job",       Access::Signed, SMALL,  "Lock a paid job to execute it (seller)"),
    route(Method::POST,  "/v1/jobs/{job_id}/lock/renew",    "renew-lock",     Access::Signed, SMALL,  "Extend the lease of the lock (seller)"),
    route(Method::POST,  "/v1/jobs/{job_id}/lock/release",  "release-lock",   Access::Signed, SMALL,  "Give the lock back (seller)"),
    route(Method::POST,  "/v1/jobs/{job_id}/deliver",       "deliver-job",    Access::Signed, RESULT, "Deliver the result, or the failure (seller)"),
    route(Method::POST,  "/v1/jobs/{job_id}/refund",        "record-refund",  Access::Signed, SMALL,  "Name the block that pays back (seller)"),
    of_gateway(Method::POST,   "/v1/events",                "post-event",        Access::Event,  EVENT, "Post a signed Nostr event"),
    of_gateway(Method::POST,   "/v1/sessions",              "open-session",      Access::Event,  EVENT, "Open a session with a signed intent"),
    of_gateway(Method::GET,    "/v1/sessions/{session_id}", "get-session",       Access::Wallet, 0,     "Read a session you are a party to"),
    of_gateway(Method::DELETE, "/v1/sessions/{session_id}", "terminate-session", Access::Wallet, 0,     "End a session before the point of no return"),
    of_gateway(Method::GET,    "/v1/quote",                 "get-quote",         Access::Public, 0,     "Read what a session costs"),
    of_gateway(Method::GET,    "/v1/info",                  "get-info",          Access::Public, 0,     "Read the gateway's keys and limits, and the Ark operator's"),
    of_gateway(Method::GET,    "/v1/vtxos",                 "list-vtxos",        Access::Wallet, 0,     "List the VTXOs you own"),
    of_gateway(Method::GET,    "/v1/balances",              "get-balances",      Access::Wallet, 0,     "Read the balances you own"),
    of_gateway(Method::GET,    "/v1/receipts/{ark_txid}",   "get-receipt",       Access::Public, 0,     "Read the receipt of an Ark transaction"),
    route(Method::GET,   "/v1/health",                      "health",         Access::Public, 0,      "Is the function alive"),
    route(Method::GET,   "/v1/ready",                       "ready",          Access::Public, 0,      "Do tables, queue, Nano node and Ark operator answer"),
];

/// A route that a request fits, with what its placeholders matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The route.
    pub route: &'static Route,
    /// By name of the placeholder.
    pub path_parameters: BTreeMap<String, String>,
}

impl Route {
    /// The key API Gateway has for it, such as `GET /v1/jobs/{job_id}`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// What the placeholders match in this path; `None` when it is another path. A placeholder matches one segment that
    /// is not empty, exactly as it stands.
    #[must_use]
    pub fn match_path(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let mut segments = path.split('/');
        for expected in self.path.split('/') {
            let segment = segments.next()?;
            match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) if !segment.is_empty() => {
                    parameters.insert(name.to_owned(), segment.to_owned());
                }
                None if expected == segment => {}
                Some(_) | None => return None,
            }
        }
        segments.next().is_none().then_some(parameters)
    }
}

/// The route of a function. Every function behind HTTP has exactly one.
#[must_use]
pub fn of_function(function: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.function == function)
}

/// The route a request fits.
///
/// # Errors
/// [`Code::UnknownRoute`] for a path that no route has, [`Code::MethodNotAllowed`] for a path that others methods have.
pub fn find(method: &Method, path: &str) -> Result<Matched, Problem> {
    let mut allowed = Vec::new();
    for route in &ROUTES {
        let Some(path_parameters) = route.match_path(path) else {
            continue;
        };
        if route.method == *method {
            return Ok(Matched { route, path_parameters });
        }
        allowed.push(route.method.clone());
    }
    if allowed.is_empty() {
        Err(Problem::new(Code::UnknownRoute, "Nothing is at this path."))
    } else {
        Err(Problem::method_not_allowed(&allowed))
    }
}

/// The reference of all routes, as a Markdown table.
#[must_use]
pub fn reference_markdown() -> String {
    let mut table = "<!-- Generated from shared/http/src/routes.rs. Do not edit. -->\n\
                     | call | what it does | caller | largest body | function |\n|---|---|---|---|---|\n"
        .to_owned();
    for Route {
        service: _,
        method,
        path,
        function,
        access,
        max_body,
        summary,
    } in &ROUTES
    {
        let access = match access {
            Access::Public => "anyone",
            Access::Signed => "signed",
            Access::Wallet => "wallet",
            Access::Event => "by event",
        };
        let body = match max_body / KIB {
            0 => "none".to_owned(),
            kib => format!("{kib} KiB"),
        };
        // Writing into a string cannot fail.
        let _ = writeln!(
            table,
            "| `{method} {path}` | {summary} | {access} | {body} | `{function}` |"
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_route_and_no_function_is_listed_twice() {
        assert_eq!(
            ROUTES.iter().map(Route::key).collect::<BTreeSet<_>>().len(),
            ROUTES.len()
        );
        assert_eq!(
            ROUTES.iter().map(|route| route.function).collect::<BTreeSet<_>>().len(),
            ROUTES.len()
        );
    }

    #[test]
    fn every_mutation_is_signed_in_its_way_and_only_mutations_have_bodies() {
        for route in &ROUTES {
            let mutation = route.method != Method::GET;
            let body = mutation && route.method != Method::DELETE;
            assert_eq!(route.max_body > 0, body, "{}", route.key());
            assert!(!mutation || route.access != Access::Public, "{}", route.key());
            assert!(route.access != Access::Event || body, "{}", route.key());
        }
    }

    #[test]
    fn every_route_finds_itself_and_only_itself() {
        for route in &ROUTES {
            let path = route.path.replace(['{', '}'], "");
            assert_eq!(find(&route.method, &path).unwrap().route, route);
            assert_eq!(of_function(route.function), Some(route));
        }
        let matched = find(&Method::POST, "/v1/jobs/jb%201/lock/renew").unwrap();
        assert_eq!(matched.path_parameters["job_id"], "jb%201");
    }

    #[test]
    fn a_path_that_is_not_exactly_ours_is_unknown() {
        for path in [
            "",
            "/",
            "/v1/jobs/",
            "/v1//jobs",
            "/v1/jobs/a/b",
            "/v1/jobs//quote",
            "/v2/jobs",
            "/V1/jobs",
            "v1/jobs",
        ] {
            assert_eq!(
                find(&Method::GET, path).unwrap_err().code,
                Code::UnknownRoute,
                "{path:?}"
            );
        }
    }

    #[test]
    fn a_known_path_with_another_method_says_which_ones_it_has() {
        let problem = find(&Method::DELETE, "/v1/offers/of-1").unwrap_err();
        assert_eq!(problem.code, Code::MethodNotAllowed);
        assert_eq!(problem.headers[http::header::ALLOW], "GET, PATCH");
    }

    #[test]
    fn the_reference_has_a_row_per_route() {
        assert_eq!(reference_markdown().lines().count(), ROUTES.len() + 3);
    }
}
