//! The function `get-session`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_ark_gateway::SESSION)
}
