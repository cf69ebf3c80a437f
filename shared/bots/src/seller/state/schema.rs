//! The tables.

/// How the file got from each version to the next. Never changed once released, only added to.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE worker (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        name TEXT NOT NULL
    ) STRICT;
    -- Every job that the relay ever listed for our offers. `slot` is the process that is at it right now; `next_look`
    -- is in milliseconds since 1970, and absent for a job that waits for nothing but news. `waiting_since` is there
    -- for a job that is ready and waits for a process with a tool to spare.
    CREATE TABLE jobs (
        job_id TEXT PRIMARY KEY,
        offer TEXT NOT NULL,
        listed_version INTEGER NOT NULL,
        seen_version INTEGER NOT NULL,
        next_look INTEGER,
        failures INTEGER NOT NULL,
        slot INTEGER,
        waiting_since INTEGER,
        record TEXT NOT NULL
    ) STRICT;
    CREATE INDEX jobs_due ON jobs (offer, next_look) WHERE next_look IS NOT NULL AND slot IS NULL;
    CREATE INDEX jobs_taken ON jobs (slot) WHERE slot IS NOT NULL;
    -- What tools made, or why they did not: written before it is delivered, once.
    CREATE TABLE outcomes (
        job_id TEXT PRIMARY KEY REFERENCES jobs (job_id),
        outcome TEXT NOT NULL
    ) STRICT;
    CREATE TABLE cursors (
        slot INTEGER NOT NULL,
        offer TEXT NOT NULL,
        cursor TEXT NOT NULL,
        PRIMARY KEY (slot, offer)
    ) STRICT;
    CREATE TABLE offers (
        name TEXT PRIMARY KEY,
        generation INTEGER NOT NULL,
        paused_by_us INTEGER NOT NULL
    ) STRICT;
"];
