//! The function `advance-session`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_ark_gateway::ADVANCE)
}
