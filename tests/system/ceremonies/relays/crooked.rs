//! A relay that does as a test says: it hands out what it is given, whatever was asked for, and ends as it likes.

use std::future::pending;
use std::sync::{Arc, Mutex};

use futures::{SinkExt as _, StreamExt as _};
use nanoark_nostr::SignedEvent;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// How it ends what it hands out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Ending {
    /// With the word that this is all.
    #[default]
    Eose,
    /// With silence.
    Silence,
    /// By going away.
    Gone,
}

/// What it says to somebody who publishes.
#[derive(Clone, Debug, Default)]
pub(super) enum Taking {
    /// That it has it.
    #[default]
    Yes,
    /// That it has it not, and why.
    No(&'static str),
    /// Nothing, and goes away.
    Gone,
}

#[derive(Debug, Default)]
struct Script {
    /// As JSON, real or not.
    events: Vec<String>,
    ending: Ending,
    taking: Taking,
    /// What was published here.
    got: Vec<String>,
    /// How often it was asked.
    asked: usize,
}

/// A relay that does as a test says.
#[derive(Clone, Debug)]
pub(super) struct Crooked {
    pub(super) url: String,
    script: Arc<Mutex<Script>>,
}

impl Crooked {
    pub(super) async fn run() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Self {
            url: format!("ws://{}", listener.local_addr().unwrap()),
            script: Arc::default(),
        };
        let serving = relay.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let relay = serving.clone();
                tokio::spawn(async move {
                    if let Ok(socket) = accept_async(tcp).await {
                        // Whoever hangs up has heard enough.
                        let _ = relay.talk(socket).await;
                    }
                });
            }
        });
        relay
    }

    pub(super) fn hands_out(&self, events: &[&SignedEvent], ending: Ending) {
        self.says(events.iter().map(|event| event.json().to_owned()).collect(), ending);
    }

    pub(super) fn says(&self, events: Vec<String>, ending: Ending) {
        let mut script = self.script.lock().unwrap();
        (script.events, script.ending) = (events, ending);
    }

    pub(super) fn takes(&self, taking: Taking) {
        self.script.lock().unwrap().taking = taking;
    }

    /// What was published here, every try of it.
    pub(super) fn got(&self) -> Vec<String> {
        self.script.lock().unwrap().got.clone()
    }

    pub(super) fn asked(&self) -> usize {
        self.script.lock().unwrap().asked
    }

    async fn talk(&self, mut socket: WebSocketStream<TcpStream>) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let said: Vec<Value> = serde_json::from_str(text.as_str()).unwrap();
            match said[0].as_str().unwrap() {
                "REQ" => {
                    let (events, ending) = {
                        let mut script = self.script.lock().unwrap();
                        script.asked += 1;
                        (script.events.clone(), script.ending)
                    };
                    let name = &said[1];
                    for event in events {
                        socket
                            .send(Message::text(format!("[\"EVENT\",{name},{event}]")))
                            .await?;
                    }
                    match ending {
                        Ending::Eose => socket.send(Message::text(format!("[\"EOSE\",{name}]"))).await?,
                        Ending::Silence => pending().await,
                        Ending::Gone => return Ok(()),
                    }
                }
                "EVENT" => {
                    // As it was sent: what a parser writes again could hide a difference.
                    let sent = text
                        .as_str()
                        .strip_prefix("[\"EVENT\",")
                        .unwrap()
                        .strip_suffix(']')
                        .unwrap();
                    let taking = {
                        let mut script = self.script.lock().unwrap();
                        script.got.push(sent.to_owned());
                        script.taking.clone()
                    };
                    let id = &said[1]["id"];
                    match taking {
                        Taking::Yes => socket.send(Message::text(format!("[\"OK\",{id},true,\"\"]"))).await?,
                        Taking::No(why) => {
                            socket
                                .send(Message::text(format!("[\"OK\",{id},false,\"{why}\"]")))
                                .await?;
                        }
                        Taking::Gone => return Ok(()),
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
