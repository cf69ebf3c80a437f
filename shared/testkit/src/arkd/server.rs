//! The operator on a socket.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Arkd;
use super::answer::Lost;

/// The largest request that is read.
const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// An operator that answers on a socket until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningArkd {
    arkd: Arkd,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Arkd {
    /// Answers on this listener. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn serve(&self, listener: TcpListener) -> io::Result<RunningArkd> {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(self.clone(), listener, stopped));
        Ok(RunningArkd {
            arkd: self.clone(),
            address,
            stop,
            task,
        })
    }
}

impl RunningArkd {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL a client is given, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The operator itself.
    #[must_use]
    pub fn arkd(&self) -> &Arkd {
        &self.arkd
    }

    /// Takes no new connection and closes the open ones.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // It ends at once; an error means that it has already.
        let _ = (&mut self.task).await;
    }
}

impl Drop for RunningArkd {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that the handle is gone, which stops the operator as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn accept(arkd: Arkd, listener: TcpListener, stopped: watch::Receiver<bool>) {
    loop {
        let stream = tokio::select! {
            () = until_stopped(stopped.clone()) => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // The other side was gone again before it was let in.
                Err(_) => continue,
            },
        };
        tokio::spawn(converse(arkd.clone(), stream, stopped.clone()));
    }
}

async fn converse(arkd: Arkd, stream: TcpStream, stopped: watch::Receiver<bool>) {
    let service = service_fn(|request| reply(arkd.clone(), request, stopped.clone()));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        () = until_stopped(stopped.clone()) => {}
        // Broken connections are the caller's to notice.
        _ = connection => {}
    }
}

/// The answer; an error closes the connection without one.
async fn reply(
    arkd: Arkd,
    request: Request<Incoming>,
    stopped: watch::Receiver<bool>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_REQUEST)
        .collect()
        .await
        .map_err(|error| io::Error::other(error.to_string()))?
        .to_bytes();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let outcome = arkd.call(&parts.method, target, &parts.headers, &body);
    match outcome.fault {
        None => {}
        Some(Lost::Cut) => return Err(cut()),
        Some(Lost::Stalled) => {
            until_stopped(stopped).await;
            return Err(cut());
        }
    }
    Ok(respond(outcome.status, outcome.body))
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "cut")
}

fn respond(status: u16, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
