use http::{Request, StatusCode};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::time::Timestamp;
use nanoark_surroundings::Simulated;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::*;
use crate::tests::{START, Script};

type Connected = Result<Box<dyn Socket>, SocketFailure>;

/// A transport whose connections are in the hands of the test.
struct Switchboard(mpsc::UnboundedSender<(Request<()>, oneshot::Sender<Connected>)>);

impl SocketTransport for Switchboard {
    fn connect(&self, handshake: Request<()>) -> Pending<'_, Connected> {
        let (answer, answered) = oneshot::channel();
        self.0.send((handshake, answer)).unwrap();
        Box::pin(async { answered.await.unwrap_or(Err(SocketFailure::Timeout)) })
    }
}

struct Wire {
    heard: mpsc::UnboundedReceiver<Result<Frame, SocketFailure>>,
    said: mpsc::UnboundedSender<String>,
}

impl Socket for Wire {
    fn send(&mut self, text: String) -> Pending<'_, Result<(), SocketFailure>> {
        let sent = self.said.send(text).map_err(|_| SocketFailure::Closed(None));
        Box::pin(async { sent })
    }

    fn next(&mut self) -> Pending<'_, Result<Frame, SocketFailure>> {
        Box::pin(async {
            self.heard
                .recv()
                .await
                .unwrap_or(Err(SocketFailure::Closed(Some(1_001))))
        })
    }

    fn close(self: Box<Self>) -> Pending<'static, ()> {
        Box::pin(async move { self.said.send("goodbye".to_owned()).unwrap_or_default() })
    }
}

/// The relay's end of a connection.
struct Line {
    say: mpsc::UnboundedSender<Result<Frame, SocketFailure>>,
    heard: mpsc::UnboundedReceiver<String>,
}

impl Line {
    fn say(&self, text: &str) {
        self.say.send(Ok(Frame::Text(text.to_owned()))).unwrap();
    }

