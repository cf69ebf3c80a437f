//! What wallets order, and what it must do to their balances if it is done.

use std::collections::BTreeMap;

use bitcoin::{Amount, OutPoint};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::intent::{
    Action, AssetReceiver, AssetTransfer, Consolidate, Destination, Fee, Intent, Leg, Receiver, Satoshi, Split, Swap,
    Transfer,
};
use nanoark_domain::ceremony::Session;

use super::player::Player;

/// What is ordered, with the players by their places.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    /// So many satoshi to each of these.
    Transfer {
        from: usize,
        to: Vec<(usize, u64)>,
    },
    Split {
        of: usize,
        amounts: Vec<u64>,
    },
    Consolidate {
        of: usize,
    },
    /// Each gives so many satoshi to the next one.
    Swap {
        parties: Vec<(usize, u64)>,
    },
    /// So many units, on so many satoshi.
    Assets {
        from: usize,
        to: usize,
        satoshi: u64,
        units: u64,
    },
}

/// An order under way.
#[derive(Debug)]
pub(crate) struct Ordered {
    pub(crate) id: SessionId,
    /// Who takes part, and with which intent.
    pub(crate) intents: Vec<(usize, Intent)>,
    moves: Vec<(usize, usize, u64, u64)>,
    fee: u64,
}

/// What somebody has more or less, in satoshi and in units of the one asset.
pub(crate) type Change = (i64, i64);

impl Wish {
    fn parties(&self) -> Vec<usize> {
        match self {
            Self::Transfer { from, .. } | Self::Assets { from, .. } => vec![*from],
            Self::Split { of, .. } | Self::Consolidate { of } => vec![*of],
            Self::Swap { parties } => parties.iter().map(|(player, _)| *player).collect(),
        }
    }

    fn moves(&self) -> Vec<(usize, usize, u64, u64)> {
        match self {
            Self::Transfer { from, to } => to.iter().map(|(to, satoshi)| (*from, *to, *satoshi, 0)).collect(),
            Self::Split { .. } | Self::Consolidate { .. } => Vec::new(),
            Self::Swap { parties } => {
                let next = parties.iter().cycle().skip(1);
                let legs = parties.iter().zip(next);
                legs.map(|((from, satoshi), (to, _))| (*from, *to, *satoshi, 0))
                    .collect()
            }
            Self::Assets {
                from,
                to,
                satoshi,
                units,
            } => vec![(*from, *to, *satoshi, *units)],
        }
    }

    /// The order of this name, which is good for so many seconds.
    pub(crate) fn order(
        &self,
        players: &[Player<'_>],
        name: &str,
        seconds: u64,
        fee: &Fee,
        inputs: Option<Vec<OutPoint>>,
        asset: Option<AssetId>,
    ) -> Ordered {
        let action = self.action(players, name, fee, inputs, asset);
        let intents: Vec<(usize, Intent)> = self
            .parties()
            .into_iter()
            .map(|place| {
                let wallet = &players[place].wallet;
                let mut intent = wallet.intent(name, action.clone());
                intent.expires_at = wallet.house.now().as_seconds() + seconds;
                (place, intent)
            })
            .collect();
        let (place, intent) = &intents[0];
        Ordered {
            id: Session::id_for(&players[*place].wallet.nostr(), intent),
            intents,
            moves: self.moves(),
            fee: fee.amount.to_sat(),
        }
    }

    fn action(
        &self,
        players: &[Player<'_>],
        name: &str,
        fee: &Fee,
        inputs: Option<Vec<OutPoint>>,
        asset: Option<AssetId>,
    ) -> Action {
        let fee = fee.clone();
        let address = |place: usize| Destination::Address(players[place].wallet.address());
        match self {
            Self::Transfer { to, .. } => Action::Transfer(Transfer {
                inputs,
                receivers: to
                    .iter()
                    .map(|(to, satoshi)| Receiver {
                        to: address(*to),
                        amount: Amount::from_sat(*satoshi),
                    })
                    .collect(),
                fee,
            }),
            Self::Split { amounts, .. } => Action::Split(Split {
                inputs,
                amounts: amounts
                    .iter()
                    .map(|satoshi| Satoshi(Amount::from_sat(*satoshi)))
                    .collect(),
                fee,
            }),
            Self::Consolidate { .. } => Action::Consolidate(Consolidate { inputs, fee }),
            Self::Swap { .. } => Action::Swap(Swap {
                swap_id: format!("swap-{name}").parse().unwrap(),
                legs: self
                    .moves()
                    .into_iter()
                    .map(|(from, to, satoshi, _)| Leg {
                        from: players[from].wallet.nostr(),
                        to: players[to].wallet.nostr(),
                        amount: Amount::from_sat(satoshi),
                        assets: Vec::new(),
                    })
                    .collect(),
                fee,
            }),
            Self::Assets { to, satoshi, units, .. } => Action::AssetTransfer(AssetTransfer {
                inputs,
                receivers: vec![AssetReceiver {
                    to: address(*to),
                    amount: Amount::from_sat(*satoshi),
                    assets: asset
                        .map(|asset_id| AssetAmount {
                            asset_id,
                            amount: *units,
                        })
                        .into_iter()
                        .collect(),
                }],
                fee,
            }),
        }
    }
}

impl Ordered {
    /// What it changes for each player, once it is done.
    pub(crate) fn changes(&self) -> BTreeMap<usize, Change> {
        let mut changes: BTreeMap<usize, Change> = BTreeMap::new();
        let signed = |number: u64| i64::try_from(number).unwrap();
        for (place, _) in &self.intents {
            changes.entry(*place).or_default().0 -= signed(self.fee);
        }
        for (from, to, satoshi, units) in &self.moves {
            let giver = changes.entry(*from).or_default();
            giver.0 -= signed(*satoshi);
            giver.1 -= signed(*units);
            let taker = changes.entry(*to).or_default();
            taker.0 += signed(*satoshi);
            taker.1 += signed(*units);
        }
        changes
    }

    /// What the gateway gets, once it is done.
    pub(crate) fn fees(&self) -> u64 {
        self.fee * self.intents.len() as u64
    }
}
