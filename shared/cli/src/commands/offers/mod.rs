//! `nanoark offers`.

mod own;
mod search;

use std::path::PathBuf;

use nanoark_client::IdempotencyKey;
use nanoark_client::wire::offers::OfferView;
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::Pricing;
use schemars::JsonSchema;
use serde::Serialize;

use crate::amount;
use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

pub(crate) use own::Changed;
pub(crate) use search::Found;

/// What to do with offers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Find active offers
    Search(search::Arguments),
    /// Show one offer with its schemas and example
    #[command(
        after_help = "Examples:\n  nanoark offers show OFFER\n  nanoark --json offers show OFFER | jq .offer.pricing"
    )]
    Show {
        /// The offer
        offer: OfferId,
    },
    /// Publish an offer without serving it; `nanoark sell` does both
    #[command(after_help = "Examples:
  nanoark offers publish summaries.json
  nanoark offers publish summaries.json --key summaries-1     twice is the same offer")]
    Publish {
        /// The offer as JSON, as `nanoark sell --offer` takes it
        file: PathBuf,
        /// The offer's name for this bot: published twice under one name, it is one offer
        #[arg(long, value_name = "NAME")]
        key: Option<IdempotencyKey>,
    },
    /// Replace the terms of an offer; it is paused meanwhile
    #[command(after_help = "Example:\n  nanoark offers edit OFFER summaries.json")]
    Edit {
        /// The offer
        offer: OfferId,
        /// The new terms as JSON, all of them
        file: PathBuf,
    },
    /// Take an offer out of the search
    #[command(after_help = "Example:\n  nanoark offers pause OFFER")]
    Pause {
        /// The offer
        offer: OfferId,
    },
    /// Put a paused offer back
    #[command(after_help = "Example:\n  nanoark offers resume OFFER")]
    Resume {
        /// The offer
        offer: OfferId,
    },
    /// End an offer for good
    #[command(after_help = "Example:\n  nanoark offers cancel OFFER")]
    Cancel {
        /// The offer
        offer: OfferId,
    },
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<(), Failure> {
    match command {
        Command::Search(arguments) => search::run(session, arguments).await,
        Command::Show { offer } => {
            let offer = session.public_client()?.offer(offer).await?.value;
            session.output.result(&Shown { offer })
        }
        Command::Publish { file, key } => own::publish(session, &file, key).await,
        Command::Edit { offer, file } => own::edit(session, offer, &file).await,
        Command::Pause { offer } => own::change(session, offer, own::Change::Pause).await,
        Command::Resume { offer } => own::change(session, offer, own::Change::Resume).await,
        Command::Cancel { offer } => own::change(session, offer, own::Change::Cancel).await,
    }
}

/// One offer.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shown {
    /// The offer, as `GET /v1/offers/{offer_id}` answers (docs/api.md).
    #[schemars(with = "serde_json::Value")]
    pub(crate) offer: OfferView,
}

impl Report for Shown {
    fn text(&self) -> String {
        let OfferView {
            offer_id,
            seller,
            status,
            terms,
            expires_at,
            ..
        } = &self.offer;
        let mut lines = vec![
            terms.title.clone(),
            format!("offer       {offer_id}  ({status})"),
            format!("seller      {seller}"),
            format!("price       {}", price(&terms.pricing)),
            format!("turnaround  {} s", terms.turnaround.0),
            format!("expires     {expires_at}"),
        ];
        if !terms.tags.is_empty() {
            lines.push(format!("tags        {}", terms.tags.join(", ")));
        }
        if !terms.description.is_empty() {
            lines.push(format!("\n{}", terms.description));
        }
        if let Some(example) = &terms.example {
            lines.push(format!("\nexample input   {}", example.input));
            lines.push(format!("example result  {}", example.output));
        }
        if let Some(schema) = &terms.input_schema {
            lines.push(format!("input schema    {schema}"));
        }
        lines.join("\n")
    }
}

/// What an offer costs, for people.
fn price(pricing: &Pricing) -> String {
    match pricing {
        Pricing::Fixed {
            amount_raw,
            standing_quote,
        } => match standing_quote {
            Some(_) => format!("{} (promised)", amount::show(*amount_raw)),
            None => amount::show(*amount_raw),
        },
        Pricing::Quote {} => "by quote".to_owned(),
    }
}
