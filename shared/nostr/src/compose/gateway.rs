//! What the gateway sends.

use std::collections::BTreeMap;

use bitcoin::{Amount, XOnlyPublicKey};
use nanoark_ark_verifier::challenge::{Challenge, Step};
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::{ActionId, ReceiptMode};
use nanoark_domain::ceremony::{OutputRole, Receipt, ReceiptOutput};
use nanoark_domain::time::Timestamp;

use super::{ComposeError, Draft};
use crate::content::{Announcement, Confirmation, Failure, Notice, ServiceResponse};
use crate::encryption::Scheme;
use crate::event::SignedEvent;
use crate::key::NostrKey;
use crate::kinds::GatewayKind;

/// The `d` tag of a challenge. It names the wallet as well: a swap's parties are asked by the same key for the same step,
/// and a relay keeps one event of a name.
pub(crate) fn challenge_name(challenge: &Challenge, to: &XOnlyPublicKey) -> String {
    format!("{}:{}:{to}", challenge.session_id, challenge.step.number())
}

/// A challenge (kind 31511): `d` is `<session>:<step>:<wallet>`, an `e` tag for every intent. That of the checkpoints is
/// encrypted with NIP-44 whatever the scheme.
///
/// # Errors
/// [`ComposeError`].
pub fn challenge(
    key: &NostrKey,
    to: &XOnlyPublicKey,
    challenge: &Challenge,
    scheme: Scheme,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    let d = challenge_name(challenge, to);
    let scheme = scheme_of_step(challenge.step, scheme);
    Draft::sealed(GatewayKind::Challenge, &d, challenge, (key, to, scheme))?
        .tags("e", &challenge.intents)
        .expires(challenge.expires_at)
        .sign(key, created_at)
}

/// An answer to a question (kind 31501): `d` and `e` are the question's event.
///
/// # Errors
/// [`ComposeError`].
pub fn service_response(
    key: &NostrKey,
    to: &XOnlyPublicKey,
    question: EventId,
    response: &ServiceResponse,
    scheme: Scheme,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    Draft::sealed(
        GatewayKind::ServiceResponse,
        &question.to_string(),
        response,
        (key, to, scheme),
    )?
    .tag("e", question.to_string())
    .sign(key, created_at)
}

/// A notice (kind 31502): `d` is its `notification_id`.
///
/// # Errors
/// [`ComposeError`].
pub fn notice(
    key: &NostrKey,
    to: &XOnlyPublicKey,
    notice: &Notice,
    scheme: Scheme,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    Draft::sealed(GatewayKind::Notice, &notice.notification_id, notice, (key, to, scheme))?.sign(key, created_at)
}

/// A failure (kind 31341): `d` and `e` are the event that comes to nothing, `code` repeats the code.
///
/// `d` is not the action id, because two authors may choose the same one, and the later failure would replace the other's.
///
/// # Errors
/// [`ComposeError`].
pub fn failure(
    key: &NostrKey,
    to: &XOnlyPublicKey,
    about: EventId,
    failure: &Failure,
    scheme: Scheme,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    Draft::sealed(GatewayKind::Failure, &about.to_string(), failure, (key, to, scheme))?
        .tag("e", about.to_string())
        .tag("code", failure.code.to_string())
        .sign(key, created_at)
}

/// A confirmation (kind 31340): an `e` tag for every intent and a `p` tag for every party. Unless the receipt's hash is all
/// that it tells, also a `p` tag for every receiver that an intent named by its Nostr key, and the tags `amount` (what went
/// to receivers, in satoshi), `asset` (asset and units that went to receivers) and `vtxo` (each output). It is of the instant
/// in which the transaction became final.
///
/// # Errors
/// [`ComposeError`].
pub fn confirmation(
    key: &NostrKey,
    receipt: &Receipt,
    ref_action_ids: Vec<ActionId>,
    parties: &[XOnlyPublicKey],
    receivers: &[XOnlyPublicKey],
) -> Result<SignedEvent, ComposeError> {
    let confirmation = Confirmation::of(receipt, ref_action_ids);
    let d = confirmation.results.identifier();
    let draft = Draft::open(GatewayKind::Confirmation, &d, &confirmation)?
        .tags("e", &receipt.intents)
        .tags("p", parties);
    let draft = match receipt.mode {
        ReceiptMode::Full => {
            let others = receivers.iter().filter(|key| !parties.contains(key));
            let amount = received(&receipt.outputs).to_sat();
            let mut draft = draft.tags("p", others).tag("amount", amount.to_string());
            for (asset, units) in received_assets(&receipt.outputs) {
                draft.tags.push(vec!["asset".to_owned(), asset, units.to_string()]);
            }
            let vtxo = |output: &ReceiptOutput| format!("{}:{}", receipt.ark_txid, output.vout);
            draft.tags("vtxo", receipt.outputs.iter().map(vtxo))
        }
        ReceiptMode::Hash => draft,
    };
    draft.sign(key, receipt.finalized_at)
}

/// An announcement (kind 31530): `d` is `nanoark`, the tag `encryption` as in NIP-47.
///
/// # Errors
/// [`ComposeError`].
pub fn announcement(
    key: &NostrKey,
    announcement: &Announcement,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    Draft::open(GatewayKind::Announcement, "nanoark", announcement)?
        .tag("encryption", announcement.encryption.as_str())
        .sign(key, created_at)
}

/// Checkpoints are never in the care of a cipher that does not authenticate.
pub(super) const fn scheme_of_step(step: Step, scheme: Scheme) -> Scheme {
    match step {
        Step::ArkTransaction => scheme,
        Step::Checkpoints => Scheme::Nip44,
    }
}

fn to_receivers(outputs: &[ReceiptOutput]) -> impl Iterator<Item = &ReceiptOutput> {
    outputs.iter().filter(|output| match output.role {
        OutputRole::Ordered => true,
        OutputRole::Fee | OutputRole::Change => false,
    })
}

fn received(outputs: &[ReceiptOutput]) -> Amount {
    to_receivers(outputs).fold(Amount::ZERO, |sum, output| {
        sum.checked_add(output.amount).unwrap_or(Amount::MAX_MONEY)
    })
}

fn received_assets(outputs: &[ReceiptOutput]) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for asset in to_receivers(outputs).flat_map(|output| &output.assets) {
        let sum: &mut u64 = sums.entry(asset.asset_id.to_string()).or_default();
        *sum = sum.saturating_add(asset.amount);
    }
    sums
}
