//! What the buyer's owner allows it to buy.
//!
//! ```json
//! {
//!   "allowed_sellers": ["d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737"],
//!   "allowed_tags": ["text", "summary"],
//!   "max_per_job": "0.01 XNO",
//!   "max_per_seller": "0.5 XNO",
//!   "lifetime_budget": "2 XNO",
//!   "expires_at": "2027-01-01T00:00:00Z"
//! }
//! ```
//!
//! `allowed_sellers`, `max_per_job` and `lifetime_budget` must be there: a policy that says nothing about them allows
//! nothing. Whoever means every seller writes `"any"`. `allowed_tags` left out allows every offer (tags are the seller's
//! own words, so they sort offers and protect from nobody); `max_per_seller` and `expires_at` left out do not bound.
//!
//! All amounts bound what leaves the wallet. Money that comes back raises no budget again.

use std::collections::BTreeSet;
use std::fmt;

use nanoark_domain::bot::BotId;
use nanoark_domain::time::Timestamp;
use nanoark_nano::RawAmount;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::amount;

/// What the buyer's owner allows it to buy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Whom to buy from.
    pub allowed_sellers: AllowedSellers,
    /// An offer must carry one of these tags; `None` allows all. Lower-case, as offers have them.
    #[serde(default, deserialize_with = "some_tags")]
    pub allowed_tags: Option<BTreeSet<String>>,
    /// The most that one job may cost.
    #[serde(deserialize_with = "amount::deserialize")]
    pub max_per_job: RawAmount,
    /// The most that one seller may ever be paid.
    #[serde(default, deserialize_with = "amount::deserialize_some")]
    pub max_per_seller: Option<RawAmount>,
    /// The most that may ever be paid, for all jobs together.
    #[serde(deserialize_with = "amount::deserialize")]
    pub lifetime_budget: RawAmount,
    /// From when on nothing may be bought.
    #[serde(default, deserialize_with = "some_instant")]
    pub expires_at: Option<Timestamp>,
}

/// Whom to buy from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedSellers {
    /// Anybody: `"any"`.
    Any,
    /// These bots.
    Only(BTreeSet<BotId>),
}

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy's {field}: {reason}")]
pub struct InvalidPolicy {
    /// Where in the file, such as `allowed_sellers[2]`; `.` for the whole.
    pub field: String,
    /// What is wrong there.
    pub reason: String,
}

/// What is to be bought, as far as the policy cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal<'a> {
    /// Who sells.
    pub seller: BotId,
    /// The offer's tags.
    pub tags: &'a [String],
    /// The most that it will cost.
    pub amount: RawAmount,
}

/// What is spent or set aside for other purchases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Committed {
    /// In all.
    pub total: RawAmount,
    /// For this seller.
    pub to_seller: RawAmount,
}

/// Why the policy forbids a purchase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The policy is over.
    #[error("the policy expired at {at}")]
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The seller is not on the list.
    #[error("the policy does not allow the seller {seller}")]
    Seller {
        /// Who sells.
        seller: BotId,
    },
    /// The offer has none of the tags.
    #[error("the offer has none of the tags that the policy allows")]
    Tags,
    /// One job may not cost so much.
    #[error("{} XNO is more than the policy's {} XNO per job", amount.to_xno(), most.to_xno())]
    PerJob {
        /// What it would cost.
        amount: RawAmount,
        /// What is allowed.
        most: RawAmount,
    },
    /// One seller may not get so much.
    #[error(
        "{} XNO on top of {} XNO is more than the policy's {} XNO per seller",
        amount.to_xno(), committed.to_xno(), most.to_xno()
    )]
    PerSeller {
        /// What it would cost.
        amount: RawAmount,
        /// What the seller got, or is to get, already.
        committed: RawAmount,
        /// What is allowed.
        most: RawAmount,
    },
    /// The budget is not large enough.
    #[error(
        "{} XNO on top of {} XNO is more than the policy's lifetime budget of {} XNO",
        amount.to_xno(), committed.to_xno(), most.to_xno()
    )]
    Budget {
        /// What it would cost.
        amount: RawAmount,
        /// What is spent or set aside already.
        committed: RawAmount,
        /// What is allowed.
        most: RawAmount,
    },
}

