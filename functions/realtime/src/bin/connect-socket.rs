//! The function `connect-socket`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_realtime::CONNECT)
}
