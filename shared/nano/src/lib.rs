//! Nano primitives: accounts, keys, state blocks, signatures, work, amounts and URIs
