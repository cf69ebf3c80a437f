//! Whom to pay, as people name them.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::intent::Destination;
use nanoark_nostr::key::parse_public;

/// Reads an Ark address, or a Nostr key as `npub1…` or hex.
pub(crate) fn parse(text: &str) -> Result<Destination, String> {
    if text.starts_with("tark1") || text.starts_with("ark1") {
        let address = text.parse().map_err(|error| format!("no Ark address: {error}"))?;
        return Ok(Destination::Address(address));
    }
    parse_key(text)
        .map(Destination::Pubkey)
        .map_err(|_| "name an Ark address (ark1…, tark1…) or a Nostr key (npub1…)".to_owned())
}

/// Reads a Nostr key.
pub(crate) fn parse_key(text: &str) -> Result<XOnlyPublicKey, String> {
    parse_public(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NPUB: &str = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg";

    #[test]
    fn a_destination_is_an_address_or_a_key() {
        assert!(matches!(parse(NPUB), Ok(Destination::Pubkey(_))));
        for text in ["", "tark1", "bc1qxyz", "nano_1", &NPUB[..62]] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
