//! Where a Nostr key is paid.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use bitcoin::XOnlyPublicKey;
use serde_json::Value;

use super::{Refusal, Wallet};
use crate::address::ArkAddress;
use crate::binding::Binding;
use crate::challenge::OperatorTerms;
use crate::intent::Destination;
use crate::script::default_address;

/// The addresses of the wallet and of those it pays.
pub(super) struct Addresses<'a> {
    nostr: XOnlyPublicKey,
    own: ArkAddress,
    bound: BTreeMap<XOnlyPublicKey, ArkAddress>,
    terms: &'a OperatorTerms,
}

impl<'a> Addresses<'a> {
    /// Every binding has to be good: an operator's gateway has no reason to hand over one that proves nothing.
    pub(super) fn new(wallet: &Wallet<'a>, events: &[Value]) -> Result<Self, Refusal> {
        let mut bound = BTreeMap::new();
        for event in events {
            let Binding { nostr, address, .. } = Binding::verify(event, wallet.operator)?;
            if bound.insert(nostr, address).is_some() {
                return Err(Refusal::BindingTwice { nostr });
            }
        }
        Ok(Self {
            nostr: wallet.nostr,
            own: default_address(wallet.operator, wallet.owner),
            bound,
            terms: wallet.operator,
        })
    }

    pub(super) const fn own(&self) -> ArkAddress {
        self.own
    }

    /// The wallet knows its own address better than any binding.
    pub(super) fn of_key(&self, key: XOnlyPublicKey) -> ArkAddress {
        if key == self.nostr {
            return self.own;
        }
        let bound = self.bound.get(&key).copied();
        bound.unwrap_or_else(|| default_address(self.terms, key))
    }

    pub(super) fn of(&self, destination: &Destination) -> Result<ArkAddress, Refusal> {
        match destination {
            Destination::Address(address) => self.at_this_operator(address),
            Destination::Pubkey(key) => Ok(self.of_key(*key)),
        }
    }

    /// A VTXO at another operator's address is nobody's.
    pub(super) fn at_this_operator(&self, address: &ArkAddress) -> Result<ArkAddress, Refusal> {
        if address.operator() == self.terms.signer && address.is_for(self.terms.network) {
            Ok(*address)
        } else {
            Err(Refusal::ForeignAddress {
                address: Box::new(*address),
            })
        }
    }
}
