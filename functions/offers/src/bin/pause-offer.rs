//! The function `pause-offer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_offers::PAUSE)
}
