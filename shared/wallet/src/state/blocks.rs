//! Every block that the wallet signed, stored before anybody saw it, and foreign blocks that our own come after.

use nanoark_nano::{BlockHash, RawAmount, Signature, SignedBlock, StateBlock, Subtype, Work};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{optional_text, text, wrong_text};
use crate::chain::{Own, Step};
use crate::purpose::{InvalidPurpose, Purpose};
use crate::secret::AccountIndex;

/// A block of the account's chain that is not lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredBlock {
    /// The order in which blocks were signed: a block comes after all earlier ones of its account.
    pub(crate) sequence: i64,
    pub(crate) index: AccountIndex,
    pub(crate) block: StateBlock,
    pub(crate) signature: Signature,
    pub(crate) work: Option<Work>,
    pub(crate) role: Role,
    /// What it moves, in raw; nothing for a foreign one.
    pub(crate) amount: RawAmount,
    pub(crate) progress: Progress,
}

/// What a block is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Send {
        purpose: Purpose,
    },
    Receive {
        source: BlockHash,
    },
    Open {
        source: BlockHash,
    },
    /// Signed elsewhere with the same secret, and final in the place of a block of ours.
    Foreign,
}

/// How far a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Signed,
    Published,
    Confirmed,
    Lost,
}

/// A block to be stored.
#[derive(Debug)]
pub(crate) struct NewBlock<'a> {
    pub(crate) index: AccountIndex,
    pub(crate) block: &'a StateBlock,
    pub(crate) signature: Signature,
    pub(crate) work: Option<Work>,
    pub(crate) role: &'a Role,
    pub(crate) amount: RawAmount,
}

impl StoredBlock {
    pub(crate) fn hash(&self) -> BlockHash {
        self.block.hash()
    }

    /// Whether it is neither final nor lost.
    pub(crate) fn is_under_way(&self) -> bool {
        match self.progress {
            Progress::Signed | Progress::Published => true,
            Progress::Confirmed | Progress::Lost => false,
        }
    }

    /// What a node is to be told that the block does.
    pub(crate) fn subtype(&self) -> Subtype {
        match self.role {
            Role::Send { .. } => Subtype::Send,
            Role::Receive { .. } => Subtype::Receive,
            Role::Open { .. } => Subtype::Open,
            Role::Foreign => Subtype::Change,
        }
    }

    pub(crate) fn with_work(&self, work: Work) -> SignedBlock {
        SignedBlock {
            block: self.block.clone(),
            signature: self.signature,
            work,
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let kind: String = row.get(9)?;
        let purpose: Option<String> = row.get(11)?;
        let purpose = purpose
            .map(Purpose::new)
            .transpose()
            .map_err(|error| wrong_text(11, error))?;
        let source: Option<BlockHash> = optional_text(row, 12)?;
        let role = match (kind.as_str(), purpose, source) {
            ("send", Some(purpose), _) => Role::Send { purpose },
            ("receive", _, Some(source)) => Role::Receive { source },
            ("open", _, Some(source)) => Role::Open { source },
            ("foreign", _, _) => Role::Foreign,
            // The table's own checks leave nothing else.
            (_, _, _) => return Err(wrong_text(9, InvalidPurpose)),
        };
        Ok(Self {
            sequence: row.get(0)?,
            index: AccountIndex(row.get(1)?),
            block: StateBlock {
                account: text(row, 2)?,
                previous: text(row, 3)?,
                representative: text(row, 4)?,
                balance: text(row, 5)?,
                link: text(row, 6)?,
            },
            signature: text(row, 7)?,
            work: optional_text(row, 8)?,
            role,
            amount: text(row, 10)?,
            progress: match row.get::<_, String>(13)?.as_str() {
                "signed" => Progress::Signed,
                "published" => Progress::Published,
                "confirmed" => Progress::Confirmed,
                _ => Progress::Lost,
            },
        })
    }
}

const COLUMNS: &str = "sequence, account_index, account, previous, representative, balance, link, signature, work, kind, \
                       amount, purpose, source, progress";

/// The living block of this purpose.
pub(crate) fn of_purpose(connection: &Connection, purpose: &Purpose) -> rusqlite::Result<Option<StoredBlock>> {
    one(connection, "purpose = ?1 AND progress <> 'lost'", purpose.as_str())
}

/// The living block that takes in this send.
pub(crate) fn of_source(connection: &Connection, source: BlockHash) -> rusqlite::Result<Option<StoredBlock>> {
    one(connection, "source = ?1 AND progress <> 'lost'", &source.to_string())
}

/// The block with this hash, lost or not.
pub(crate) fn of_hash(connection: &Connection, hash: BlockHash) -> rusqlite::Result<Option<StoredBlock>> {
    one(connection, "hash = ?1", &hash.to_string())
}

fn one(connection: &Connection, condition: &str, value: &str) -> rusqlite::Result<Option<StoredBlock>> {
    let query = format!("SELECT {COLUMNS} FROM blocks WHERE {condition}");
    connection.query_row(&query, [value], StoredBlock::read).optional()
}

/// The last living block of the account.
pub(crate) fn tip(connection: &Connection, index: AccountIndex) -> rusqlite::Result<Option<StoredBlock>> {
    let query = format!(
        "SELECT {COLUMNS} FROM blocks WHERE account_index = ?1 AND progress <> 'lost' ORDER BY sequence DESC LIMIT 1"
    );
    connection.query_row(&query, [index.0], StoredBlock::read).optional()
}

/// The living blocks of the account from the one with this sequence on, oldest first.
pub(crate) fn living_from(connection: &Connection, index: AccountIndex, sequence: i64) -> rusqlite::Result<Vec<Own>> {
    let mut query = connection.prepare(
        "SELECT hash, previous, progress = 'confirmed' FROM blocks
         WHERE account_index = ?1 AND sequence >= ?2 AND progress <> 'lost' ORDER BY sequence",
    )?;
    let rows = query.query_map(params![index.0, sequence], |row| {
        Ok(Own {
            step: Step {
                hash: text(row, 0)?,
                previous: text(row, 1)?,
            },
            is_final: row.get(2)?,
        })
    })?;
    rows.collect()
}

/// The sequence of the account's living block with this hash.
pub(crate) fn sequence_of(
    connection: &Connection,
    index: AccountIndex,
    hash: BlockHash,
) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row(
            "SELECT sequence FROM blocks WHERE hash = ?1 AND account_index = ?2 AND progress <> 'lost'",
            params![hash.to_string(), index.0],
            |row| row.get(0),
        )
        .optional()
}

