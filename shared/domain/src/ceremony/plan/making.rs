//! From an order to a plan.

use std::collections::BTreeMap;

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::intent::{Destination, MAX_INPUTS};

use super::{Input, Output, OutputRole, Plan, PlanRefusal};
use crate::ceremony::coin::Coin;
use crate::ceremony::fee::Quote;
use crate::ceremony::order::{Order, Ordered, Orderer, Payout};
use crate::ceremony::selection::{Selection, Wanted, select, take_all};

/// Where value goes, and whose the inputs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The address of every Nostr key in [`Order::names`]: its bound one, or the one whose owner key it is.
    pub homes: BTreeMap<XOnlyPublicKey, ArkAddress>,
    /// The key that owns each party's inputs, in party order.
    pub owners: Vec<XOnlyPublicKey>,
}

/// What the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least that an output may hold, in satoshi.
    pub minimum_output: Amount,
    /// The most that an output may hold, in satoshi, if there is a bound.
    pub maximum_output: Option<Amount>,
    /// The most inputs of all parties together.
    pub max_inputs: usize,
}

impl From<&Quote> for Bounds {
    fn from(quote: &Quote) -> Self {
        Self {
            minimum_output: quote.minimum_output,
            maximum_output: quote.maximum_output,
            max_inputs: MAX_INPUTS,
        }
    }
}

impl Addresses {
    /// The address of a destination.
    ///
    /// # Errors
    ///
    /// A Nostr key whose address is not here.
    pub fn resolve(&self, to: &Destination) -> Result<ArkAddress, PlanRefusal> {
        match to {
            Destination::Address(address) => Ok(*address),
            Destination::Pubkey(key) => self.home(key),
        }
    }

    fn home(&self, key: &XOnlyPublicKey) -> Result<ArkAddress, PlanRefusal> {
        self.homes.get(key).copied().ok_or(PlanRefusal::NoAddress { key: *key })
    }
}

impl Plan {
    /// The plan that carries out an order with these spendable coins, which are given per party in party order. Coins of
    /// another owner than the party's are left out.
    ///
    /// # Errors
    ///
    /// Coins that do not pay for the order, and outputs out of bounds.
    pub fn make(
        order: &Order,
        addresses: &Addresses,
        coins: &[Vec<Coin>],
        bounds: &Bounds,
    ) -> Result<Self, PlanRefusal> {
        let maker = Maker {
            order,
            addresses,
            coins,
            bounds,
        };
        let plan = match &order.ordered {
            Ordered::Payouts(payouts) => maker.pay(payouts)?,
            Ordered::Everything => maker.consolidate()?,
        };
        plan.check(bounds)?;
        debug_assert!(plan.is_conserving(), "a plan neither makes nor loses anything");
        Ok(plan)
    }
}

/// What a plan is made of.
struct Maker<'a> {
    order: &'a Order,
    addresses: &'a Addresses,
    coins: &'a [Vec<Coin>],
    bounds: &'a Bounds,
}

impl Maker<'_> {
    /// Pays out, with the coins that each party names or that are chosen for it.
    fn pay(&self, payouts: &[Payout]) -> Result<Plan, PlanRefusal> {
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        for payout in payouts {
            outputs.push(Output {
                role: OutputRole::Ordered,
                address: self.addresses.resolve(&payout.to)?,
                amount: payout.amount,
                assets: payout.assets.clone(),
            });
        }
        outputs.push(self.fee());
        for (party, orderer) in self.order.parties.iter().enumerate() {
            let selection = self.select(party, orderer, payouts)?;
            if selection.change > Amount::ZERO {
                outputs.push(Output {
                    role: OutputRole::Change,
                    address: self.addresses.home(&orderer.nostr)?,
                    amount: selection.change,
                    assets: selection.change_assets,
                });
            }
            inputs.extend(selection.coins.into_iter().map(|coin| Input { party, coin }));
        }
        Ok(Plan { inputs, outputs })
    }

    /// The coins that pay for what a party gives.
    fn select(&self, party: usize, orderer: &Orderer, payouts: &[Payout]) -> Result<Selection, PlanRefusal> {
        let given = || payouts.iter().filter(|payout| payout.from == party);
        let amount = given().try_fold(self.order.fee.each, |sum, payout| sum.checked_add(payout.amount));
        let wanted = Wanted {
            amount: amount.unwrap_or(Amount::MAX),
            assets: given().flat_map(|payout| payout.assets.iter().copied()).collect(),
            minimum_change: self.bounds.minimum_output,
            max_inputs: self.bounds.max_inputs,
        };
        let own = self.own_coins(party);
        let selection = match &orderer.inputs {
            Some(named) => take_all(&self.named(party, &own, named)?, &wanted),
            None => select(&own, &wanted),
        };
        selection.map_err(|refusal| PlanRefusal::Selection {
            party,
            alone: self.order.parties.len() == 1,
            refusal,
        })
    }

    /// Puts the coins that the party names, or its smallest ones, into one.
    fn consolidate(&self) -> Result<Plan, PlanRefusal> {
        let Some(orderer) = self.order.parties.first() else {
            return Err(PlanRefusal::TooFewCoins { count: 0 });
        };
        let mut own = self.own_coins(0);
        let coins = if let Some(named) = &orderer.inputs {
            self.named(0, &own, named)?
        } else {
            own.sort_unstable_by_key(|coin| (coin.amount, coin.expires_at, coin.outpoint));
            own.dedup_by_key(|coin| coin.outpoint);
            own.truncate(self.bounds.max_inputs);
            own
        };
        if coins.len() < 2 {
            return Err(PlanRefusal::TooFewCoins { count: coins.len() });
        }
        let wanted = Wanted {
            amount: self.order.fee.each,
            assets: Vec::new(),
            minimum_change: self.bounds.minimum_output,
            max_inputs: self.bounds.max_inputs,
        };
        // What would be change to anybody else is what is ordered here.
        let rest = take_all(&coins, &wanted).map_err(|refusal| PlanRefusal::Selection {
            party: 0,
            alone: true,
            refusal,
        })?;
        let whole = Output {
            role: OutputRole::Ordered,
            address: self.addresses.home(&orderer.nostr)?,
            amount: rest.change,
            assets: rest.change_assets,
        };
        let inputs = rest.coins.into_iter().map(|coin| Input { party: 0, coin });
        Ok(Plan {
            inputs: inputs.collect(),
            outputs: vec![whole, self.fee()],
        })
    }

    fn fee(&self) -> Output {
        Output {
            role: OutputRole::Fee,
            address: self.order.fee.address,
            amount: self.order.fee.total,
            assets: Vec::new(),
        }
    }

    /// The coins of a party that it owns.
    fn own_coins(&self, party: usize) -> Vec<Coin> {
        let owner = self.addresses.owners.get(party);
        let coins = self.coins.get(party).into_iter().flatten();
        coins.filter(|coin| Some(&coin.owner) == owner).cloned().collect()
    }

    /// The coins that a party names, in the order in which it names them.
    fn named(&self, party: usize, own: &[Coin], named: &[OutPoint]) -> Result<Vec<Coin>, PlanRefusal> {
        let find = |outpoint: &OutPoint| own.iter().find(|coin| coin.outpoint == *outpoint);
        let unknown: Vec<OutPoint> = named
            .iter()
            .filter(|outpoint| find(outpoint).is_none())
            .copied()
            .collect();
        if !unknown.is_empty() {
            return Err(PlanRefusal::UnknownInputs {
                party,
                outpoints: unknown,
            });
        }
        Ok(named.iter().filter_map(find).cloned().collect())
    }
}
