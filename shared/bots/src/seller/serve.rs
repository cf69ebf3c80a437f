//! Metrics over HTTP.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::metrics::Metrics;
use super::stop::Stop;

/// How many connections are served at once. Further ones wait.
const MOST_CONNECTIONS: usize = 16;

/// How long a connection may take in all: one question, one answer.
const CONNECTION_TIME: Duration = Duration::from_secs(10);

/// Answers `GET /metrics` with the metrics as they are, until the stop is asked for.
pub async fn serve_metrics(listener: TcpListener, metrics: Arc<Metrics>, stop: Stop) {
    let mut connections = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            () = stop.asked() => return,
            Some(()) = connections.next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) => connections.push(serve(stream, &metrics)),
                Err(error) => {
                    tracing::warn!(%error, "no connection for metrics");
                    // Too many open files, most likely: a while later there are fewer.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            },
        }
    }
}

async fn serve(stream: TcpStream, metrics: &Metrics) {
    let answer = service_fn(|request: Request<Incoming>| {
        let answer = answer(request.method(), request.uri().path(), metrics);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer);
    // Whoever asks badly or goes away early gets no answer, and nobody else is the worse for it.
    let _ = tokio::time::timeout(CONNECTION_TIME, connection).await;
}

fn answer(method: &Method, path: &str, metrics: &Metrics) -> Response<Full<Bytes>> {
    let (status, text) = match (path, *method == Method::GET) {
        ("/metrics", true) => (StatusCode::OK, metrics.render()),
        ("/metrics", false) => (StatusCode::METHOD_NOT_ALLOWED, "GET only\n".to_owned()),
        (_, true | false) => (StatusCode::NOT_FOUND, "see /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::seller::metrics::Count;
    use crate::seller::stop::StopHandle;

    #[tokio::test]
    async fn metrics_are_served_at_one_path_until_the_stop() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let metrics = Arc::new(Metrics::default());
        metrics.count(Count::Quote);
        let (handle, stop) = StopHandle::new();
        let served = tokio::spawn(serve_metrics(listener, metrics, stop));
        for (question, status, words) in [
            ("GET /metrics", "200 OK", "nanoark_seller_quotes_total 1"),
            ("GET /", "404 Not Found", "see /metrics"),
            ("POST /metrics", "405 Method Not Allowed", "GET only"),
        ] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let question = format!("{question} HTTP/1.1\r\nhost: x\r\n\r\n");
            stream.write_all(question.as_bytes()).await.unwrap();
            let mut said = String::new();
            stream.read_to_string(&mut said).await.unwrap();
            assert!(
                said.starts_with(&format!("HTTP/1.1 {status}\r\n")) && said.contains(words),
                "{said}"
            );
        }
        handle.stop();
        served.await.unwrap();
    }
}
