//! What keeps the relay running: health, readiness, unknown routes, and the sweep over deadlines.

mod expire;
mod health;
mod not_found;
mod ready;

use nanoark_runtime::Function;

pub use expire::FUNCTION as EXPIRE;
pub use health::FUNCTION as HEALTH;
pub use not_found::FUNCTION as NOT_FOUND;
pub use ready::FUNCTION as READY;

/// Every function of this area.
pub const FUNCTIONS: [Function; 4] = [HEALTH, READY, EXPIRE, NOT_FOUND];
