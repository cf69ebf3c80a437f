//! Many sessions at once, each of a wallet of its own: how long every step takes, and what it asks of DynamoDB and of arkd.
//!
//! The gateway works by itself on the machine's clock, with as many workers as the template allows. All wallets send the
//! same step at once, and the next one when all sessions have come as far: every step meets the whole crowd.
//!
//! `NANOARK_SESSIONS=500 cargo test --profile simulation -p nanoark-tests --test system ceremonies::load -- --nocapture`

mod table;

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::join_all;
use http::{Request, StatusCode};
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_domain::ceremony::Stage;
use nanoark_http::wire::gateway::{EventTaken, SessionView};
use nanoark_nostr::SignedEvent;
use nanoark_testkit::arkd::Endpoint;
use nanoark_testkit::dynamodb::Call;

use super::house::{GATEWAY, House, Setup};
use super::wallet::Wallet;
use table::{Cost, Row, percentiles};

/// How many sessions there are unless the environment says otherwise.
const SESSIONS: u32 = 25;

/// How long all sessions together may take for one step.
const PATIENCE: Duration = Duration::from_secs(120);

#[expect(clippy::disallowed_methods, reason = "a test is an edge")]
fn sessions() -> u32 {
    let set = std::env::var("NANOARK_SESSIONS").ok();
    set.map_or(SESSIONS, |text| text.parse().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "what is measured is the machine")]
fn stopwatch() -> Instant {
    Instant::now()
}

/// A crowd of wallets, each with one session.
struct Crowd<'a> {
    house: &'a House,
    wallets: Vec<Wallet<'a>>,
    sessions: Vec<SessionId>,
    rows: Vec<Row>,
}

/// What a wallet sends, what the gateway then does by itself, and where the session is afterwards.
struct Round {
    sends: &'static str,
    causes: &'static str,
    from: Stage,
    to: Stage,
}

const ROUNDS: [Round; 3] = [
    Round {
        sends: "1 accept",
        causes: "2 build, challenge 1",
        from: Stage::Accepted,
        to: Stage::Challenged,
    },
    Round {
        sends: "3 answer 1",
        causes: "4 submit, challenge 2",
        from: Stage::Signed,
        to: Stage::Submitted,
    },
    Round {
        sends: "5 answer 2",
        causes: "6 finalize, confirm",
        from: Stage::Countersigned,
        to: Stage::Finalized,
    },
];

