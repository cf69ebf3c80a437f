//! The function `request-job`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_jobs::REQUEST)
}
