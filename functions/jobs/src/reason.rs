//! The reasons that parties give.

use nanoark_http::problem::{Code, Problem};
use nanoark_runtime::Mutation;

/// A reason within its limit.
pub(crate) fn checked(mutation: &Mutation<'_>, reason: Option<String>) -> Result<Option<String>, Problem> {
    let most = mutation.relay.limits().reason_max;
    match reason {
        Some(reason) if !most.allows(reason.len()) => {
            let fault = format!("must be at most {} bytes", most.0);
            Err(Problem::new(Code::InvalidField, "The reason is too long.").with_field("/reason", fault))
        }
        other => Ok(other),
    }
}