impl<'a> Crowd<'a> {
    async fn new(house: &'a House, count: u32) -> Self {
        let wallets: Vec<Wallet<'_>> = (1..=count).map(|number| Wallet::one_of_many(house, number)).collect();
        for wallet in &wallets {
            house.fund(wallet, 60_000);
        }
        // The operator's terms are asked for once an hour; not by a wallet that is measured.
        wallets[0].fee().await;
        Self {
            house,
            wallets,
            sessions: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Sends one event per wallet, all at once, and waits until all sessions have come as far as this round goes.
    async fn play(&mut self, round: &Round, events: Vec<SignedEvent>) {
        self.forget();
        let begun = stopwatch();
        let calls = events.into_iter().map(|event| {
            let stack = std::sync::Arc::clone(&self.house.stack);
            tokio::spawn(async move {
                let request = Request::post(format!("{GATEWAY}/v1/events"))
                    .header("content-type", "application/json")
                    .body(Bytes::from(event.json().to_owned()))
                    .unwrap();
                let sent = stopwatch();
                let response = stack.http(request).await;
                (sent.elapsed(), response)
            })
        });
        let answers = join_all(calls).await.into_iter().map(Result::unwrap);
        let (mut waits, mut sessions) = (Vec::new(), Vec::new());
        for (wait, response) in answers {
            assert_eq!(response.status(), StatusCode::ACCEPTED, "{:?}", response.body());
            let taken: EventTaken = serde_json::from_slice(response.body()).unwrap();
            waits.push(wait);
            sessions.push(taken.session.unwrap().session_id);
        }
        self.sessions = sessions;
        self.wait_for_writes("advance-session", begun).await;
        let all = begun.elapsed();
        let (taking, working) = (self.take("post-event"), self.take("advance-session"));
        let asked = self.house.arkd.faults().calls();
        self.house.arkd.faults().forget_calls();
        let views = self.views().await;
        let steps = views.iter().map(|view| took(view, round)).collect();
        // Wallets' events are taken without asking the operator, whose terms are known.
        self.rows.push(Row {
            step: round.sends,
            times: percentiles(waits),
            all: None,
            cost: taking,
            arkd: Vec::new(),
        });
        self.rows.push(Row {
            step: round.causes,
            times: percentiles(steps),
            all: Some(all),
            cost: working,
            arkd: asked,
        });
    }

    fn forget(&self) {
        for function in ["post-event", "advance-session"] {
            self.house.calls(function).clear();
        }
        self.house.arkd.faults().forget_calls();
    }

    fn take(&self, function: &str) -> Cost {
        Cost::of(&self.house.calls(function).take())
    }

    async fn wait_for_writes(&self, function: &str, since: Instant) {
        while self
            .house
            .calls(function)
            .all()
            .iter()
            .filter(|call| is_write(call))
            .count()
            < self.wallets.len()
        {
            assert!(since.elapsed() < PATIENCE, "{function} does not come to its end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn views(&self) -> Vec<SessionView> {
        let mut views = Vec::new();
        for (wallet, session) in self.wallets.iter().zip(&self.sessions) {
            views.push(wallet.session(*session).await);
        }
        views
    }
}

fn is_write(call: &Call) -> bool {
    table::WRITES.contains(&call.operation.as_str())
}

/// How long a session was on its way from one stage to the next, by its own record.
fn took(view: &SessionView, round: &Round) -> Duration {
    assert_eq!(view.stage, round.to, "{:?}", view.failure);
    let at = |stage: Stage| {
        let reached = view.history.iter().find(|reached| reached.stage == stage);
        reached.unwrap().at.as_millis()
    };
    Duration::from_millis(at(round.to).saturating_sub(at(round.from)))
}

async fn measure(count: u32) -> Vec<Row> {
    let house = House::with(Setup {
        live: true,
        ..Setup::default()
    })
    .await;
    let mut crowd = Crowd::new(&house, count).await;
    let receiver = house.wallet(1).address();
    let mut intents = Vec::new();
    for wallet in &crowd.wallets {
        let action = wallet.transfer(&[(receiver, 50_000)]).await;
        intents.push(wallet.signed(&wallet.intent("load", action)));
    }
    let mut events = intents;
    for (number, round) in ROUNDS.iter().enumerate() {
        crowd.play(round, events).await;
        if number == ROUNDS.len() - 1 {
            break;
        }
        events = Vec::new();
        for (wallet, view) in crowd.wallets.iter().zip(crowd.views().await) {
            events.push(wallet.answer_event(&wallet.approve(&wallet.challenge(&view))));
        }
    }
    assert_eq!(house.wallet(1).balance().to_sat(), 50_000 * u64::from(count));
    table::print(&crowd.rows, count);
    crowd.rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_of_many_sessions_at_once_is_one_write() {
    let count = sessions();
    measure(1).await;
    let rows = measure(count).await;
    let sessions = usize::try_from(count).unwrap();
    for row in &rows {
        assert_eq!(row.cost.writes, sessions, "{}", row.step);
        assert_eq!(row.cost.refused, 0, "{}", row.step);
    }
    // Three calls with an effect or a reading per session, and nothing per wallet besides.
    let asked = |endpoint: Endpoint| {
        rows.iter()
            .flat_map(|row| &row.arkd)
            .filter(|asked| **asked == endpoint)
            .count()
    };
    assert_eq!(
        [Endpoint::Vtxos, Endpoint::SubmitTx, Endpoint::FinalizeTx].map(asked),
        [sessions; 3]
    );
}
