//! The relay: is it ready, does it take our signature and our clock, does its socket answer.

use std::time::Duration;

use nanoark_client::realtime::{Hint, WebSocketTransport, connect};
use nanoark_client::{Bot, Client, ClientError, HttpTransport, JobsQuery, RetryPolicy, Surroundings as _, System};
use nanoark_domain::job::Party;
use nanoark_http::problem::Code;
use nanoark_wallet::Secret;
use serde_json::Value;

use super::Check;
use crate::failure::Failure;
use crate::session::Session;

/// How long the socket may take.
const SOCKET_PATIENCE: Duration = Duration::from_secs(5);

/// The relay answers and can do its work.
pub(super) async fn ready(session: &Session) -> Check {
    const NAME: &str = "relay";
    let client = match session.public_client() {
        Ok(client) => client.with_retry(RetryPolicy::NEVER),
        Err(failure) => return Check::of_failure(NAME, failure),
    };
    let relay = client.base_url().to_owned();
    match client.ready().await {
        Ok(answer) if answer.value.get("status").is_some() || answer.value.get("table").is_some() => {
            Check::ok(NAME, format!("{relay} is ready"))
        }
        Ok(_) => Check::failed(
            NAME,
            format!("{relay} answers, and is no relay"),
            "set another with --relay URL",
        ),
        Err(error) => {
            let parts = error
                .problem()
                .and_then(|problem| problem.extra.get("parts"))
                .map(Value::to_string);
            let failure = Failure::from(error);
            match parts {
                Some(parts) => Check::failed(NAME, format!("{relay} is not ready: {parts}"), "wait for its operator"),
                None => Check::of_failure(NAME, failure),
            }
        }
    }
}

/// The relay takes what this bot signs now.
pub(super) async fn clock(session: &Session, secret: Option<&Secret>) -> Check {
    const NAME: &str = "clock";
    let client = match signing_client(session, secret) {
        Ok(client) => client.with_retry(RetryPolicy::NEVER),
        Err(check) => return check(NAME),
    };
    let query = JobsQuery {
        limit: Some(1),
        ..JobsQuery::of(Party::Buyer)
    };
    match client.list_jobs(&query).await {
        Ok(_) => Check::ok(NAME, "the relay takes signatures of this clock and this key"),
        Err(error) => match off_by(&error) {
            Some(seconds) => Check::failed(
                NAME,
                format!("this machine's clock is {seconds} s away from the relay's"),
                "set the clock: timedatectl set-ntp true",
            ),
            None => Check::of_failure(NAME, error.into()),
        },
    }
}

/// By how many seconds the clock is off, where that is what the relay refuses.
fn off_by(error: &ClientError) -> Option<u64> {
    let problem = error.problem()?;
    if error.code() != Some(Code::SignatureClockOff) {
        return None;
    }
    let theirs = problem.extra.get("server_time").and_then(Value::as_u64)?;
    Some(theirs.abs_diff(System.now().as_seconds()))
}

/// Hints come over the WebSocket API.
pub(super) async fn websocket(session: &Session, secret: Option<&Secret>) -> Check {
    const NAME: &str = "websocket";
    let url = match session.socket_url() {
        Ok(Some(url)) => url,
        Ok(None) => return Check::skipped(NAME, "none set: bots poll, which is a little slower"),
        Err(failure) => return Check::of_failure(NAME, failure),
    };
    let client = match signing_client(session, secret) {
        Ok(client) => client,
        Err(check) => return check(NAME),
    };
    let transport = match WebSocketTransport::new() {
        Ok(transport) => transport,
        Err(error) => return Check::of_failure(NAME, error.into()),
    };
    let shown = url.to_string();
    let (mut hints, task) = connect(&client, url, transport);
    let connection = tokio::spawn(task);
    let connected = async { while hints.next().await != Hint::Connected {} };
    let answered = tokio::time::timeout(SOCKET_PATIENCE, connected).await.is_ok();
    let why = hints
        .health()
        .last_failure
        .map_or_else(|| "no answer in time".to_owned(), |why| why.to_string());
    drop(hints);
    connection.abort();
    if answered {
        Check::ok(NAME, format!("{shown} sends hints"))
    } else {
        Check::failed(
            NAME,
            format!("{shown}: {why}"),
            "bots poll meanwhile; set another address with --websocket URL, or remove it from settings.json",
        )
    }
}

fn signing_client(
    session: &Session,
    secret: Option<&Secret>,
) -> Result<Client<HttpTransport>, impl FnOnce(&str) -> Check> {
    let made = match secret {
        Some(secret) => session.client(Bot::from_seed(&secret.bot_seed())).map_err(Some),
        None => Err(None),
    };
    made.map_err(|failure| {
        move |name: &str| match failure {
            Some(failure) => Check::of_failure(name, failure),
            None => Check::failed(name, "there is no key to sign with", "mend the key first"),
        }
    })
}
