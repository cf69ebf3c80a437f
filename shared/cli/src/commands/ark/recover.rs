//! `nanoark ark recover` and `sessions`.

use std::time::Duration;

use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_wallet::{Order, Rescue, Standing};
use schemars::JsonSchema;
use serde::Serialize;

use super::Wallet;
use super::orders::failure;
use crate::failure::Failure;
use crate::session::Session;

/// How long to go on.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many seconds to wait for each order
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
}

/// What a recovery found.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// Every order that was under way, and where it stands.
    orders: Vec<Listed>,
    /// Open sessions of this key that this wallet knows nothing of. It signs nothing for them.
    strangers: Vec<String>,
    /// What finishes signed orders without the gateway.
    rescues: Vec<Finish>,
    /// Why the gateway could not be asked.
    unreachable: Option<String>,
}

/// Orders.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Sessions {
    /// The orders, oldest first.
    orders: Vec<Listed>,
}

/// An order in a few words.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listed {
    /// Its name.
    key: String,
    /// What was ordered, such as `p2p:transfer`.
    action: &'static str,
    /// The gateway's session, once it is known.
    session_id: Option<String>,
    /// `open`, `finalized`, `failed` or `refused`.
    state: &'static str,
    /// How far the gateway says that it is, while it is open.
    stage: Option<String>,
    /// The last step that this wallet has signed.
    signed_step: Option<u8>,
    /// The ark transaction, once it is final.
    ark_txid: Option<String>,
    /// Why it is not done.
    reason: Option<String>,
    /// When it was ordered.
    created_at: String,
}

/// What finishes an order without the gateway.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Finish {
    /// The order's name.
    key: String,
    /// The session.
    session_id: String,
    /// The ark transaction that was approved.
    ark_txid: String,
    /// The signed proof of ownership, a PSBT in base64.
    proof: String,
    /// Its message.
    message: String,
    /// What to do with them.
    how: String,
}

pub(super) async fn recover(session: &Session, wallet: &Wallet, arguments: Arguments) -> Result<(), Failure> {
    session.progress.say("going on with orders");
    let recovered = wallet.recover(Duration::from_secs(arguments.patience)).await?;
    session.progress.done();
    let mut orders = Vec::new();
    for (id, came) in recovered.orders {
        if let Some(order) = wallet.order_of(&id)? {
            let mut listed = Listed::of(&order, &wallet.standing(&id)?);
            listed.reason = came.err().map(|error| error.to_string()).or(listed.reason);
            orders.push(listed);
        }
    }
    session.output.result(&Report {
        orders,
        strangers: recovered.strangers.iter().map(ToString::to_string).collect(),
        rescues: recovered.rescues.into_iter().map(Finish::from).collect(),
        unreachable: recovered.unreachable.as_ref().map(ToString::to_string),
    })?;
    recovered.unreachable.map_or(Ok(()), |error| Err(error.into()))
}

pub(super) fn sessions(session: &Session, wallet: &Wallet, all: bool) -> Result<(), Failure> {
    let mut orders = Vec::new();
    for order in wallet.orders()? {
        if all || !order.is_over() {
            orders.push(Listed::of(&order, &wallet.standing(&order.action_id)?));
        }
    }
    session.output.result(&Sessions { orders })
}

impl Listed {
    fn of(order: &Order, standing: &Standing) -> Self {
        let listed = |state: &'static str, signed: Option<Step>| Self {
            key: order.action_id.to_string(),
            action: order.intent.action.kind().as_str(),
            session_id: order.session.map(|session| session.to_string()),
            state,
            stage: None,
            signed_step: signed.map(Step::number),
            ark_txid: None,
            reason: None,
            created_at: order.created_at.to_string(),
        };
        match standing {
            Standing::Open { heard, signed, .. } => Self {
                stage: heard.map(|stage| stage.as_str().to_owned()),
                ..listed("open", *signed)
            },
            Standing::Finalized { ark_txid, .. } => Self {
                ark_txid: Some(ark_txid.to_string()),
                ..listed("finalized", Some(Step::Checkpoints))
            },
            Standing::Failed { signed, .. } => Self {
                reason: Some(failure(standing).message),
                ..listed("failed", *signed)
            },
            Standing::Refused(_) => Self {
                reason: Some(failure(standing).message),
                ..listed("refused", None)
            },
        }
    }

    fn line(&self) -> String {
        let details = [
            self.stage.clone(),
            self.ark_txid.clone(),
            self.reason.clone(),
            self.session_id.clone(),
        ];
        let details: String = details
            .into_iter()
            .flatten()
            .map(|detail| format!(", {detail}"))
            .collect();
        format!("{} {} {}{details}", self.key, self.action, self.state)
    }
}

impl From<Rescue> for Finish {
    fn from(rescue: Rescue) -> Self {
        Self {
            key: rescue.action_id.to_string(),
            session_id: rescue.session_id.to_string(),
            ark_txid: rescue.ark_txid.to_string(),
            proof: rescue.proof,
            message: rescue.message,
            how: rescue.how,
        }
    }
}

impl crate::output::Report for Report {
    fn text(&self) -> String {
        let mut lines: Vec<String> = self.orders.iter().map(Listed::line).collect();
        if lines.is_empty() {
            lines.push("no order is under way".to_owned());
        }
        for session in &self.strangers {
            lines.push(format!("{session} is not known here, and nothing is signed for it"));
        }
        for rescue in &self.rescues {
            lines.push(format!(
                "\n{} was signed. Without the gateway: {}\nproof    {}\nmessage  {}",
                rescue.key, rescue.how, rescue.proof, rescue.message
            ));
        }
        lines.join("\n")
    }
}

impl crate::output::Report for Sessions {
    fn text(&self) -> String {
        if self.orders.is_empty() {
            return "no orders".to_owned();
        }
        self.orders.iter().map(Listed::line).collect::<Vec<_>>().join("\n")
    }
}
