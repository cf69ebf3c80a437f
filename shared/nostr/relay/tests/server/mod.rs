//! Servers that do not do what relays do.

use std::future::pending;

use futures::{SinkExt as _, StreamExt as _};
use nanoark_nostr_relay::RelayUrl;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async};

/// What a server does after it has heard the first message.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Sends a text.
    Say(String),
    /// Sends a text again and again.
    SayForEver(String),
    /// Sends bytes.
    Bytes(Vec<u8>),
    /// Sends pings, and nothing else any more.
    PingForEver,
    /// Does nothing any more.
    Stall,
    /// Says goodbye.
    Goodbye,
    /// Ends the connection without a word.
    Drop,
    /// Sends what is no WebSocket frame.
    Broken,
}

async fn listen() -> (TcpListener, RelayUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

/// A WebSocket server that does this on every connection.
pub(crate) async fn serve(acts: Vec<Act>) -> RelayUrl {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let acts = acts.clone();
            tokio::spawn(async move {
                let mut socket = accept_async(tcp).await.unwrap();
                let _ = socket.next().await;
                // The client may hang up before the end.
                let _ = act(socket, acts).await;
            });
        }
    });
    url
}

async fn act(mut socket: WebSocketStream<TcpStream>, acts: Vec<Act>) -> Result<(), Error> {
    for act in acts {
        match act {
            Act::Say(text) => socket.send(Message::text(text)).await?,
            Act::SayForEver(text) => loop {
                socket.send(Message::text(text.clone())).await?;
            },
            Act::Bytes(bytes) => socket.send(Message::binary(bytes)).await?,
            Act::PingForEver => loop {
                socket.send(Message::Ping(vec![0; 100].into())).await?;
                tokio::task::yield_now().await;
            },
            Act::Stall => pending().await,
            Act::Goodbye => socket.close(None).await?,
            Act::Drop => return Ok(()),
            Act::Broken => socket.get_mut().write_all(&[0xff; 64]).await?,
        }
    }
    // Whatever comes, until the client hangs up.
    while let Some(Ok(_)) = socket.next().await {}
    Ok(())
}

/// A server that takes connections and says nothing.
pub(crate) async fn silent() -> RelayUrl {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok(connection) = listener.accept().await {
            held.push(connection);
        }
    });
    url
}

/// A server that answers the handshake with these bytes.
pub(crate) async fn answering(bytes: &'static str) -> RelayUrl {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(tcp.read_u8().await.unwrap());
            }
            tcp.write_all(bytes.as_bytes()).await.unwrap();
            tcp.shutdown().await.unwrap();
        }
    });
    url
}
