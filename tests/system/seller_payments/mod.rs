//! The 42 ways in which a payment can be wrong, late, hidden or contested (`nano.md` section 5.7), as a seller's worker
//! meets them: whether its tool runs, whether it hands in a result, and what it sends back to whom, to the raw.
//!
//! Relay and worker have three nodes each, two of which must agree, and the two sets can be told apart: what the relay
//! believes, the worker believes only when its own nodes show it too. Every test of a case begins its description with
//! the case's number. These are not played, because they never reach a worker:
//!
//! | # | case | why a worker never meets it |
//! |---|---|---|
//! | 9 | A hash in other letters, with spaces, with `0x` | the relay shows every hash in one spelling |
//! | 18 | An address with a wrong checksum | the relay refuses the request; no job shows one |
//! | 19 | Amounts like `01`, `+1`, `1e30` | the relay refuses them, and the worker writes amounts itself |
//! | 20 | An amount as a JSON number | the same |
//! | 39 | A bot wants its own node to be asked | the worker's nodes are its operator's setting; no job names one |

mod amounts;
mod claims;
mod covered;
mod door;
mod nodes;
mod parties;
mod shop;
mod small_change;
mod tale;
mod time;
mod trade;
mod wrong_blocks;

use std::time::Duration;

use nanoark_nano::RawAmount;

/// What a job costs here: a thousandth of a XNO.
const PRICE: RawAmount = raw(1_000_000_000_000_000_000_000_000_000);

/// Longer than a block takes to become final.
const FINAL: Duration = Duration::from_millis(200);

const fn raw(raw: u128) -> RawAmount {
    RawAmount::from_raw(raw)
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// So much more than the price, or less.
fn price_plus(more: u128) -> RawAmount {
    raw(PRICE.raw() + more)
}

fn price_minus(less: u128) -> RawAmount {
    raw(PRICE.raw() - less)
}
