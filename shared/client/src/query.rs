//! Query strings, of unreserved characters and percent-encoding only, so that no proxy writes them in another way.

use nanoark_domain::bot::BotId;
use nanoark_domain::job::{Party, Status};
use nanoark_domain::offer::Sort;
use nanoark_domain::time::Timestamp;
use nanoark_nano::RawAmount;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Which offers are searched for. What is left out does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OffersQuery {
    /// Words, each of which the offer holds.
    pub words: Option<String>,
    /// Tags, each of which the offer carries.
    pub tags: Vec<String>,
    /// Who sells.
    pub seller: Option<BotId>,
    /// How it is priced.
    pub pricing: Option<PricingKind>,
    /// The least fixed price.
    pub price_min: Option<RawAmount>,
    /// The greatest fixed price.
    pub price_max: Option<RawAmount>,
    /// The order; by relevance where there are words, else newest first.
    pub sort: Option<Sort>,
    /// How many at a time.
    pub limit: Option<u32>,
    /// Where to go on: the cursor of the page before.
    pub cursor: Option<String>,
}

/// How an offer is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PricingKind {
    /// Every job costs the same.
    Fixed,
    /// The seller names a price for each job.
    Quote,
}

/// Which jobs are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobsQuery {
    /// On which side of them the bot is.
    pub role: Party,
    /// Only these; all if there are none.
    pub statuses: Vec<Status>,
    /// From where on.
    pub since: Since,
    /// How many at a time.
    pub limit: Option<u32>,
    /// The `etag` of an earlier answer to the very same query, to be told only of changes.
    pub etag: Option<String>,
}

/// From where on jobs are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Since {
    /// Everything there is.
    #[default]
    Beginning,
    /// What changed after this.
    Instant(Timestamp),
    /// What follows the page that had this cursor.
    Cursor(String),
}

impl JobsQuery {
    /// All jobs on this side, from the beginning.
    #[must_use]
    pub const fn of(role: Party) -> Self {
        Self {
            role,
            statuses: Vec::new(),
            since: Since::Beginning,
            limit: None,
            etag: None,
        }
    }

    pub(crate) fn query_string(&self) -> String {
        let mut query = QueryString::default();
        query.put("role", self.role.as_str());
        query.put_list("status", self.statuses.iter().map(|status| status.as_str()));
        match &self.since {
            Since::Beginning => {}
            Since::Instant(instant) => query.put("updated_after", &instant.to_string()),
            Since::Cursor(cursor) => query.put("cursor", cursor),
        }
        query.put_if_some("limit", self.limit.map(|limit| limit.to_string()));
        query.0
    }
}

impl OffersQuery {
    /// Offers that hold these words.
    #[must_use]
    pub fn for_words(words: impl Into<String>) -> Self {
        Self {
            words: Some(words.into()),
            ..Self::default()
        }
    }

    pub(crate) fn query_string(&self) -> String {
        let pricing = |kind| match kind {
            PricingKind::Fixed => "fixed".to_owned(),
            PricingKind::Quote => "quote".to_owned(),
        };
        let mut query = QueryString::default();
        query.put_if_some("q", self.words.clone());
        query.put_list("tags", self.tags.iter().map(String::as_str));
        query.put_if_some("seller", self.seller.map(|seller| seller.to_string()));
        query.put_if_some("pricing", self.pricing.map(pricing));
        query.put_if_some("price_min_raw", self.price_min.map(|amount| amount.to_string()));
        query.put_if_some("price_max_raw", self.price_max.map(|amount| amount.to_string()));
        query.put_if_some("sort", self.sort.map(|sort| sort.as_str().to_owned()));
        query.put_if_some("limit", self.limit.map(|limit| limit.to_string()));
        query.put_if_some("cursor", self.cursor.clone());
        query.0
    }
}

/// `?a=b&c=d`, or nothing.
#[derive(Default)]
struct QueryString(String);

impl QueryString {
    fn put(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0.push_str(name);
        self.0.push('=');
        self.0.extend(utf8_percent_encode(value, RESERVED));
    }

    fn put_if_some(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.put(name, &value);
        }
    }

    fn put_list<'a>(&mut self, name: &str, values: impl Iterator<Item = &'a str>) {
        let list = values.collect::<Vec<_>>().join(",");
        if !list.is_empty() {
            self.put(name, &list);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_only_what_was_asked_for_and_encodes_the_rest_away() {
        assert_eq!(OffersQuery::default().query_string(), "");
        let query = OffersQuery {
            tags: vec!["pdf".to_owned(), "größe".to_owned()],
            seller: Some(BotId::from_bytes([0xab; 32])),
            pricing: Some(PricingKind::Fixed),
            price_min: Some(RawAmount::from_raw(1)),
            price_max: Some(RawAmount::MAX),
            sort: Some(Sort::PriceAsc),
            limit: Some(5),
            cursor: Some("a-_b".to_owned()),
            ..OffersQuery::for_words("fish & chips+50%#?")
        };
        let expected = format!(
            "?q=fish%20%26%20chips%2B50%25%23%3F&tags=pdf%2Cgr%C3%B6%C3%9Fe&seller={}&pricing=fixed&price_min_raw=1\
             &price_max_raw=340282366920938463463374607431768211455&sort=price_asc&limit=5&cursor=a-_b",
            "ab".repeat(32)
        );
        assert_eq!(query.query_string(), expected);
    }

    #[test]
    fn jobs_are_asked_for_by_role_status_and_place() {
        assert_eq!(JobsQuery::of(Party::Seller).query_string(), "?role=seller");
        let query = JobsQuery {
            statuses: vec![Status::Requested, Status::Accepted],
            since: Since::Instant(Timestamp::from_millis(1_795_253_400_250)),
            limit: Some(100),
            ..JobsQuery::of(Party::Buyer)
        };
        assert_eq!(
            query.query_string(),
            "?role=buyer&status=requested%2Caccepted&updated_after=2026-11-21T09%3A30%3A00.25Z&limit=100"
        );
        let query = JobsQuery {
            since: Since::Cursor("e30".to_owned()),
            ..JobsQuery::of(Party::Buyer)
        };
        assert_eq!(query.query_string(), "?role=buyer&cursor=e30");
    }
}
