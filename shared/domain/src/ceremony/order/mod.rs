//! What intents order, in one shape for all actions.

mod check;
mod refusal;
#[cfg(test)]
pub(super) mod samples;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::asset::AssetAmount;
use nanoark_ark_verifier::intent::{Action, Destination, Fee, Intent, MAX_PARTIES, Swap};

use super::fee::Quote;
pub use refusal::OrderRefusal;

/// What the intents of a session order together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Who orders it, in the order in which their inputs stand in the transaction.
    pub parties: Vec<Orderer>,
    /// What they order.
    pub ordered: Ordered,
    /// What they pay the gateway.
    pub fee: FeePart,
}

/// A party to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orderer {
    /// Its Nostr key.
    pub nostr: XOnlyPublicKey,
    /// The VTXOs that it wants to be spent, all of them; nothing when the gateway is to choose.
    pub inputs: Option<Vec<OutPoint>>,
}

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ordered {
    /// These payouts, in this order; what is left over goes back.
    Payouts(Vec<Payout>),
    /// All that the inputs of the one party hold, without the fee, to that party itself.
    Everything,
}

/// An output that is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// The party that pays it, by its number.
    pub from: usize,
    /// Where it goes.
    pub to: Destination,
    /// How much, in satoshi.
    pub amount: Amount,
    /// The assets on it, each named once.
    pub assets: Vec<AssetAmount>,
}

/// What the parties pay the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeePart {
    /// Where it goes.
    pub address: ArkAddress,
    /// How much each party pays, in satoshi.
    pub each: Amount,
    /// How much they pay together, in satoshi.
    pub total: Amount,
}

impl Order {
    /// The Nostr keys of the parties to an intent, in party order: its author, or everyone who gives something in a swap,
    /// by first appearance in its legs.
    ///
    /// # Errors
    ///
    /// A swap whose parties are too few or too many, who do not all give and get, or of whom its author is none.
    pub fn parties(author: &XOnlyPublicKey, intent: &Intent) -> Result<Vec<XOnlyPublicKey>, OrderRefusal> {
        match &intent.action {
            Action::Swap(swap) => swap_parties(author, swap),
            Action::Transfer(_) | Action::Split(_) | Action::Consolidate(_) | Action::AssetTransfer(_) => {
                Ok(vec![*author])
            }
        }
    }

    /// What these intents order together. They are in party order, each with its author, and each has passed
    /// [`Order::check_alone`].
    ///
    /// # Errors
    ///
    /// Intents that do not fit together, and a fee that is not the quoted one.
    pub fn read(intents: &[(XOnlyPublicKey, &Intent)], quote: &Quote) -> Result<Self, OrderRefusal> {
        let Some(((author, first), others)) = intents.split_first() else {
            return Err(OrderRefusal::PartiesDiffer);
        };
        let keys = Self::parties(author, first)?;
        if !intents.iter().map(|(key, _)| key).eq(&keys) {
            return Err(OrderRefusal::PartiesDiffer);
        }
        for (party, intent) in others {
            if intent.action != first.action || intent.network != first.network {
                return Err(OrderRefusal::Disagreement { party: *party });
            }
        }
        let fee = first.action.fee();
        if fee.address != quote.address {
            return Err(OrderRefusal::FeeElsewhere {
                address: Box::new(fee.address),
                quoted: Box::new(quote.address),
            });
        }
        if fee.amount < quote.amount {
            return Err(OrderRefusal::FeeTooLow {
                amount: fee.amount,
                quoted: quote.amount,
            });
        }
        Ok(Self {
            ordered: Ordered::of(author, &keys, &first.action),
            fee: FeePart::of(fee, keys.len())?,
            parties: orderers(&keys, &first.action),
        })
    }

