//! `POST /v1/jobs/{job_id}/lock`, `/lock/renew` and `/lock/release`: which worker does the job.

use nanoark_domain::id::JobId;
use nanoark_domain::job::{Command, Fence, LockToken, Status};
use nanoark_domain::limits::Limits;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::jobs::{JobChanged, JobLocked, LockJob, LockRenewed, ReleaseLock, RenewLock};
use nanoark_runtime::{Function, Mutation, Relay, Trigger};

/// The function that locks.
pub const LOCK: Function = Function {
    name: "lock-job",
    trigger: Trigger::Signed(|relay, signed| Box::pin(lock(relay, signed))),
};
/// The function that renews.
pub const RENEW: Function = Function {
    name: "renew-lock",
    trigger: Trigger::Signed(|relay, signed| Box::pin(renew(relay, signed))),
};
/// The function that releases.
pub const RELEASE: Function = Function {
    name: "release-lock",
    trigger: Trigger::Signed(|relay, signed| Box::pin(release(relay, signed))),
};

async fn lock(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(LOCK.name, relay, signed)?;
    let job_id: JobId = mutation.path("job_id")?;
    let body: LockJob = mutation.optional_body()?;
    let lease = checked_lease(body.lease_seconds, relay.limits())?;
    let random = relay
        .random()
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
    let token = LockToken::from_random(random);
    let fence = Fence(mutation.now.as_millis());
    let answer = JobLocked {
        job_id,
        status: Status::Running,
        lock_token: token.reveal(),
        fence,
        lease_expires_at: mutation.now.plus(lease),
        updated_at: mutation.now,
    };
    let seller_verified = body.payment_verified_by_seller;
    mutation
        .order_job(
            job_id,
            Command::Lock {
                token,
                fence,
                lease,
                seller_verified,
            },
            None,
            None,
            &answer,
        )
        .await
}

async fn renew(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(RENEW.name, relay, signed)?;
    let job_id: JobId = mutation.path("job_id")?;
    let body: RenewLock = mutation.body()?;
    let token = parse_token(&body.lock_token)?;
    let lease = checked_lease(body.lease_seconds, relay.limits())?;
    let answer = LockRenewed {
        job_id,
        status: Status::Running,
        lease_expires_at: mutation.now.plus(lease),
        updated_at: mutation.now,
    };
    mutation
        .order_job(job_id, Command::RenewLock { token, lease }, None, None, &answer)
        .await
}

async fn release(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(RELEASE.name, relay, signed)?;
    let job_id: JobId = mutation.path("job_id")?;
    let body: ReleaseLock = mutation.body()?;
    let token = parse_token(&body.lock_token)?;
    let answer = JobChanged {
        job_id,
        status: Status::Accepted,
        updated_at: mutation.now,
    };
    mutation
        .order_job(job_id, Command::ReleaseLock { token }, None, None, &answer)
        .await
}

/// The lock's secret out of a body. What it was is not repeated.
pub(crate) fn parse_token(text: &str) -> Result<LockToken, Problem> {
    text.parse().map_err(|error: nanoark_domain::job::InvalidLockToken| {
        Problem::new(Code::InvalidField, "The lock token cannot be one.").with_field("/lock_token", error.to_string())
    })
}

fn checked_lease(wanted: Option<Seconds>, limits: &Limits) -> Result<Seconds, Problem> {
    let lease = wanted.unwrap_or(limits.lease_default);
    if (limits.lease_min..=limits.lease_max).contains(&lease) {
        return Ok(lease);
    }
    let reason = format!("must be {} to {}", limits.lease_min.0, limits.lease_max.0);
    Err(Problem::new(Code::InvalidField, "The lease is out of range.").with_field("/lease_seconds", reason))
}
