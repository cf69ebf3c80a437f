//! A wallet with one coin, in a folder of its own.

use std::path::PathBuf;
use std::sync::Arc;

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{Keypair, Secp256k1, SecretKey};
use bitcoin::{Amount, OutPoint, Txid};
use nanoark_ark_verifier::address::Network;
use nanoark_ark_verifier::challenge::OperatorTerms;
use nanoark_ark_verifier::check::Coin;
use nanoark_ark_verifier::script::{default_address, exit_leaf};
use nanoark_client::{RetryPolicy, Transport};
use nanoark_domain::time::Timestamp;
use nanoark_nostr::NostrKey;
use nanoark_state_file::Durability;
use nanoark_surroundings::Simulated;

use super::scripted::{Lie, ORIGIN, Scripted};
use crate::{ArkWallet, Gateway, Keys, Order, Ordering, Wanted};

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_795_325_400);
pub(super) const OPERATOR: u8 = 90;

pub(super) fn key(byte: u8) -> NostrKey {
    NostrKey::from_bytes(&[byte; 32]).unwrap()
}

pub(super) fn pair(byte: u8) -> Keypair {
    Keypair::from_secret_key(&Secp256k1::new(), &SecretKey::from_slice(&[byte; 32]).unwrap())
}

pub(super) fn terms() -> OperatorTerms {
    OperatorTerms {
        network: Network::Regtest,
        signer: key(OPERATOR).public(),
        checkpoint_tapscript: exit_leaf(key(OPERATOR).public(), 20),
        exit_delay: 144,
        dust: Amount::from_sat(330),
    }
}

pub(super) fn coin() -> Coin {
    Coin {
        outpoint: OutPoint::new(Txid::from_byte_array([3; 32]), 1),
        amount: Amount::from_sat(10_000),
        assets: Vec::new(),
        exit_delay: 144,
    }
}

pub(super) struct World {
    folder: tempfile::TempDir,
    pub(super) gateway: Arc<Scripted>,
    pub(super) keys: Keys,
}

impl World {
    pub(super) fn new(lie: Lie) -> Self {
        Self::with_keys(lie, Keys::new(key(1)))
    }

    pub(super) fn with_keys(lie: Lie, keys: Keys) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            gateway: Arc::new(Scripted::new(keys.owner(), lie)),
            keys,
        }
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("ark.sqlite")
    }

    /// The wallet as it starts, from its file.
    pub(super) fn wallet(&self) -> ArkWallet<Arc<Scripted>> {
        self.wallet_over(Arc::clone(&self.gateway))
    }

    /// The same, whose waits take time on Tokio's clock.
    pub(super) fn wallet_on_tokio_clock(&self) -> ArkWallet<Arc<Scripted>> {
        self.wallet_in(Arc::clone(&self.gateway), Simulated::on_tokio_clock(NOW, 1))
    }

    pub(super) fn wallet_over<T: Transport>(&self, transport: T) -> ArkWallet<T> {
        self.wallet_in(transport, Simulated::new(Arc::new(|| NOW.as_millis()), 1))
    }

    fn wallet_in<T: Transport>(&self, transport: T, surroundings: Simulated) -> ArkWallet<T> {
        let gateway = Gateway::new(ORIGIN, transport, self.keys.nostr().clone(), surroundings).unwrap();
        let gateway = gateway.with_retry(RetryPolicy::NEVER);
        ArkWallet::open(&self.file(), Durability::Volatile, self.keys.clone(), gateway).unwrap()
    }
}

pub(super) fn wanted() -> Wanted {
    Wanted::send(default_address(&terms(), key(2).public()), Amount::from_sat(1_000))
}

pub(super) fn named() -> Ordering {
    Ordering {
        action_id: Some("rent-2026-11".parse().unwrap()),
        ..Ordering::default()
    }
}

/// Orders the transfer of every test.
pub(super) async fn ordered<T: Transport>(wallet: &ArkWallet<T>) -> Order {
    wallet.order(wanted(), named()).await.unwrap()
}
