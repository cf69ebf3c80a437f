//! The offer's endpoints, one file each (the three calls that only change the status share theirs).

mod change;
mod edit;
mod get;
mod publish;
mod search;
mod terms;

use nanoark_runtime::Function;

pub use change::{CANCEL, PAUSE, RESUME};
pub use edit::FUNCTION as EDIT;
pub use get::FUNCTION as GET;
pub use publish::FUNCTION as PUBLISH;
pub use search::FUNCTION as SEARCH;

/// Every function of this area.
pub const FUNCTIONS: [Function; 7] = [PUBLISH, SEARCH, GET, EDIT, PAUSE, RESUME, CANCEL];