/// Whether the account has a living block at this place.
pub(crate) fn is_place_taken(
    connection: &Connection,
    index: AccountIndex,
    previous: BlockHash,
) -> rusqlite::Result<bool> {
    connection
        .query_row(
            "SELECT 1 FROM blocks WHERE account_index = ?1 AND previous = ?2 AND progress <> 'lost'",
            params![index.0, previous.to_string()],
            |_| Ok(()),
        )
        .optional()
        .map(|found| found.is_some())
}

/// The account's blocks up to this sequence that are not known to be final, oldest first.
pub(crate) fn under_way(
    connection: &Connection,
    index: AccountIndex,
    up_to: i64,
) -> rusqlite::Result<Vec<StoredBlock>> {
    let query = format!(
        "SELECT {COLUMNS} FROM blocks WHERE account_index = ?1 AND sequence <= ?2
         AND progress IN ('signed', 'published') ORDER BY sequence"
    );
    let mut query = connection.prepare(&query)?;
    let rows = query.query_map(params![index.0, up_to], StoredBlock::read)?;
    rows.collect()
}

/// The accounts with blocks that are not known to be final.
pub(crate) fn accounts_under_way(connection: &Connection) -> rusqlite::Result<Vec<AccountIndex>> {
    let mut query = connection.prepare(
        "SELECT DISTINCT account_index FROM blocks WHERE progress IN ('signed', 'published') ORDER BY account_index",
    )?;
    let rows = query.query_map([], |row| row.get(0).map(AccountIndex))?;
    rows.collect()
}

/// The blocks of this purpose that can never become final, oldest first.
pub(crate) fn lost_of(connection: &Connection, purpose: &Purpose) -> rusqlite::Result<Vec<BlockHash>> {
    let mut query =
        connection.prepare("SELECT hash FROM blocks WHERE purpose = ?1 AND progress = 'lost' ORDER BY sequence")?;
    let rows = query.query_map([purpose.as_str()], |row| text(row, 0))?;
    rows.collect()
}

/// Which block has the place of this lost one.
pub(crate) fn rival_of(connection: &Connection, hash: BlockHash) -> rusqlite::Result<Option<BlockHash>> {
    connection.query_row("SELECT rival FROM blocks WHERE hash = ?1", [hash.to_string()], |row| {
        optional_text(row, 0)
    })
}

