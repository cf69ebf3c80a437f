//! The wallet's own coins, as it first saw them.

use bitcoin::OutPoint;
use nanoark_ark_verifier::check::Coin;
use nanoark_domain::time::Timestamp;
use rusqlite::params;

use super::{Book, BookError, from_json, millis, to_json};

impl Book {
    /// Every coin ever seen. A spent one does no harm: the operator does not sign for it.
    pub(crate) fn coins(&self) -> Result<Vec<Coin>, BookError> {
        self.read(|connection| {
            let mut statement = connection.prepare("SELECT coin FROM coins ORDER BY outpoint")?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            rows.map(|row| from_json(&row?)).collect()
        })
    }

    /// Keeps coins that are new, and returns the first that was told differently before. A VTXO never changes.
    pub(crate) fn see_coins(&self, coins: &[Coin], now: Timestamp) -> Result<Option<OutPoint>, BookError> {
        self.write(|transaction| {
            for coin in coins {
                let outpoint = coin.outpoint.to_string();
                transaction.execute(
                    "INSERT OR IGNORE INTO coins (outpoint, coin, seen_at) VALUES (?, ?, ?)",
                    params![outpoint, to_json(coin)?, millis(now)],
                )?;
                let kept: String =
                    transaction.query_row("SELECT coin FROM coins WHERE outpoint = ?", params![outpoint], |row| {
                        row.get(0)
                    })?;
                if from_json::<Coin>(&kept)? != *coin {
                    return Ok(Some(coin.outpoint));
                }
            }
            Ok(None)
        })
    }
}
