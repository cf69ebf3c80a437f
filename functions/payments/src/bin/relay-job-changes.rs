//! The function `relay-job-changes`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_payments::RELAY_CHANGES)
}
