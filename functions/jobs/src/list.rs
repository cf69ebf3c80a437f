//! `GET /v1/jobs`: a party's jobs in the order of their last change, for pollers.

use http::header::{ETAG, IF_NONE_MATCH};
use http::{HeaderName, HeaderValue, StatusCode};
use nanoark_domain::bot::BotId;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::job::{JobSummary, Party, Status};
use nanoark_domain::limits::Limits;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::jobs::JobPage;
use nanoark_http::wire::{cursor_text, parse_cursor};
use nanoark_runtime::{Function, Relay, Trigger, query, read_failed};
use nanoark_store::JobPosition;
use serde::{Deserialize, Serialize};

/// The function.
pub const FUNCTION: Function = Function {
    name: "list-jobs",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

/// How long to wait before the next call, in milliseconds; it stands in a header because a 304 has no body.
const NEXT_POLL_MS: HeaderName = HeaderName::from_static("nanoark-next-poll-ms");

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let limits = relay.limits();
    let now = relay.now();
    let wanted = Wanted::read(signed.request().query.as_deref().unwrap_or(""), signed.bot(), limits)?;
    let listing = relay
        .store()
        .jobs_of(
            (wanted.role, signed.bot()),
            &wanted.statuses,
            wanted.from,
            wanted.limit,
            now,
            limits,
        )
        .await
        .map_err(read_failed)?;
    let next_poll_ms = if listing.more {
        0
    } else {
        pause(&listing.jobs, now, limits).as_millis()
    };
    let page = JobPage {
        cursor: cursor_text(&Cursor {
            query: wanted.fingerprint,
            position: listing.next,
        }),
        more: listing.more,
        next_poll_ms,
        jobs: listing.jobs,
    };

    let etag = etag(&page);
    let unchanged = signed.request().headers.get(IF_NONE_MATCH) == Some(&etag);
    let response = if unchanged {
        Response::empty(StatusCode::NOT_MODIFIED)
    } else {
        Response::json(StatusCode::OK, &page).map_err(|error| Problem::new(Code::Internal, error.to_string()))?
    };
    Ok(response
        .with_header(ETAG, etag)
        .with_header(NEXT_POLL_MS, HeaderValue::from(next_poll_ms)))
}

/// A place in the list of one bot, on one side, with one filter.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    /// The digest of the query, so that a cursor is not taken into another, where it would pass over jobs.
    query: String,
    position: JobPosition,
}

/// What the query asks for.
struct Wanted {
    role: Party,
    statuses: Vec<Status>,
    fingerprint: String,
    from: JobPosition,
    limit: usize,
}

impl Wanted {
    fn read(text: &str, bot: BotId, limits: &Limits) -> Result<Self, Problem> {
        let parameters = query::read(text, &["role", "status", "updated_after", "cursor", "limit"])?;
        let role = parameters.required("role", |name| Party::named(name).ok_or("must be buyer or seller"))?;
        let status = |name: &str| Status::named(name).ok_or("must be statuses, separated by commas");
        let statuses = parameters.list("status", status)?;
        let after = parameters.optional("updated_after", |text| {
            text.parse::<Timestamp>().map_err(|_| "must be an instant in RFC 3339")
        })?;
        let fingerprint = fingerprint(bot, role, &statuses);
        let from = match (parameters.get("cursor"), after) {
            (Some(text), None) => {
                let cursor: Cursor = parse_cursor(text)?;
                if cursor.query != fingerprint {
                    return Err(Problem::new(Code::BadCursor, "The cursor belongs to another query."));
                }
                cursor.position
            }
            (None, Some(after)) => JobPosition::after(after),
            (None, None) => JobPosition::START,
            (Some(_), Some(_)) => {
                return Err(Problem::new(Code::InvalidField, "A cursor says where to go on.")
                    .with_field("?updated_after", "cannot stand beside a cursor"));
            }
        };
        Ok(Self {
            role,
            statuses,
            fingerprint,
            from,
            limit: parameters.page_size(limits)?,
        })
    }
}

/// What tells this list from others; the page's size is no part of it, nor the order in which statuses are named.
fn fingerprint(bot: BotId, role: Party, statuses: &[Status]) -> String {
    let mut statuses = statuses.to_vec();
    statuses.sort_unstable();
    statuses.dedup();
    Sha256Digest::of(format!("{bot}|{role}|{statuses:?}").as_bytes())
        .to_string()
        .chars()
        .take(16)
        .collect()
}

/// How long a poller may rest: briefly while one of its jobs is under way, longer otherwise.
fn pause(jobs: &[JobSummary], now: Timestamp, limits: &Limits) -> Seconds {
    const RECENT: Seconds = Seconds(300);
    let busy = jobs
        .iter()
        .any(|job| job.status.is_open() && now.since(job.updated_at) < RECENT);
    if busy { limits.poll_busy } else { limits.poll_idle }
}

/// Two pages with the same jobs at the same versions, and the same way on, are the same page.
fn etag(page: &JobPage) -> HeaderValue {
    use std::fmt::Write as _;
    let mut text = page.cursor.clone();
    for job in &page.jobs {
        // Writing to a String cannot fail.
        let _ = write!(text, "|{}:{}", job.job_id, job.version);
    }
    HeaderValue::from_str(&format!("\"{}\"", Sha256Digest::of(text.as_bytes())))
        .unwrap_or(HeaderValue::from_static("\"\""))
}
