//! Every time, size and default that a rule counts with, in one place.
//!
//! `docs/limits.md` is generated from the table below and tested against it.

use std::fmt::Write as _;

use crate::time::Seconds;

/// A value the table can hold: how it is read from a setting and shown in the documentation.
pub trait Limit: Copy {
    /// What the number counts.
    const UNIT: &'static str;
    /// The value of a setting's number.
    fn from_number(number: u32) -> Self;
    /// The number a setting would carry.
    fn number(self) -> u32;
}

impl Limit for Seconds {
    const UNIT: &'static str = "seconds";
    fn from_number(number: u32) -> Self {
        Self(number)
    }
    fn number(self) -> u32 {
        self.0
    }
}

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u32);

/// A number of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u32);

impl Limit for Bytes {
    const UNIT: &'static str = "bytes";
    fn from_number(number: u32) -> Self {
        Self(number)
    }
    fn number(self) -> u32 {
        self.0
    }
}

impl Limit for Count {
    const UNIT: &'static str = "";
    fn from_number(number: u32) -> Self {
        Self(number)
    }
    fn number(self) -> u32 {
        self.0
    }
}

impl Bytes {
    /// Whether `size` fits.
    #[must_use]
    pub fn allows(self, size: usize) -> bool {
        u32::try_from(size).is_ok_and(|size| size <= self.0)
    }
}

impl Count {
    /// Whether `number` fits.
    #[must_use]
    pub fn allows(self, number: usize) -> bool {
        u32::try_from(number).is_ok_and(|number| number <= self.0)
    }
}

/// A setting that is no whole number within its bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {found:?}, and must be a whole number from {least} to {most}")]
pub struct InvalidLimit {
    /// The setting's name.
    pub setting: &'static str,
    /// What it holds.
    pub found: String,
    /// The least number it may hold.
    pub least: u32,
    /// The greatest number it may hold.
    pub most: u32,
}

