//! The function `sweep-sessions`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_ark_gateway::SWEEP)
}
