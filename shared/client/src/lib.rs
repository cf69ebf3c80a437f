//! Typed client of the Nanoark relay for bots: it signs requests, tries them again with the same idempotency key, follows a
//! bot's jobs, and makes and checks what buyer and seller sign. It holds no money and sends none.
//!
//! A [`Client`] speaks for one [`Bot`] with one relay over any [`Transport`]: [`HttpTransport`] in production, a function call
//! in tests. It has a method per endpoint.
//!
//! ```no_run
//! use nanoark_client::{Bot, Client, HttpTransport, System, TransportLimits};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let seed = [0x11; 32];
//! let transport = HttpTransport::new(TransportLimits::default())?;
//! let client = Client::new("https://relay.example", transport, Bot::from_seed(&seed), System)?;
//! # Ok(())
//! # }
//! ```
//!
//! ## Buy a job
//!
//! ```no_run
//! use nanoark_client::{Client, ClientError, HttpTransport, OffersQuery, offer_as_read, verify_quote, verify_receipt};
//! use nanoark_client::wire::jobs::RequestJob;
//! use nanoark_domain::payload::Input;
//! use nanoark_nano::{Account, BlockHash, RawAmount};
//!
//! // What sends money is the caller's: a wallet.
//! # async fn pay(to: Account, amount: RawAmount) -> BlockHash { unimplemented!("{to} {amount}") }
//! # async fn buy(client: Client<HttpTransport>) -> Result<(), Box<dyn std::error::Error>> {
//! let found = client.search_offers(&OffersQuery::for_words("summary")).await?.value;
//! let offer = found.offers.first().ok_or("nobody sells summaries")?;
//!
//! let request = RequestJob {
//!     offer: offer_as_read(offer),
//!     input: Input::Json(serde_json::json!({"text": "…"})),
//!     refund_account: None,
//! };
//! let order = "request:my-order-1"; // the buyer's own name of what it wants
//! let job_id = client.request_job(&client.key_for(order), &request).await?.value.job_id;
//!
//! // Later, when the job is quoted: check before paying.
//! let job = client.job(job_id).await?.value;
//! verify_quote(&job)?;
//! let quote = job.quote.ok_or("not quoted yet")?;
//! client.accept_job(&client.key_for(&format!("accept:{job_id}")), job_id).await?;
//! let block = pay(quote.invoice_account, quote.amount_raw).await;
//! client.submit_payment(&client.key_for(&format!("payment:{job_id}")), job_id, block).await?;
//!
//! // Later, when the job is delivered:
//! let job = client.job(job_id).await?.value;
//! verify_receipt(&job)?;
//! # Ok(())
//! # }
//! ```
//!
//! ## Serve jobs
//!
//! ```no_run
//! use nanoark_client::{Client, Follower, HttpTransport, Since};
//! use nanoark_client::wire::jobs::{DeliveredOutcome, LockJob};
//! use nanoark_domain::job::{Party, Status};
//! use nanoark_domain::payload::Output;
//! use nanoark_nano::{Account, RawAmount};
//!
//! # fn fresh_account() -> Account { unimplemented!() }
//! # async fn serve(client: Client<HttpTransport>, stored: Option<String>) -> Result<(), Box<dyn std::error::Error>> {
//! let since = stored.map_or(Since::Beginning, Since::Cursor);
//! let mut changes = Follower::new(client.clone(), Party::Seller).since(since);
//! loop {
//!     for changed in changes.next().await? {
//!         let id = changed.job_id;
//!         let key = |step: &str| client.key_for(&format!("{step}:{id}"));
//!         if changed.status == Status::Requested {
//!             let job = client.job(id).await?.value;
//!             let price = RawAmount::from_raw(1_000_000_000_000_000_000_000_000_000);
//!             let until = client.surroundings().now().plus(nanoark_domain::time::Seconds(600));
//!             let quote = client.bot().quote(&job, price, fresh_account(), until)?;
//!             client.quote_job(&key("quote"), id, &quote).await?;
//!         }
//!         // A worker asks the ledger itself before it takes a job.
//!         if changed.status == Status::Accepted && changed.payment_status.as_str() == "confirmed" {
//!             let lock = client.lock_job(&key("lock"), id, &LockJob::default()).await?.value;
//!             let job = client.job(id).await?.value;
//!             let result = Output::Json(serde_json::json!({"summary": "…"}));
//!             let delivery = client.bot().delivery(&job, &lock.lock_token, DeliveredOutcome::Result(result))?;
//!             client.deliver_job(&key("deliver"), id, &delivery).await?;
//!         }
//!     }
//!     // All of them are dealt with: keep `changes.cursor()` for the next start.
//! }
//! # }
//! ```
//!
//! ## Hear of changes at once
//!
//! A [`Follower`] polls and misses nothing. Hints over a WebSocket shorten its waits; it works the same without them.
//!
//! ```no_run
//! use nanoark_client::realtime::{WebSocketTransport, connect};
//! use nanoark_client::{Client, Follower, HttpTransport};
//! use nanoark_domain::job::Party;
//!
//! # async fn follow(client: Client<HttpTransport>) -> Result<(), Box<dyn std::error::Error>> {
//! let (hints, task) = connect(&client, "wss://sockets.example/v1".parse()?, WebSocketTransport::new()?);
//! tokio::spawn(task);
//! let mut changes = Follower::new(client, Party::Seller).with_hints(hints);
//! let jobs = changes.next().await?;
//! # Ok(())
//! # }
//! ```
//!
//! ## Keys of intentions
//!
//! Every mutation takes an [`IdempotencyKey`], because only the caller knows what is a new intention and what is another try
//! of an old one. [`Client::key_for`] makes the key from a name, so that whoever comes back after a crash finds it again;
//! [`Client::fresh_key`] makes a random one, to be stored before it is used. Whatever the client tries again by itself, it
//! tries with the same key and a fresh signature.
//!
//! ## Errors
//!
//! [`ClientError`] is the only error of a call. It keeps the problem's code, status and request id, and says what to do: as
//! [`Advice`] for programs, as a sentence for people. What passes by itself was tried again before, as the [`RetryPolicy`]
//! says: with growing random waits, and never before the relay asks for it.
//!
//! ## Proofs
//!
//! Quotes, receipts and standing quotes are signed by the seller's key and can be checked by anybody, offline: with
//! [`verify_quote`] and [`verify_receipt`] against a whole job, and as a [`Proof`], which is small enough to keep for ever.
//!
//! ## Features
//!
//! `realtime` (default) brings the real WebSocket. Without it everything else is there, and hints come over whatever
//! [`SocketTransport`](realtime::SocketTransport) the caller has.

mod advice;
mod answer;
mod bot;
mod call;
mod client;
mod error;
pub mod follow;
mod jitter;
mod jobs;
mod offers;
mod operations;
mod payments;
mod proof;
mod query;
pub mod realtime;
mod retry;
mod statements;
mod transport;

pub use advice::Advice;
pub use answer::{Answer, Polled};
pub use bot::Bot;
pub use client::{Client, InvalidBaseUrl};
pub use error::{ClientError, ProblemCode, ProblemReport, UnexpectedAnswer};
pub use follow::Follower;
pub use proof::{Proof, ProvedQuote, ProvedReceipt, SignedStatement, Verified};
pub use query::{JobsQuery, OffersQuery, PricingKind, Since};
pub use realtime::{Hint, Hints};
pub use retry::RetryPolicy;
pub use statements::{Unproved, offer_as_read, verify_quote, verify_receipt, verify_standing_quote};
pub use transport::{HttpTransport, NoTls, Transport, TransportError, TransportLimits};

pub use nanoark_http::idempotency::IdempotencyKey;
pub use nanoark_http::wire;
pub use nanoark_surroundings::{NoEntropy, Pending, Simulated, Surroundings, System};

#[cfg(test)]
mod tests;