    /// The next that arrives, and answers it.
    async fn subscribed(&mut self) {
        assert_eq!(self.heard.recv().await.unwrap(), r#"{"action":"subscribe"}"#);
        self.say(r#"{"type":"subscribed"}"#);
    }
}

/// The relay, and the bot that is connected to it.
struct Relay {
    calls: mpsc::UnboundedReceiver<(Request<()>, oneshot::Sender<Connected>)>,
    hints: Hints,
    task: JoinHandle<()>,
    began: Instant,
}

impl Relay {
    fn new() -> Self {
        let (board, calls) = mpsc::unbounded_channel();
        let surroundings = Simulated::on_tokio_clock(Timestamp::from_millis(START), 7);
        let bot = Bot::from_seed(&[1; 32]);
        let client = Client::new("https://relay.example", Script::new([]), bot, surroundings).unwrap();
        let url = "wss://sockets.example/v1".parse().unwrap();
        let (hints, task) = connect(&client, url, Switchboard(board));
        Self {
            calls,
            hints,
            task: tokio::spawn(task),
            began: Instant::now(),
        }
    }

    /// The next connection that is asked for, and when.
    async fn call(&mut self) -> (f64, oneshot::Sender<Connected>) {
        let (_, answer) = self.calls.recv().await.unwrap();
        (self.began.elapsed().as_secs_f64(), answer)
    }

    async fn refuse(&mut self, failure: SocketFailure) -> f64 {
        let (at, answer) = self.call().await;
        let _ = answer.send(Err(failure));
        at
    }

    /// Accepts the next connection, without a word.
    async fn accept(&mut self) -> (f64, Line) {
        let (at, answer) = self.call().await;
        let ((say, heard_there), (said, heard)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let wire = Wire {
            heard: heard_there,
            said,
        };
        assert!(answer.send(Ok(Box::new(wire))).is_ok());
        (at, Line { say, heard })
    }

    /// Accepts the next connection and its subscription.
    async fn open(&mut self) -> (f64, Line) {
        let (at, mut line) = self.accept().await;
        line.subscribed().await;
        (at, line)
    }

    async fn hear(&mut self, hint: Hint) {
        assert_eq!(self.hints.next().await, hint);
    }
}

const JOB: JobId = JobId::from_bytes([0xab; 16]);

fn hint(version: u64) -> (Hint, String) {
    let status = Status::Accepted;
    let hint = Hint::Job {
        job_id: JOB,
        version,
        status,
    };
    (
        hint,
        format!(r#"{{"type":"hint.job","job_id":"{JOB}","version":{version},"status":"accepted"}}"#),
    )
}

#[tokio::test(start_paused = true)]
async fn hints_come_and_what_is_no_message_is_counted() {
    let mut relay = Relay::new();
    let (at, line) = relay.open().await;
    assert!(at < 0.001, "the first try is made at once");
    relay.hear(Hint::Connected).await;
    for text in [
        "hello",
        "{}",
        r#"{"type":"later.kind"}"#,
        r#"{"message":"Forbidden"}"#,
        r#"{"type":"pong"}"#,
    ] {
        line.say(text);
    }
    for frame in [Frame::Binary, Frame::Control] {
        line.say.send(Ok(frame)).unwrap();
    }
    let (three, text) = hint(3);
    line.say(&text);
    relay.hear(three).await;
    let health = relay.hints.health();
    assert_eq!(
        (health.connected, health.connections, health.malformed, health.hints),
        (true, 1, 5, 1)
    );
    assert_eq!((health.failures, health.last_failure), (0, None));
}

#[tokio::test(start_paused = true)]
async fn of_several_hints_about_a_job_that_wait_the_newest_is_given() {
    let mut relay = Relay::new();
    let (_, line) = relay.open().await;
    for version in [2, 5, 4] {
        line.say(&hint(version).1);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    relay.hear(Hint::Connected).await;
    relay.hear(hint(5).0).await;
    let nothing = timeout(Duration::from_secs(60), relay.hints.next()).await;
    assert!(nothing.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_does_not_answer_is_left_after_its_time() {
    let mut relay = Relay::new();
    let (_, mut line) = relay.open().await;
    relay.hear(Hint::Connected).await;
    for _ in 0..3 {
        line.subscribed().await;
    }
    assert_eq!(relay.began.elapsed().as_secs(), 3 * 270);
    // The fourth question is heard and not answered.
    line.heard.recv().await.unwrap();
    relay.hear(Hint::Disconnected).await;
    assert_eq!(relay.began.elapsed().as_secs(), 4 * 270 + 20);
    assert_eq!(relay.hints.health().last_failure, Some(SocketFailure::Timeout));
    let (at, _line) = relay.open().await;
    assert!((0.25..=0.502).contains(&(at - f64::from(4 * 270 + 20))), "{at}");
    relay.hear(Hint::Connected).await;
}

#[tokio::test(start_paused = true)]
async fn it_comes_back_more_slowly_with_every_refusal() {
    let mut relay = Relay::new();
    let mut at = relay.refuse(SocketFailure::Refused(StatusCode::UNAUTHORIZED)).await;
    for longest in [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] {
        let next = relay
            .refuse(SocketFailure::Refused(StatusCode::INTERNAL_SERVER_ERROR))
            .await;
        assert!(
            (longest / 2.0..=longest + 0.002).contains(&(next - at)),
            "{longest} {}",
            next - at
        );
        at = next;
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    let health = relay.hints.health();
    assert_eq!((health.connected, health.failures), (false, 9));
    assert_eq!(
        health.last_failure,
        Some(SocketFailure::Refused(StatusCode::INTERNAL_SERVER_ERROR))
    );

    // A connection that breaks at once does not count as a success; one that lived does.
    let (at, line) = relay.open().await;
    relay.hear(Hint::Connected).await;
    drop(line);
    relay.hear(Hint::Disconnected).await;
    let (next, mut line) = relay.open().await;
    assert!(next - at >= 15.0, "{}", next - at);
    relay.hear(Hint::Connected).await;
    line.subscribed().await;
    let broke = relay.began.elapsed().as_secs_f64();
    drop(line);
    relay.hear(Hint::Disconnected).await;
    assert_eq!(
        relay.hints.health().last_failure,
        Some(SocketFailure::Closed(Some(1_001)))
    );
    let (next, _) = relay.call().await;
    assert!(next - broke <= 0.502, "{}", next - broke);
}

#[tokio::test(start_paused = true)]
async fn neither_a_handshake_nor_a_subscription_is_awaited_for_ever() {
    let mut relay = Relay::new();
    let (at, _unanswered) = relay.call().await;
    let (next, mut line) = relay.accept().await;
    assert!((15.25..=15.502).contains(&(next - at)), "{}", next - at);
    line.heard.recv().await.unwrap();
    let (at, mut line) = relay.accept().await;
    assert!((15.5..=16.002).contains(&(at - next)), "{}", at - next);
    line.heard.recv().await.unwrap();
    line.say(r#"{"type":"error","code":"unavailable"}"#);
    let (next, _line) = relay.open().await;
    assert!(next - at <= 2.002, "{}", next - at);
    assert_eq!(relay.hints.health().last_failure, Some(SocketFailure::Unavailable));
    relay.hear(Hint::Connected).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_relay_forgot_is_made_anew_and_one_it_cannot_look_up_is_kept() {
    let mut relay = Relay::new();
    let (_, mut line) = relay.open().await;
    relay.hear(Hint::Connected).await;
    line.heard.recv().await.unwrap();
    line.say(r#"{"type":"error","code":"unavailable"}"#);
    line.heard.recv().await.unwrap();
    assert_eq!(relay.hints.health().connections, 1);
    line.say(r#"{"type":"error","code":"not_connected"}"#);
    relay.hear(Hint::Disconnected).await;
    assert_eq!(relay.hints.health().last_failure, Some(SocketFailure::Forgotten));
    let (_, _line) = relay.open().await;
    relay.hear(Hint::Connected).await;
}

/// Answers every question until the next connection is asked for.
async fn until_called(relay: &mut Relay, line: &mut Line) -> (f64, oneshot::Sender<Connected>) {
    loop {
        tokio::select! {
            biased;
            called = relay.call() => return called,
            () = line.subscribed() => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_replaced_before_its_two_hours_are_over() {
    let mut relay = Relay::new();
    let (_, mut older) = relay.open().await;
    relay.hear(Hint::Connected).await;
    // Nobody answers the first try: what there is stays, and another try follows.
    let (at, unanswered) = until_called(&mut relay, &mut older).await;
    assert!((6_000.0..6_901.0).contains(&at), "{at}");
    drop(unanswered);
    let (two, text) = hint(2);
    older.say(&text);
    relay.hear(two).await;
    let (at, mut newer) = relay.open().await;
    assert!(at < 6_950.0, "{at}");
    relay.hear(Hint::Connected).await;
    assert_eq!(older.heard.recv().await.as_deref(), Some("goodbye"));
    let (three, text) = hint(3);
    newer.say(&text);
    relay.hear(three).await;
    newer.subscribed().await;
    let health = relay.hints.health();
    assert_eq!((health.connected, health.connections, health.failures), (true, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn it_ends_politely_when_nobody_listens_any_more() {
    let mut relay = Relay::new();
    let (_, mut line) = relay.open().await;
    relay.hear(Hint::Connected).await;
    drop(relay.hints);
    relay.task.await.unwrap();
    assert_eq!(line.heard.recv().await.as_deref(), Some("goodbye"));

    let mut waiting = Relay::new();
    waiting.refuse(SocketFailure::TooLarge).await;
    drop(waiting.hints);
    waiting.task.await.unwrap();
}

#[tokio::test]
async fn every_handshake_is_signed_anew() {
    tokio::time::pause();
    let mut relay = Relay::new();
    let mut signatures = Vec::new();
    for _ in 0..2 {
        let (handshake, _) = relay.calls.recv().await.unwrap();
        assert_eq!(handshake.uri(), "wss://sockets.example/v1");
        assert_eq!(handshake.headers()["host"], "sockets.example");
        signatures.push(handshake.headers()["signature"].clone());
        tokio::time::advance(Duration::from_secs(2)).await;
    }
    assert_ne!(signatures[0], signatures[1]);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_hints_is_forgotten_for_one_look_at_everything() {
    let (sender, mut hints) = Hints::channel();
    sender.send(Hint::Connected);
    assert_eq!(hints.next().await, Hint::Connected);
    for number in 0..2_000_u64 {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_le_bytes());
        sender.send(Hint::Job {
            job_id: JobId::from_bytes(id),
            version: 1,
            status: Status::Requested,
        });
    }
    assert_eq!(hints.next().await, Hint::Connected);
    assert_eq!(hints.health().hints, 2_000);
    sender.send(Hint::Disconnected);
    assert_eq!(
        hints.next().await,
        Hint::Disconnected,
        "goes before what is left of the jobs"
    );
    sender.send(Hint::Connected);
    drop(sender);
    let mut left = Vec::new();
    while let Ok(hint) = timeout(Duration::from_secs(1), hints.next()).await {
        left.push(hint);
    }
    assert_eq!(
        (left.first(), left.last()),
        (Some(&Hint::Connected), Some(&Hint::Disconnected))
    );
    assert!(left.len() <= 1_024 + 2, "{}", left.len());
}
