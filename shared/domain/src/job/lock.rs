//! The lock that lets one worker, and no other, do a job.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A lease on a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Proves who holds it.
    pub token: LockToken,
    /// Until when nobody else can take it. A delivery counts even later, unless somebody took it since.
    pub lease_expires_at: Timestamp,
}

/// A random secret that only the worker knows which took the lock: 16 bytes, written as 32 lower-case hex digits.
#[derive(Clone, PartialEq, Eq)]
pub struct LockToken([u8; 16]);

/// Why a text is no [`LockToken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a lock token is written as 32 hex digits")]
pub struct InvalidLockToken;

/// A number that grows with every lock of a job. Whoever writes somewhere else on behalf of a job can refuse a smaller
/// one: it belongs to a worker that lost its lock.
///
/// It is the relay's clock in milliseconds, and a lock is given out only if that is greater than the job's last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(pub u64);

impl LockToken {
    /// The token of these random bytes.
    #[must_use]
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The token's text, for the worker and the table only.
    #[must_use]
    pub fn reveal(&self) -> String {
        hex::encode(self.0)
    }
}

impl FromStr for LockToken {
    type Err = InvalidLockToken;

    fn from_str(text: &str) -> Result<Self, InvalidLockToken> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidLockToken)?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for LockToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LockToken(…)")
    }
}
