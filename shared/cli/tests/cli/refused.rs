//! Wrong input, for which no relay is needed: a clear message, what to do, and the documented exit code.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::binary::{Bot, Ran};

const ACCOUNT: &str = "nano_3e3j5tkog48pnny9dmfzj1r16pg8t1e76dz5tmac6iq689wyjfpiij4txtdo";
const OFFER: &str = "offer_00000000000000000000000000000000";
const JOB: &str = "job_00000000000000000000000000000000";

/// Runs it for people and for programs: exit code, stable code, and words of the message.
pub(crate) fn refuses(bot: &Bot, arguments: &[&str], exit: i32, code: &str, words: &str) {
    let told = bot.run(arguments);
    assert_eq!(told.code, exit, "{arguments:?}: {}{}", told.stdout, told.stderr);
    assert!(
        told.stderr.contains(words),
        "{arguments:?} lacks {words:?}: {}",
        told.stderr
    );
    assert!(
        told.stderr.contains("next:") || told.stderr.contains("--help"),
        "{arguments:?}: {}",
        told.stderr
    );
    assert!(!told.stderr.contains("panicked"), "{}", told.stderr);
    let told: Ran = bot.run(&[&["--json"], arguments].concat());
    let error = told.error();
    assert_eq!(
        (told.code, error["exit_code"].as_i64()),
        (exit, Some(exit.into())),
        "{arguments:?}"
    );
    assert_eq!(error["code"], code, "{arguments:?}: {error}");
    assert!(
        error["message"].as_str().unwrap().contains(words),
        "{arguments:?}: {error}"
    );
    assert!(!error["next"].as_str().unwrap().is_empty(), "{arguments:?}: {error}");
}

