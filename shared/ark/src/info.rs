//! What the operator says of itself: arkd's `GetInfo`.

pub(crate) mod answer;

use std::sync::Arc;

use ark_core::server::{Info, ServerSignerStatus};
use bitcoin::{Amount, XOnlyPublicKey};
use nanoark_ark_verifier::address::Network;
use nanoark_ark_verifier::challenge::OperatorTerms;
use nanoark_domain::time::Timestamp;

/// The operator's terms and limits. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OperatorInfo {
    info: Arc<Info>,
    network: Network,
}

/// What a key of the operator's is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerStanding {
    /// The operator signs with it, and coins are made for it.
    Current,
    /// The operator still signs with it for coins that exist.
    Deprecated,
    /// The operator no longer signs with it: its coins come back through a batch only, once they have expired.
    Retired,
    /// It is no key of the operator's.
    Unknown,
}

impl OperatorInfo {
    /// What this answer of `GetInfo` says.
    #[must_use]
    pub fn new(info: Info) -> Self {
        let network = match info.network {
            bitcoin::Network::Bitcoin => Network::Bitcoin,
            bitcoin::Network::Testnet | bitcoin::Network::Testnet4 => Network::Testnet,
            bitcoin::Network::Signet => Network::Signet,
            bitcoin::Network::Regtest => Network::Regtest,
        };
        Self {
            info: Arc::new(info),
            network,
        }
    }

    /// The whole answer, as ark-core has it.
    #[must_use]
    pub fn raw(&self) -> &Info {
        &self.info
    }

    /// The part that every challenge repeats.
    #[must_use]
    pub fn terms(&self) -> OperatorTerms {
        OperatorTerms {
            network: self.network,
            signer: self.signer(),
            checkpoint_tapscript: self.info.checkpoint_tapscript.clone(),
            exit_delay: self.info.unilateral_exit_delay.to_consensus_u32(),
            dust: self.info.dust,
        }
    }

    /// The Bitcoin network.
    #[must_use]
    pub const fn network(&self) -> Network {
        self.network
    }

    /// The key that the operator signs with.
    #[must_use]
    pub fn signer(&self) -> XOnlyPublicKey {
        self.info.signer_pk.x_only_public_key().0
    }

    /// Names this configuration. arkd refuses a request that repeats another one.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.info.digest
    }

    /// Outputs below this are no VTXOs of their own.
    #[must_use]
    pub fn dust(&self) -> Amount {
        self.info.dust
    }

    /// The least that an output may hold: dust, or the operator's minimum where that is more. An operator that sets none
    /// (-1) means dust.
    #[must_use]
    pub fn minimum_output(&self) -> Amount {
        self.info
            .vtxo_min_amount
            .map_or(self.info.dust, |minimum| minimum.max(self.info.dust))
    }

    /// The most that an output may hold, if the operator sets a limit.
    #[must_use]
    pub fn maximum_output(&self) -> Option<Amount> {
        self.info.vtxo_max_amount
    }

    /// The most that an ark transaction may weigh, in weight units, if the operator sets a limit.
    #[must_use]
    pub fn max_tx_weight(&self) -> Option<u64> {
        u64::try_from(self.info.max_tx_weight).ok().filter(|weight| *weight > 0)
    }

    /// What `key` is good for at `now`.
    #[must_use]
    pub fn signer_standing(&self, key: XOnlyPublicKey, now: Timestamp) -> SignerStanding {
        let seconds = i64::try_from(now.as_seconds()).unwrap_or(i64::MAX);
        match self.info.signer_status_at(key, seconds) {
            ServerSignerStatus::Current => SignerStanding::Current,
            ServerSignerStatus::Deprecated(status) if status.is_cooperatively_migratable() => {
                SignerStanding::Deprecated
            }
            ServerSignerStatus::Deprecated(_) => SignerStanding::Retired,
            ServerSignerStatus::Unknown => SignerStanding::Unknown,
        }
    }

    /// Whether the operator co-signs at `now` for coins that need this key.
    #[must_use]
    pub fn co_signs(&self, key: XOnlyPublicKey, now: Timestamp) -> bool {
        match self.signer_standing(key, now) {
            SignerStanding::Current | SignerStanding::Deprecated => true,
            SignerStanding::Retired | SignerStanding::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use ark_core::server::DeprecatedSigner;

    use super::*;
    use crate::tests::operator::{Operator, raw_info};

    #[test]
    fn the_least_output_is_dust_or_more() {
        for (vtxo_min, least) in [(None, 330), (Some(1), 330), (Some(330), 330), (Some(1_000), 1_000)] {
            let mut info = raw_info(&Operator::new(1));
            info.vtxo_min_amount = vtxo_min.map(Amount::from_sat);
            let info = OperatorInfo::new(info);
            assert_eq!(info.minimum_output(), Amount::from_sat(least), "{vtxo_min:?}");
        }
    }

    #[test]
    fn a_deprecated_signer_signs_until_its_cutoff() {
        let (current, other, stranger) = (Operator::new(1), Operator::new(2), Operator::new(3));
        let now = Timestamp::from_seconds(1_800_000_000);
        for (cutoff, standing) in [
            (0, SignerStanding::Deprecated),
            (1_800_000_001, SignerStanding::Deprecated),
            (1_800_000_000, SignerStanding::Retired),
            (1_700_000_000, SignerStanding::Retired),
        ] {
            let mut info = raw_info(&current);
            info.deprecated_signers.push(DeprecatedSigner {
                pk: other.full_key(),
                cutoff_date: cutoff,
            });
            let info = OperatorInfo::new(info);
            assert_eq!(info.signer_standing(other.key(), now), standing, "{cutoff}");
            assert_eq!(info.co_signs(other.key(), now), standing == SignerStanding::Deprecated);
            assert_eq!(info.signer_standing(current.key(), now), SignerStanding::Current);
            assert_eq!(info.signer_standing(stranger.key(), now), SignerStanding::Unknown);
            assert!(!info.co_signs(stranger.key(), now));
        }
    }

    #[test]
    fn the_terms_are_those_of_the_operator() {
        let operator = Operator::new(1);
        let raw = raw_info(&operator);
        let terms = OperatorInfo::new(raw.clone()).terms();
        assert_eq!(terms.network, Network::Regtest);
        assert_eq!(terms.signer, operator.key());
        assert_eq!(terms.checkpoint_tapscript, raw.checkpoint_tapscript);
        assert_eq!(terms.exit_delay, raw.unilateral_exit_delay.to_consensus_u32());
        assert_eq!(terms.dust, Amount::from_sat(330));
    }
}
