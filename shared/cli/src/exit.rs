//! The exit codes: one per thing that a script has to do next.

use std::process::ExitCode;

use schemars::JsonSchema;
use serde::Serialize;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Something that should not happen: a full disk, a broken state file.
    Internal,
    /// The command line or an input file is wrong.
    Usage,
    /// There is no key, no setting, the passphrase is wrong, or the clock is off.
    Setup,
    /// The buyer's own guard rails refuse: budget, seller, expiry.
    GuardRail,
    /// The relay or the ledger refuses for good.
    Refused,
    /// Relay or Nano node cannot be reached. Nothing is known; try again.
    Unavailable,
    /// The job ended without a result: failed, declined, cancelled, expired.
    NoResult,
    /// Still going when the patience was over. The same command goes on.
    StillGoing,
    /// The account has not enough.
    Insufficient,
    /// A signature does not hold: a quote, a receipt.
    Unproved,
    /// Money was sent and has not bought a result: look at the report.
    MoneyElsewhere,
    /// Ctrl-C or a signal to end.
    Interrupted,
}

impl Exit {
    /// Every way to end, in the order of the codes.
    pub(crate) const ALL: [Self; 13] = [
        Self::Done,
        Self::Internal,
        Self::Usage,
        Self::Setup,
        Self::GuardRail,
        Self::Refused,
        Self::Unavailable,
        Self::NoResult,
        Self::StillGoing,
        Self::Insufficient,
        Self::Unproved,
        Self::MoneyElsewhere,
        Self::Interrupted,
    ];

    /// The number that the shell sees.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Setup => 3,
            Self::GuardRail => 4,
            Self::Refused => 5,
            Self::Unavailable => 6,
            Self::NoResult => 7,
            Self::StillGoing => 8,
            Self::Insufficient => 9,
            Self::Unproved => 10,
            Self::MoneyElsewhere => 11,
            Self::Interrupted => 130,
        }
    }

    /// What it means and what to do, for documentation and `nanoark schema`.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "Done.",
            Self::Internal => {
                "Something that should not happen, such as a full disk. The message says what; try again."
            }
            Self::Usage => "The command line or an input file is wrong. Mend it; trying again does not help.",
            Self::Setup => {
                "No key, no setting, a wrong passphrase, a wrong clock. Run `nanoark init` or `nanoark doctor`."
            }
            Self::GuardRail => "Your own policy or `--max` forbids it. Nothing was paid.",
            Self::Refused => "The relay or the ledger refuses for good. The message has the problem code.",
            Self::Unavailable => "Relay or Nano node cannot be reached. The same command again is safe.",
            Self::NoResult => {
                "The job failed, was declined, was cancelled or expired, and no money of yours is with the seller."
            }
            Self::StillGoing => "Not finished when the patience was over. The same command goes on where it was.",
            Self::Insufficient => "The account has not enough. Nothing was sent.",
            Self::Unproved => {
                "A signature does not hold: quote or receipt prove nothing. Nothing was paid on an unproved quote."
            }
            Self::MoneyElsewhere => {
                "Money was sent and bought no result, or too much of it was sent. `nanoark jobs show` says where it is and what is owed."
            }
            Self::Interrupted => "Interrupted. The same command goes on where it was.",
        }
    }

    /// The name in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::Setup => "setup",
            Self::GuardRail => "guard_rail",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::NoResult => "no_result",
            Self::StillGoing => "still_going",
            Self::Insufficient => "insufficient",
            Self::Unproved => "unproved",
            Self::MoneyElsewhere => "money_elsewhere",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_distinct_and_names_are_those_in_json() {
        let mut numbers: Vec<u8> = Exit::ALL.iter().map(|exit| exit.number()).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), Exit::ALL.len());
        for exit in Exit::ALL {
            assert_eq!(serde_json::to_value(exit).unwrap(), exit.name());
        }
    }
}
