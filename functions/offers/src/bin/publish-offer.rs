//! The function `publish-offer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanoark_runtime::lambda::serve(nanoark_offers::PUBLISH)
}