#[test]
fn a_wrong_command_line_is_named_and_ends_with_2() {
    let bot = Bot::stranded();
    let latin = bot.folder_file("latin.json", b"\"\xe9\"");
    let no_offer = bot.file("no-price.json", r#"{"title": "Echo", "turnaround_seconds": 60}"#);
    let odd_offer = bot.file(
        "odd.json",
        r#"{"title": "Echo", "price_xno": "1", "turnaround_seconds": 60, "colour": 1}"#,
    );
    let plain = bot.file("plain.txt", "no program");
    let large = bot.file("large.json", &"1".repeat((1 << 20) + 1));
    let buy = |input, max| ["buy", OFFER, "--input", input, "--max", max];
    let sell = |price| ["sell", "--title", "Echo", "--price", price, "--exec", "/bin/cat"];
    let rows: Vec<(Vec<&str>, &str)> = vec![
        (vec!["sned"], "unrecognized subcommand"),
        (vec!["wallet"], "subcommand"),
        (vec!["wallet", "sned"], "a similar subcommand exists: 'send'"),
        (vec!["completions", "cobol"], "invalid value 'cobol'"),
        (vec!["--frobnicate", "whoami"], "unexpected argument '--frobnicate'"),
        (vec!["wallet", "send", ACCOUNT, "1"], "has no unit"),
        (vec!["wallet", "send", ACCOUNT, "1.5.5XNO"], "is no amount"),
        (vec!["wallet", "send", ACCOUNT, "-1XNO"], "unexpected argument '-1'"),
        (
            vec!["wallet", "send", ACCOUNT, "0.0000000000000000000000000000001XNO"],
            "is no amount",
        ),
        (
            vec!["wallet", "send", ACCOUNT, "340282366920938463463374607431768211456raw"],
            "is no amount",
        ),
        (vec!["wallet", "send", "nano_1", "1XNO"], "an account has"),
        (vec!["wallet", "send", &ACCOUNT[..64], "1XNO"], "invalid value"),
        (vec!["wallet", "send", ACCOUNT], "required arguments"),
        (vec!["wallet", "receive", "--least", "much"], "has no unit"),
        (vec!["offers", "show", "offer_1"], "invalid value 'offer_1'"),
        (vec!["offers", "show", JOB], "invalid value"),
        (vec!["offers", "search", "--sort", "colour"], "an order is one of"),
        (vec!["offers", "search", "--seller", "me"], "invalid value 'me'"),
        (vec!["offers", "search", "--price-max", "1"], "has no unit"),
        (vec!["offers", "publish", "absent.json"], "absent.json"),
        (vec!["offers", "publish", &no_offer], "exactly one of price_xno"),
        (vec!["offers", "publish", &odd_offer], "unknown field `colour`"),
        (vec!["jobs", "show", "job_x"], "invalid value 'job_x'"),
        (vec!["jobs", "list", "--status", "lost"], "a status is one of"),
        (vec!["jobs", "list", "--as", "judge"], "a role is buyer or seller"),
        (buy("{", "1XNO").to_vec(), "is not JSON"),
        (buy("hello", "1XNO").to_vec(), "is not JSON"),
        (buy("@absent.json", "1XNO").to_vec(), "absent.json"),
        (vec!["buy", OFFER, "--input", "-", "--max", "1XNO"], "is not JSON"),
        (buy("{}", "1").to_vec(), "has no unit"),
        (vec!["buy", OFFER, "--input", "{}"], "--max"),
        (
            vec!["buy", "echo", "--input", "{}", "--max", "1XNO"],
            "invalid value 'echo'",
        ),
        (
            vec!["buy", OFFER, "--input", "{}", "--max", "1XNO", "--key", "a b"],
            "the key of a purchase",
        ),
        (
            vec!["buy", OFFER, "--input", "{}", "--max", "1XNO", "--patience", "long"],
            "invalid value 'long'",
        ),
        (
            vec!["--relay", "relay.example", "offers", "search"],
            "the address of a relay",
        ),
        (
            vec!["--relay", "https://relay.example/v1", "offers", "search"],
            "the address of a relay",
        ),
        (
            vec!["--relay", "https://me:pass@relay.example", "offers", "search"],
            "the address of a relay",
        ),
        (vec!["--nano-rpc", "node", "wallet", "balance"], "is no URL"),
        (vec!["--nano-rpc", "ftp://node", "wallet", "balance"], "http or https"),
        (
            vec!["--nano-rpc", "http://a,http://a", "wallet", "balance"],
            "listed twice",
        ),
        (vec!["--nano-quorum", "2", "wallet", "balance"], "the quorum is between"),
        (vec!["--nano-quorum", "0", "wallet", "balance"], "the quorum is between"),
        (
            vec!["--nano-network", "main", "wallet", "balance"],
            "live, beta and dev",
        ),
        (vec!["--work-server", "cpu", "wallet", "balance"], "is no URL"),
        (
            vec![
                "--websocket",
                "http://x",
                "sell",
                "--title",
                "E",
                "--price",
                "1XNO",
                "--exec",
                "cat",
            ],
            "ws or wss",
        ),
        (
            vec!["--representative", "nano_1", "wallet", "balance"],
            "invalid value 'nano_1'",
        ),
        (sell("0XNO").to_vec(), "at least 1 raw"),
        (sell("cheap").to_vec(), "has no unit"),
        (vec!["sell", "--title", "Echo", "--price", "1XNO"], "--exec"),
        (
            vec!["sell", "--title", "Echo", "--exec", "/bin/cat"],
            "exactly one of price_xno",
        ),
        (vec!["sell", "--price", "1XNO", "--exec", "/bin/cat"], "--title"),
        (
            vec!["sell", "--title", "", "--price", "1XNO", "--exec", "/bin/cat"],
            "name is 1 to 60",
        ),
        (
            vec!["sell", "--offer", "x.json", "--title", "Echo", "--exec", "/bin/cat"],
            "cannot be used with",
        ),
        (
            vec!["sell", "--title", "Echo", "--price", "1XNO", "--exec", "./absent"],
            "no program that can be run",
        ),
        (
            vec!["sell", "--title", "Echo", "--price", "1XNO", "--exec", &plain],
            "no program that can be run",
        ),
        (
            vec!["sell", "--title", "Echo", "--quote-exec", "./absent", "--exec", "cat"],
            "no program that can be run",
        ),
        (
            vec![
                "sell",
                "--title",
                "Echo",
                "--price",
                "1XNO",
                "--metrics",
                "9090",
                "--exec",
                "cat",
            ],
            "invalid value '9090'",
        ),
        (
            vec![
                "sell",
                "--title",
                "Echo",
                "--price",
                "1XNO",
                "--pass-env",
                "ABSENT",
                "--exec",
                "cat",
            ],
            "is not set",
        ),
        (vec!["receipt", "verify", "absent.json"], "absent.json"),
        (vec!["receipt", "verify", &plain], "neither a job nor a proof"),
        (vec!["receipt", "verify", &latin], "UTF-8"),
        (vec!["receipt", "verify", &large], "larger than"),
    ];
    for (arguments, words) in rows {
        refuses(&bot, &arguments, 2, "usage", words);
    }
}

#[test]
fn what_is_missing_around_the_bot_is_named_and_ends_with_3() {
    let nobody = Bot::nobody();
    refuses(&nobody, &["whoami"], 3, "no_secret", "there is no wallet in");
    refuses(&nobody, &["offers", "search"], 3, "no_setting", "no relay is set");
    refuses(&nobody, &["wallet", "balance"], 3, "no_setting", "no Nano node is set");
    refuses(&nobody, &["init"], 3, "no_terminal", "there is no terminal");
    refuses(
        &nobody,
        &["init", "--local", "--restore"],
        3,
        "no_terminal",
        "there is no terminal",
    );
    refuses(
        &nobody,
        &["wallet", "create", "--show"],
        3,
        "no_terminal",
        "writes the words to a terminal only",
    );

    let stranded = Bot::stranded();
    refuses(
        &stranded,
        &["init", "--restore"],
        3,
        "secret_exists",
        "has a key already",
    );
    refuses(
        &stranded,
        &["wallet", "create"],
        3,
        "secret_exists",
        "has a key already",
    );
    std::fs::write(stranded.home().join("policy.json"), r#"{"allowed_sellers": "all"}"#).unwrap();
    let buy = ["buy", OFFER, "--input", "{}", "--max", "1XNO"];
    refuses(&stranded, &buy, 3, "bad_policy", "allowed_sellers");
    std::fs::remove_file(stranded.home().join("policy.json")).unwrap();
    refuses(&stranded, &buy, 3, "bad_policy", "policy.json");
    std::fs::write(stranded.home().join("settings.json"), r#"{"relays": []}"#).unwrap();
    refuses(&stranded, &["whoami"], 3, "bad_settings", "unknown field `relays`");

    let blocked = Bot::nobody();
    std::fs::write(blocked.home(), "a file").unwrap();
    refuses(&blocked, &["init", "--local"], 3, "home_unusable", "home");
}

#[test]
fn who_cannot_be_reached_is_named_and_ends_with_6() {
    let bot = Bot::stranded();
    refuses(
        &bot,
        &["offers", "search"],
        6,
        "relay_unreachable",
        "the relay cannot be reached",
    );
    let elsewhere = ["--relay", "http://relay.invalid", "offers", "search"];
    refuses(&bot, &elsewhere, 6, "relay_unreachable", "the relay cannot be reached");
    refuses(
        &bot,
        &["wallet", "balance"],
        6,
        "nodes_unavailable",
        "no Nano node answers",
    );
    refuses(
        &bot,
        &["wallet", "send", ACCOUNT, "1XNO"],
        6,
        "nodes_unavailable",
        "no Nano node answers",
    );
    refuses(
        &bot,
        &["wallet", "restore"],
        6,
        "nodes_unavailable",
        "no Nano node answers",
    );

    let page = web_server("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>");
    refuses(
        &bot,
        &["--relay", &page, "offers", "search"],
        6,
        "not_a_relay",
        "what answers is no relay",
    );
    refuses(
        &bot,
        &["--nano-rpc", &page, "wallet", "balance"],
        6,
        "nodes_unavailable",
        "not JSON",
    );
}

#[test]
fn the_doctor_says_what_is_wrong_with_each_part_and_ends_well_only_if_nothing_is() {
    let bot = Bot::stranded();
    let ran = bot.run(&["--json", "doctor"]);
    assert_eq!((ran.code, ran.error()["code"].as_str()), (3, Some("unhealthy")));
    let checkup = ran.lines().pop().unwrap();
    let failed: Vec<&str> = checkup["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["state"] == "failed")
        .inspect(|check| assert!(check["next"].is_string(), "{check}"))
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["relay", "clock", "node", "quorum", "wallet"]);
    bot.run(&["doctor", "--offline"]).good();
}

/// Something on the web that is neither relay nor node.
fn web_server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 2_048];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}
