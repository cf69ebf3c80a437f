//! When an event counts: what begins something must be fresh, and nothing may come from the future.
//!
//! Within the window the ids of events and the action ids of authors keep it from being done twice; outside of it nothing
//! is remembered.

use nanoark_domain::time::{Seconds, Timestamp};

use crate::refusal::EventRefusal;

/// How long ago an event that begins something may have been created: as long as a relay may take to pass it on.
pub const PAST: Seconds = Seconds(900);

/// How far in the future an event may have been created, for clocks that are off.
pub const FUTURE: Seconds = Seconds(60);

/// How far ahead an intent may expire. Until then nobody else gets at the coins that it reserves.
pub const LONGEST_INTENT: Seconds = Seconds(3_600);

/// Whether an event that begins something is fresh.
///
/// # Errors
/// [`EventRefusal::TooOld`], [`EventRefusal::TooNew`].
pub fn fresh(created_at: Timestamp, now: Timestamp) -> Result<(), EventRefusal> {
    let earliest = whole(now).minus(PAST);
    if created_at < earliest {
        return Err(EventRefusal::TooOld { created_at, earliest });
    }
    not_ahead(created_at, now)
}

/// Whether an event does not come from the future. What goes on with something is held to this only: the state of what it
/// belongs to decides.
///
/// # Errors
/// [`EventRefusal::TooNew`].
pub fn not_ahead(created_at: Timestamp, now: Timestamp) -> Result<(), EventRefusal> {
    let latest = whole(now).plus(FUTURE);
    if created_at > latest {
        return Err(EventRefusal::TooNew { created_at, latest });
    }
    Ok(())
}

/// Whether something still counts that expires then (NIP-40: from this second on it does not).
///
/// # Errors
/// [`EventRefusal::Expired`].
pub fn not_expired(expires_at: Timestamp, now: Timestamp) -> Result<(), EventRefusal> {
    if expires_at <= now {
        return Err(EventRefusal::Expired(expires_at));
    }
    Ok(())
}

/// Whether an intent may expire then.
///
/// # Errors
/// [`EventRefusal::Expired`], [`EventRefusal::TooLong`].
pub fn intent(expires_at: Timestamp, now: Timestamp) -> Result<(), EventRefusal> {
    not_expired(expires_at, now)?;
    let latest = whole(now).plus(LONGEST_INTENT);
    if expires_at > latest {
        return Err(EventRefusal::TooLong { expires_at, latest });
    }
    Ok(())
}

/// The wire has whole seconds.
const fn whole(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(now.as_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::EventCode;

    const NOW: u64 = 1_795_325_400;

    fn code(result: Result<(), EventRefusal>) -> Option<EventCode> {
        result.err().map(|refusal| refusal.code())
    }

    #[test]
    fn what_begins_something_is_fresh() {
        let now = Timestamp::from_millis(NOW * 1_000 + 999);
        let outside = Some(EventCode::OutsideWindow);
        for (created_at, begins, goes_on) in [
            (0, outside, None),
            (NOW - 901, outside, None),
            (NOW - 900, None, None),
            (NOW, None, None),
            (NOW + 60, None, None),
            (NOW + 61, outside, outside),
            (u64::MAX, outside, outside),
        ] {
            let created_at = Timestamp::from_seconds(created_at);
            assert_eq!(code(fresh(created_at, now)), begins, "{created_at}");
            assert_eq!(code(not_ahead(created_at, now)), goes_on, "{created_at}");
        }
    }

    #[test]
    fn an_intent_expires_within_the_hour() {
        let now = Timestamp::from_seconds(NOW);
        for (expires_at, expected) in [
            (0, Some(EventCode::Expired)),
            (NOW, Some(EventCode::Expired)),
            (NOW + 1, None),
            (NOW + 3_600, None),
            (NOW + 3_601, Some(EventCode::OutsideWindow)),
            (u64::MAX, Some(EventCode::OutsideWindow)),
        ] {
            assert_eq!(
                code(intent(Timestamp::from_seconds(expires_at), now)),
                expected,
                "{expires_at}"
            );
        }
    }
}
