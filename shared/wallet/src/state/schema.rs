//! The tables of the state file.

/// One script per version; a file of version *n* has had the first *n* of them.
pub(super) const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2];

/// What can never be twice is a unique index, so that neither two processes nor a mistake above can make it so:
/// an invoice account per purpose, a living block per purpose, per source and per place in a chain.
const VERSION_1: &str = "
CREATE TABLE wallet (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    main_account TEXT NOT NULL,
    network TEXT NOT NULL,
    next_index INTEGER NOT NULL CHECK (next_index BETWEEN 1 AND 2147483648),
    representative TEXT
) STRICT;

CREATE TABLE invoices (
    account_index INTEGER PRIMARY KEY CHECK (account_index >= 1),
    purpose TEXT UNIQUE,
    burnt_for TEXT,
    proved INTEGER NOT NULL CHECK (proved IN (0, 1)),
    CHECK ((purpose IS NULL) <> (burnt_for IS NULL))
) STRICT;

CREATE TABLE blocks (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    account_index INTEGER NOT NULL,
    account TEXT NOT NULL,
    previous TEXT NOT NULL,
    representative TEXT NOT NULL,
    balance TEXT NOT NULL,
    link TEXT NOT NULL,
    signature TEXT NOT NULL,
    work TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('send', 'receive', 'open', 'foreign')),
    amount TEXT NOT NULL,
    purpose TEXT,
    source TEXT,
    progress TEXT NOT NULL CHECK (progress IN ('signed', 'published', 'confirmed', 'lost')),
    rival TEXT,
    CHECK ((kind = 'send') = (purpose IS NOT NULL)),
    CHECK ((kind IN ('receive', 'open')) = (source IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX block_of_purpose ON blocks (purpose) WHERE purpose IS NOT NULL AND progress <> 'lost';
CREATE UNIQUE INDEX block_of_source ON blocks (source) WHERE source IS NOT NULL AND progress <> 'lost';
CREATE UNIQUE INDEX block_at_place ON blocks (account_index, previous) WHERE progress <> 'lost';
CREATE INDEX blocks_of_account ON blocks (account_index, sequence);
CREATE INDEX blocks_under_way ON blocks (account_index) WHERE progress IN ('signed', 'published');

CREATE TABLE prepared_work (
    account_index INTEGER PRIMARY KEY,
    root TEXT NOT NULL,
    work TEXT NOT NULL
) STRICT;
";

/// A purpose has a block that is not lost, or is void, or neither; never both, whichever came first. And the accounts of the
/// wallet, as bytes: those of all indexes up to some, so that what is missing is known and can be derived.
const VERSION_2: &str = "
CREATE TABLE voided (
    purpose TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TRIGGER no_block_once_void BEFORE INSERT ON blocks
WHEN NEW.kind = 'send' AND EXISTS (SELECT 1 FROM voided WHERE purpose = NEW.purpose)
BEGIN SELECT RAISE(ABORT, 'the purpose is void'); END;
CREATE TRIGGER not_void_once_signed BEFORE INSERT ON voided
WHEN EXISTS (SELECT 1 FROM blocks WHERE purpose = NEW.purpose AND progress <> 'lost')
BEGIN SELECT RAISE(ABORT, 'the purpose has a block'); END;

CREATE TABLE accounts (
    account_index INTEGER PRIMARY KEY,
    account BLOB NOT NULL UNIQUE
) STRICT;
";