macro_rules! limits {
    ($( $(#[doc = $meaning:literal])+ $name:ident: $kind:ty = $default:literal, $least:literal..=$most:literal, $setting:literal; )+) => {
        /// The limits and defaults in force. [`Limits::default`] is what `docs/limits.md` promises; an operator
        /// changes one by the setting (environment variable) named there.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits { $( $(#[doc = $meaning])+ pub $name: $kind, )+ }

        impl Default for Limits {
            fn default() -> Self {
                Self { $( $name: <$kind>::from_number($default), )+ }
            }
        }

        impl Limits {
            /// The defaults, each replaced by its setting where `lookup` knows it.
            ///
            /// # Errors
            /// When a setting is no whole number within its bounds.
            pub fn from_settings(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidLimit> {
                Ok(Self { $( $name: <$kind>::from_number(read($setting, $default, $least, $most, &lookup)?), )+ })
            }

            /// The table of `docs/limits.md`.
            #[must_use]
            pub fn reference_markdown() -> String {
                let mut table = String::from("| limit | default | bounds | setting | meaning |\n| --- | --- | --- | --- | --- |\n");
                let defaults = Self::default();
                $( row(&mut table, stringify!($name), defaults.$name, $least..=$most, $setting, concat!($($meaning),+)); )+
                table
            }
        }
    };
}

fn read(
    setting: &'static str,
    default: u32,
    least: u32,
    most: u32,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<u32, InvalidLimit> {
    let Some(found) = lookup(setting) else {
        return Ok(default);
    };
    match found.parse::<u32>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(InvalidLimit {
            setting,
            found,
            least,
            most,
        }),
    }
}

fn row<L: Limit>(
    table: &mut String,
    name: &str,
    default: L,
    bounds: std::ops::RangeInclusive<u32>,
    setting: &str,
    meaning: &str,
) {
    let (name, unit) = (name.replace('_', " "), L::UNIT);
    // Writing to a String cannot fail.
    let _ = writeln!(
        table,
        "| {name} | {} {unit} | {} to {} | `{setting}` |{meaning} |",
        default.number(),
        bounds.start(),
        bounds.end(),
    );
}

limits! {
    /// A request's `created` may be this far from the relay's clock, either way.
    signature_clock_skew: Seconds = 60, 1..=300, "NANOARK_SIGNATURE_CLOCK_SKEW";
    /// The longest time from a request's `created` to its `expires`.
    signature_lifetime_max: Seconds = 300, 1..=3600, "NANOARK_SIGNATURE_LIFETIME_MAX";
    /// How long an idempotency key is remembered with its answer.
    idempotency_retention: Seconds = 86_400, 3600..=2_592_000, "NANOARK_IDEMPOTENCY_RETENTION";

    /// An offer's title.
    offer_title_max: Bytes = 120, 1..=1000, "NANOARK_OFFER_TITLE_MAX";
    /// An offer's description.
    offer_description_max: Bytes = 2_000, 1..=20_000, "NANOARK_OFFER_DESCRIPTION_MAX";
    /// Tags of an offer.
    offer_tags_max: Count = 16, 0..=64, "NANOARK_OFFER_TAGS_MAX";
    /// One tag.
    offer_tag_max: Bytes = 32, 1..=100, "NANOARK_OFFER_TAG_MAX";
    /// An offer's JSON schema of inputs, that of outputs, and each half of its example.
    offer_schema_max: Bytes = 8_192, 2..=32_768, "NANOARK_OFFER_SCHEMA_MAX";
    /// How long an offer lives when it does not say.
    offer_lifetime_default: Seconds = 604_800, 60..=2_592_000, "NANOARK_OFFER_LIFETIME_DEFAULT";
    /// The longest an offer may live.
    offer_lifetime_max: Seconds = 2_592_000, 60..=31_536_000, "NANOARK_OFFER_LIFETIME_MAX";
    /// The longest turnaround an offer may promise.
    turnaround_max: Seconds = 2_592_000, 1..=2_592_000, "NANOARK_TURNAROUND_MAX";

    /// A job's input: canonical JSON, or a sealed box's bytes.
    input_max: Bytes = 65_536, 2..=262_144, "NANOARK_INPUT_MAX";
    /// A job's result: canonical JSON, or a sealed box's bytes.
    output_max: Bytes = 262_144, 2..=358_400, "NANOARK_OUTPUT_MAX";
    /// The error of a failed job.
    failure_max: Bytes = 8_192, 2..=65_536, "NANOARK_FAILURE_MAX";
    /// The reason given with a cancellation or a refusal.
    reason_max: Bytes = 200, 1..=2_000, "NANOARK_REASON_MAX";
    /// Entries of a job's history; locking and paying stop when it is full.
    history_max: Count = 100, 20..=1_000, "NANOARK_HISTORY_MAX";

    /// How long a request waits for its quote before it expires.
    quote_wait: Seconds = 86_400, 60..=2_592_000, "NANOARK_QUOTE_WAIT";
    /// How long a quote stands when it does not say.
    quote_lifetime_default: Seconds = 900, 30..=3600, "NANOARK_QUOTE_LIFETIME_DEFAULT";
    /// The longest a quote may stand; it is also the time to pay.
    quote_lifetime_max: Seconds = 3_600, 60..=86_400, "NANOARK_QUOTE_LIFETIME_MAX";
    /// After a quote's expiry, how long a payment may still turn up as paid in time, and an unpaid job stays open.
    payment_grace: Seconds = 900, 60..=86_400, "NANOARK_PAYMENT_GRACE";
    /// How long after a quote's expiry its invoice account is watched for stray money.
    payment_watch: Seconds = 604_800, 900..=31_536_000, "NANOARK_PAYMENT_WATCH";
    /// How often a watched invoice account is looked at while its payment is due.
    watch_interval_open: Seconds = 60, 10..=3600, "NANOARK_WATCH_INTERVAL_OPEN";
    /// How often a watched invoice account is looked at afterwards, at first; later after a quarter of the time since its quote expired.
    watch_interval_closed: Seconds = 3_600, 60..=86_400, "NANOARK_WATCH_INTERVAL_CLOSED";
    /// A block that a node saw this long before its quote existed pays no part of it.
    predates_tolerance: Seconds = 60, 0..=3600, "NANOARK_PREDATES_TOLERANCE";
    /// Beyond its turnaround, how long a paid job may stay undelivered before it expires.
    delivery_grace: Seconds = 86_400, 60..=2_592_000, "NANOARK_DELIVERY_GRACE";

    /// A lock's lease when it does not say.
    lease_default: Seconds = 300, 30..=1800, "NANOARK_LEASE_DEFAULT";
    /// The shortest lease.
    lease_min: Seconds = 30, 1..=1800, "NANOARK_LEASE_MIN";
    /// The longest lease.
    lease_max: Seconds = 1_800, 30..=86_400, "NANOARK_LEASE_MAX";
    /// Refund blocks recorded for one job.
    refunds_max: Count = 8, 1..=50, "NANOARK_REFUNDS_MAX";

    /// Offers or jobs on a page when the caller does not say.
    page_default: Count = 20, 1..=100, "NANOARK_PAGE_DEFAULT";
    /// The most offers or jobs on a page.
    page_max: Count = 100, 1..=100, "NANOARK_PAGE_MAX";
    /// A changed job is listed again to pollers until this long after the change: the bound on clock skew between
    /// functions, commit time and index delay within which no change can be missed.
    settle_window: Seconds = 10, 1..=300, "NANOARK_SETTLE_WINDOW";
    /// What a poller is told to wait while something is going on.
    poll_busy: Seconds = 2, 1..=60, "NANOARK_POLL_BUSY";
    /// What a poller is told to wait while nothing is.
    poll_idle: Seconds = 10, 1..=300, "NANOARK_POLL_IDLE";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_replaces_its_default_and_a_wrong_one_is_named() {
        let limits = Limits::from_settings(|name| (name == "NANOARK_LEASE_MAX").then(|| "600".to_owned())).unwrap();
        assert_eq!(
            limits,
            Limits {
                lease_max: Seconds(600),
                ..Limits::default()
            }
        );
        for found in ["", "ten", "-1", "29", "86401", "99999999999"] {
            let refused = Limits::from_settings(|name| (name == "NANOARK_LEASE_MAX").then(|| found.to_owned()));
            assert_eq!(
                refused.unwrap_err(),
                InvalidLimit {
                    setting: "NANOARK_LEASE_MAX",
                    found: found.to_owned(),
                    least: 30,
                    most: 86_400
                }
            );
        }
    }

    #[test]
    fn every_default_lies_within_its_bounds() {
        let table = Limits::reference_markdown();
        assert_eq!(Limits::from_settings(|_| None).unwrap(), Limits::default());
        for row in table.lines().skip(2) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let default: u32 = cells[2].split(' ').next().unwrap().parse().unwrap();
            let (least, most) = cells[3].split_once(" to ").unwrap();
            assert!(
                (least.parse().unwrap()..=most.parse().unwrap()).contains(&default),
                "{row}"
            );
        }
    }

    #[test]
    fn sizes_and_counts_allow_their_limit_and_no_more() {
        assert!(Bytes(5).allows(5) && !Bytes(5).allows(6) && !Bytes(5).allows(usize::MAX));
        assert!(Count(0).allows(0) && !Count(0).allows(1));
    }
}
