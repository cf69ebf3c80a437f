//! The function `poll-relays`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_nostr_gateway::POLL)
}
