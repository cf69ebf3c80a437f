//! The job's endpoints, one file each (the three calls about locks share theirs).

mod accept;
mod cancel;
mod decline;
mod deliver;
mod get;
mod list;
mod lock;
mod quote;
mod reason;
mod request;

use nanoark_runtime::Function;

pub use accept::FUNCTION as ACCEPT;
pub use cancel::FUNCTION as CANCEL;
pub use decline::FUNCTION as DECLINE;
pub use deliver::FUNCTION as DELIVER;
pub use get::FUNCTION as GET;
pub use list::FUNCTION as LIST;
pub use lock::{LOCK, RELEASE, RENEW};
pub use quote::FUNCTION as QUOTE;
pub use request::FUNCTION as REQUEST;

/// Every function of this area.
pub const FUNCTIONS: [Function; 11] = [
    REQUEST, LIST, GET, QUOTE, ACCEPT, DECLINE, CANCEL, LOCK, RENEW, RELEASE, DELIVER,
];
