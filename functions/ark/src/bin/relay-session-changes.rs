//! The function `relay-session-changes`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_ark_gateway::RELAY_CHANGES)
}
