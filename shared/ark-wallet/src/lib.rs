//! The wallet's side of the Ark gateway: it orders with one signed Nostr event, checks whatever it is asked to sign with
//! [`nanoark_ark_verifier`], signs here, and goes on where it was after a kill at any point.
//!
//! The gateway is not trusted with anything but the time it takes. What a wallet relies on is in its own state file: the
//! operator's terms and the gateway's key as it first saw them ([`Pin`]), its coins, its orders, and what it approved.
//! Everything is written before it has an effect: an intent before it is posted, an approval and the signed answer before
//! the answer leaves. Whatever is sent again is sent as the same bytes.
//!
//! ```no_run
//! use std::path::Path;
//! use std::time::Duration;
//!
//! use nanoark_ark_wallet::{ArkWallet, Gateway, Keys, Ordering, Standing, Wanted};
//! use nanoark_client::{HttpTransport, System, TransportLimits};
//! use nanoark_nostr::NostrKey;
//! use nanoark_state_file::Durability;
//!
//! # async fn pay(address: nanoark_ark_verifier::address::ArkAddress) -> Result<(), Box<dyn std::error::Error>> {
//! let keys = Keys::new(NostrKey::parse("nsec1…")?);
//! let transport = HttpTransport::new(TransportLimits::default())?;
//! let gateway = Gateway::new("https://gateway.example", transport, keys.nostr().clone(), System)?;
//! let wallet = ArkWallet::open(Path::new("ark.sqlite"), Durability::Full, keys, gateway)?;
//!
//! let order = wallet.order(Wanted::send(address, bitcoin::Amount::from_sat(1_000)), Ordering::default()).await?;
//! match wallet.drive(&order.action_id, Duration::from_secs(60)).await? {
//!     Standing::Finalized { ark_txid, .. } => println!("paid by {ark_txid}"),
//!     Standing::Open { .. } => println!("still under way; drive it again"),
//!     Standing::Failed { failure, .. } => println!("not paid: {}", failure.message),
//!     Standing::Refused(refused) => println!("the gateway was refused: {}", refused.reason),
//! }
//! # Ok(())
//! # }
//! ```

mod book;
mod error;
mod gateway;
mod keys;
mod order;
mod pin;
mod rescue;
mod standing;
mod wallet;
mod wanted;
mod way;

pub use book::BookError;
pub use error::WalletError;
pub use gateway::{Gateway, GatewayError, GatewayProblem, InvalidGatewayUrl};
pub use keys::{InvalidKeys, Keys};
pub use order::Order;
pub use pin::{Pin, PinChange};
pub use rescue::Rescue;
pub use standing::{Misconduct, Refused, Standing};
pub use wallet::{ArkWallet, Recovered};
pub use wanted::{Ordering, To, Wanted};
pub use way::Way;

pub use nanoark_http::wire::gateway as wire;

#[cfg(test)]
mod tests;
