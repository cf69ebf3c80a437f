//! Nano node RPC client and the k-of-n payment verifier
