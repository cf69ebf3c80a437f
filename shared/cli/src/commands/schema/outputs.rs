//! Which lines a command prints.

use schemars::JsonSchema;
use serde_json::Value;

use super::line;
use crate::commands::{ark, buy, doctor, init, jobs, offers, receipt, sell, wallet, whoami};

/// JSON Schemas of the last line of this command, and of the lines before.
pub(super) fn of(command: &str) -> (Option<Value>, Option<Value>) {
    match command {
        "init" => result::<init::Made>(),
        "whoami" => result::<whoami::Identity>(),
        "doctor" => result::<doctor::Checkup>(),
        "wallet create" | "wallet address" => result::<wallet::MainAccount>(),
        "wallet restore" => result::<wallet::Found>(),
        "wallet balance" => result::<wallet::Holdings>(),
        "wallet send" => either::<wallet::SentNow, wallet::Draft>(),
        "wallet receive" => result::<wallet::Pocketed>(),
        "wallet sweep" => result::<wallet::Swept>(),
        "ark address" | "ark bind" => result::<ark::Address>(),
        "ark balance" => result::<ark::Worth>(),
        "ark vtxos" => result::<ark::Coins>(),
        "ark send" | "ark split" | "ark consolidate" | "ark swap accept" => result::<ark::Ordered>(),
        "ark swap terms" => result::<ark::Terms>(),
        "ark recover" => result::<ark::Recovery>(),
        "ark sessions" => result::<ark::Sessions>(),
        "ark trust" => result::<ark::Trusted>(),
        "offers search" => result::<offers::Found>(),
        "offers show" | "offers publish" | "offers edit" => result::<offers::Shown>(),
        "offers pause" | "offers resume" | "offers cancel" => result::<offers::Changed>(),
        "jobs list" => result::<jobs::Page>(),
        "jobs show" => result::<jobs::ShownJob>(),
        "jobs watch" => with_steps::<jobs::ShownJob, jobs::ShownJob>(),
        "jobs cancel" => with_steps::<jobs::CancelledJob, buy::Told<'static>>(),
        "jobs top-up" => with_steps::<buy::Purchased, buy::Told<'static>>(),
        "jobs refund" => result::<jobs::PaidBack>(),
        "buy" => {
            let (result, _) = either::<buy::Purchased, buy::Plan>();
            (result, Some(line::<buy::Told<'static>>("step")))
        }
        "sell" => with_steps::<sell::Sold, sell::Serving>(),
        "receipt verify" => result::<receipt::Verified>(),
        "schema" => result::<super::Everything>(),
        _ => (None, None),
    }
}

fn result<T: JsonSchema>() -> (Option<Value>, Option<Value>) {
    (Some(line::<T>("result")), None)
}

fn with_steps<R: JsonSchema, S: JsonSchema>() -> (Option<Value>, Option<Value>) {
    (Some(line::<R>("result")), Some(line::<S>("step")))
}

/// One of two.
fn either<A: JsonSchema, B: JsonSchema>() -> (Option<Value>, Option<Value>) {
    let (one, other) = (line::<A>("result"), line::<B>("result"));
    (Some(serde_json::json!({ "oneOf": [one, other] })), None)
}

#[cfg(test)]
mod tests {
    use super::super::commands;
    use super::*;

    #[test]
    fn every_command_but_the_one_that_prints_a_script_has_an_output() {
        for command in commands::all() {
            assert_eq!(
                of(&command.name).0.is_none(),
                command.name == "completions",
                "{}",
                command.name
            );
        }
    }
}
