//! A strict Ark operator on this machine, and the coins it gives away.
//!
//! It keeps everything in memory: a restart begins with no coin at all.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bitcoin::{Amount, OutPoint};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_client::{HttpTransport, Transport as _, TransportLimits};
use nanoark_local::Clock;
use nanoark_testkit::arkd::Arkd;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Failure;

/// Where it gives coins away. No real operator has this path.
const FUND: &str = "/v1/nanoark/fund";

/// The largest request that it reads.
const LARGEST_REQUEST: usize = 4 * 1_024 * 1_024;

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// The operator on a socket.
#[derive(Debug)]
pub(crate) struct RunningOperator {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<io::Result<()>>,
}

/// A coin that is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    address: String,
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    amount: Amount,
}

/// A coin that was given.
#[derive(Debug, Serialize, Deserialize)]
struct Given {
    outpoint: OutPoint,
}

/// Serves an operator on this port; 0 for any that is free.
pub(crate) async fn serve(clock: &Clock, port: u16) -> io::Result<RunningOperator> {
    let clock = clock.clone();
    let arkd = Arkd::new(Arc::new(move || clock.now()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route(FUND, post(fund))
        .fallback(answer)
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .with_state(arkd);
    let (stop, mut stopped) = watch::channel(false);
    let until_stopped = async move {
        // An error means that the handle is gone, which stops the operator as well.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let task = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(until_stopped)
            .await
    });
    Ok(RunningOperator { address, stop, task })
}

impl RunningOperator {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn stop(self) {
        self.stop.send_replace(true);
        // A client that keeps its connection open must not hold up the end.
        self.task.abort();
    }
}

async fn answer(State(arkd): State<Arkd>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let outcome = arkd.call(&method, target, &headers, &body);
    let status = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, JSON, outcome.body).into_response()
}

async fn fund(State(arkd): State<Arkd>, body: Bytes) -> Response {
    match create(&arkd, &body) {
        Ok(given) => (JSON, given).into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, reason).into_response(),
    }
}

/// The answer to a wish, as JSON.
fn create(arkd: &Arkd, wish: &[u8]) -> Result<String, String> {
    let wish: Wish = serde_json::from_slice(wish).map_err(|error| error.to_string())?;
    let address: ArkAddress = wish
        .address
        .parse()
        .map_err(|error| format!("not an Ark address: {error}"))?;
    let info = arkd.info();
    if address.operator() != info.signer_pk.x_only_public_key().0 {
        return Err("the address is of another operator".to_owned());
    }
    if wish.amount < info.dust {
        return Err(format!("less than the dust limit, {} sat", info.dust.to_sat()));
    }
    let outpoint = arkd.fund(&address.script_pubkey(), wish.amount);
    serde_json::to_string(&Given { outpoint }).map_err(|error| error.to_string())
}

/// Asks the operator at this address for a coin.
pub(crate) async fn give(url: &str, address: ArkAddress, amount: Amount) -> Result<OutPoint, Failure> {
    let wish = Wish {
        address: address.to_string(),
        amount,
    };
    let request = Request::post(format!("{}{FUND}", url.trim_end_matches('/')))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(serde_json::to_vec(&wish)?))?;
    let answer = HttpTransport::new(TransportLimits::default())?.send(request).await?;
    if answer.status() == StatusCode::OK {
        let given: Given = serde_json::from_slice(answer.body())?;
        return Ok(given.outpoint);
    }
    let reason = String::from_utf8_lossy(answer.body());
    Err(format!("{url} gives no coin ({}): {reason}", answer.status()).into())
}

#[cfg(test)]
pub(crate) mod tests {
    use nanoark_ark_verifier::address::Network;
    use nanoark_local::ArkGateway;

    use super::*;

    /// An address of every operator that runs here: the same seed gives the same keys.
    pub(crate) fn address() -> ArkAddress {
        address_at(Arkd::new(Arc::new(|| 0)).info().signer_pk.x_only_public_key().0)
    }

    fn address_at(operator: bitcoin::XOnlyPublicKey) -> ArkAddress {
        let key = bitcoin::key::TweakedPublicKey::dangerous_assume_tweaked(ArkGateway::default().fee_owner);
        ArkAddress::new(Network::Regtest, operator, key)
    }

    #[tokio::test]
    async fn a_coin_that_was_given_is_on_record() {
        let operator = serve(&Clock::system(), 0).await.unwrap();
        let coin = give(&operator.url(), address(), Amount::from_sat(50_000))
            .await
            .unwrap();
        let script = address().script_pubkey().to_hex_string();
        let query = format!(
            "{}/v1/indexer/vtxos?scripts={script}&spendableOnly=true",
            operator.url()
        );
        let request = Request::get(query).body(Bytes::new()).unwrap();
        let transport = HttpTransport::new(TransportLimits::default()).unwrap();
        let answer = transport.send(request).await.unwrap();
        let answer = String::from_utf8(answer.body().to_vec()).unwrap();
        assert!(
            answer.contains(&coin.txid.to_string()) && answer.contains("50000"),
            "{answer}"
        );
        operator.stop();
    }

    #[tokio::test]
    async fn no_coin_is_given_that_nobody_could_spend() {
        let operator = serve(&Clock::system(), 0).await.unwrap();
        let stranger = address_at(ArkGateway::default().key.public());
        for (address, satoshi, says) in [(stranger, 50_000, "another operator"), (address(), 1, "dust")] {
            let refused = give(&operator.url(), address, Amount::from_sat(satoshi))
                .await
                .unwrap_err();
            assert!(refused.to_string().contains(says), "{refused}");
        }
        operator.stop();
    }
}
