//! The bot's own offers: publishing, editing, pausing, resuming, ending.

use std::path::Path;

use nanoark_bots::seller::{OfferFile, OfferedPrice};
use nanoark_client::wire::offers::{EditOffer, OfferChanged, OfferView, PublishOffer};
use nanoark_client::{Bot, Client, HttpTransport, IdempotencyKey};
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::{OfferStatus, OfferTerms, Pricing};
use nanoark_domain::time::Timestamp;
use nanoark_http::problem::Code;
use schemars::JsonSchema;
use serde::Serialize;

use super::Shown;
use crate::failure::{Failure, Trouble};
use crate::input;
use crate::output::Report;
use crate::session::Session;

/// What becomes of an offer without new terms.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Pause,
    Resume,
    Cancel,
}

/// Where the offer stands now.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Changed {
    /// The offer.
    #[schemars(with = "String")]
    offer_id: OfferId,
    /// `active`, `paused`, `cancelled` or `expired`.
    #[schemars(with = "String")]
    status: OfferStatus,
    /// When it changed.
    #[schemars(with = "String")]
    updated_at: Timestamp,
}

/// Publishes, under a key that makes a second try the same offer.
pub(super) async fn publish(session: &Session, file: &Path, key: Option<IdempotencyKey>) -> Result<(), Failure> {
    let offer = read(file)?;
    let client = session.own_client()?;
    let key = match key {
        Some(key) => {
            if let Some(offer) = published(&client, &key, &offer).await? {
                return session.output.result(&Shown { offer });
            }
            key
        }
        None => client.fresh_key()?,
    };
    let pricing = pricing(&offer, client.bot(), &key)?;
    let expires_at = client.surroundings().now().plus(offer.lifetime());
    let OfferTerms {
        title,
        description,
        tags,
        turnaround,
        input_schema,
        output_schema,
        example,
        ..
    } = offer.terms().clone();
    let body = PublishOffer {
        title,
        description,
        tags,
        pricing,
        turnaround_seconds: turnaround,
        input_schema,
        output_schema,
        example,
        expires_at: Some(expires_at),
    };
    let offer = client.publish_offer(&key, &body).await?.value;
    session.output.result(&Shown { offer })
}

/// The offer that was published under this key before, if one was.
async fn published(
    client: &Client<HttpTransport>,
    key: &IdempotencyKey,
    offer: &OfferFile,
) -> Result<Option<OfferView>, Failure> {
    let id = client.bot().offer_id(key);
    let shown = match client.offer(id).await {
        Ok(answer) => answer.value,
        Err(error) if error.code() == Some(Code::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let meant = OfferTerms {
        pricing: pricing(offer, client.bot(), key)?,
        ..offer.terms().clone()
    };
    if shown.terms == meant {
        return Ok(Some(shown));
    }
    Err(Failure::new(
        Trouble::KeyTaken,
        format!("{id} was published under this key, with other terms"),
        format!("`nanoark offers edit {id} FILE` changes it; another --key publishes another offer"),
    ))
}

/// Pauses the offer, replaces its terms, and resumes it if it was for sale before.
pub(super) async fn edit(session: &Session, id: OfferId, file: &Path) -> Result<(), Failure> {
    let offer = read(file)?;
    let client = session.own_client()?;
    let before = client.offer(id).await?.value;
    if matches!(offer.price(), OfferedPrice::Fixed { standing: Some(_), .. }) {
        return Err(Failure::usage(
            "a promise that quotes stand is made when an offer is published, not by an edit",
            "leave standing_quote_seconds out, or publish a new offer",
        ));
    }
    let for_sale = before.status == OfferStatus::Active;
    if for_sale {
        client.pause_offer(&client.fresh_key()?, id).await?;
    }
    let edited = replace(&client, id, &offer).await;
    if for_sale {
        client
            .resume_offer(&client.fresh_key()?, id)
            .await
            .map_err(|error| Failure {
                next: format!("it is paused: `nanoark offers resume {id}`"),
                ..Failure::from(error)
            })?;
    }
    edited?;
    let offer: OfferView = client.offer(id).await?.value;
    session.output.result(&Shown { offer })
}

async fn replace(client: &Client<HttpTransport>, id: OfferId, offer: &OfferFile) -> Result<(), Failure> {
    let terms = offer.terms().clone();
    let edit = EditOffer {
        title: Some(terms.title),
        description: Some(terms.description),
        tags: Some(terms.tags),
        pricing: Some(terms.pricing),
        turnaround_seconds: Some(terms.turnaround),
        input_schema: terms.input_schema,
        output_schema: terms.output_schema,
        example: terms.example,
        expires_at: Some(client.surroundings().now().plus(offer.lifetime())),
    };
    client.edit_offer(&client.fresh_key()?, id, &edit).await?;
    Ok(())
}

pub(super) async fn change(session: &Session, id: OfferId, change: Change) -> Result<(), Failure> {
    let client = session.own_client()?;
    let key = client.fresh_key()?;
    let answer = match change {
        Change::Pause => client.pause_offer(&key, id).await?,
        Change::Resume => client.resume_offer(&key, id).await?,
        Change::Cancel => client.cancel_offer(&key, id).await?,
    };
    let OfferChanged {
        offer_id,
        status,
        updated_at,
    } = answer.value;
    session.output.result(&Changed {
        offer_id,
        status,
        updated_at,
    })
}

fn read(file: &Path) -> Result<OfferFile, Failure> {
    OfferFile::parse(&input::file(file)?).map_err(|error| {
        Failure::usage(
            format!("{}: {error}", file.display()),
            "an offer file is described in docs/cli.md, \"Offer files\"",
        )
    })
}

/// The price, with the promise signed where the file makes one.
fn pricing(offer: &OfferFile, bot: &Bot, key: &IdempotencyKey) -> Result<Pricing, Failure> {
    match offer.price() {
        OfferedPrice::PerJob => Ok(Pricing::Quote {}),
        OfferedPrice::Fixed { amount, standing } => {
            let standing_quote = standing
                .map(|lifetime| bot.standing_quote(key, amount, lifetime))
                .transpose();
            Ok(Pricing::Fixed {
                amount_raw: amount,
                standing_quote: standing_quote.map_err(|error| Failure::internal(&error))?,
            })
        }
    }
}

impl Report for Changed {
    fn text(&self) -> String {
        format!("{} is {}", self.offer_id, self.status)
    }
}
