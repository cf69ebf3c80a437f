//! The task that keeps the connection.

use std::sync::Arc;
use std::time::Duration;

use nanoark_http::wire::realtime::{SocketCommand, SocketError, SocketMessage};
use nanoark_surroundings::{Pending, Surroundings};

use super::handshake::SocketUrl;
use super::hints::{Hint, HintSender, Hints};
use super::schedule::{Life, Next, Schedule, later};
use super::socket::{Frame, Socket, SocketFailure, SocketTransport};
use crate::bot::Bot;
use crate::client::Client;
use crate::jitter::dice;
use crate::transport::Transport;

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Hints for the bot of this client from the WebSocket API at this address, and the task that brings them: spawn it. It
/// ends when the hints are dropped.
#[must_use]
pub fn connect<T: Transport>(
    client: &Client<T>,
    url: SocketUrl,
    transport: impl SocketTransport + 'static,
) -> (Hints, Pending<'static, ()>) {
    let (sender, hints) = Hints::channel();
    let link = Link {
        bot: client.bot().clone(),
        url,
        transport,
        surroundings: client.shared_surroundings(),
        sender,
        schedule: Schedule::USUAL,
    };
    (hints, Box::pin(link.run()))
}

struct Link<S> {
    bot: Bot,
    url: SocketUrl,
    transport: S,
    surroundings: Arc<dyn Surroundings>,
    sender: HintSender,
    schedule: Schedule,
}

/// A connection over which hints come.
struct Open {
    socket: Box<dyn Socket>,
    life: Life,
}

impl<S: SocketTransport> Link<S> {
    async fn run(self) {
        let mut current = None;
        tokio::select! {
            biased;
            () = self.sender.closed() => {}
            () = self.keep(&mut current) => {}
        }
        if let Some(Open { socket, .. }) = current {
            self.leave(socket).await;
        }
    }

    /// Connects again and again; never ends.
    async fn keep(&self, current: &mut Option<Open>) {
        let mut failures = 0_u32;
        loop {
            match self.open().await {
                Ok(open) => {
                    self.sender.send(Hint::Connected);
                    let open = current.insert(open);
                    self.sender.failed(self.serve(open).await);
                    failures = self
                        .schedule
                        .failures_after(&open.life, self.surroundings.now(), failures);
                    *current = None;
                    self.sender.send(Hint::Disconnected);
                }
                Err(failure) => {
                    self.sender.failed(failure);
                    failures = failures.saturating_add(1);
                }
            }
            self.surroundings.sleep(self.schedule.wait(failures, self.dice())).await;
        }
    }

    /// Opens a connection and asks for hints.
    async fn open(&self) -> Result<Open, SocketFailure> {
        let opening = async {
            let handshake = self.url.handshake(&self.bot, self.surroundings.now())?;
            let mut socket = self.transport.connect(handshake).await?;
            socket.send(subscribe()?).await?;
            loop {
                match self.hear(socket.next().await?)? {
                    Heard::Subscribed => break,
                    Heard::Unavailable => return Err(SocketFailure::Unavailable),
                    Heard::Hint(_) | Heard::Alive | Heard::Malformed => {}
                }
            }
            let life = self.schedule.begin(self.surroundings.now(), self.dice());
            Ok(Open { socket, life })
        };
        self.within(self.schedule.open_within, opening).await
    }

    /// Passes hints on and does what is due, until the connection is over.
    async fn serve(&self, open: &mut Open) -> SocketFailure {
        loop {
            let done = match self.schedule.next(&open.life, self.surroundings.now()) {
                Next::Listen(time) => self.listen(open, time).await,
                Next::Ask => self.ask(open).await,
                Next::Replace => {
                    self.replace(open).await;
                    Ok(())
                }
                Next::GiveUp => Err(SocketFailure::Timeout),
            };
            if let Err(failure) = done {
                return failure;
            }
        }
    }

    async fn listen(&self, open: &mut Open, time: Duration) -> Result<(), SocketFailure> {
        tokio::select! {
            biased;
            frame = open.socket.next() => {
                self.hear(frame?)?;
                open.life.unanswered = false;
            }
            () = self.surroundings.sleep(time) => {}
        }
        Ok(())
    }

    /// Asks whether hints still come: unlike a ping this also finds out that the relay has forgotten the connection.
    async fn ask(&self, open: &mut Open) -> Result<(), SocketFailure> {
        let sending = open.socket.send(subscribe()?);
        self.within(self.schedule.answer_within, sending).await?;
        open.life.asked_at = self.surroundings.now();
        open.life.unanswered = true;
        Ok(())
    }

    /// Opens another connection before this one ends for its age. What this one did not deliver any more is found by
    /// whoever looks when told that hints begin.
    async fn replace(&self, open: &mut Open) {
        match self.open().await {
            Ok(newer) => {
                let older = std::mem::replace(open, newer);
                self.sender.send(Hint::Connected);
                self.leave(older.socket).await;
            }
            Err(failure) => {
                self.sender.failed(failure);
                let wait = self.schedule.wait(u32::MAX, self.dice());
                open.life.replace_at = later(self.surroundings.now(), wait);
            }
        }
    }

    async fn leave(&self, socket: Box<dyn Socket>) {
        let goodbye = async {
            socket.close().await;
            Ok(())
        };
        // Whether it was heard does not matter.
        let _ = self.within(GOODBYE, goodbye).await;
    }

    fn hear(&self, frame: Frame) -> Result<Heard, SocketFailure> {
        let heard = heard(frame)?;
        match heard {
            Heard::Hint(hint) => self.sender.send(hint),
            Heard::Malformed => self.sender.malformed(),
            Heard::Subscribed | Heard::Alive | Heard::Unavailable => {}
        }
        Ok(heard)
    }

    async fn within<V>(
        &self,
        time: Duration,
        work: impl Future<Output = Result<V, SocketFailure>>,
    ) -> Result<V, SocketFailure> {
        tokio::select! {
            biased;
            done = work => done,
            () = self.surroundings.sleep(time) => Err(SocketFailure::Timeout),
        }
    }

    fn dice(&self) -> u32 {
        dice(&*self.surroundings)
    }
}

/// What a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Hint(Hint),
    Subscribed,
    /// Nothing but that the other side is there.
    Alive,
    /// Whether hints come could not be looked up. A connection over which they came is worth keeping.
    Unavailable,
    Malformed,
}

fn heard(frame: Frame) -> Result<Heard, SocketFailure> {
    let text = match frame {
        Frame::Text(text) => text,
        Frame::Binary => return Ok(Heard::Malformed),
        Frame::Control => return Ok(Heard::Alive),
    };
    match serde_json::from_str(&text) {
        Ok(SocketMessage::JobHint {
            job_id,
            version,
            status,
        }) => Ok(Heard::Hint(Hint::Job {
            job_id,
            version,
            status,
        })),
        Ok(SocketMessage::Subscribed {}) => Ok(Heard::Subscribed),
        Ok(SocketMessage::Pong {}) => Ok(Heard::Alive),
        Ok(SocketMessage::Error { code }) => match code {
            SocketError::NotConnected => Err(SocketFailure::Forgotten),
            SocketError::Unavailable => Ok(Heard::Unavailable),
            SocketError::Malformed | SocketError::UnknownAction => Ok(Heard::Malformed),
        },
        Err(_) => Ok(Heard::Malformed),
    }
}

fn subscribe() -> Result<String, SocketFailure> {
    serde_json::to_string(&SocketCommand::Subscribe {}).map_err(|_| SocketFailure::Signing)
}

#[cfg(test)]
mod tests;
