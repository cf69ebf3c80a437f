//! What an intent demands of the transaction that executes it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use bitcoin::{Amount, OutPoint, TxOut};

use super::bindings::Addresses;
use super::{Refusal, Wallet};
use crate::asset::{AssetAmount, AssetId};
use crate::intent::{Action, Fee, Intent, Swap};
use crate::script::payment;

/// Units by asset.
pub(super) type Assets = BTreeMap<AssetId, u64>;

/// An output that the intent orders.
pub(super) struct Ordered {
    pub(super) output: TxOut,
    pub(super) assets: Assets,
    /// Whether the wallet pays it.
    pub(super) from_me: bool,
    /// Whether the wallet gets it.
    pub(super) to_me: bool,
}

/// What the transaction has to be.
pub(super) struct Demand<'a> {
    /// The first outputs, in this order.
    pub(super) ordered: Vec<Ordered>,
    /// The next one: the fees of all parties. There is none if they are nothing.
    pub(super) fee: Option<TxOut>,
    /// Whether the first output is the wallet's: all that its inputs hold and the fee leaves.
    pub(super) whole: bool,
    /// The wallet's own fee.
    pub(super) own_fee: Amount,
    /// How many parties there are, the wallet included.
    pub(super) parties: usize,
    /// The wallet's inputs, if the intent names them.
    pub(super) inputs: Option<&'a [OutPoint]>,
}

impl<'a> Demand<'a> {
    pub(super) fn of(wallet: &Wallet<'_>, intent: &'a Intent, addresses: &Addresses<'_>) -> Result<Self, Refusal> {
        let dust = wallet.operator.dust;
        let own_script = addresses.own().script_pubkey();
        let mine = |address: crate::address::ArkAddress, amount: Amount, assets: &[AssetAmount]| {
            Ok(Ordered {
                output: payment(&address, amount, dust),
                assets: sum(assets)?,
                from_me: true,
                to_me: address.script_pubkey() == own_script,
            })
        };
        let (ordered, inputs) = match &intent.action {
            Action::Transfer(transfer) => {
                let ordered = transfer.receivers.iter();
                let ordered = ordered.map(|to| mine(addresses.of(&to.to)?, to.amount, &[]));
                (ordered.collect::<Result<_, Refusal>>()?, transfer.inputs.as_deref())
            }
            Action::AssetTransfer(transfer) => {
                let ordered = transfer.receivers.iter();
                let ordered = ordered.map(|to| mine(addresses.of(&to.to)?, to.amount, &to.assets));
                (ordered.collect::<Result<_, Refusal>>()?, transfer.inputs.as_deref())
            }
            Action::Split(split) => {
                let ordered = split.amounts.iter();
                let ordered = ordered.map(|amount| mine(addresses.own(), amount.0, &[]));
                (ordered.collect::<Result<_, Refusal>>()?, split.inputs.as_deref())
            }
            Action::Consolidate(consolidate) => (Vec::new(), consolidate.inputs.as_deref()),
            Action::Swap(swap) => return Self::of_swap(wallet, swap, addresses),
        };
        let demand = Self::new(ordered, intent.action.fee(), 1, inputs, (addresses, dust))?;
        Ok(Self {
            whole: matches!(intent.action, Action::Consolidate(_)),
            ..demand
        })
    }

    fn of_swap(wallet: &Wallet<'_>, swap: &Swap, addresses: &Addresses<'_>) -> Result<Self, Refusal> {
        let parties: BTreeSet<_> = swap.legs.iter().map(|leg| leg.from).collect();
        if !parties.contains(&wallet.nostr) {
            return Err(Refusal::NoParty);
        }
        let ordered = swap.legs.iter().map(|leg| {
            Ok(Ordered {
                output: payment(&addresses.of_key(leg.to), leg.amount, wallet.operator.dust),
                assets: sum(&leg.assets)?,
                from_me: leg.from == wallet.nostr,
                to_me: leg.to == wallet.nostr,
            })
        });
        let ordered = ordered.collect::<Result<_, Refusal>>()?;
        Self::new(
            ordered,
            &swap.fee,
            parties.len(),
            None,
            (addresses, wallet.operator.dust),
        )
    }

    fn new(
        ordered: Vec<Ordered>,
        fee: &Fee,
        parties: usize,
        inputs: Option<&'a [OutPoint]>,
        (addresses, dust): (&Addresses<'_>, Amount),
    ) -> Result<Self, Refusal> {
        let times = u64::try_from(parties).map_err(|_| Refusal::Overflow)?;
        let all_fees = fee.amount.checked_mul(times).ok_or(Refusal::Overflow)?;
        let fee_address = addresses.at_this_operator(&fee.address)?;
        Ok(Self {
            ordered,
            fee: (all_fees > Amount::ZERO).then(|| payment(&fee_address, all_fees, dust)),
            whole: false,
            own_fee: fee.amount,
            parties,
            inputs,
        })
    }

    /// What the wallet pays: its part of what is ordered, and its fee.
    pub(super) fn cost(&self) -> Result<Amount, Refusal> {
        total(self.amounts(|ordered| ordered.from_me))?
            .checked_add(self.own_fee)
            .ok_or(Refusal::Overflow)
    }

    /// The assets that the wallet gives.
    pub(super) fn given_assets(&self) -> Result<Assets, Refusal> {
        merged(
            self.ordered
                .iter()
                .filter(|ordered| ordered.from_me)
                .map(|ordered| &ordered.assets),
        )
    }

    pub(super) fn amounts(&self, of: impl Fn(&Ordered) -> bool) -> impl Iterator<Item = Amount> {
        self.ordered
            .iter()
            .filter(move |ordered| of(ordered))
            .map(|ordered| ordered.output.value)
    }
}

pub(super) fn total(amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, Refusal> {
    let mut amounts = amounts.into_iter();
    amounts
        .try_fold(Amount::ZERO, Amount::checked_add)
        .ok_or(Refusal::Overflow)
}

/// The units of each asset. Of nothing there are none.
pub(super) fn sum(assets: &[AssetAmount]) -> Result<Assets, Refusal> {
    let mut sums = Assets::new();
    for AssetAmount { asset_id, amount } in assets.iter().filter(|asset| asset.amount > 0) {
        add(&mut sums, *asset_id, *amount)?;
    }
    Ok(sums)
}

pub(super) fn merged<'a>(parts: impl IntoIterator<Item = &'a Assets>) -> Result<Assets, Refusal> {
    let mut sums = Assets::new();
    for (asset, amount) in parts.into_iter().flatten() {
        add(&mut sums, *asset, *amount)?;
    }
    Ok(sums)
}

pub(super) fn add(sums: &mut Assets, asset: AssetId, amount: u64) -> Result<(), Refusal> {
    let sum = sums.entry(asset).or_default();
    *sum = sum.checked_add(amount).ok_or(Refusal::Overflow)?;
    Ok(())
}
