//! The files in `vectors/`, and what must hold for every entry.

mod accounts;
mod blocks;
mod keys;
mod work;

use serde::de::DeserializeOwned;

fn read<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}
