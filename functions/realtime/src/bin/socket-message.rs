//! The function `socket-message`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_realtime::MESSAGE)
}
