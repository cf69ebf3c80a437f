//! Every decoder of the Ark gateway that reads what others wrote, fed with anything.
//!
//! The same functions run under libFuzzer (`fuzz_targets/`) and, over the seeds and seeded mutations of them, in an
//! ordinary test (`tests/smoke.rs`). They assert what holds for every input; that they return at all is the main point.

mod ark;
mod nostr;
mod record;
pub mod scene;
mod verifier;

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was read.
    Taken,
    /// It was refused.
    Refused,
}

impl Outcome {
    fn of<T, E>(result: Result<T, E>) -> Self {
        if result.is_ok() { Self::Taken } else { Self::Refused }
    }
}

/// A decoder that is fed.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: of its binary, and of its seeds' directory.
    pub name: &'static str,
    /// Feeds it.
    pub run: fn(&[u8]) -> Outcome,
}

const fn target(name: &'static str, run: fn(&[u8]) -> Outcome) -> Target {
    Target { name, run }
}

/// Every target there is.
pub const TARGETS: [Target; 20] = [
    target("intent", verifier::intent),
    target("challenge", verifier::challenge),
    target("address", verifier::address),
    target("packet", verifier::packet),
    target("binding", verifier::binding),
    target("identifiers", verifier::identifiers),
    target("event", nostr::event),
    target("incoming", nostr::incoming),
    target("received", nostr::received),
    target("http_auth", nostr::http_auth),
    target("decrypt", nostr::decrypt),
    target("relay_url", nostr::relay_url),
    target("psbt", ark::psbt),
    target("arkd_info", ark::info),
    target("arkd_vtxos", ark::vtxos),
    target("arkd_submitted", ark::submitted),
    target("arkd_pending", ark::pending),
    target("arkd_reads", ark::reads),
    target("arkd_refusal", ark::refusal),
    target("session_record", record::session),
];

/// Feeds the target of this name.
///
/// # Panics
/// When there is no such target, and when a decoder does what it must not.
pub fn run(name: &str, data: &[u8]) -> Outcome {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of this name").run)(data)
}