impl Refusal {
    /// A stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "policy_expired",
            Self::Seller { .. } => "policy_seller",
            Self::Tags => "policy_tags",
            Self::PerJob { .. } => "policy_max_per_job",
            Self::PerSeller { .. } => "policy_max_per_seller",
            Self::Budget { .. } => "policy_budget",
        }
    }
}

impl Policy {
    /// Reads a policy file. Unknown members, members twice and anything left unclear are refused.
    ///
    /// # Errors
    /// [`InvalidPolicy`], with the place.
    pub fn parse(text: &str) -> Result<Self, InvalidPolicy> {
        let deserializer = &mut serde_json::Deserializer::from_str(text);
        let invalid = |field: String, reason: String| InvalidPolicy { field, reason };
        let policy = serde_path_to_error::deserialize(&mut *deserializer)
            .map_err(|error| invalid(error.path().to_string(), error.inner().to_string()))?;
        deserializer
            .end()
            .map_err(|error| invalid(".".to_owned(), error.to_string()))?;
        Ok(policy)
    }

    /// Whether this may be bought now, on top of what is committed already.
    ///
    /// # Errors
    /// The first rule that forbids it.
    pub fn permits(&self, proposal: &Proposal<'_>, committed: Committed, now: Timestamp) -> Result<(), Refusal> {
        let Proposal { seller, tags, amount } = *proposal;
        if let Some(at) = self.expires_at.filter(|at| now >= *at) {
            return Err(Refusal::Expired { at });
        }
        match &self.allowed_sellers {
            AllowedSellers::Any => {}
            AllowedSellers::Only(sellers) if sellers.contains(&seller) => {}
            AllowedSellers::Only(_) => return Err(Refusal::Seller { seller }),
        }
        if let Some(allowed) = &self.allowed_tags
            && !tags.iter().any(|tag| allowed.contains(tag))
        {
            return Err(Refusal::Tags);
        }
        if amount > self.max_per_job {
            return Err(Refusal::PerJob {
                amount,
                most: self.max_per_job,
            });
        }
        if let Some(most) = self.max_per_seller
            && !fits(committed.to_seller, amount, most)
        {
            return Err(Refusal::PerSeller {
                amount,
                committed: committed.to_seller,
                most,
            });
        }
        if !fits(committed.total, amount, self.lifetime_budget) {
            return Err(Refusal::Budget {
                amount,
                committed: committed.total,
                most: self.lifetime_budget,
            });
        }
        Ok(())
    }
}

fn fits(committed: RawAmount, amount: RawAmount, most: RawAmount) -> bool {
    committed.checked_add(amount).is_some_and(|sum| sum <= most)
}

impl<'de> Deserialize<'de> for AllowedSellers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Sellers;

        impl<'de> Visitor<'de> for Sellers {
            type Value = AllowedSellers;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("\"any\" or a list of bot ids")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<AllowedSellers, E> {
                match text {
                    "any" => Ok(AllowedSellers::Any),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AllowedSellers, A::Error> {
                let mut sellers = BTreeSet::new();
                while let Some(seller) = list.next_element()? {
                    sellers.insert(seller);
                }
                if sellers.is_empty() {
                    return Err(A::Error::custom(
                        "an empty list allows nobody; write \"any\" to allow everybody",
                    ));
                }
                Ok(AllowedSellers::Only(sellers))
            }
        }

        deserializer.deserialize_any(Sellers)
    }
}

fn some_tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeSet<String>>, D::Error> {
    let tags = BTreeSet::<String>::deserialize(deserializer)?;
    if tags.is_empty() {
        return Err(D::Error::custom(
            "an empty list allows no offer; leave it out to allow all",
        ));
    }
    if let Some(tag) = tags
        .iter()
        .find(|tag| **tag != tag.to_lowercase() || tag.trim() != *tag)
    {
        return Err(D::Error::custom(format!("tags are lower-case, {tag:?} is not")));
    }
    Ok(Some(tags))
}

fn some_instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Timestamp::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests;
