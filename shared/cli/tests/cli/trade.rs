//! Two bots in processes of their own: selling `cat`, buying from it, being killed, paying back.

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command};

use nanoark_nano::RawAmount;
use serde_json::{Value, json};

use crate::binary::{Bot, Ran, make_executable};
use crate::outputs::Schemas;
use crate::world::World;

/// `nanoark sell`, serving.
pub(crate) struct Shop {
    child: Child,
    lines: Option<Lines<BufReader<ChildStdout>>>,
    pub(crate) offer: String,
    metrics: Option<String>,
}

impl Shop {
    pub(crate) fn open(seller: &Bot, exec: &[&str], more: &[&str]) -> Self {
        Self::open_priced(seller, exec, more, &["--price", "0.001XNO"])
    }

    fn open_priced(seller: &Bot, exec: &[&str], more: &[&str], price: &[&str]) -> Self {
        let sell = ["--json", "sell", "--title", "Echo"];
        let arguments = [&sell[..], price, more, &["--exec"], exec].concat();
        let mut child = seller.command(&arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let serving: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(serving["event"], "serving");
        Schemas::of_the_binary().fits("sell", "step", &serving);
        Self {
            child,
            lines: Some(lines),
            offer: serving["offer_id"].as_str().unwrap().to_owned(),
            metrics: serving["metrics"].as_str().map(str::to_owned),
        }
    }

    /// Listens to it for as long as it speaks: whoever says much to nobody stands still once the pipe is full.
    pub(crate) fn hear_out(&mut self) {
        let lines = self.lines.take().unwrap();
        std::thread::spawn(move || lines.map_while(Result::ok).count());
    }

    /// Asks it to stop, as a service manager does; its last line.
    fn close(mut self) -> Value {
        signal(&self.child, "-TERM");
        self.ended()
    }

    fn ended(&mut self) -> Value {
        let lines = self.lines.take().unwrap();
        let last = lines.map(Result::unwrap).last().unwrap();
        assert!(self.child.wait().unwrap().success());
        serde_json::from_str(&last).unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
}

pub(crate) fn buy<'a>(offer: &'a str, input: &'a str, key: &'a str) -> Vec<&'a str> {
    vec![
        "--json", "buy", offer, "--input", input, "--max", "0.01XNO", "--wait", "--key", key,
    ]
}

pub(crate) fn spent(buyer: &Bot, payments: u128) {
    let left = RawAmount::from_xno(&format!("0.{}", 1_000_u128.saturating_sub(payments)));
    let left = if payments == 0 { RawAmount::from_xno("1") } else { left };
    assert_eq!(
        buyer.result(&["wallet", "balance"])["balance_raw"],
        left.unwrap().to_string()
    );
}

