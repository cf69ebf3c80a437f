//! `nanoark buy --dry-run`: what would be bought, and whether anything forbids it. Nothing is written down or sent.

use nanoark_bots::buyer::{Committed, Proposal, Wish};
use nanoark_client::{Surroundings as _, System};
use nanoark_domain::bot::BotId;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::OfferStatus;
use nanoark_nano::RawAmount;
use schemars::JsonSchema;
use serde::Serialize;

use crate::amount;
use crate::failure::{Failure, Trouble};
use crate::output::Report;
use crate::session::Session;

/// What would be bought.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Plan {
    /// Always: nothing was bought.
    dry_run: bool,
    /// The offer.
    #[schemars(with = "String")]
    offer_id: OfferId,
    /// Its title.
    title: String,
    /// Who sells.
    #[schemars(with = "String")]
    seller: BotId,
    /// The fixed price, in raw, if the offer has one.
    #[schemars(with = "Option<String>")]
    price_raw: Option<RawAmount>,
    /// The most that would be paid, in raw.
    #[schemars(with = "String")]
    max_raw: RawAmount,
    /// The digest of the input.
    #[schemars(with = "String")]
    input_hash: Sha256Digest,
}

pub(super) async fn show(session: &Session, wish: &Wish) -> Result<(), Failure> {
    let policy = session.policy()?;
    let offer = session.public_client()?.offer(wish.offer).await?.value;
    let price_raw = offer.terms.pricing.fixed_amount();
    let max_raw = price_raw.unwrap_or(wish.max);
    if offer.status != OfferStatus::Active {
        return Err(Failure::new(
            Trouble::NotForSale,
            format!("the offer is {}", offer.status),
            "`nanoark offers search` shows what is for sale",
        ));
    }
    let forbidden = |reason: String| {
        Failure::new(
            Trouble::GuardRail,
            reason,
            "nothing was paid; allow more with --max and in policy.json, or buy something else",
        )
    };
    if max_raw > wish.max {
        return Err(forbidden(format!(
            "the offer costs {}, and this purchase may cost {}",
            amount::show(max_raw),
            amount::show(wish.max)
        )));
    }
    let proposal = Proposal {
        seller: offer.seller,
        tags: &offer.terms.tags,
        amount: price_raw.unwrap_or_else(|| wish.max.min(policy.max_per_job)),
    };
    policy
        .permits(&proposal, Committed::default(), System.now())
        .map_err(|refusal| forbidden(refusal.to_string()))?;
    session.output.result(&Plan {
        dry_run: true,
        offer_id: offer.offer_id,
        title: offer.terms.title,
        seller: offer.seller,
        price_raw,
        max_raw,
        input_hash: wish.input.digest(),
    })
}

impl Report for Plan {
    fn text(&self) -> String {
        let price = self.price_raw.map_or_else(
            || format!("by quote, at most {}", amount::show(self.max_raw)),
            amount::show,
        );
        format!(
            "Would buy \"{}\" ({price}) from {}.\noffer  {}\ninput  sha256 {}\nNothing was bought: leave --dry-run out to do it.",
            self.title, self.seller, self.offer_id, self.input_hash
        )
    }
}
