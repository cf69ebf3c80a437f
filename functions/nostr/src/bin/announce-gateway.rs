//! The function `announce-gateway`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_nostr_gateway::ANNOUNCE)
}
