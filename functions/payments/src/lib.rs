//! Money: the two calls that name a block, the queue that checks it, the stream that fills the queue, and the watch over
//! invoice accounts.

mod ledger;
mod reconcile;
mod refund;
mod relay_changes;
mod submit;
mod verdict;
mod verify;

use nanoark_runtime::Function;

pub use reconcile::FUNCTION as RECONCILE;
pub use refund::FUNCTION as REFUND;
pub use relay_changes::FUNCTION as RELAY_CHANGES;
pub use submit::FUNCTION as SUBMIT;
pub use verify::FUNCTION as VERIFY;

/// Every function of this area.
pub const FUNCTIONS: [Function; 5] = [SUBMIT, REFUND, RELAY_CHANGES, VERIFY, RECONCILE];
