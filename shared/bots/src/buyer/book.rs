//! What the buyer remembers: `buyer.sqlite`.
//!
//! Several processes may share the file. Every change is one `BEGIN IMMEDIATE` transaction that compares the version it
//! started from, and what a purchase takes of the budget is written with the progress it follows from. Only
//! [`Book::begin`] and [`Book::set_aside`] can make that more, and both ask the policy inside their transaction.

mod rows;
mod writes;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use nanoark_client::wire::jobs::JobView;
use nanoark_domain::bot::BotId;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::{Account, BlockHash, RawAmount};
use nanoark_state_file::{Durability, OpenError};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::policy::Committed;
use super::progress::Progress;
use super::purchase::{Order, Purchase, PurchaseKey};
use rows::{COLUMNS, read_purchase, to_json};
use writes::{committed, find, insert, repeat, repeated, update};

/// One script per version; a file of version *n* has had the first *n* of them.
const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2];

const VERSION_1: &str = "
    CREATE TABLE purchases (
        key TEXT PRIMARY KEY,
        job_id TEXT NOT NULL UNIQUE,
        offer_id TEXT NOT NULL,
        seller TEXT NOT NULL,
        input_hash TEXT NOT NULL,
        purchase_order TEXT NOT NULL,
        progress TEXT NOT NULL,
        is_over INTEGER NOT NULL,
        committed_raw TEXT NOT NULL,
        version INTEGER NOT NULL,
        signer TEXT,
        signer_until INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX unfinished ON purchases (offer_id, input_hash) WHERE is_over = 0;
    CREATE TABLE invoices (
        account TEXT PRIMARY KEY,
        job_id TEXT NOT NULL
    ) STRICT;
    CREATE TABLE proofs (
        job_id TEXT PRIMARY KEY,
        job TEXT NOT NULL
    ) STRICT;
";

/// Which job a block that sends money back counts for.
const VERSION_2: &str = "
    CREATE TABLE refunds (
        block_hash TEXT PRIMARY KEY,
        job_id TEXT NOT NULL
    ) STRICT;
";

/// The buyer's memory. Clones share it.
#[derive(Debug, Clone)]
pub struct Book {
    connection: Arc<Mutex<Connection>>,
}

/// Why the file is of no use, or holds against what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It cannot be opened.
    #[error("the buyer's state file: {0}")]
    Open(#[from] OpenError),
    /// SQLite says no.
    #[error("the buyer's state file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row cannot be read.
    #[error("the buyer's state file holds something unreadable: {0}")]
    Damaged(String),
    /// Another process went on with the purchase meanwhile: read it again.
    #[error("another process went on with the purchase")]
    Superseded,
    /// The name belongs to a purchase of something else.
    #[error("the key {0} was used to buy something else")]
    KeyTaken(PurchaseKey),
    /// Progress would take more of the budget than was set aside.
    #[error("the purchase would take more than was set aside for it")]
    BeyondReservation,
}

/// A purchase that was written down now, or before.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is new.
    Fresh(Purchase),
    /// It was there, unfinished or under the same key.
    Found(Purchase),
}

/// What tells whether a purchase was begun before.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its name, if the caller gave it one.
    pub key: Option<&'a PurchaseKey>,
    /// Under which offer.
    pub offer: OfferId,
    /// The digest of what to work on.
    pub input_hash: Sha256Digest,
}

