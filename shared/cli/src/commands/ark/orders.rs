//! What all orders have in common: their options, and driving them to their end.

use std::sync::Arc;
use std::time::Duration;

use bitcoin::Amount;
use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_verifier::intent::{ActionId, ReceiptMode};
use nanoark_ark_wallet::{Ordering, Standing, Wanted, Way};
use nanoark_client::{Surroundings as _, System};
use nanoark_nostr_relay::{RelayUrl, WebSocketRelays};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Wallet, amount};
use crate::failure::{Failure, Trouble};
use crate::output::Report;
use crate::session::Session;

/// How to order.
#[derive(Debug, clap::Args)]
pub(crate) struct How {
    /// The order's name, 8 to 64 of A-Z a-z 0-9 _ -: one name is one order for ever
    #[arg(long, value_name = "NAME")]
    key: Option<ActionId>,
    /// The most to pay the gateway, such as 500sat
    #[arg(long, value_name = "AMOUNT", value_parser = amount::parse)]
    max_fee: Option<Amount>,
    /// Publish the receipt's hash only, not who was paid how much
    #[arg(long)]
    private: bool,
    /// Order by these Nostr relays, separated by commas, instead of HTTPS
    #[arg(long, value_name = "URLS", env = "NANOARK_NOSTR_RELAYS", value_delimiter = ',')]
    nostr_relays: Option<Vec<RelayUrl>>,
    /// How many seconds to wait for the end
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
}

impl How {
    /// Names the order, unless the user did.
    pub(super) fn name(&mut self, name: &ActionId) {
        self.key.get_or_insert_with(|| name.clone());
    }
}

/// An order, and where it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Ordered {
    /// The order's name, for the same command again.
    key: String,
    /// The gateway's session, once it is known.
    session_id: Option<String>,
    /// The ark transaction, once it is final.
    ark_txid: Option<String>,
    /// The gateway's fee, in satoshi.
    fee_sat: u64,
    /// Whether it is final.
    finalized: bool,
    /// Whether the gateway's signed confirmation was seen.
    confirmed: bool,
}

/// Orders it, drives it, and says where it stands.
pub(super) async fn carry_out(session: &Session, wallet: Wallet, wanted: Wanted, how: How) -> Result<(), Failure> {
    let wallet = wallet.by(way(how.nostr_relays)?);
    let named = how.key.is_some();
    let key = match how.key {
        Some(key) => key,
        None => random_key()?,
    };
    if !named {
        session
            .output
            .remark(&format!("If this is interrupted, order the same with --key {key}"));
    }
    let ordering = Ordering {
        action_id: Some(key.clone()),
        lifetime: None,
        max_fee: how.max_fee,
        receipt: if how.private {
            ReceiptMode::Hash
        } else {
            ReceiptMode::Full
        },
    };
    session.progress.say("ordering");
    let order = wallet.order(wanted, ordering).await?;
    session.progress.say("signing, and waiting until it is final");
    let standing = wallet.drive(&key, Duration::from_secs(how.patience)).await?;
    session.progress.done();
    let known = wallet.order_of(&key)?.unwrap_or(order);
    let mut ordered = Ordered {
        key: key.to_string(),
        session_id: known.session.map(|session| session.to_string()),
        ark_txid: None,
        fee_sat: known.intent.action.fee().amount.to_sat(),
        finalized: false,
        confirmed: false,
    };
    match standing {
        Standing::Finalized { ark_txid, proved, .. } => {
            ordered.ark_txid = Some(ark_txid.to_string());
            ordered.finalized = true;
            ordered.confirmed = proved;
            session.output.result(&ordered)
        }
        Standing::Open { .. } => {
            session.output.result(&ordered)?;
            Err(Failure::new(
                Trouble::StillGoing,
                "the order is under way and not final yet",
                format!(
                    "the same command with --key {key} goes on and pays nothing twice; so does `nanoark ark recover`"
                ),
            ))
        }
        ended @ (Standing::Failed { .. } | Standing::Refused(_)) => Err(failure(&ended)),
    }
}

/// Why an order is over without having been done.
pub(super) fn failure(standing: &Standing) -> Failure {
    match standing {
        Standing::Failed { failure, signed } => {
            let message = format!("{} ({}): {}", failure.name, failure.code, failure.message);
            match signed {
                Some(Step::Checkpoints) => Failure::new(
                    Trouble::GatewayDoubtful,
                    format!("the gateway says that it failed, but everything is signed: {message}"),
                    "`nanoark ark vtxos` shows whether the coins were spent; do not order it again before that",
                ),
                // The number of the gateway's published table.
                Some(Step::ArkTransaction) | None if failure.code == 2_001 => Failure::new(
                    Trouble::Insufficient,
                    message,
                    "`nanoark ark balance` shows what there is; the fee comes on top of what is sent",
                ),
                Some(Step::ArkTransaction) | None => Failure::new(
                    Trouble::ArkFailed,
                    message,
                    "docs/nostr.md explains the number; order it again with another --key",
                ),
            }
        }
        Standing::Refused(refused) => Failure::new(
            Trouble::GatewayLies,
            format!("this wallet does not sign: {}", refused.reason),
            "do not trust this gateway; `nanoark ark recover` shows what finishes signed orders without it",
        ),
        Standing::Open { .. } | Standing::Finalized { .. } => {
            Failure::new(Trouble::Internal, "the order is not over", "run the same command again")
        }
    }
}

fn way(relays: Option<Vec<RelayUrl>>) -> Result<Way, Failure> {
    match relays {
        None => Ok(Way::Https),
        Some(urls) => Ok(Way::Relays {
            client: Arc::new(WebSocketRelays::new(None).map_err(|error| Failure::internal(&error))?),
            urls,
        }),
    }
}

fn random_key() -> Result<ActionId, Failure> {
    let mut bytes = [0; 8];
    System.fill(&mut bytes)?;
    hex::encode(bytes).parse().map_err(|error| Failure::internal(&error))
}

impl Report for Ordered {
    fn text(&self) -> String {
        let fee = amount::show(Amount::from_sat(self.fee_sat));
        match (&self.ark_txid, self.confirmed) {
            (Some(txid), true) => format!("final: ark transaction {txid}\nfee {fee}"),
            (Some(txid), false) => {
                format!("final: ark transaction {txid} (the gateway's confirmation was not seen)\nfee {fee}")
            }
            (None, _) => format!("order {} is under way, fee {fee}", self.key),
        }
    }
}
