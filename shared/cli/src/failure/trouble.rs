//! The codes of what goes wrong on this side of the relay.

use crate::exit::Exit;

/// Makes [`Trouble`] from rows of: variant, code, exit, what it means.
macro_rules! troubles {
    ($($variant:ident $code:literal $exit:ident $meaning:literal;)+) => {
        /// What went wrong on this side. A code keeps its meaning for ever; new ones may come.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Trouble {
            $(#[doc = $meaning] $variant,)+
        }

        impl Trouble {
            /// Every code, in the order of the table.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it stands in JSON.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// How the program ends with it.
            pub(crate) const fn exit(self) -> Exit {
                match self { $(Self::$variant => Exit::$exit),+ }
            }

            /// What it means, for documentation.
            pub(crate) const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }
        }
    };
}

troubles! {
    Usage "usage" Usage "An argument or an input file is wrong.";
    NoHome "no_home" Setup "This user has no place for data, and no folder was named.";
    HomeUnusable "home_unusable" Setup "The bot's folder cannot be read or written.";
    BadSettings "bad_settings" Setup "The settings file is broken.";
    BadPolicy "bad_policy" Setup "The buyer's policy file is broken.";
    NoSetting "no_setting" Setup "A relay or a Nano node is needed and none is set.";
    NoSecret "no_secret" Setup "The folder has no key.";
    SecretExists "secret_exists" Setup "The folder has a key already; a key is never replaced.";
    BadSecret "bad_secret" Setup "A text is neither a seed nor a mnemonic, or a key file is broken.";
    ExposedSecret "exposed_secret" Setup "Others may read the file with the secret.";
    WrongPassphrase "wrong_passphrase" Setup "The passphrase does not open the key file.";
    NoTerminal "no_terminal" Setup "A passphrase or secret is needed and there is no terminal to ask at.";
    OtherWallet "other_wallet" Setup "A state file in the folder belongs to another key.";
    Unhealthy "unhealthy" Setup "A check of `nanoark doctor` fails.";
    GuardRail "guard_rail" GuardRail "The policy or `--max` forbids it. Nothing was paid.";
    GatewayChanged "gateway_changed" Setup "The Ark gateway, or its operator, is not what this wallet first saw.";
    NotBound "not_bound" Setup "The Ark gateway does not know yet which key owns the coins.";
    RelayUnreachable "relay_unreachable" Unavailable "The relay does not answer.";
    NotARelay "not_a_relay" Unavailable "What answers is no relay.";
    NodesUnavailable "nodes_unavailable" Unavailable "Too few Nano nodes answer.";
    NoWork "no_work" Unavailable "No proof of work could be had.";
    KeyTaken "key_taken" Refused "The key was used for something else already.";
    BlockRefused "block_refused" Refused "The Nano nodes refuse the block for good.";
    TooLate "too_late" Refused "The job was over before.";
    NotYours "not_yours" Refused "Only the other party of the job may do this.";
    NothingOwed "nothing_owed" Refused "Nothing is owed or missing for the job.";
    NotForSale "not_for_sale" Refused "The offer cannot be bought now, or not by this bot.";
    ArkFailed "ark_failed" Refused "The Ark gateway did not carry the order out. Nothing was moved.";
    JobEnded "job_ended" NoResult "The job ended without a result, and no money is left with the seller.";
    StillGoing "still_going" StillGoing "Not finished when the patience was over.";
    Insufficient "insufficient" Insufficient "The account has not enough. Nothing was sent.";
    Unproved "unproved" Unproved "A signature does not hold.";
    GatewayLies "gateway_lies" Unproved "The Ark gateway asked for something else than was ordered. It was not signed.";
    GatewayDoubtful "gateway_doubtful" MoneyElsewhere "The Ark gateway says that an order failed after everything was signed.";
    MoneyElsewhere "money_elsewhere" MoneyElsewhere "Money was sent and bought no result, or too much of it was sent.";
    Interrupted "interrupted" Interrupted "Ctrl-C or a signal to end.";
    Internal "internal" Internal "Something that should not happen, such as a full disk.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_every_exit_but_done_has_one() {
        for (position, trouble) in Trouble::ALL.iter().enumerate() {
            let name = trouble.name();
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{name}"
            );
            let first = Trouble::ALL.iter().position(|other| other.name() == name);
            assert_eq!(first, Some(position), "{name} is not unique");
            assert!(trouble.meaning().ends_with('.'), "{name}");
        }
        for exit in Exit::ALL.into_iter().filter(|exit| *exit != Exit::Done) {
            assert!(Trouble::ALL.iter().any(|trouble| trouble.exit() == exit), "{exit:?}");
        }
    }
}
