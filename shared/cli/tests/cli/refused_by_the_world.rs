//! Wrong input that only a relay or a ledger can refuse.

use serde_json::json;

use crate::binary::Bot;
use crate::world::World;

const NO_OFFER: &str = "offer_00000000000000000000000000000000";
const NO_JOB: &str = "job_00000000000000000000000000000000";

fn publish(bot: &Bot, price: &str) -> String {
    let offer = json!({"title": format!("For {price}"), "price_xno": price, "turnaround_seconds": 60});
    let file = bot.file("offer.json", &offer.to_string());
    let published = bot.result(&["offers", "publish", &file]);
    published["offer"]["offer_id"].as_str().unwrap().to_owned()
}

fn policy(bot: &Bot, policy: &serde_json::Value) {
    std::fs::write(bot.home().join("policy.json"), policy.to_string()).unwrap();
}

#[test]
fn each_refusal_has_its_exit_code_and_its_stable_code() {
    let world = World::start();
    let (seller, buyer, poor) = (world.bot(), world.rich_bot(), world.bot());
    let (cheap, dear, ended) = (
        publish(&seller, "0.001"),
        publish(&seller, "0.02"),
        publish(&seller, "0.001"),
    );
    seller.run(&["offers", "cancel", &ended]).good();
    let account = seller.result(&["wallet", "address"])["account"]
        .as_str()
        .unwrap()
        .to_owned();
    buyer.run(&["wallet", "receive"]).good();
    buyer
        .run(&["wallet", "send", &account, "0.1XNO", "--key", "rent"])
        .good();
    let half_down = format!("{},http://127.0.0.1:1", world.nano_rpc);
    let refuses = |bot: &Bot, arguments: &[&str], exit: i32, code: &str| {
        let ran = bot.run(&[&["--json"], arguments].concat());
        let error = ran.error();
        assert_eq!(
            (ran.code, error["code"].as_str()),
            (exit, Some(code)),
            "{arguments:?}: {error}"
        );
        assert!(!error["next"].as_str().unwrap().is_empty(), "{error}");
    };
    let buy = |offer, max| ["buy", offer, "--input", "{}", "--max", max];
    let dry = |offer, max| ["buy", offer, "--input", "{}", "--max", max, "--dry-run"];

    refuses(&buyer, &["offers", "show", NO_OFFER], 5, "not_found");
    refuses(&buyer, &["jobs", "show", NO_JOB], 5, "not_found");
    refuses(&buyer, &["jobs", "watch", NO_JOB], 5, "not_found");
    refuses(&buyer, &["jobs", "cancel", NO_JOB], 5, "not_found");
    refuses(&buyer, &["jobs", "refund", NO_JOB], 5, "not_found");
    refuses(&buyer, &["jobs", "top-up", NO_JOB, "--max", "1XNO"], 5, "not_yours");
    refuses(&buyer, &["offers", "search", "--cursor", "nonsense"], 5, "bad_cursor");
    refuses(&buyer, &["jobs", "list", "--cursor", "nonsense"], 5, "bad_cursor");
    refuses(&buyer, &["offers", "pause", &cheap], 5, "forbidden");
    refuses(&buyer, &["offers", "cancel", NO_OFFER], 5, "not_found");
    refuses(&seller, &["offers", "resume", &ended], 5, "wrong_state");

    refuses(&buyer, &buy(NO_OFFER, "1XNO"), 5, "not_found");
    refuses(&buyer, &buy(&ended, "1XNO"), 5, "not_for_sale");
    refuses(&buyer, &dry(&ended, "1XNO"), 5, "not_for_sale");
    refuses(&seller, &buy(&cheap, "1XNO"), 5, "not_for_sale");
    refuses(&buyer, &buy(&cheap, "0.0009XNO"), 4, "guard_rail");
    refuses(&buyer, &dry(&cheap, "0.0009XNO"), 4, "guard_rail");
    refuses(&buyer, &buy(&dear, "1XNO"), 4, "guard_rail");
    refuses(&buyer, &dry(&dear, "1XNO"), 4, "guard_rail");
    let open = json!({"allowed_sellers": "any", "max_per_job": "1 XNO", "lifetime_budget": "1 XNO"});
    for (member, value) in [
        ("allowed_sellers", json!(["00".repeat(32)])),
        ("allowed_tags", json!(["poems"])),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
        ("lifetime_budget", json!("0.0001 XNO")),
        ("max_per_seller", json!("0.0001 XNO")),
    ] {
        let mut strict = open.clone();
        strict[member] = value;
        policy(&buyer, &strict);
        refuses(&buyer, &buy(&cheap, "0.001XNO"), 4, "guard_rail");
        refuses(&buyer, &dry(&cheap, "0.001XNO"), 4, "guard_rail");
    }
    assert_eq!(
        buyer.result(&["jobs", "list"])["jobs"],
        json!([]),
        "nothing was requested"
    );

    refuses(&poor, &["wallet", "send", &account, "0.1XNO"], 9, "insufficient");
    refuses(
        &poor,
        &["wallet", "send", &account, "0.1XNO", "--dry-run"],
        9,
        "insufficient",
    );
    refuses(&buyer, &["wallet", "send", &account, "2XNO"], 9, "insufficient");
    refuses(
        &buyer,
        &["wallet", "send", &account, "0.2XNO", "--key", "rent"],
        5,
        "key_taken",
    );
    refuses(
        &buyer,
        &["--nano-rpc", &half_down, "wallet", "balance"],
        6,
        "nodes_unavailable",
    );
}
