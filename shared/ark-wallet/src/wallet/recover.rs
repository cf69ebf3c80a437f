//! After a kill, or on another machine: every order goes on, and what was submitted can be finished without the gateway.

use std::time::Duration;

use bitcoin::OutPoint;
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::check::Approved;
use nanoark_ark_verifier::intent::ActionId;
use nanoark_client::Transport;
use nanoark_http::wire::gateway::{VtxoStatus, VtxoView, VtxosView};

use super::ArkWallet;
use super::question::executes;
use crate::error::WalletError;
use crate::order::{Order, Progress};
use crate::rescue::Rescue;
use crate::standing::Standing;

/// What a recovery found.
#[derive(Debug)]
pub struct Recovered {
    /// Every order that was under way, and what came of it.
    pub orders: Vec<(ActionId, Result<Standing, WalletError>)>,
    /// Why the gateway was not asked for its account, if it was not.
    pub unreachable: Option<WalletError>,
    /// Open sessions of this wallet's key whose orders are not in its state file. They cannot be checked, so nothing is
    /// signed for them: end them, or let them expire.
    pub strangers: Vec<SessionId>,
    /// What finishes, without the gateway, each order that was approved and is not known to be over.
    pub rescues: Vec<Rescue>,
}

impl<T: Transport> ArkWallet<T> {
    /// Asks the gateway for everything that it knows of this wallet, drives every order that is under way, each for this
    /// long, and returns what finishes the rest without the gateway. Works on without a gateway, as far as it goes.
    ///
    /// # Errors
    /// [`WalletError::Book`] only; what else goes wrong is in the result.
    pub async fn recover(&self, patience: Duration) -> Result<Recovered, WalletError> {
        let (mut strangers, mut unreachable) = (Vec::new(), None);
        let orders = self.book.orders()?;
        match self.sync().await {
            Ok(state) => {
                for session in &state.sessions {
                    match orders.iter().find(|order| executes(session, order)) {
                        Some(order) if order.session.is_none() && !order.is_over() => {
                            self.book
                                .posted(&order.action_id, Some(session.session_id), self.now())?;
                        }
                        Some(_) => {}
                        None => strangers.push(session.session_id),
                    }
                }
            }
            Err(error @ WalletError::Book(_)) => return Err(error),
            Err(error) => unreachable = Some(error),
        }
        let mut driven = Vec::new();
        for order in orders.iter().filter(|order| !order.is_over()) {
            let came = self.drive(&order.action_id, patience).await;
            driven.push((order.action_id.clone(), came));
        }
        // Anew, because the orders have moved on. Without an answer nothing is sure.
        let spendable = match self.vtxos().await {
            Ok(view) => spendable(&view),
            Err(error @ WalletError::Book(_)) => return Err(error),
            Err(_) => Vec::new(),
        };
        Ok(Recovered {
            orders: driven,
            unreachable,
            strangers,
            rescues: self.rescues(&spendable)?,
        })
    }

    /// What finishes, without the gateway, each order whose coins the operator may hold. `spendable` are the coins that can
    /// be spent for sure; nothing holds those.
    ///
    /// # Errors
    /// [`WalletError::Book`].
    pub fn rescues(&self, spendable: &[OutPoint]) -> Result<Vec<Rescue>, WalletError> {
        let orders = self.book.orders()?;
        let mut rescues = Vec::new();
        for order in &orders {
            if needs_rescue(order, &orders, spendable) && self.signed(&order.action_id)?.is_some() {
                rescues.extend(self.book.rescue(&order.action_id)?);
            }
        }
        Ok(rescues)
    }
}

fn spendable(view: &VtxosView) -> Vec<OutPoint> {
    let spendable = |vtxo: &&VtxoView| vtxo.status == VtxoStatus::Spendable;
    view.vtxos.iter().filter(spendable).map(|vtxo| vtxo.outpoint).collect()
}

/// Whether the operator may hold the order's coins. That an order failed after it was signed is the gateway's word only.
fn needs_rescue(order: &Order, orders: &[Order], spendable: &[OutPoint]) -> bool {
    let Some(approved) = &order.approved else {
        return false;
    };
    let coins: Vec<OutPoint> = own_coins(approved).collect();
    match &order.progress {
        Progress::Finalized { .. } => false,
        Progress::Composed | Progress::Posted | Progress::Refused { .. } | Progress::Failed { .. } => {
            let spent_since = orders
                .iter()
                .filter(|other| matches!(other.progress, Progress::Finalized { .. }))
                .filter_map(|other| other.approved.as_ref())
                .flat_map(own_coins)
                .any(|coin| coins.contains(&coin));
            !spent_since && !coins.iter().any(|coin| spendable.contains(coin))
        }
    }
}

fn own_coins(approved: &Approved) -> impl Iterator<Item = OutPoint> + '_ {
    (0_u32..)
        .zip(&approved.inputs)
        .filter(|(place, _)| approved.own.contains(place))
        .map(|(_, input)| input.outpoint)
}
