//! Offers: under which keys they were published.

use rusqlite::{OptionalExtension as _, params};

use super::{State, StateError};

/// What is remembered of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferRecord {
    /// Counts how often it was published anew, from 1. Key and id follow from it.
    pub generation: u32,
    /// Whether the worker paused it, so that it may resume it. What the operator pauses stays paused.
    pub paused_by_us: bool,
}

impl Default for OfferRecord {
    fn default() -> Self {
        Self {
            generation: 1,
            paused_by_us: false,
        }
    }
}

impl State {
    /// What is remembered of the offer of this name.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn offer(&self, name: &str) -> Result<OfferRecord, StateError> {
        let connection = self.connection();
        let record = connection
            .query_row(
                "SELECT generation, paused_by_us FROM offers WHERE name = ?1",
                [name],
                |row| {
                    Ok(OfferRecord {
                        generation: row.get(0)?,
                        paused_by_us: row.get(1)?,
                    })
                },
            )
            .optional()?;
        Ok(record.unwrap_or_default())
    }

    /// Remembers this of the offer of this name.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn set_offer(&self, name: &str, record: OfferRecord) -> Result<(), StateError> {
        self.connection().execute(
            "INSERT INTO offers (name, generation, paused_by_us) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET generation = ?2, paused_by_us = ?3",
            params![name, record.generation, record.paused_by_us],
        )?;
        Ok(())
    }
}
