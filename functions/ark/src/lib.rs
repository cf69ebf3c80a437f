//! The Ark gateway: sessions, their six steps, and what wallets may read.

mod advance;
mod holdings;
pub mod intake;
mod measure;
mod open;
mod reads;
mod refusal;
mod relay_changes;
mod sweep;
mod tell;
mod terminate;
pub mod view;

use nanoark_runtime::Function;

pub use advance::FUNCTION as ADVANCE;
pub use open::FUNCTION as OPEN;
pub use reads::balances::FUNCTION as BALANCES;
pub use reads::info::FUNCTION as INFO;
pub use reads::quote::FUNCTION as QUOTE;
pub use reads::receipt::FUNCTION as RECEIPT;
pub use reads::session::FUNCTION as SESSION;
pub use reads::vtxos::FUNCTION as VTXOS;
pub use refusal::Refusal;
pub use relay_changes::FUNCTION as RELAY_CHANGES;
pub use sweep::FUNCTION as SWEEP;
pub use terminate::FUNCTION as TERMINATE;

/// Every function of this area.
pub const FUNCTIONS: [Function; 11] = [
    OPEN,
    SESSION,
    TERMINATE,
    QUOTE,
    INFO,
    VTXOS,
    BALANCES,
    RECEIPT,
    ADVANCE,
    RELAY_CHANGES,
    SWEEP,
];
