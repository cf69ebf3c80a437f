//! When the same call is made again.

use std::time::Duration;

use nanoark_client::RetryPolicy;
use nanoark_surroundings::Surroundings;

use super::error::GatewayError;

/// How long to wait before attempt number `made + 1`; `None` when `error` is final, or patience is over.
///
/// The wait is what the gateway asked for, and on top of it a random part of a bound that doubles (full jitter), so that
/// wallets which were refused together do not come back together.
pub(super) fn wait(
    policy: &RetryPolicy,
    error: &GatewayError,
    made: u32,
    surroundings: &dyn Surroundings,
) -> Option<Duration> {
    if made >= policy.attempts {
        return None;
    }
    let asked = error.passes_after()?;
    if asked > policy.longest {
        return None;
    }
    let doublings = made.saturating_sub(1).min(20);
    let bound = policy.base.saturating_mul(1_u32 << doublings).min(policy.longest);
    Some(
        asked
            .saturating_add(random_part(bound, surroundings))
            .min(policy.longest),
    )
}

/// A random span below `bound`; `bound` itself if the machine gives no randomness.
fn random_part(bound: Duration, surroundings: &dyn Surroundings) -> Duration {
    let mut dice = [0; 4];
    let dice = surroundings
        .fill(&mut dice)
        .map_or(u32::MAX, |()| u32::from_le_bytes(dice));
    let nanoseconds = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
    let part = u128::from(nanoseconds).saturating_mul(u128::from(dice)) >> 32;
    Duration::from_nanos(u64::try_from(part).unwrap_or(nanoseconds))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::StatusCode;
    use nanoark_client::TransportError;
    use nanoark_surroundings::Simulated;

    use super::*;

    #[test]
    fn patience_grows_and_ends() {
        let surroundings = Simulated::new(Arc::new(|| 0), 1);
        let policy = RetryPolicy::default();
        let lost = GatewayError::Transport(TransportError::Timeout);
        for (made, bound) in [(1, 200), (2, 400), (3, 800)] {
            let wait = wait(&policy, &lost, made, &surroundings).unwrap();
            assert!(wait < Duration::from_millis(bound), "{made}: {wait:?}");
        }
        assert_eq!(wait(&policy, &lost, 4, &surroundings), None);
        assert_eq!(wait(&RetryPolicy::NEVER, &lost, 1, &surroundings), None);
        let refused = GatewayError::Unexpected {
            status: StatusCode::NOT_FOUND,
            reason: String::new(),
        };
        assert_eq!(wait(&policy, &refused, 1, &surroundings), None);
    }
}
