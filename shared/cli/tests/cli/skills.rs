//! The skills say what the command line does: every command in them is run, every code in them exists.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::binary::{Bot, PROGRAM};
use crate::trade::{Shop, buy};
use crate::world::World;

/// A skill as agents read it.
struct Skill(String);

impl Skill {
    fn read(name: &str) -> Self {
        let file = format!("{}/../../skills/{name}/SKILL.md", env!("CARGO_MANIFEST_DIR"));
        Self(std::fs::read_to_string(file).unwrap())
    }

    /// The blocks of commands, in order.
    fn commands(&self) -> Vec<&str> {
        let blocks = self.0.split("\n```sh\n").skip(1);
        blocks.map(|block| block.split("\n```").next().unwrap()).collect()
    }

    /// What stands in a row of this table, between its first two bars.
    fn first_column(&self, heading: &str) -> Vec<String> {
        let section = self.0.split(heading).nth(1).unwrap().split("\n## ").next().unwrap();
        let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
        rows.map(|row| row.split('|').nth(1).unwrap().trim().to_owned())
            .collect()
    }
}

/// Runs a block in a shell that finds the binary.
fn run(bot: &Bot, block: &str, variables: &[(&str, &str)]) {
    let folder = Path::new(PROGRAM).parent().unwrap().display().to_string();
    let output = Command::new("/bin/sh")
        .args(["-eu", "-c", block])
        .env_clear()
        .env("PATH", format!("{folder}:/usr/bin:/bin"))
        .env("NANOARK_HOME", bot.home())
        .envs(variables.iter().copied())
        .current_dir(bot.home())
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{block}\n{}\n{}",
        said(&output.stdout),
        said(&output.stderr)
    );
}

fn job_of(bought: &Value) -> String {
    bought["job_id"].as_str().unwrap().to_owned()
}

#[test]
fn the_buyers_commands_buy() {
    let world = World::start();
    let (seller, buyer) = (world.bot(), world.rich_bot());
    let shop = Shop::open(&seller, &["/bin/cat"], &[]);
    // A job that nobody quotes.
    let closed = Shop::open(&world.bot(), &["/bin/cat"], &["--description", "closed"]);
    let nobody = closed.offer.clone();
    drop(closed);
    let left = buyer.run(&[&buy(&nobody, "{}", "waiting")[..], &["--patience", "1"]].concat());
    let waiting = job_of(&left.lines().pop().unwrap());

    let mut job = String::new();
    for block in Skill::read("nanoark-buyer").commands() {
        let known = [("OFFER", shop.offer.as_str()), ("JOB", &job), ("WAITING", &waiting)];
        run(&buyer, block, &known);
        if block.contains("--key echo-hello-1") {
            let again = buyer
                .run(&buy(&shop.offer, r#"{"text":"hello"}"#, "echo-hello-1"))
                .good();
            job = job_of(&again.lines().pop().unwrap());
        }
    }
    assert!(!job.is_empty());
}

#[test]
fn the_sellers_commands_sell() {
    let world = World::start();
    let (seller, buyer) = (world.bot(), world.rich_bot());
    let mut offer = String::new();
    for block in Skill::read("nanoark-seller").commands() {
        if block.contains(" sell ") {
            std::thread::scope(|scope| {
                scope.spawn(|| run(&seller, block, &[]));
                offer = found(&buyer);
                buyer.run(&buy(&offer, r#"{"text":"hello"}"#, "one")).good();
            });
        } else {
            run(&seller, block, &[("OFFER", &offer)]);
        }
    }
    assert!(!offer.is_empty());
}

/// The offer, once it is published.
fn found(buyer: &Bot) -> String {
    for _ in 0..200 {
        let page = buyer.result(&["offers", "search", "echo"]);
        if let Some(offer) = page["offers"][0]["offer_id"].as_str() {
            return offer.to_owned();
        }
    }
    panic!("the offer is never published");
}

#[test]
fn a_skill_has_the_form_of_skills_and_names_codes_that_exist() {
    let schema = Bot::nobody().result(&["schema"]);
    let has = |list: &str, name: &str, value: &Value| {
        let mut entries = schema[list].as_array().unwrap().iter();
        entries.any(|entry| entry[name] == *value)
    };
    for name in ["nanoark-buyer", "nanoark-seller"] {
        let skill = Skill::read(name);
        assert!(skill.0.lines().count() <= 300, "{name}");
        let front = skill.0.strip_prefix("---\n").unwrap().split("\n---\n").next().unwrap();
        let member = |member: &str| front.lines().find_map(|line| line.strip_prefix(member)).unwrap().trim();
        assert_eq!(member("name:"), name);
        assert!((100..=1_024).contains(&member("description:").len()), "{name}");
        assert!(front.contains("\nmetadata:\n"), "{name}");
        for number in skill.first_column("\n## Exit codes\n") {
            let number: u64 = number.parse().unwrap();
            assert!(
                has("exit_codes", "exit_code", &number.into()),
                "{name}: exit code {number}"
            );
        }
        for codes in skill.first_column("\n## Problem codes\n") {
            for code in codes.split('`').skip(1).step_by(2).filter(|code| !code.contains('*')) {
                assert!(has("problem_codes", "code", &code.into()), "{name}: {code}");
            }
        }
    }
}
