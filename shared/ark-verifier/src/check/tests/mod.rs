//! An honest gateway is served, a malicious one is not.

mod asset_tricks;
mod checkpoint_tricks;
mod equivalence;
pub(crate) mod gateway;
mod honest;
mod input_tricks;
mod order_tricks;
mod output_tricks;
mod recovery_tricks;
mod scene;
mod second_tricks;
mod swap_tricks;
mod trick;