impl Book {
    /// Opens the file; makes it if there is none.
    ///
    /// # Errors
    /// [`BookError::Open`].
    pub fn open(path: &Path, durability: Durability) -> Result<Self, BookError> {
        let connection = nanoark_state_file::open(path, durability, MIGRATIONS)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Takes up the purchase that is asked for: of the same key, or without a key the unfinished one of the same offer and
    /// input. A smaller bound than its own, as `max` says for it, takes its place while nothing is agreed.
    ///
    /// # Errors
    /// [`BookError::KeyTaken`].
    pub fn take_up(
        &self,
        asked: &Asked<'_>,
        max: impl FnOnce(&Order) -> RawAmount,
    ) -> Result<Option<Purchase>, BookError> {
        self.write(|transaction| {
            let before = repeated(transaction, asked)?;
            before
                .map(|before| {
                    let max = max(&before.order);
                    repeat(transaction, before, max)
                })
                .transpose()
        })
    }

    /// Writes a purchase down and sets its money aside, if `permits` allows it on top of what is committed; or takes up the
    /// one that it repeats, as [`Book::take_up`] does.
    ///
    /// # Errors
    /// What `permits` says, or [`BookError::KeyTaken`].
    pub fn begin<E: From<BookError>>(
        &self,
        purchase: &Purchase,
        named: bool,
        permits: impl FnOnce(Committed) -> Result<(), E>,
    ) -> Result<Begun, E> {
        let order = &purchase.order;
        let asked = Asked {
            key: Some(&purchase.key).filter(|_| named),
            offer: order.offer.offer_id,
            input_hash: order.input_hash(),
        };
        self.write(|transaction| {
            if let Some(before) = repeated(transaction, &asked)? {
                return Ok(Begun::Found(repeat(transaction, before, order.max)?));
            }
            permits(committed(transaction, &order.offer.seller, None)?)?;
            insert(transaction, purchase)?;
            Ok(Begun::Fresh(purchase.clone()))
        })
    }

    /// Writes progress down that takes more of the budget, if `permits` allows it on top of what all others take, or that
    /// goes on to a send, which must still be allowed.
    ///
    /// # Errors
    /// What `permits` says, or [`BookError::Superseded`].
    pub fn set_aside<E: From<BookError>>(
        &self,
        purchase: &Purchase,
        progress: Progress,
        now: Timestamp,
        permits: impl FnOnce(Committed) -> Result<(), E>,
    ) -> Result<Purchase, E> {
        self.write(|transaction| {
            permits(committed(
                transaction,
                &purchase.order.offer.seller,
                Some(&purchase.key),
            )?)?;
            Ok(update(transaction, purchase, progress, now)?)
        })
    }

    /// Writes progress down that takes no more of the budget than before. `proof` is kept beside it.
    ///
    /// # Errors
    /// [`BookError::Superseded`], [`BookError::BeyondReservation`].
    pub fn record(
        &self,
        purchase: &Purchase,
        progress: Progress,
        proof: Option<&JobView>,
        now: Timestamp,
    ) -> Result<Purchase, BookError> {
        self.write(|transaction| {
            let next = update(transaction, purchase, progress, now)?;
            if next.committed() > purchase.committed() {
                return Err(BookError::BeyondReservation);
            }
            if let Some(job) = proof {
                let keep = "INSERT INTO proofs (job_id, job) VALUES (?1, ?2) \
                            ON CONFLICT (job_id) DO UPDATE SET job = excluded.job";
                transaction.execute(keep, params![purchase.job_id.to_string(), to_json(job)?])?;
            }
            Ok(next)
        })
    }

    /// Takes an invoice account for a job, for ever; the job that has it, if that is another one.
    ///
    /// # Errors
    /// [`BookError::Sqlite`].
    pub fn claim_invoice(&self, account: &Account, job: JobId) -> Result<Option<String>, BookError> {
        self.write(|transaction| {
            let claim = "INSERT INTO invoices (account, job_id) VALUES (?1, ?2) ON CONFLICT (account) DO NOTHING";
            // The text of an account is one of several spellings; its bytes are not.
            let account = hex::encode(account.as_bytes());
            transaction.execute(claim, params![account, job.to_string()])?;
            let owner: String = transaction.query_row(
                "SELECT job_id FROM invoices WHERE account = ?1",
                params![account],
                |row| row.get(0),
            )?;
            Ok(Some(owner).filter(|owner| *owner != job.to_string()))
        })
    }

    /// Counts a block that sends money back for a job, for ever; the job that it counts for, if that is another one.
    ///
    /// # Errors
    /// [`BookError::Sqlite`], [`BookError::Damaged`].
    pub fn claim_refund(&self, block: &BlockHash, job: JobId) -> Result<Option<JobId>, BookError> {
        self.write(|transaction| {
            let claim = "INSERT INTO refunds (block_hash, job_id) VALUES (?1, ?2) ON CONFLICT (block_hash) DO NOTHING";
            transaction.execute(claim, params![block.to_string(), job.to_string()])?;
            let owner: String = transaction.query_row(
                "SELECT job_id FROM refunds WHERE block_hash = ?1",
                params![block.to_string()],
                |row| row.get(0),
            )?;
            let owner: JobId = owner.parse().map_err(rows::damaged)?;
            Ok(Some(owner).filter(|owner| *owner != job))
        })
    }

    /// Makes this process the one that may have the wallet sign for the purchase, until `lease` from now; whether it is.
    /// Asked again by the one that is, it may for longer.
    ///
    /// # Errors
    /// [`BookError::Sqlite`].
    pub fn take_signing(
        &self,
        purchase: &Purchase,
        signer: &str,
        now: Timestamp,
        lease: Seconds,
    ) -> Result<bool, BookError> {
        self.write(|transaction| {
            let take = "UPDATE purchases SET signer = ?1, signer_until = ?2 \
                        WHERE key = ?3 AND version = ?4 AND (signer IS NULL OR signer = ?1 OR signer_until <= ?5)";
            let taken = transaction.execute(
                take,
                params![
                    signer,
                    rows::instant(now.plus(lease)),
                    purchase.key.as_str(),
                    rows::number(purchase.version),
                    rows::instant(now),
                ],
            )?;
            Ok(taken == 1)
        })
    }

    /// The purchase of this name.
    ///
    /// # Errors
    /// [`BookError::Sqlite`], [`BookError::Damaged`].
    pub fn purchase(&self, key: &PurchaseKey) -> Result<Option<Purchase>, BookError> {
        self.read(|connection| find(connection, "key = ?1", params![key.as_str()]))
    }

    /// The purchase of this job.
    ///
    /// # Errors
    /// [`BookError::Sqlite`], [`BookError::Damaged`].
    pub fn purchase_of(&self, job: JobId) -> Result<Option<Purchase>, BookError> {
        self.read(|connection| find(connection, "job_id = ?1", params![job.to_string()]))
    }

    /// Every purchase, oldest first.
    ///
    /// # Errors
    /// [`BookError::Sqlite`], [`BookError::Damaged`].
    pub fn purchases(&self) -> Result<Vec<Purchase>, BookError> {
        self.read(|connection| {
            let query = format!("SELECT {COLUMNS} FROM purchases ORDER BY created_at, key");
            let mut statement = connection.prepare(&query)?;
            let mut rows = statement.query([])?;
            let mut purchases = Vec::new();
            while let Some(row) = rows.next()? {
                purchases.push(read_purchase(row)?);
            }
            Ok(purchases)
        })
    }

    /// A job as the relay last showed it when the work was over: result, receipt and all. `nanoark receipt verify` needs
    /// nothing else.
    ///
    /// # Errors
    /// [`BookError::Sqlite`], [`BookError::Damaged`].
    pub fn proof(&self, job: JobId) -> Result<Option<JobView>, BookError> {
        self.read(|connection| {
            let query = "SELECT job FROM proofs WHERE job_id = ?1";
            let text: Option<String> = connection
                .query_row(query, params![job.to_string()], |row| row.get(0))
                .optional()?;
            text.map(|text| rows::from_json(&text)).transpose()
        })
    }

    /// What is spent or set aside, in all and for one seller.
    ///
    /// # Errors
    /// [`BookError::Sqlite`], [`BookError::Damaged`].
    pub fn committed(&self, seller: &BotId) -> Result<Committed, BookError> {
        self.read(|connection| committed(connection, seller, None))
    }

    fn read<A>(&self, look: impl FnOnce(&Connection) -> Result<A, BookError>) -> Result<A, BookError> {
        // A transaction that was broken off left nothing behind.
        look(&self.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<A, E: From<BookError>>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<A, E>) -> Result<A, E> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let sqlite = |error| E::from(BookError::Sqlite(error));
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(sqlite)?;
        let answer = change(&transaction)?;
        transaction.commit().map_err(sqlite)?;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests;
