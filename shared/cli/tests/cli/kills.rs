//! A buyer's process that is killed with SIGKILL at every exchange with relay and node: before it arrives, and after it was
//! answered. The same command again finishes the purchase, and the seller was paid once.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::binary::Bot;
use crate::trade::{Shop, buy, spent};
use crate::world::World;

/// How many buyers are killed side by side.
const BUYERS: usize = 3;

/// What kills a process at an exchange.
#[derive(Default)]
pub(crate) struct Trap {
    /// The process.
    pid: AtomicU32,
    /// At which burst of bytes it dies; 0 for never.
    at: AtomicUsize,
    /// Bursts so far, in both directions: a request or its answer is one or two.
    seen: AtomicUsize,
}

impl Trap {
    pub(crate) fn set(&self, at: usize) {
        self.seen.store(0, Ordering::SeqCst);
        self.pid.store(0, Ordering::SeqCst);
        self.at.store(at, Ordering::SeqCst);
    }

    /// Runs the command to its end, or to the trap's; whether it ended well, and whether the trap was reached.
    pub(crate) fn run(&self, bot: &Bot, arguments: &[&str]) -> (bool, bool) {
        let mut child = bot.command(arguments).spawn().unwrap();
        self.pid.store(child.id(), Ordering::SeqCst);
        let ended = child.wait().unwrap();
        let sprung = self.seen.load(Ordering::SeqCst) >= self.at.load(Ordering::SeqCst);
        (ended.success(), sprung)
    }

    /// Whether these bytes may pass. Whoever springs the trap dies before they do.
    fn lets_pass(&self) -> bool {
        let seen = self.seen.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        if seen != self.at.load(Ordering::SeqCst) {
            return true;
        }
        let pid = loop {
            // The process may be at work before its starter has told us of it.
            match self.pid.load(Ordering::SeqCst) {
                0 => std::thread::yield_now(),
                pid => break pid,
            }
        };
        // It may be done already, and have left this exchange behind.
        let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        false
    }
}

/// Passes bytes between a process and this address, as long as the trap lets them; its own address.
pub(crate) fn pass(to: &str, trap: &Arc<Trap>) -> String {
    let (to, trap) = (
        to.trim_start_matches("http://").trim_end_matches('/').to_owned(),
        Arc::clone(trap),
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let Ok(far) = TcpStream::connect(&to) else { return };
            let (near_again, far_again) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            let (one, other) = (Arc::clone(&trap), Arc::clone(&trap));
            std::thread::spawn(move || pump(near, far, &one));
            std::thread::spawn(move || pump(far_again, near_again, &other));
        }
    });
    address
}

fn pump(mut from: TcpStream, mut to: TcpStream, trap: &Trap) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if !trap.lets_pass() || to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    // Either may be gone already.
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// A buyer whose ways lead through a trap.
struct Victim {
    bot: Bot,
    trap: Arc<Trap>,
    bought: u128,
}

impl Victim {
    fn new(world: &World) -> Self {
        let trap = Arc::new(Trap::default());
        let bot = world.bot_over(&pass(&world.relay, &trap), &pass(&world.nano_rpc, &trap));
        world.give(&bot);
        bot.run(&["wallet", "receive"]).good();
        Self { bot, trap, bought: 0 }
    }

    /// Buys and is killed at this point; whether there was one.
    fn buy(&mut self, offer: &str, point: usize) -> bool {
        let key = format!("point-{point}");
        let arguments = buy(offer, "{}", &key);
        self.trap.set(point);
        let (ended, sprung) = self.trap.run(&self.bot, &arguments);
        assert!(sprung || ended, "point {point}: it failed by itself");
        self.trap.set(0);
        let again = self.bot.run(&arguments).good();
        assert_eq!(
            again.lines().pop().unwrap()["outcome"]["outcome"],
            "delivered",
            "point {point}"
        );
        self.bought = self.bought.saturating_add(1);
        spent(&self.bot, self.bought);
        sprung
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "printed for whoever wants the figure")]
fn a_purchase_that_is_killed_at_any_exchange_goes_on_and_pays_once() {
    let world = World::start();
    let seller = world.bot().with("NANOARK_LOG", "error");
    let mut shop = Shop::open(&seller, &["/bin/cat"], &[]);
    shop.hear_out();
    let victims: Mutex<VecDeque<Victim>> = Mutex::new((0..BUYERS).map(|_| Victim::new(&world)).collect());
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..BUYERS {
            scope.spawn(|| {
                let mut victim = victims.lock().unwrap().pop_front().unwrap();
                while victim.buy(&shop.offer, next.fetch_add(1, Ordering::SeqCst).saturating_add(1)) {
                    killed.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    let killed = killed.into_inner();
    println!("killed at {killed} points");
    assert!(killed >= 40, "only {killed} points were found");
}
