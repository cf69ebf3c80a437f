//! Where the dev network begins: one account that holds everything, whose private key everybody knows.

use nanoark_nano::legacy::LegacyBlock;
use nanoark_nano::{Account, BlockHash, Network, PrivateKey, RawAmount, Signature, Work};

use super::block::LedgerBlock;

/// The private key of the dev genesis account. Public on purpose: it is printed in the node's source.
const GENESIS_KEY: [u8; 32] = [
    0x34, 0xf0, 0xa3, 0x7a, 0xad, 0x20, 0xf4, 0xa2, 0x60, 0xf0, 0xa5, 0xb3, 0xcb, 0x3d, 0x7f, 0xb5, 0x06, 0x73, 0x21,
    0x22, 0x63, 0xe5, 0x8a, 0x38, 0x0b, 0xc1, 0x04, 0x74, 0xbb, 0x03, 0x9c, 0xe4,
];

/// Over the hash of the genesis block. Checked by a test.
const GENESIS_SIGNATURE: [u8; 64] = [
    0xec, 0xda, 0x91, 0x43, 0x73, 0xa2, 0xf0, 0xca, 0x12, 0x96, 0x47, 0x5b, 0xae, 0xe4, 0x05, 0x00, 0xa7, 0xf0, 0xa7,
    0xad, 0x72, 0xa5, 0xa8, 0x0c, 0x81, 0xd7, 0xfa, 0xb7, 0xf6, 0xc8, 0x02, 0xb2, 0xcc, 0x7d, 0xb5, 0x0f, 0x5d, 0xd0,
    0xfb, 0x25, 0xb2, 0xef, 0x11, 0x76, 0x1f, 0xa7, 0x34, 0x4a, 0x15, 0x8d, 0xd5, 0xa7, 0x00, 0xb2, 0x1b, 0xd4, 0x7d,
    0xe5, 0xbd, 0x0f, 0x63, 0x15, 0x3a, 0x02,
];

const GENESIS_WORK: u64 = 0x7b42_a00e_e91d_5810;

/// What the genesis account holds at first: 2<sup>128</sup>−1 raw.
pub const GENESIS_BALANCE: RawAmount = RawAmount::MAX;

/// The key that owns the dev network's money, votes on it and signs its epoch blocks.
#[must_use]
pub const fn genesis_key() -> PrivateKey {
    PrivateKey::from_bytes(GENESIS_KEY)
}

/// The genesis account.
#[must_use]
pub const fn genesis_account() -> Account {
    Network::Dev.genesis_account()
}

/// The first block of the network: a legacy open whose source is the account itself.
pub(super) fn genesis_block() -> LedgerBlock {
    LedgerBlock::Legacy {
        block: LegacyBlock::Open {
            source: BlockHash::from_bytes(*genesis_account().as_bytes()),
            representative: genesis_account(),
            account: genesis_account(),
        },
        signature: Signature::from_bytes(GENESIS_SIGNATURE),
        work: Work::from_nonce(GENESIS_WORK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_genesis_block_is_the_dev_networks_own() {
        let block = genesis_block();
        assert_eq!(block.hash(), Network::Dev.genesis());
        assert_eq!(genesis_key().public(), genesis_account());
        nanoark_nano::verify(&genesis_account(), block.hash().as_bytes(), &block.signature()).unwrap();
    }
}
