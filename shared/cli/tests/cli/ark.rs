//! The Ark wallet on the command line, against a gateway and a strict operator.

use std::sync::Arc;

use bitcoin::Amount;
use nanoark_ark_verifier::address::ArkAddress;
use serde_json::Value;

use crate::binary::{Bot, Ran, hide};
use crate::kills::{Trap, pass};
use crate::outputs::Schemas;
use crate::refused::refuses;
use crate::world::World;

const NPUB: &str = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg";

/// What the development gateway asks for: the least that an output may hold.
const FEE: u64 = 330;

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("{member} in {value}"))
}

fn address(bot: &Bot) -> String {
    text(&bot.result(&["ark", "address"]), "address").to_owned()
}

/// Gives the wallet a coin.
fn fund(world: &World, bot: &Bot, satoshi: u64) {
    let address: ArkAddress = address(bot).parse().unwrap();
    world.arkd().fund(&address.script_pubkey(), Amount::from_sat(satoshi));
}

fn spendable(bot: &Bot) -> u64 {
    bot.result(&["ark", "balance"])["spendable_sat"].as_u64().unwrap()
}

#[test]
fn money_moves_is_split_joined_and_swapped_and_every_line_is_as_the_schema_says() {
    let schemas = Schemas::of_the_binary();
    let world = World::start_with_arkd();
    let (alice, bob) = (world.bot(), world.bot());
    let check = |bot: &Bot, command: &str, arguments: &[&str]| -> Value {
        let words: Vec<&str> = command.split(' ').collect();
        let ran: Ran = bot.run(&[&["--json"], &words[..], arguments].concat()).good();
        schemas.check(command, &ran)
    };
    fund(&world, &alice, 100_000);
    fund(&world, &bob, 50_000);
    let said = bob.run(&["ark", "address"]).good();
    assert_eq!(said.stdout, format!("{}\n", address(&bob)), "what `$(…)` takes");
    let (to, npub) = (address(&bob), text(&bob.result(&["ark", "address"]), "npub").to_owned());
    check(&alice, "ark address", &[]);
    assert_eq!(check(&alice, "ark balance", &[])["spendable_sat"], 100_000);

    // One key is one payment, by address or by name.
    for _ in 0..2 {
        let sent = check(&alice, "ark send", &[&to, "1000sat", "--key", "rent-2026-11"]);
        assert_eq!(
            (&sent["finalized"], &sent["confirmed"]),
            (&Value::Bool(true), &Value::Bool(true)),
            "{sent}"
        );
    }
    check(
        &alice,
        "ark send",
        &[&npub, "0.00002BTC", "--max-fee", "1000sat", "--private"],
    );
    assert_eq!(spendable(&bob), 53_000);
    assert_eq!(spendable(&alice), 100_000 - 3_000 - 2 * FEE);

    check(&alice, "ark split", &["1000sat", "5000sat"]);
    let coins = check(&alice, "ark vtxos", &[])["vtxos"].clone();
    let amounts: Vec<u64> = coins
        .as_array()
        .unwrap()
        .iter()
        .map(|coin| coin["amount_sat"].as_u64().unwrap())
        .collect();
    assert!(
        amounts.len() == 3 && amounts.contains(&1_000) && amounts.contains(&5_000),
        "{amounts:?}"
    );
    check(&alice, "ark consolidate", &[]);
    assert_eq!(check(&alice, "ark vtxos", &[])["vtxos"].as_array().unwrap().len(), 1);

    let (before_alice, before_bob) = (spendable(&alice), spendable(&bob));
    let terms = check(
        &alice,
        "ark swap terms",
        &[&npub, "--give", "3000sat", "--get", "700sat"],
    );
    let file = alice.file("terms.json", &terms.to_string());
    let waiting = alice.run(&["--json", "ark", "swap", "accept", &file, "--patience", "0"]);
    assert_eq!(waiting.error()["code"], "still_going", "{waiting:?}");
    assert_eq!(alice.result(&["ark", "sessions"])["orders"][0]["stage"], "gathering");
    std::thread::scope(|scope| {
        let bob = scope.spawn(|| check(&bob, "ark swap accept", &[&file]));
        check(&alice, "ark swap accept", &[&file]);
        bob.join().unwrap();
    });
    assert_eq!(spendable(&alice), before_alice - 3_000 + 700 - FEE);
    assert_eq!(spendable(&bob), before_bob + 3_000 - 700 - FEE);

    assert!(
        check(&alice, "ark sessions", &[])["orders"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let all = check(&alice, "ark sessions", &["--all"])["orders"].clone();
    assert_eq!(all.as_array().unwrap().len(), 5, "{all}");
    let recovered = check(&alice, "ark recover", &[]);
    assert!(recovered["rescues"].as_array().unwrap().is_empty(), "{recovered}");
    check(&alice, "ark trust", &[]);
    check(&alice, "ark trust", &["--anew"]);
}

#[test]
fn a_nostr_key_of_ones_own_has_coins_of_its_own_or_is_bound_to_the_bots() {
    let world = World::start_with_arkd();
    let (payer, bot) = (world.bot(), world.bot());
    fund(&world, &payer, 20_000);
    let nsec = bot.file("nsec.txt", &"2b".repeat(32));
    hide(nsec.as_ref());
    let own = address(&bot);
    let imported = bot.result(&["ark", "address", "--nsec-file", &nsec]);
    assert_ne!(text(&imported, "address"), own);
    // Not bound, the gateway knows it under another address: a payment by name would go there.
    let separate = ["--nsec-file", &nsec, "--separate-owner"];
    let unbound = bot.run(&[&["--json", "ark", "vtxos"], &separate[..]].concat());
    assert_eq!((unbound.code, unbound.error()["code"].as_str()), (3, Some("not_bound")));
    let bound = bot.result(&[&["ark", "bind"], &separate[..]].concat());
    assert_eq!(text(&bound, "address"), own);
    assert_eq!(bound["npub"], imported["npub"]);
    payer.run(&["ark", "send", text(&bound, "npub"), "5000sat"]).good();
    let balance = bot.result(&[&["ark", "balance"], &separate[..]].concat());
    assert_eq!(balance["spendable_sat"], 5_000);
    let to = address(&payer);
    let spent = [&["ark", "send", &to, "1000sat"], &separate[..]].concat();
    bot.run(&spent).good();
}

#[test]
#[expect(clippy::print_stdout, reason = "printed for whoever wants the figure")]
fn a_payment_that_is_killed_at_any_exchange_goes_on_and_pays_once() {
    let world = World::start_with_arkd();
    let trap = Arc::new(Trap::default());
    let bot = world.bot_over(&pass(&world.relay, &trap), &world.nano_rpc);
    let other = world.bot();
    let to = address(&other);
    let mut paid = 0;
    for point in 1_usize.. {
        fund(&world, &bot, 5_000);
        let key = format!("killed-at-{point}");
        let send = ["ark", "send", &to, "1000sat", "--key", &key];
        trap.set(point);
        let (ended, sprung) = trap.run(&bot, &send);
        assert!(sprung || ended, "point {point}: it failed by itself");
        trap.set(0);
        if point % 2 == 0 {
            bot.run(&["ark", "recover"]).good();
        }
        bot.run(&send).good();
        paid += 1_000;
        assert_eq!(spendable(&other), paid, "point {point}");
        if !sprung {
            println!("killed at {} points", point - 1);
            assert!(point > 8, "only {point} points were found");
            break;
        }
    }
}

#[test]
fn what_the_gateway_refuses_is_told_with_its_exit_code() {
    let world = World::start_with_arkd();
    let bot = world.bot();
    let other = address(&world.bot());
    let refused = |arguments: &[&str], exit: i32, code: &str, words: &str| {
        refuses(&bot, &[&["ark"], arguments].concat(), exit, code, words);
    };
    refused(&["send", &other, "1000sat"], 9, "insufficient", "insufficient_balance");
    fund(&world, &bot, 10_000);
    refused(
        &["send", &other, "1000sat", "--max-fee", "1sat"],
        4,
        "guard_rail",
        "fee",
    );
    refused(&["send", &other, "1sat"], 5, "ark_failed", "output_out_of_bounds");
    bot.run(&["ark", "send", &other, "1000sat", "--key", "rent-2026-11"])
        .good();
    let again = ["send", &other, "2000sat", "--key", "rent-2026-11"];
    refused(&again, 5, "key_taken", "another order");
    let elsewhere = ["address", "--relay", "http://127.0.0.1:1"];
    assert!(
        bot.run(&[&["ark"], &elsewhere[..]].concat()).code == 0,
        "the address needs no gateway once it is known"
    );
    let balance = ["balance", "--relay", "http://127.0.0.1:1"];
    refused(&balance, 6, "relay_unreachable", "cannot be reached");
}

#[test]
fn a_wrong_command_line_is_named_and_ends_with_2() {
    let bot = Bot::stranded();
    let no_terms = bot.file("no-terms.json", r#"{"type":"result","legs":[]}"#);
    let no_key = bot.file("no-key.txt", "hunter2");
    hide(no_key.as_ref());
    for (arguments, words) in [
        (&["send", NPUB, "1000"][..], "has no unit"),
        (&["send", NPUB, "1.5sat"], "is no amount"),
        (&["send", NPUB], "required arguments"),
        (&["send", "bc1qxyz", "1000sat"], "name an Ark address"),
        (&["send", "tark1xyz", "1000sat"], "no Ark address"),
        (&["send", NPUB, "1000sat", "--key", "short"], "8 to 64 characters"),
        (
            &["send", NPUB, "1000sat", "--asset", "gold=1"],
            "68 lower-case hex digits",
        ),
        (&["send", NPUB, "1000sat", "--input", "1"], "invalid value"),
        (
            &["send", NPUB, "1000sat", "--nostr-relays", "https://relay"],
            "ws or wss",
        ),
        (&["split"], "required arguments"),
        (&["swap"], "subcommand"),
        (&["swap", "accept", &no_terms], "holds no terms of a swap"),
        (&["swap", "accept", "nowhere.json"], "nowhere.json"),
        (
            &["swap", "terms", "alice", "--give", "1sat", "--get", "1sat"],
            "invalid value",
        ),
        (&["address", "--separate-owner"], "--nsec-file"),
        (&["address", "--nsec-file", "nowhere.txt"], "nowhere.txt"),
    ] {
        refuses(&bot, &[&["ark"], arguments].concat(), 2, "usage", words);
    }
    let with_key = ["ark", "address", "--nsec-file", &no_key];
    refuses(&bot, &with_key, 3, "bad_secret", "secret key");
    crate::binary::expose(no_key.as_ref());
    refuses(&bot, &with_key, 3, "exposed_secret", "others may read it");
    let told = bot.run(&with_key);
    assert!(!told.stderr.contains("hunter2"), "{}", told.stderr);
    refuses(&Bot::nobody(), &["ark", "balance"], 3, "no_setting", "no relay is set");
}
