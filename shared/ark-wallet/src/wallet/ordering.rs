//! Ordering: from what is wanted to a signed intent in the state file.

use bitcoin::Amount;
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::intent::{Action, ActionId, Fee, Intent, Leg, Swap};
use nanoark_ark_verifier::script::default_address;
use nanoark_client::Transport;
use nanoark_http::wire::gateway::InfoView;
use nanoark_nostr::Scheme;
use nanoark_nostr::compose::{self, Secrecy};

use super::ArkWallet;
use crate::error::WalletError;
use crate::order::{Order, Progress};
use crate::wanted::{Ordering, Wanted};

impl<T: Transport> ArkWallet<T> {
    /// Orders something: composes and signs the intent, with the fee that the gateway asks for, and keeps it. Nothing is
    /// sent yet; [`drive`](Self::drive) does that. An order of the same name for the same thing is returned as it stands.
    ///
    /// # Errors
    /// [`WalletError`]; nothing is ordered then.
    pub async fn order(&self, wanted: Wanted, how: Ordering) -> Result<Order, WalletError> {
        if let Some(id) = &how.action_id
            && let Some(there) = self.book.order(id)?
        {
            return the_same(there, wanted);
        }
        let info = self.trust().await?;
        self.vtxos().await?;
        let action = self.action(wanted.clone(), &how, &info)?;
        let lifetime = how.lifetime.unwrap_or_else(|| wanted.lifetime());
        let action_id = match how.action_id {
            Some(id) => id,
            None => self.fresh_name()?,
        };
        let now = self.now();
        let intent = Intent {
            action_id: action_id.clone(),
            network: info.operator.network,
            expires_at: now.plus(lifetime).as_seconds(),
            receipt: how.receipt,
            action,
        };
        let secrecy = Secrecy::Sealed(Scheme::Nip44);
        let event = compose::intent(self.keys.nostr(), &info.pubkey, &intent, secrecy, now)?;
        let order = Order {
            action_id,
            event: event.id(),
            event_json: event.json().to_owned(),
            intent,
            gateway: info.pubkey,
            session: None,
            heard: None,
            progress: Progress::Composed,
            approved: None,
            created_at: now,
            sent_at: None,
        };
        match self.book.begin(&order)? {
            // Another process was faster.
            Some(there) => the_same(there, wanted),
            None => Ok(order),
        }
    }

    /// The terms of a swap with the fee that the gateway asks for. Every party orders the very same terms.
    ///
    /// # Errors
    /// [`WalletError`].
    pub async fn swap_terms(&self, swap_id: ActionId, legs: Vec<Leg>) -> Result<Swap, WalletError> {
        let quote = self.trust().await?.quote;
        Ok(Swap {
            swap_id,
            legs,
            fee: Fee {
                address: quote.address,
                amount: quote.amount,
            },
        })
    }

    /// Tells the gateway that the owner key's coins are this Nostr key's (key mode B), and returns the address. Told again,
    /// it is the same.
    ///
    /// # Errors
    /// [`WalletError`].
    pub async fn bind(&self) -> Result<ArkAddress, WalletError> {
        let pin = self.terms().await?;
        let address = default_address(&pin.operator, self.owner());
        let event = {
            let signer = self.keys.signer()?;
            compose::binding(self.keys.nostr(), &pin.gateway, &address, signer.pair(), self.now())?
        };
        self.gateway.post_event(event.json()).await?;
        Ok(address)
    }

    fn action(&self, wanted: Wanted, how: &Ordering, info: &InfoView) -> Result<Action, WalletError> {
        let quoted = Fee {
            address: info.quote.address,
            amount: info.quote.amount,
        };
        if let Wanted::Swap(swap) = &wanted {
            if swap.fee != quoted {
                return Err(WalletError::SwapFee {
                    quoted: Box::new((quoted.amount, quoted.address)),
                });
            }
            if !swap.legs.iter().any(|leg| leg.from == self.nostr()) {
                return Err(WalletError::NoParty);
            }
        }
        let most = how.max_fee.unwrap_or(Amount::MAX);
        if quoted.amount > most {
            return Err(WalletError::FeeTooHigh {
                asked: quoted.amount,
                most,
            });
        }
        Ok(wanted.with_fee(quoted))
    }
}

/// The order that is there, if it is for the same.
fn the_same(there: Order, wanted: Wanted) -> Result<Order, WalletError> {
    let fee = there.intent.action.fee().clone();
    if wanted.with_fee(fee) == there.intent.action {
        Ok(there)
    } else {
        Err(WalletError::ActionIdTaken(there.action_id))
    }
}
