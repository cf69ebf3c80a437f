//! Randomness in waits, so that bots which were refused together do not come back together.

use std::time::Duration;

use nanoark_surroundings::Surroundings;

/// A random span below `bound`; `bound` itself if the machine gives no randomness.
pub(crate) fn random_part(bound: Duration, surroundings: &dyn Surroundings) -> Duration {
    part(bound, dice(surroundings))
}

/// A random number for [`part`]; the greatest if the machine gives no randomness.
pub(crate) fn dice(surroundings: &dyn Surroundings) -> u32 {
    let mut bytes = [0; 4];
    surroundings
        .fill(&mut bytes)
        .map_or(u32::MAX, |()| u32::from_le_bytes(bytes))
}

/// A 2^32nd of the bound, as many times as the dice show.
pub(crate) fn part(bound: Duration, dice: u32) -> Duration {
    let nanoseconds = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
    let part = u128::from(nanoseconds).saturating_mul(u128::from(dice)) >> 32;
    Duration::from_nanos(u64::try_from(part).unwrap_or(nanoseconds))
}

/// One of so many equal shares.
pub(crate) fn share(whole: Duration, shares: u32) -> Duration {
    whole.checked_div(shares).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_share_of_its_bound() {
        for (bound, dice, expected) in [
            (1_000, 0, 0),
            (1_000, 1 << 31, 500),
            (1_000, 1 << 30, 250),
            (0, u32::MAX, 0),
        ] {
            let bound = Duration::from_millis(bound);
            assert_eq!(part(bound, dice), Duration::from_millis(expected), "{bound:?} {dice}");
        }
        assert!(part(Duration::MAX, u32::MAX) < Duration::from_nanos(u64::MAX));
    }
}
