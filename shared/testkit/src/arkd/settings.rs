//! How an operator is set up.

use bitcoin::{Amount, Network};

/// How 64-bit integers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Integers {
    /// As JSON strings: the JSON mapping of protocol buffers, which arkd's gateway follows and ark-rest's models expect.
    #[default]
    Text,
    /// As JSON numbers: what arkd's OpenAPI description says.
    Number,
}

/// An operator's rules. The default is a regtest operator whose smallest output is the dust limit.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the operator's keys are derived from.
    pub seed: u64,
    /// The network.
    pub network: Network,
    /// Below this an output has an `OP_RETURN` script and cannot be spent off chain.
    pub dust: Amount,
    /// The smallest output, if not the dust limit.
    pub vtxo_min_amount: Option<Amount>,
    /// The largest output, if there is one.
    pub vtxo_max_amount: Option<Amount>,
    /// Seconds from publishing a VTXO to its owner's spending it alone: a multiple of 512.
    pub unilateral_exit_delay: u32,
    /// The same for a boarding output.
    pub boarding_exit_delay: u32,
    /// Seconds from publishing a checkpoint to the operator's spending it alone: a multiple of 512.
    pub checkpoint_exit_delay: u32,
    /// The heaviest ark transaction, with its witnesses, in weight units.
    pub max_tx_weight: u64,
    /// How many `OP_RETURN` outputs an ark transaction may have.
    pub max_op_return_outputs: usize,
    /// How many assets one output may carry.
    pub max_assets_per_vtxo: usize,
    /// Seconds from a batch to its expiry.
    pub vtxo_lifetime: u64,
    /// Whether a request without `X-Digest` is refused.
    pub require_digest: bool,
    /// How 64-bit integers are written.
    pub integers: Integers,
    /// The version that the operator states.
    pub version: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            network: Network::Regtest,
            dust: Amount::from_sat(330),
            vtxo_min_amount: None,
            vtxo_max_amount: None,
            unilateral_exit_delay: 86_528,
            boarding_exit_delay: 7_776_256,
            checkpoint_exit_delay: 86_528,
            max_tx_weight: 40_000,
            max_op_return_outputs: 3,
            max_assets_per_vtxo: 10,
            vtxo_lifetime: 604_672,
            require_digest: false,
            integers: Integers::default(),
            version: "0.9.15".to_owned(),
        }
    }
}

impl Settings {
    /// The smallest output that is not below the dust limit.
    pub(super) fn smallest(&self) -> Amount {
        self.vtxo_min_amount.unwrap_or(self.dust)
    }
}
