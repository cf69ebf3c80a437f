//! Secrets: where they may come from, who may read them, and that they are never said.

use crate::binary::{Bot, expose, hide};

const SEED: &str = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";

/// The account with the index 0 of that seed.
const ACCOUNT_OF_SEED: &str = "nano_3se9n8su1bozmqr1qujcua4n4xccsyzmy1n1e33ctg9c5c1599z6mjwxyrkh";

#[test]
fn a_secret_comes_from_a_private_file_or_the_environment_and_never_from_the_command_line() {
    let bot = Bot::nobody();
    let file = bot.file("seed.txt", SEED);
    hide(file.as_ref());
    let of_file = bot.result(&["--secret-file", &file, "wallet", "address"]);
    assert_eq!(of_file["account"], ACCOUNT_OF_SEED);
    let of_variable = Bot::nobody()
        .with("NANOARK_SECRET", SEED)
        .result(&["wallet", "address"]);
    assert_eq!(of_file, of_variable);

    for argument in ["--secret", "--seed", "--mnemonic", "--passphrase"] {
        let ran = bot.run(&[argument, SEED, "whoami"]);
        assert_eq!(ran.code, 2, "{argument}");
    }
    expose(file.as_ref());
    for (arguments, code) in [
        (vec!["--secret-file", file.as_str(), "whoami"], "exposed_secret"),
        (vec!["--secret-file", "absent.txt", "whoami"], "no_secret"),
    ] {
        let ran = bot.run(&[&["--json"], &arguments[..]].concat());
        assert_eq!(
            (ran.code, ran.error()["code"].as_str()),
            (3, Some(code)),
            "{arguments:?}"
        );
    }
    let ran = Bot::nobody()
        .with("NANOARK_SECRET", "my secret")
        .run(&["--json", "whoami"]);
    assert_eq!((ran.code, ran.error()["code"].as_str()), (3, Some("bad_secret")));
    assert!(!ran.stderr.contains("my secret"), "{}", ran.stderr);
}

#[test]
fn a_key_file_opens_with_its_passphrase_alone() {
    let live = [
        "init",
        "--relay",
        "https://relay.example",
        "--nano-rpc",
        "https://node.example",
    ];
    let bot = Bot::nobody().with("NANOARK_PASSPHRASE", "correct horse");
    let made = bot.result(&live);
    assert_eq!(made["new_key"], true);
    let kept = std::fs::read_to_string(bot.home().join("key.json")).unwrap();
    assert!(kept.contains("argon2id"), "{kept}");
    assert_eq!(bot.result(&["whoami"])["bot"], made["bot"]);
    assert_eq!(bot.result(&live)["new_key"], false, "a key is made once");

    let wrong = bot.with("NANOARK_PASSPHRASE", "battery staple");
    let ran = wrong.run(&["--json", "whoami"]);
    assert_eq!((ran.code, ran.error()["code"].as_str()), (3, Some("wrong_passphrase")));
    let file = wrong.file("passphrase", "correct horse\n");
    hide(file.as_ref());
    let right = wrong.result(&["--passphrase-file", &file, "whoami"]);
    assert_eq!(right["bot"], made["bot"]);
    let nobody_asks = wrong.with("NANOARK_PASSPHRASE", "").run(&["--json", "whoami"]);
    assert_eq!(nobody_asks.error()["code"], "no_terminal");
}

#[test]
fn a_bot_is_the_same_again_from_its_secret_and_its_folder_is_its_own() {
    let first = Bot::nobody().with("NANOARK_SECRET", SEED);
    let again = Bot::nobody().with("NANOARK_SECRET", SEED);
    let arguments = ["init", "--local", "--restore"];
    assert_eq!(first.result(&arguments)["bot"], again.result(&arguments)["bot"]);
    // The wallet's state is bound to its secret.
    first.run(&["doctor", "--offline"]).good();
    let other = first.with("NANOARK_SECRET", &"7".repeat(64));
    let ran = other.run(&["--json", "wallet", "balance"]);
    assert_eq!((ran.code, ran.error()["code"].as_str()), (3, Some("other_wallet")));
}

#[test]
fn no_command_says_the_secret() {
    let bot = Bot::nobody().with("NANOARK_SECRET", SEED).with("NANOARK_LOG", "trace");
    for arguments in [
        vec!["init", "--local", "--restore"],
        vec!["whoami"],
        vec!["wallet", "address"],
        vec!["doctor", "--offline"],
        vec!["--json", "whoami"],
        vec!["schema"],
    ] {
        let ran = bot.run(&arguments).good();
        let said = format!("{}{}", ran.stdout, ran.stderr).to_uppercase();
        assert!(!said.contains(SEED), "{arguments:?}");
    }
}
