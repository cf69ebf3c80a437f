//! A bot's command: from the signed request to the one transaction and its answer.

use std::str::FromStr;

use http::StatusCode;
use nanoark_domain::bot::BotId;
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Caller, Command, Order};
use nanoark_domain::statement::{Statement, StatementSignature};
use nanoark_domain::time::Timestamp;
use nanoark_http::idempotency::{IDEMPOTENCY_REPLAYED, IdempotencyKey, REPLAYED};
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::{Request, Response};
use nanoark_http::signature::{Signed, verify_statement};
use nanoark_http::{body, routes};
use nanoark_store::{Claim, ClaimKind, CommitError, Committed, IdempotencyRecord, Payload, ReadError, StoredResponse};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::relay::Relay;

/// A bot's command under way. The clock is read once, here.
#[derive(Debug)]
pub struct Mutation<'a> {
    /// The parts to work with.
    pub relay: &'a Relay,
    /// The request.
    pub signed: &'a Signed,
    /// The relay's clock.
    pub now: Timestamp,
    function: &'static str,
    key: &'a IdempotencyKey,
}

impl<'a> Mutation<'a> {
    /// Begins the command that this request to `function` asks for.
    ///
    /// # Errors
    /// When the request has no idempotency key, which verification has ruled out for every mutation.
    pub fn begin(function: &'static str, relay: &'a Relay, signed: &'a Signed) -> Result<Self, Problem> {
        let key = signed
            .idempotency_key()
            .ok_or_else(|| Problem::new(Code::IdempotencyKeyMissing, "A mutation needs an Idempotency-Key."))?;
        Ok(Self {
            relay,
            signed,
            now: relay.now(),
            function,
            key,
        })
    }

    /// Who asks.
    #[must_use]
    pub fn caller(&self) -> BotId {
        self.signed.bot()
    }

    /// The caller's key for this very intention.
    #[must_use]
    pub fn key(&self) -> &str {
        self.key.as_str()
    }

    /// The body.
    ///
    /// # Errors
    /// The problem with it.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::parse(self.signed.request(), self.largest_body())
    }

    /// The body of a call that may come without one.
    ///
    /// # Errors
    /// The problem with it.
    pub fn optional_body<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        Ok(body::parse_optional(self.signed.request(), self.largest_body())?.unwrap_or_default())
    }

    fn largest_body(&self) -> usize {
        routes::of_function(self.function).map_or(0, |route| route.max_body)
    }

    /// What the path names. An id that cannot be one names nothing.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    pub fn path<T: FromStr>(&self, parameter: &str) -> Result<T, Problem> {
        path(self.signed.request(), parameter)
    }

    /// The place in the idempotency table, with the answer for the case that it is done.
    ///
    /// # Errors
    /// When the answer cannot be written, which no answer of ours cannot.
    pub fn record(&self, status: StatusCode, answer: &impl Serialize) -> Result<IdempotencyRecord, Problem> {
        let body = serde_json::to_vec(answer).map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
        Ok(IdempotencyRecord {
            caller: self.caller(),
            function: self.function,
            key: self.key.as_str().to_owned(),
            fingerprint: self.signed.fingerprint(),
            response: StoredResponse {
                status: status.as_u16(),
                body,
            },
            now: self.now,
            retention: self.relay.limits().idempotency_retention,
        })
    }

    /// Gives the caller's order about a job and answers with `answer` when it is done.
    ///
    /// # Errors
    /// The problem, where it was refused.
    pub async fn order_job(
        &self,
        job: JobId,
        command: Command,
        claim: Option<Claim>,
        payload: Option<Payload>,
        answer: &impl Serialize,
    ) -> Result<Response, Problem> {
        let order = Order {
            caller: Caller::Bot(self.caller()),
            command,
            now: self.now,
        };
        let record = self.record(StatusCode::OK, answer)?;
        let relay = self.relay;
        let outcome = relay
            .store()
            .order_job(&record, job, &order, claim, payload.as_ref(), relay.limits())
            .await;
        Self::answer(record, outcome)
    }

    /// The answer that this very request got before, or else this problem. For what is counted from a clock: it may be
    /// wrong by now, and a retry of what was done in time gets its answer all the same.
    ///
    /// # Errors
    /// The problem, where the request was not done before.
    pub async fn earlier_or(&self, problem: Problem) -> Result<Response, Problem> {
        let record = self.record(StatusCode::OK, &())?;
        let earlier = self.relay.store().earlier_answer(&record).await;
        match earlier.map_err(read_failed)? {
            Some(response) => Ok(stored(response).with_header(IDEMPOTENCY_REPLAYED, REPLAYED)),
            None => Err(problem),
        }
    }

    /// The answer to what became of the transaction.
    ///
    /// # Errors
    /// The problem, where it was refused.
    pub fn answer<R: Into<Problem>>(
        record: IdempotencyRecord,
        outcome: Result<Committed, CommitError<R>>,
    ) -> Result<Response, Problem> {
        match outcome {
            Ok(Committed::Now) => Ok(stored(record.response)),
            Ok(Committed::Before(response)) => Ok(stored(response).with_header(IDEMPOTENCY_REPLAYED, REPLAYED)),
            Err(error) => Err(problem(error)),
        }
    }

    /// Checks the caller's signature over a statement.
    ///
    /// # Errors
    /// [`Code::StatementSignatureInvalid`], with the statement that should have been signed.
    pub fn check_statement(&self, statement: &Statement, signature: &StatementSignature) -> Result<(), Problem> {
        verify_statement(&self.caller(), statement.as_bytes(), signature.as_bytes())
            .map_err(|_| refused_statement(statement))
    }
}