#[test]
fn one_sells_cat_and_another_buys_and_has_a_receipt_for_ever() {
    let schemas = Schemas::of_the_binary();
    let world = World::start();
    let (seller, buyer) = (world.bot(), world.rich_bot());
    let shop = Shop::open(&seller, &["cat"], &["--tag", "text"]);
    let plan = buyer
        .run(&[
            "--json",
            "buy",
            &shop.offer,
            "--input",
            "{}",
            "--max",
            "1XNO",
            "--dry-run",
        ])
        .good();
    assert_eq!(schemas.check("buy", &plan)["price_raw"], "1000000000000000000000000000");

    // What waits for the account is received on the way.
    let input = r#"{"text":"hello"}"#;
    let bought = buyer.run(&buy(&shop.offer, input, "one")).good();
    let result = schemas.check("buy", &bought);
    assert_eq!(result["result"], json!({"json": {"text": "hello"}}));
    let job = result["job_id"].as_str().unwrap();
    let again = schemas.check("buy", &buyer.run(&buy(&shop.offer, input, "one")).good());
    assert_eq!((&again["job_id"], &again["sent"]), (&result["job_id"], &result["sent"]));
    spent(&buyer, 1);
    let other = buyer.run(&buy(&shop.offer, "{}", "one"));
    assert_eq!((other.code, other.error()["code"].as_str()), (5, Some("key_taken")));
    let quiet = buyer
        .run(&[
            "-q",
            "buy",
            &shop.offer,
            "--input",
            "[1]",
            "--max",
            "0.001XNO",
            "--wait",
        ])
        .good();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("[1]\n", ""));

    let shown = schemas.check("jobs show", &buyer.run(&["--json", "jobs", "show", job]).good());
    assert_eq!(shown["money"]["code"], "spent");
    schemas.check("jobs watch", &buyer.run(&["--json", "jobs", "watch", job]).good());
    let late = buyer.run(&["--json", "jobs", "cancel", job]);
    assert_eq!((late.code, late.error()["code"].as_str()), (5, Some("too_late")));
    let theirs = buyer.run(&["--json", "jobs", "refund", job]);
    assert_eq!((theirs.code, theirs.error()["code"].as_str()), (5, Some("not_yours")));
    let none = seller.run(&["--json", "jobs", "refund", job]);
    assert_eq!((none.code, none.error()["code"].as_str()), (5, Some("nothing_owed")));

    // A receipt needs nobody: here is a bot that knows no relay.
    let verify = |text: &str| {
        let anybody = Bot::nobody();
        let file = anybody.file("job.json", text);
        anybody.run(&["--json", "receipt", "verify", &file])
    };
    let proved = schemas.check("receipt verify", &verify(&shown.to_string()).good());
    assert_eq!(
        (&proved["outcome"], &proved["result_checked"]),
        (&json!("delivered"), &json!(true))
    );
    let mut forged = shown.clone();
    forged["job"]["result"]["json"]["text"] = json!("hallo");
    assert_eq!(verify(&forged.to_string()).code, 10);
    let mut unsigned = shown;
    unsigned["job"].as_object_mut().unwrap().remove("receipt");
    assert_eq!(verify(&unsigned.to_string()).code, 10);

    let sold = shop.close();
    schemas.fits("sell", "result", &sold);
    assert_eq!((&sold["delivered"], &sold["cut_short"]), (&json!(2), &json!(0)));
}

#[test]
fn a_purchase_that_is_killed_at_any_step_goes_on_and_pays_once() {
    let world = World::start();
    let (seller, buyer) = (world.bot(), world.rich_bot());
    buyer.run(&["wallet", "receive"]).good();
    let shop = Shop::open(&seller, &["/bin/cat"], &[]);
    let steps = [
        "requesting",
        "requested",
        "agreed",
        "accepted",
        "paying",
        "paid",
        "named",
    ];
    for (number, step) in (1..).zip(steps) {
        let arguments = buy(&shop.offer, "{}", step);
        let mut child = buyer.command(&arguments).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reached = lines
            .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
            .any(|line| line["progress"]["step"] == step);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(reached, "{step}");
        let bought = buyer.run(&arguments).good();
        assert_eq!(
            bought.lines().pop().unwrap()["outcome"]["outcome"],
            "delivered",
            "{step}"
        );
        spent(&buyer, number);
    }
}

#[test]
fn what_a_tool_fails_at_is_paid_back_once() {
    let world = World::start();
    let (seller, buyer) = (world.bot(), world.rich_bot());
    let mut shop = Shop::open(&seller, &["/bin/false"], &["--jobs", "1", "--no-socket"]);
    let failed = buyer.run(&buy(&shop.offer, "{}", "one"));
    assert_eq!(
        (failed.code, failed.error()["code"].as_str()),
        (11, Some("money_elsewhere")),
        "{}",
        failed.stderr
    );
    assert_eq!(shop.ended()["failed"], 1);
    let job = failed.lines().pop().unwrap()["job_id"].as_str().unwrap().to_owned();
    let shown = buyer.result(&["jobs", "show", &job]);
    assert_eq!(shown["money"]["code"], "refund_owed", "{shown}");

    let first = seller.run(&["--json", "jobs", "refund", &job]).good();
    Schemas::of_the_binary().check("jobs refund", &first);
    let again = seller.run(&["--json", "jobs", "refund", &job]).good();
    assert_eq!(first.lines(), again.lines(), "it is paid back once");
    let ended = until_it_ends_with(7, || buyer.run(&buy(&shop.offer, "{}", "one")));
    assert_eq!(ended.error()["code"], "job_ended");
    assert_eq!(buyer.result(&["jobs", "show", &job])["money"]["code"], "refunded");
    buyer.run(&["wallet", "receive"]).good();
    spent(&buyer, 0);
}

