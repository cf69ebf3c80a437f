//! The wallet.

mod advance;
mod hear;
mod judge;
mod ordering;
mod question;
mod recover;
mod relays;

use std::fmt;
use std::path::Path;

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::check::Coin;
use nanoark_ark_verifier::intent::ActionId;
use nanoark_ark_verifier::script::default_address;
use nanoark_client::Transport;
use nanoark_domain::time::Timestamp;
use nanoark_http::wire::gateway::{BalancesView, InfoView, VtxoStatus, VtxosView};
use nanoark_state_file::Durability;
use nanoark_surroundings::Surroundings;

use crate::book::{Book, BookError};
use crate::error::WalletError;
use crate::gateway::Gateway;
use crate::keys::Keys;
use crate::order::Order;
use crate::pin::Pin;
use crate::rescue::Rescue;
use crate::way::Way;

pub use recover::Recovered;

/// A wallet at one gateway.
///
/// Several may work on one state file: what may happen once is decided in the file.
pub struct ArkWallet<T> {
    gateway: Gateway<T>,
    keys: Keys,
    book: Book,
    way: Way,
}

impl<T: Transport> ArkWallet<T> {
    /// The wallet with this state file, which is made if there is none. Nothing is asked of the gateway yet.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn open(path: &Path, durability: Durability, keys: Keys, gateway: Gateway<T>) -> Result<Self, BookError> {
        Ok(Self {
            gateway,
            keys,
            book: Book::open(path, durability)?,
            way: Way::Https,
        })
    }

    /// The same wallet, whose intents and answers go another way.
    #[must_use]
    pub fn by(mut self, way: Way) -> Self {
        self.way = way;
        self
    }

    /// The gateway.
    #[must_use]
    pub const fn gateway(&self) -> &Gateway<T> {
        &self.gateway
    }

    /// The Nostr key, as others know it.
    #[must_use]
    pub const fn nostr(&self) -> XOnlyPublicKey {
        self.keys.nostr().public()
    }

    /// The key that owns the coins.
    #[must_use]
    pub const fn owner(&self) -> XOnlyPublicKey {
        self.keys.owner()
    }

    /// What the gateway says of itself, if it still is what it was. The first time, it is believed, and kept.
    ///
    /// # Errors
    /// [`WalletError::PinChanged`].
    pub async fn trust(&self) -> Result<InfoView, WalletError> {
        let info = self.gateway.info().await?;
        match self.book.pin()? {
            Some(kept) => {
                kept.hold(&info)?;
            }
            None => self.book.set_pin(&Pin::of(&info), self.now())?,
        }
        Ok(info)
    }

    /// Takes the gateway's word for what it is from here on. Only for a person who knows why it changed.
    ///
    /// # Errors
    /// When the gateway does not answer.
    pub async fn pin_anew(&self) -> Result<Pin, WalletError> {
        let pin = Pin::of(&self.gateway.info().await?);
        self.book.set_pin(&pin, self.now())?;
        Ok(pin)
    }

    /// Keeps this for what the gateway and its operator are: from another source than the gateway, it is better than its
    /// word.
    ///
    /// # Errors
    /// [`WalletError::PinChanged`] when the wallet keeps something else already.
    pub fn pin(&self, pin: &Pin) -> Result<(), WalletError> {
        match self.book.pin()? {
            Some(kept) if kept == *pin => Ok(()),
            Some(kept) => Err(WalletError::PinChanged(Box::new(crate::pin::PinChange {
                kept,
                named: pin.clone(),
            }))),
            None => Ok(self.book.set_pin(pin, self.now())?),
        }
    }

    /// What the wallet holds the gateway to, if it has seen it.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn pinned(&self) -> Result<Option<Pin>, BookError> {
        self.book.pin()
    }

    /// Where the wallet receives: made of its owner key and the pinned terms, whatever the gateway says.
    ///
    /// # Errors
    /// When the gateway has to be asked first and does not answer.
    pub async fn address(&self) -> Result<ArkAddress, WalletError> {
        Ok(default_address(&self.terms().await?.operator, self.owner()))
    }

    /// The sums of the wallet's coins, by the gateway's word.
    ///
    /// # Errors
    /// [`WalletError::Gateway`].
    pub async fn balance(&self) -> Result<BalancesView, WalletError> {
        Ok(self.gateway.balances().await?)
    }

    /// The wallet's coins, by the gateway's word. Those that are seen for the first time are kept.
    ///
    /// # Errors
    /// [`WalletError::NotBound`], [`WalletError::CoinChanged`].
    pub async fn vtxos(&self) -> Result<VtxosView, WalletError> {
        let pin = self.terms().await?;
        let view = self.gateway.vtxos().await?;
        self.see(&pin, &view)?;
        Ok(view)
    }

    /// All orders, oldest first.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn orders(&self) -> Result<Vec<Order>, BookError> {
        self.book.orders()
    }

    /// The order of this name.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn order_of(&self, id: &ActionId) -> Result<Option<Order>, BookError> {
        self.book.order(id)
    }

    /// What finishes an order without the gateway, once it was approved.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn rescue(&self, id: &ActionId) -> Result<Option<Rescue>, BookError> {
        self.book.rescue(id)
    }

    /// The pin; from the gateway, if there is none yet.
    async fn terms(&self) -> Result<Pin, WalletError> {
        match self.book.pin()? {
            Some(pin) => Ok(pin),
            None => Ok(Pin::of(&self.trust().await?)),
        }
    }

    /// Keeps the coins that the wallet could sign for.
    fn see(&self, pin: &Pin, view: &VtxosView) -> Result<(), WalletError> {
        let own = default_address(&pin.operator, self.owner());
        if view.address != own {
            return Err(WalletError::NotBound {
                known: Box::new(view.address),
                own: Box::new(own),
            });
        }
        let coins: Vec<Coin> = view
            .vtxos
            .iter()
            .filter(|vtxo| vtxo.owner == self.owner() && vtxo.signer == pin.operator.signer)
            .filter(|vtxo| match vtxo.status {
                VtxoStatus::Spendable | VtxoStatus::Held => true,
                VtxoStatus::Recoverable => false,
            })
            .map(|vtxo| Coin {
                outpoint: vtxo.outpoint,
                amount: vtxo.amount,
                assets: vtxo.assets.clone(),
                exit_delay: vtxo.exit_delay,
            })
            .collect();
        match self.book.see_coins(&coins, self.now())? {
            Some(outpoint) => Err(WalletError::CoinChanged(outpoint)),
            None => Ok(()),
        }
    }

    fn surroundings(&self) -> &dyn Surroundings {
        self.gateway.surroundings()
    }

    fn now(&self) -> Timestamp {
        self.surroundings().now()
    }

    fn fresh_name(&self) -> Result<ActionId, WalletError> {
        let mut bytes = [0; 16];
        self.surroundings().fill(&mut bytes)?;
        // 32 hex digits are a name.
        ActionId::try_from(hex::encode(bytes)).map_err(|_| WalletError::NoEntropy(nanoark_surroundings::NoEntropy))
    }
}

impl<T> fmt::Debug for ArkWallet<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ArkWallet")
            .field("gateway", &self.gateway)
            .field("keys", &self.keys)
            .field("way", &self.way)
            .finish_non_exhaustive()
    }
}
