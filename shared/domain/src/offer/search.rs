//! Finding offers: which match a query, in which order, and where a page ends.

use std::cmp::Ordering;

use nanoark_nano::RawAmount;
use serde::{Deserialize, Serialize};

use super::{Offer, OfferStatus, Pricing};
use crate::bot::BotId;
use crate::digest::Sha256Digest;
use crate::id::OfferId;
use crate::names::names;
use crate::time::Timestamp;

/// What a buyer looks for. Every part that is given must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
    /// Tags, all of which the offer carries.
    pub tags: Vec<String>,
    /// The seller.
    pub seller: Option<BotId>,
    /// Only fixed prices, or only prices by quote.
    pub fixed_price: Option<bool>,
    /// The least fixed price.
    pub price_min: Option<RawAmount>,
    /// The greatest fixed price.
    pub price_max: Option<RawAmount>,
    /// The order.
    pub sort: Sort,
}

/// The order of results. Ties are broken by the newer offer, then by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Words found in titles before words found in tags before words found in descriptions.
    #[default]
    Relevance,
    /// Newest first.
    Newest,
    /// Cheapest first; offers without a fixed price last.
    PriceAsc,
    /// Dearest first; offers without a fixed price last.
    PriceDesc,
    /// Fastest first.
    TurnaroundAsc,
}

names!(Sort:
    Relevance = "relevance", Newest = "newest", PriceAsc = "price_asc", PriceDesc = "price_desc",
    TurnaroundAsc = "turnaround_asc",
);

/// Why a query cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuery {
    /// Too many words to look for.
    #[error("a query holds at most {} words", Query::MAX_WORDS)]
    TooManyWords,
}

/// Where an offer stands in the order of a query; what a cursor remembers.
///
/// An offer's position never changes while it is listed, and offers published after the first page was read are left out,
/// so following a cursor shows no offer twice and skips none. Terms are edited only while an offer is hidden: one that
/// comes back between two pages with other terms stands where those belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Offers newer than this are not part of the result.
    pub as_of: Timestamp,
    rank: [u128; 2],
    created_at: Timestamp,
    offer_id: OfferId,
}

/// An offer with its place in the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The offer.
    pub offer: Offer,
    /// Its place.
    pub position: Position,
}

/// A part of the result.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchPage {
    /// Offers, best first.
    pub offers: Vec<Offer>,
    /// Where the next page starts, if there is one.
    pub next: Option<Position>,
}

impl Query {
    /// The most words a query may hold.
    pub const MAX_WORDS: usize = 16;

    /// A query for offers that hold each of the words in `text`.
    ///
    /// # Errors
    /// When there are more than [`Query::MAX_WORDS`].
    pub fn for_words(text: &str) -> Result<Self, InvalidQuery> {
        let mut words: Vec<String> = words_of(text).collect();
        words.sort_unstable();
        words.dedup();
        if words.len() > Self::MAX_WORDS {
            return Err(InvalidQuery::TooManyWords);
        }
        Ok(Self {
            words,
            ..Self::default()
        })
    }

    /// The order when none is asked for: by relevance if there are words, else newest first.
    #[must_use]
    pub const fn natural_sort(&self) -> Sort {
        if self.words.is_empty() {
            Sort::Newest
        } else {
            Sort::Relevance
        }
    }

    /// What tells this query from others, for cursors.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Sha256Digest::of(format!("{self:?}").as_bytes())
            .to_string()
            .chars()
            .take(16)
            .collect()
    }

    /// How well an offer matches: how many words stand in the title, and how many in the tags but not the title.
    /// `None` when it does not match.
    fn relevance(&self, offer: &Offer) -> Option<(usize, usize)> {
        let title: Vec<String> = words_of(&offer.terms.title).collect();
        let tags: Vec<String> = offer
            .terms
            .tags
            .iter()
            .flat_map(|tag| words_of(tag).chain([tag.clone()]))
            .collect();
        let description: Vec<String> = words_of(&offer.terms.description).collect();
        let (mut in_title, mut in_tags) = (0_usize, 0_usize);
        for word in &self.words {
            if title.contains(word) {
                in_title = in_title.saturating_add(1);
            } else if tags.contains(word) {
                in_tags = in_tags.saturating_add(1);
            } else if !description.contains(word) {
                return None;
            }
        }
        Some((in_title, in_tags))
    }

    fn admits(&self, offer: &Offer, as_of: Timestamp, now: Timestamp) -> bool {
        let price = offer.terms.pricing.fixed_amount();
        offer.status == OfferStatus::Active
            && offer.expires_at > now
            && offer.created_at <= as_of
            && self.tags.iter().all(|tag| offer.terms.tags.contains(tag))
            && self.seller.is_none_or(|seller| offer.seller == seller)
            && self.fixed_price.is_none_or(|fixed| fixed == price.is_some())
            && self
                .price_min
                .is_none_or(|least| price.is_some_and(|price| price >= least))
            && self
                .price_max
                .is_none_or(|most| price.is_some_and(|price| price <= most))
    }

    /// The rank of an offer in this order: the smaller comes first.
    fn rank(&self, offer: &Offer, (in_title, in_tags): (usize, usize)) -> [u128; 2] {
        let fewer = |count: usize| u128::MAX.saturating_sub(u128::try_from(count).unwrap_or(u128::MAX));
        match self.sort {
            Sort::Relevance => [fewer(in_title), fewer(in_tags)],
            Sort::Newest => [0, 0],
            Sort::TurnaroundAsc => [u128::from(offer.terms.turnaround.0), 0],
            Sort::PriceAsc | Sort::PriceDesc => match offer.terms.pricing {
                Pricing::Fixed { amount_raw, .. } if self.sort == Sort::PriceAsc => [0, amount_raw.raw()],
                Pricing::Fixed { amount_raw, .. } => [0, u128::MAX.saturating_sub(amount_raw.raw())],
                Pricing::Quote {} => [1, 0],
            },
        }
    }
}

impl Position {
    fn order(&self, other: &Self) -> Ordering {
        self.rank
            .cmp(&other.rank)
            .then_with(|| other.created_at.cmp(&self.created_at))
            .then_with(|| self.offer_id.cmp(&other.offer_id))
    }
}

/// The page of at most `limit` offers that comes after `after`, out of all offers that are listed.
#[must_use]
pub fn search(query: &Query, after: Option<&Position>, limit: usize, listed: Vec<Offer>, now: Timestamp) -> SearchPage {
    let as_of = after.map_or(now, |after| after.as_of);
    let mut found: Vec<Ranked> = listed
        .into_iter()
        .filter(|offer| query.admits(offer, as_of, now))
        .filter_map(|offer| {
            let rank = query.rank(&offer, query.relevance(&offer)?);
            let position = Position {
                as_of,
                rank,
                created_at: offer.created_at,
                offer_id: offer.id,
            };
            Some(Ranked { offer, position })
        })
        .filter(|ranked| after.is_none_or(|after| ranked.position.order(after) == Ordering::Greater))
        .collect();
    found.sort_by(|one, other| one.position.order(&other.position));
    let more = found.len() > limit;
    found.truncate(limit);
    let next = if more {
        found.last().map(|last| last.position.clone())
    } else {
        None
    };
    SearchPage {
        offers: found.into_iter().map(|ranked| ranked.offer).collect(),
        next,
    }
}

fn words_of(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests;
