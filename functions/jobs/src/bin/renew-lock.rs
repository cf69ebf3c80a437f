//! The function `renew-lock`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_jobs::RENEW)
}
