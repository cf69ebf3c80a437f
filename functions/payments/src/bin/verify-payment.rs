//! The function `verify-payment`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_payments::VERIFY)
}
