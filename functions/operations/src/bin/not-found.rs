//! The function `not-found`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_operations::NOT_FOUND)
}