    /// The Nostr keys whose addresses are needed: the parties' own, and those of receivers that are named by one.
    #[must_use]
    pub fn names(&self) -> BTreeSet<XOnlyPublicKey> {
        let receivers = match &self.ordered {
            Ordered::Payouts(payouts) => payouts.as_slice(),
            Ordered::Everything => &[],
        };
        let receivers = receivers.iter().filter_map(|payout| match payout.to {
            Destination::Pubkey(key) => Some(key),
            Destination::Address(_) => None,
        });
        self.parties.iter().map(|party| party.nostr).chain(receivers).collect()
    }
}

impl Ordered {
    /// What an action orders. The author of a swap does not matter, only its parties do.
    fn of(author: &XOnlyPublicKey, parties: &[XOnlyPublicKey], action: &Action) -> Self {
        let plain = |to: Destination, amount: Amount| Payout {
            from: 0,
            to,
            amount,
            assets: Vec::new(),
        };
        Self::Payouts(match action {
            Action::Transfer(transfer) => {
                let receivers = transfer.receivers.iter();
                receivers
                    .map(|receiver| plain(receiver.to.clone(), receiver.amount))
                    .collect()
            }
            Action::Split(split) => {
                let amounts = split.amounts.iter();
                amounts
                    .map(|amount| plain(Destination::Pubkey(*author), amount.0))
                    .collect()
            }
            Action::Consolidate(_) => return Self::Everything,
            Action::Swap(swap) => {
                let position = |key: &XOnlyPublicKey| parties.iter().position(|party| party == key);
                let legs = swap.legs.iter().filter_map(|leg| {
                    Some(Payout {
                        from: position(&leg.from)?,
                        to: Destination::Pubkey(leg.to),
                        amount: leg.amount,
                        assets: leg.assets.clone(),
                    })
                });
                legs.collect()
            }
            Action::AssetTransfer(transfer) => {
                let receivers = transfer.receivers.iter().map(|receiver| Payout {
                    from: 0,
                    to: receiver.to.clone(),
                    amount: receiver.amount,
                    assets: receiver.assets.clone(),
                });
                receivers.collect()
            }
        })
    }
}

impl FeePart {
    fn of(fee: &Fee, parties: usize) -> Result<Self, OrderRefusal> {
        let total = u64::try_from(parties)
            .ok()
            .and_then(|parties| fee.amount.checked_mul(parties));
        Ok(Self {
            address: fee.address,
            each: fee.amount,
            total: total.ok_or(OrderRefusal::TooMuch)?,
        })
    }
}

/// The VTXOs that an action names.
fn named_inputs(action: &Action) -> Option<&Vec<OutPoint>> {
    match action {
        Action::Transfer(transfer) => transfer.inputs.as_ref(),
        Action::Split(split) => split.inputs.as_ref(),
        Action::Consolidate(consolidate) => consolidate.inputs.as_ref(),
        Action::Swap(_) => None,
        Action::AssetTransfer(transfer) => transfer.inputs.as_ref(),
    }
}

fn orderers(keys: &[XOnlyPublicKey], action: &Action) -> Vec<Orderer> {
    let orderer = |key: &XOnlyPublicKey| Orderer {
        nostr: *key,
        inputs: named_inputs(action).cloned(),
    };
    keys.iter().map(orderer).collect()
}

fn swap_parties(author: &XOnlyPublicKey, swap: &Swap) -> Result<Vec<XOnlyPublicKey>, OrderRefusal> {
    let mut parties: Vec<XOnlyPublicKey> = Vec::new();
    for leg in &swap.legs {
        if leg.from == leg.to {
            return Err(OrderRefusal::GivesToItself { party: leg.from });
        }
        if !parties.contains(&leg.from) {
            parties.push(leg.from);
        }
    }
    if !(2..=MAX_PARTIES).contains(&parties.len()) {
        return Err(OrderRefusal::PartyCount { count: parties.len() });
    }
    if !parties.contains(author) {
        return Err(OrderRefusal::AuthorGivesNothing);
    }
    let gets_nothing = |party: &&XOnlyPublicKey| swap.legs.iter().all(|leg| leg.to != **party);
    match parties.iter().find(gets_nothing) {
        Some(party) => Err(OrderRefusal::GetsNothing { party: *party }),
        None => Ok(parties),
    }
}
