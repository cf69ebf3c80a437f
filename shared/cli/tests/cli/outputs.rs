//! What `--json` prints is what `nanoark schema` says.

use serde_json::{Value, json};

use crate::binary::{Bot, Ran};
use crate::world::World;

/// The schemas that the binary prints of itself.
pub(crate) struct Schemas(Value);

impl Schemas {
    pub(crate) fn of_the_binary() -> Self {
        Self(Bot::nobody().result(&["schema"]))
    }

    /// The lines of a run of this command: any number of steps and one result.
    pub(crate) fn check(&self, command: &str, ran: &Ran) -> Value {
        let mut lines = ran.lines();
        let result = lines
            .pop()
            .unwrap_or_else(|| panic!("{command} says nothing: {}", ran.stderr));
        self.fits(command, "result", &result);
        for step in &lines {
            self.fits(command, "step", step);
        }
        result
    }

    pub(crate) fn fits(&self, command: &str, kind: &str, line: &Value) {
        let faults = self.faults(command, kind, line);
        assert!(faults.is_empty(), "{command}, {kind}: {faults:?} in {line}");
    }

    fn faults(&self, command: &str, kind: &str, line: &Value) -> Vec<String> {
        let mut commands = self.0["commands"].as_array().unwrap().iter();
        let described = commands.find(|described| described["name"] == command);
        let schema = &described.unwrap_or_else(|| panic!("{command} is not described"))[kind];
        assert!(schema.is_object(), "{command} has no schema of a {kind}");
        faults(schema, line)
    }

    fn check_error(&self, ran: &Ran) {
        let error = ran.error();
        assert!(faults(&self.0["error"], &error).is_empty(), "{error}");
        let codes = self.0["codes"].as_array().unwrap().iter();
        let mut known = codes.chain(self.0["problem_codes"].as_array().unwrap());
        assert!(known.any(|known| known["code"] == error["code"]), "{error}");
    }
}

fn faults(schema: &Value, line: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    validator.iter_errors(line).map(|fault| fault.to_string()).collect()
}

#[test]
fn every_line_is_as_the_schema_says() {
    let schemas = Schemas::of_the_binary();
    let world = World::start();
    let (bot, other) = (world.rich_bot(), world.bot());
    let account = other.result(&["wallet", "address"])["account"]
        .as_str()
        .unwrap()
        .to_owned();
    let offer = bot.file(
        "offer.json",
        &json!({"title": "Echo", "price_xno": "0.001", "turnaround_seconds": 60, "tags": ["text"],
                "example": {"input": {"a": 1}, "output": {"a": 1}}})
        .to_string(),
    );
    let check = |arguments: &[&str]| {
        let words = arguments.iter().take_while(|word| !word.starts_with('-')).copied();
        let longest: Vec<&str> = words.take(if is_group(arguments[0]) { 2 } else { 1 }).collect();
        schemas.check(&longest.join(" "), &bot.run(&[&["--json"], arguments].concat()).good())
    };
    let published = check(&["offers", "publish", &offer, "--key", "echo"]);
    let again = check(&["offers", "publish", &offer, "--key", "echo"]);
    assert_eq!(
        published["offer"]["offer_id"], again["offer"]["offer_id"],
        "one name is one offer"
    );
    let id = published["offer"]["offer_id"].as_str().unwrap();
    for arguments in [
        &["init"][..],
        &["whoami"],
        &["schema"],
        &["doctor"],
        &["wallet", "address"],
        &["wallet", "balance"],
        &["wallet", "receive"],
        &["wallet", "balance"],
        &["wallet", "send", &account, "0.1XNO", "--dry-run"],
        &["wallet", "send", &account, "0.1XNO", "--key", "gift"],
        &["wallet", "send", &account, "0.1XNO", "--key", "gift"],
        &["wallet", "sweep"],
        &["wallet", "restore"],
        &["offers", "search", "echo"],
        &["offers", "show", id],
        &["offers", "edit", id, &offer],
        &["offers", "pause", id],
        &["offers", "resume", id],
        &["offers", "cancel", id],
        &["jobs", "list"],
    ] {
        check(arguments);
    }
    let balance = bot.result(&["wallet", "balance"]);
    assert_eq!(
        balance["balance_raw"], "900000000000000000000000000000",
        "one key is one payment"
    );
    schemas.check(
        "wallet create",
        &Bot::nobody()
            .run(&["--json", "wallet", "create", "--nano-network", "dev"])
            .good(),
    );
    schemas.check_error(&bot.run(&["--json", "offers", "show", id, "--relay", "http://127.0.0.1:1"]));
    schemas.check_error(&bot.run(&["--json", "offers", "show", "offer_00000000000000000000000000000000"]));
    schemas.check_error(&bot.run(&["--json", "offers"]));
}

#[test]
fn a_line_of_another_command_does_not_fit() {
    let schemas = Schemas::of_the_binary();
    let address = Bot::stranded().result(&["wallet", "address"]);
    assert!(schemas.faults("wallet address", "result", &address).is_empty());
    for (command, kind) in [
        ("wallet balance", "result"),
        ("whoami", "result"),
        ("buy", "step"),
        ("sell", "result"),
    ] {
        assert!(!schemas.faults(command, kind, &address).is_empty(), "{command}");
    }
}

fn is_group(word: &str) -> bool {
    matches!(word, "wallet" | "offers" | "jobs" | "receipt")
}

#[test]
fn every_command_has_help_with_an_example_and_completions_know_it() {
    let bot = Bot::nobody();
    let schema = bot.result(&["schema"]);
    let completions = bot.run(&["completions", "bash"]).good().stdout;
    for command in schema["commands"].as_array().unwrap() {
        let name = command["name"].as_str().unwrap();
        let words: Vec<&str> = name.split(' ').collect();
        let help = bot.run(&[&words[..], &["--help"]].concat()).good().stdout;
        assert!(help.contains("Example"), "{name} has no example");
        assert!(!command["about"].as_str().unwrap().is_empty(), "{name}");
        assert!(completions.contains(words.last().unwrap()), "{name}");
        for argument in command["arguments"].as_array().unwrap() {
            assert!(
                !argument["help"].as_str().unwrap().is_empty(),
                "{name} {}",
                argument["name"]
            );
        }
    }
}