/// Stores a block that was just signed.
pub(crate) fn insert(transaction: &Transaction<'_>, new: &NewBlock<'_>) -> rusqlite::Result<()> {
    insert_as(transaction, new, Progress::Signed)
}

/// A block that was given up and is back, because it was final after all or nothing else took its place, lives again.
fn insert_as(transaction: &Transaction<'_>, new: &NewBlock<'_>, progress: Progress) -> rusqlite::Result<()> {
    let (kind, purpose, source) = match new.role {
        Role::Send { purpose } => ("send", Some(purpose.as_str()), None),
        Role::Receive { source } => ("receive", None, Some(source.to_string())),
        Role::Open { source } => ("open", None, Some(source.to_string())),
        Role::Foreign => ("foreign", None, None),
    };
    transaction.execute(
        "INSERT INTO blocks (hash, account_index, account, previous, representative, balance, link, signature, work,
                             kind, amount, purpose, source, progress)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (hash) DO UPDATE SET progress = excluded.progress, rival = NULL WHERE progress = 'lost'",
        params![
            new.block.hash().to_string(),
            new.index.0,
            new.block.account.to_string(),
            new.block.previous.to_string(),
            new.block.representative.to_string(),
            new.block.balance.to_string(),
            new.block.link.to_string(),
            new.signature.to_string(),
            new.work.map(|work| work.to_string()),
            kind,
            new.amount.to_string(),
            purpose,
            source,
            word(progress),
        ],
    )?;
    Ok(())
}

const fn word(progress: Progress) -> &'static str {
    match progress {
        Progress::Signed => "signed",
        Progress::Published => "published",
        Progress::Confirmed => "confirmed",
        Progress::Lost => "lost",
    }
}

/// Adds the work, which is not part of what was signed.
pub(crate) fn set_work(connection: &Connection, hash: BlockHash, work: Option<Work>) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE blocks SET work = ?2 WHERE hash = ?1",
        params![hash.to_string(), work.map(|work| work.to_string())],
    )?;
    Ok(())
}

/// A node took the block.
pub(crate) fn set_published(connection: &Connection, hash: BlockHash) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE blocks SET progress = 'published' WHERE hash = ?1 AND progress = 'signed'",
        [hash.to_string()],
    )?;
    Ok(())
}

/// The block is final, and so are those before it.
pub(crate) fn set_confirmed(connection: &Connection, index: AccountIndex, sequence: i64) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE blocks SET progress = 'confirmed'
         WHERE account_index = ?1 AND sequence <= ?2 AND progress IN ('signed', 'published')",
        params![index.0, sequence],
    )?;
    Ok(())
}

/// Gives up our block and everything after it: `rival`, signed with the same secret elsewhere, is final in its place.
///
/// The rival is stored as part of the chain. Whatever is signed from now on comes after it, so that by the hashes alone
/// it and what was given up can never both be on the ledger.
pub(crate) fn give_up(transaction: &Transaction<'_>, ours: &StoredBlock, rival: &SignedBlock) -> rusqlite::Result<()> {
    lose_from(transaction, ours, Some(rival.block.hash()))?;
    let foreign = NewBlock {
        index: ours.index,
        block: &rival.block,
        signature: rival.signature,
        work: Some(rival.work),
        role: &Role::Foreign,
        amount: RawAmount::ZERO,
    };
    insert_as(transaction, &foreign, Progress::Confirmed)
}

/// Gives up a receive that no node takes because its send was received already, and the receives after it. False, and
/// nothing is done, if there is a send after it: that is never signed anew without proof.
pub(crate) fn abandon_receive(transaction: &Transaction<'_>, ours: &StoredBlock) -> rusqlite::Result<bool> {
    let sends: i64 = transaction.query_row(
        "SELECT count(*) FROM blocks
         WHERE account_index = ?1 AND sequence >= ?2 AND progress <> 'lost'
         AND (kind NOT IN ('receive', 'open') OR progress = 'confirmed')",
        params![ours.index.0, ours.sequence],
        |row| row.get(0),
    )?;
    if sends > 0 {
        return Ok(false);
    }
    lose_from(transaction, ours, None)?;
    Ok(true)
}

fn lose_from(transaction: &Transaction<'_>, ours: &StoredBlock, rival: Option<BlockHash>) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE blocks SET progress = 'lost', rival = ?3
         WHERE account_index = ?1 AND sequence >= ?2 AND progress IN ('signed', 'published')",
        params![ours.index.0, ours.sequence, rival.map(|rival| rival.to_string())],
    )?;
    Ok(())
}
