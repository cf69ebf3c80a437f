//! The function `push-hints`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_realtime::PUSH_HINTS)
}
