//! An address that its author binds to a Nostr key: whose VTXOs are owned by another key.

use nanoark_ark_verifier::binding::Binding;
use nanoark_domain::ceremony::FailureCode;
use nanoark_nostr::SignedEvent;
use nanoark_runtime::Relay;
use nanoark_store::StoredBinding;

use crate::refusal::Refusal;

/// Puts a binding on record, unless a later one is there.
pub(super) async fn take(relay: &Relay, event: &SignedEvent) -> Result<(), Refusal> {
    let info = relay.gateway()?.arkd()?.info().await.map_err(Refusal::Operator)?;
    let value = serde_json::from_str(event.json()).map_err(|error| Refusal::Internal(error.to_string()))?;
    let binding = Binding::verify(&value, &info.terms())
        .map_err(|error| Refusal::failed(FailureCode::Malformed, format!("The binding is not taken: {error}.")))?;
    let stored = StoredBinding {
        nostr: binding.nostr,
        owner: binding.owner,
        address: binding.address,
        created_at: binding.created_at,
        event: event.json().to_owned(),
    };
    relay.store().put_binding(&stored).await?;
    Ok(())
}