/// What the path names. An id that cannot be one names nothing.
///
/// # Errors
/// [`Code::NotFound`].
pub fn path<T: FromStr>(request: &Request, parameter: &str) -> Result<T, Problem> {
    request
        .path_parameter(parameter)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            Problem::new(
                Code::NotFound,
                format!("No {} has this id.", parameter.trim_end_matches("_id")),
            )
        })
}

/// A signature that does not fit the statement.
#[must_use]
pub fn refused_statement(statement: &Statement) -> Problem {
    Problem::new(
        Code::StatementSignatureInvalid,
        "The signature does not fit the statement.",
    )
    .with_extra("statement", statement.as_str())
}

/// A read that failed.
#[must_use]
pub fn read_failed(error: ReadError) -> Problem {
    match error {
        ReadError::Unavailable { detail } => {
            tracing::error!(detail, "DynamoDB unavailable");
            Problem::new(Code::Unavailable, "The database does not answer.")
        }
        ReadError::Corrupt(error) => {
            tracing::error!(%error, "corrupt item");
            Problem::new(Code::Internal, "A stored record cannot be read.")
        }
        ReadError::TableNotActive { status } => {
            tracing::error!(status, "table not active");
            Problem::new(Code::Unavailable, "The database is not ready.")
        }
    }
}

fn stored(response: StoredResponse) -> Response {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::OK);
    Response::with_body(status, "application/json", response.body)
}

fn problem<R: Into<Problem>>(error: CommitError<R>) -> Problem {
    match error {
        CommitError::Rejected(rejection) => rejection.into(),
        CommitError::KeyReused => Problem::new(
            Code::IdempotencyConflict,
            "This Idempotency-Key was used for another request.",
        ),
        CommitError::Claimed(ClaimKind::Invoice) => Problem::new(
            Code::InvoiceAccountUsed,
            "This invoice account was used for another job.",
        ),
        CommitError::Claimed(ClaimKind::Payment | ClaimKind::Refund) => {
            Problem::new(Code::BlockUsed, "This block was named for another job.")
        }
        CommitError::Contended => Problem::new(
            Code::ConcurrentRequest,
            "Another request changes the same thing right now.",
        ),
        CommitError::Unavailable { detail } => {
            tracing::error!(detail, "DynamoDB unavailable");
            Problem::new(Code::Unavailable, "The database does not answer.")
        }
        CommitError::Corrupt(error) => {
            tracing::error!(%error, "corrupt item");
            Problem::new(Code::Internal, "A stored record cannot be read.")
        }
        CommitError::Disagreement { what } => {
            tracing::error!(what, "condition and rule disagree");
            Problem::new(Code::Internal, "The relay contradicts itself; nothing was changed.")
        }
    }
}
