//! Fifty purchases at once, three workers, and whoever kills them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures::future::join_all;
use nanoark_bots::buyer::{Bought, Patience, PurchaseKey, Silent, Standing, Until, Wish};
use nanoark_bots::seller::{Stop, StopHandle};
use nanoark_client::OffersQuery;
use nanoark_domain::id::OfferId;
use nanoark_domain::payload::Input;
use nanoark_nano::RawAmount;
use serde_json::json;
use tokio::task::JoinHandle;

use super::town::{Town, Who};

/// How many workers the seller runs.
const WORKERS: usize = 3;

/// Longer than anything may take: three days.
const TOO_LONG: Duration = Duration::from_secs(3 * 86_400);

/// What became of everything.
pub(super) struct Outcome {
    pub(super) purchases: BTreeMap<usize, Bought>,
    pub(super) kills: usize,
    /// From the first request to the last result.
    pub(super) took: Duration,
}

/// The input of a purchase.
pub(super) fn input(number: usize) -> serde_json::Value {
    json!({ "text": vec!["word"; number % 7 + 1].join(" "), "number": number })
}

/// Buys so many jobs at once while everybody is killed now and then.
pub(super) async fn trade(town: &Rc<Town>, jobs: usize, kills: bool) -> Outcome {
    let (stop, stopped) = StopHandle::new();
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| Process::worker(town, number, &stopped))
        .collect();
    let offer = find_offer(town).await;
    let begun = town.time.elapsed();
    let done: Rc<RefCell<BTreeMap<usize, Bought>>> = Rc::default();
    let buyer = Process::buyer(town, offer, jobs, &done);
    let mut victims: Vec<Process> = workers.into_iter().chain([buyer]).collect();
    let mut killed = 0;
    let patience = tokio::time::Instant::now() + TOO_LONG;
    while done.borrow().len() < jobs {
        assert!(
            tokio::time::Instant::now() < patience,
            "{} of {jobs} after three days",
            done.borrow().len()
        );
        tokio::time::sleep(town.chaos.between(100, 3_000)).await;
        // After half an hour nobody is killed any more: what is still not done then never will be by luck.
        if !kills || town.time.elapsed() - begun > 1_800_000 {
            continue;
        }
        let victim = town.chaos.roll(victims.len() * 2 + 1);
        if let Some(process) = victims.get_mut(victim) {
            killed += 1;
            process.kill().await;
            tokio::time::sleep(town.chaos.between(0, 5_000)).await;
            process.start();
        } else if victim == victims.len() {
            killed += 1;
            town.relay.kill();
            tokio::time::sleep(town.chaos.between(100, 20_000)).await;
            town.relay.start().await;
        }
    }
    let took = Duration::from_millis(town.time.elapsed() - begun);
    // Time to take the money in and to pay back what is owed.
    town.relay.slow_down();
    tokio::time::sleep(Duration::from_secs(1_200)).await;
    stop.stop();
    join_all(victims.iter_mut().map(Process::ended)).await;
    let purchases = done.borrow().clone();
    Outcome {
        purchases,
        kills: killed,
        took,
    }
}

async fn find_offer(town: &Town) -> OfferId {
    let client = town.client(Who::Buyer, 999);
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let found = client.search_offers(&OffersQuery::for_words("count words")).await;
        if let Ok(found) = found
            && let Some(offer) = found.value.offers.first()
        {
            return offer.offer_id;
        }
    }
}

/// A process that can be killed at any wait, and started again.
struct Process {
    run: Box<dyn Fn() -> JoinHandle<()>>,
    task: JoinHandle<()>,
}

impl Process {
    fn new(run: impl Fn() -> JoinHandle<()> + 'static) -> Self {
        Self {
            task: run(),
            run: Box::new(run),
        }
    }

    fn start(&mut self) {
        self.task = (self.run)();
    }

    async fn kill(&mut self) {
        self.task.abort();
        // Either it was aborted or it had ended.
        if let Err(error) = (&mut self.task).await {
            assert!(error.is_cancelled(), "{error}");
        }
    }

    async fn ended(&mut self) {
        if !self.task.is_finished() {
            (&mut self.task).await.unwrap();
        }
    }

    fn worker(town: &Rc<Town>, number: usize, stop: &Stop) -> Self {
        let (town, stop, starts) = (Rc::clone(town), stop.clone(), Rc::new(RefCell::new(0)));
        Self::new(move || {
            let (town, stop) = (Rc::clone(&town), stop.clone());
            *starts.borrow_mut() += 1;
            let process = (number as u64 + 1) * 1_000 + *starts.borrow();
            tokio::task::spawn_local(async move {
                let worker = town.worker(process);
                let hints = town.hints(&town.client(Who::Seller, process));
                worker.run(hints, stop).await.unwrap();
            })
        })
    }

    fn buyer(town: &Rc<Town>, offer: OfferId, jobs: usize, done: &Rc<RefCell<BTreeMap<usize, Bought>>>) -> Self {
        let (town, done, starts) = (Rc::clone(town), Rc::clone(done), Rc::new(RefCell::new(0)));
        Self::new(move || {
            let (town, done) = (Rc::clone(&town), Rc::clone(&done));
            *starts.borrow_mut() += 1;
            let process = 100_000 + *starts.borrow();
            tokio::task::spawn_local(async move {
                let buyer = town.buyer(process);
                let buyer = &buyer;
                let purchases = (0..jobs).map(|number| {
                    let done = Rc::clone(&done);
                    async move {
                        loop {
                            let wish = Wish {
                                offer,
                                input: Input::Json(input(number)),
                                max: RawAmount::from_xno("0.01").unwrap(),
                                refund_account: None,
                                key: Some(format!("job-{number}").parse::<PurchaseKey>().unwrap()),
                            };
                            match buyer.buy(wish, Patience::until(Until::Over), &Silent).await {
                                Ok(bought) if bought.standing == Standing::Over => {
                                    done.borrow_mut().insert(number, bought);
                                    return;
                                }
                                Ok(bought) => panic!("purchase {number} is {:?}", bought.standing),
                                Err(error) if error.is_passing() => {
                                    tokio::time::sleep(Duration::from_secs(1)).await;
                                }
                                Err(error) => panic!("purchase {number}: {error}"),
                            }
                        }
                    }
                });
                join_all(purchases).await;
            })
        })
    }
}
