//! How a relay is read from where it was left: in windows of time, oldest first, so that whatever happens everything before
//! one instant is known to be read. Relays give the newest events of a window, and fewer than there are without saying so:
//! a page that may have been cut is asked for again in halves.

use nanoark_domain::time::{Seconds, Timestamp};

/// No relay cuts pages below this many events.
const NEVER_CUT: usize = 100;

/// The most pages that are asked for in one look.
const PAGES: u32 = 24;

/// How long a second is tried again that holds more events than the relay gives at once. What is older cannot begin
/// anything.
const TRIED_FOR: Seconds = Seconds(900);

/// Whole seconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) since: u64,
    pub(crate) until: u64,
}

/// What a relay gave of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// So many events, and its word that these are all.
    Given(usize),
    /// More than it was asked for.
    TooMuch,
}

/// How far a relay is read.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Everything before was given.
    next: u64,
    /// Where the windows end that are not read yet: each is the first half of the one before it.
    ends: Vec<u64>,
    largest: usize,
    pages: u32,
    /// The first second of which the relay may have more than it gives.
    crammed: Option<u64>,
}

impl Reading {
    /// All from `since` to `until`.
    pub(crate) fn new(since: Timestamp, until: Timestamp) -> Self {
        Self {
            next: since.as_seconds(),
            ends: if since <= until {
                vec![until.as_seconds()]
            } else {
                Vec::new()
            },
            largest: 0,
            pages: 0,
            crammed: None,
        }
    }

    /// What to ask for next, until all is read or enough was asked for.
    pub(crate) fn window(&self) -> Option<Window> {
        let until = *self.ends.last()?;
        (self.pages < PAGES).then_some(Window {
            since: self.next,
            until,
        })
    }

    /// Takes note of what was given of the window.
    pub(crate) fn heard(&mut self, page: Page) {
        let Some(Window { since, until }) = self.window() else {
            return;
        };
        self.pages = self.pages.saturating_add(1);
        let may_be_cut = match page {
            Page::TooMuch => true,
            Page::Given(count) => {
                self.largest = self.largest.max(count);
                // A relay that gave more at once before would have given more here.
                count >= NEVER_CUT && count == self.largest
            }
        };
        if may_be_cut && since < until {
            self.ends.push(u64::midpoint(since, until));
            return;
        }
        if may_be_cut {
            self.crammed.get_or_insert(since);
        }
        self.next = until.saturating_add(1);
        self.ends.pop();
    }

    /// Whether all is read.
    pub(crate) const fn is_done(&self) -> bool {
        self.ends.is_empty()
    }

    /// The last second up to which everything is read, but none that is still to come: an event from the future must not
    /// hide the others.
    pub(crate) fn read_until(&self, now: Timestamp) -> u64 {
        let crammed = self
            .crammed
            .filter(|second| Timestamp::from_seconds(*second) > now.minus(TRIED_FOR));
        let unread = crammed.map_or(self.next, |second| second.min(self.next));
        unread.saturating_sub(1).min(now.as_seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A relay that holds so many events in each second, and gives the newest of a window, at most `cap` at once.
    struct Relay {
        seconds: Vec<(u64, usize)>,
        cap: usize,
    }

    impl Relay {
        fn page(&self, window: Window) -> Page {
            let held = self.seconds.iter();
            let within = held.filter(|(at, _)| (window.since..=window.until).contains(at));
            Page::Given(within.map(|(_, count)| count).sum::<usize>().min(self.cap))
        }

        fn read(&self, since: u64, now: u64) -> Reading {
            let mut reading = Reading::new(
                Timestamp::from_seconds(since),
                Timestamp::from_seconds(now).plus(Seconds(60)),
            );
            while let Some(window) = reading.window() {
                reading.heard(self.page(window));
            }
            reading
        }
    }

    const NOW: u64 = 10_000;

    fn read_until(relay: &Relay, since: u64) -> (u64, u32) {
        let reading = relay.read(since, NOW);
        (reading.read_until(Timestamp::from_seconds(NOW)), reading.pages)
    }

    #[test]
    fn one_page_is_enough_for_what_no_relay_cuts() {
        for count in [0, 1, 99] {
            let relay = Relay {
                seconds: vec![(9_990, count)],
                cap: 100,
            };
            assert_eq!(read_until(&relay, 9_800), (NOW, 1), "{count}");
        }
    }

    #[test]
    fn a_relay_that_cuts_is_read_to_the_end() {
        for (cap, pages) in [(100, 15), (250, 5), (500, 3), (5_000, 3)] {
            let relay = Relay {
                seconds: (9_800..9_950).map(|second| (second, 3)).collect(),
                cap,
            };
            let reading = relay.read(9_800, NOW);
            assert!(reading.is_done() && reading.crammed.is_none(), "{cap}: {reading:?}");
            assert_eq!(read_until(&relay, 9_800).0, NOW, "{cap}");
            assert!(reading.pages <= pages, "{cap}: {} pages", reading.pages);
        }
    }

    #[test]
    fn a_crammed_second_is_tried_again_and_holds_nothing_else_up() {
        for (second, read) in [
            (NOW - 10, NOW - 11),
            (NOW - 899, NOW - 900),
            (NOW - 900, NOW),
            (NOW + 5, NOW),
        ] {
            let relay = Relay {
                seconds: vec![(NOW - 950, 7), (second, 300), (NOW - 1, 7)],
                cap: 100,
            };
            let reading = relay.read(NOW - 1_000, NOW);
            assert_eq!((reading.is_done(), reading.crammed), (true, Some(second)));
            assert_eq!(reading.read_until(Timestamp::from_seconds(NOW)), read, "{second}");
        }
    }

    #[test]
    fn a_flood_is_read_from_its_oldest_end_look_after_look() {
        let relay = Relay {
            seconds: (NOW - 1_000..NOW).map(|second| (second, 20)).collect(),
            cap: 100,
        };
        let mut since = NOW - 1_000;
        let mut looks = 0;
        while since < NOW {
            let (read, pages) = read_until(&relay, since);
            assert!(pages <= PAGES && read >= since, "look {looks}: {read}");
            since = read + 1;
            looks += 1;
        }
        assert!(looks > 1 && looks < 40, "{looks}");
    }

    #[test]
    fn nothing_is_read_before_a_page_was_given() {
        let reading = Reading::new(Timestamp::from_seconds(9_800), Timestamp::from_seconds(NOW + 60));
        assert_eq!(reading.read_until(Timestamp::from_seconds(NOW)), 9_799);
        let mut all = Reading::new(Timestamp::from_seconds(9_800), Timestamp::from_seconds(NOW + 60));
        all.heard(Page::TooMuch);
        assert_eq!(
            (all.is_done(), all.read_until(Timestamp::from_seconds(NOW))),
            (false, 9_799)
        );
    }
}
