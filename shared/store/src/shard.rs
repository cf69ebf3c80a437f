//! Index partitions that all items of a kind would share, split so that no single one is hot.

/// Partitions per index. A partition takes 1,000 write units a second; four carry 4,000 changes a second.
pub(crate) const SHARDS: u8 = 4;

/// The partition that the item with this id belongs to.
pub(crate) fn shard_of(id: &[u8; 16]) -> String {
    let [first, ..] = *id;
    name(first % SHARDS)
}

/// Every partition.
pub(crate) fn all() -> impl Iterator<Item = String> {
    (0..SHARDS).map(name)
}

fn name(shard: u8) -> String {
    format!("shard-{shard}")
}