#[test]
fn who_has_not_enough_is_told_before_anything_is_sent_and_goes_on_when_there_is_money() {
    let world = World::start();
    let (seller, poor) = (world.bot(), world.bot());
    let shop = Shop::open(&seller, &["/bin/cat"], &[]);
    let arguments = buy(&shop.offer, "{}", "one");
    let refused = poor.run(&arguments);
    assert_eq!(
        (refused.code, refused.error()["code"].as_str()),
        (9, Some("insufficient"))
    );
    world.give(&poor);
    poor.run(&arguments).good();
    spent(&poor, 1);
}

#[test]
fn a_buyer_that_waits_in_vain_is_told_so_and_withdraws_without_paying() {
    let schemas = Schemas::of_the_binary();
    let world = World::start();
    let (seller, buyer) = (world.bot(), world.rich_bot());
    let shop = Shop::open(&seller, &["/bin/cat"], &[]);
    let offer = shop.offer.clone();
    assert_eq!(shop.close()["delivered"], 0);
    let one = buy(&offer, "{}", "one");
    let waiting = buyer.run(&[&one[..], &["--patience", "1"]].concat());
    assert_eq!(
        (waiting.code, waiting.error()["code"].as_str()),
        (8, Some("still_going"))
    );
    let job = schemas.check("buy", &waiting)["job_id"].as_str().unwrap().to_owned();
    let watched = buyer.run(&["--json", "jobs", "watch", &job, "--patience", "0"]);
    assert_eq!(watched.code, 8);

    interrupt(buyer.command(&one).spawn().unwrap());

    let cancelled = buyer
        .run(&["--json", "jobs", "cancel", &job, "--reason", "too slow"])
        .good();
    assert_eq!(schemas.check("jobs cancel", &cancelled)["outcome"], "unpaid");
    let over = buyer.run(&one);
    assert_eq!((over.code, over.error()["code"].as_str()), (7, Some("job_ended")));
    let short = buyer.run(&["--json", "jobs", "top-up", &job, "--max", "1XNO"]);
    assert_eq!((short.code, short.error()["code"].as_str()), (5, Some("nothing_owed")));
}

/// Ctrl-C, once it has said something: it ends at once with 130.
fn interrupt(mut child: Child) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    signal(&child, "-INT");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(
        ended.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[test]
fn a_quoting_program_names_the_price_or_declines_and_counters_are_served() {
    let world = World::start();
    let (seller, buyer) = (world.bot(), world.rich_bot());
    buyer.run(&["wallet", "receive"]).good();
    let script = "#!/bin/sh\ncase $(cat) in *dear*) echo '{\"amount_xno\":\"0.5\"}';; \
                  *no*) echo '{\"decline\":\"no time\"}';; *) echo '{\"amount_xno\":\"0.002\"}';; esac\n";
    let price = seller.file("price", script);
    make_executable(price.as_ref());
    let more = [
        "--quote-exec",
        &price,
        "--metrics",
        "127.0.0.1:0",
        "--refunds",
        "automatic",
    ];
    let shop = Shop::open_priced(&seller, &["/bin/cat"], &more, &[]);
    let buys = |input, key| buyer.run(&buy(&shop.offer, input, key));
    buys(r#""fair""#, "fair").good();
    let dear = buys(r#""dear""#, "dear");
    assert_eq!((dear.code, dear.error()["code"].as_str()), (4, Some("guard_rail")));
    let declined = buys(r#""no""#, "no");
    assert_eq!(
        (declined.code, declined.error()["code"].as_str()),
        (7, Some("job_ended"))
    );
    spent(&buyer, 2);
    let counters = get(shop.metrics.as_deref().unwrap(), "/metrics");
    assert!(
        counters.contains("nanoark_seller_jobs_total{outcome=\"delivered\"} 1"),
        "{counters}"
    );
}

fn get(address: &str, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The relay takes a moment to look at the ledger.
fn until_it_ends_with(code: i32, run: impl Fn() -> Ran) -> Ran {
    let mut last = None;
    for _ in 0..40 {
        let ran = run();
        if ran.code == code {
            return ran;
        }
        last = Some(ran);
    }
    panic!("it never ends with {code}: {last:?}");
}
