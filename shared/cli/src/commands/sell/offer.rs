//! What is offered: from a file, from options, or both.

use std::path::PathBuf;

use nanoark_bots::seller::{InvalidOfferFile, OfferFile};
use nanoark_nano::RawAmount;
use serde_json::{Map, Value};

use crate::amount;
use crate::failure::Failure;
use crate::input;

/// What is offered.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is offered")]
pub(super) struct Terms {
    /// The offer as JSON (docs/cli.md, "Offer files")
    #[arg(long, value_name = "FILE", conflicts_with_all = ["title", "description", "tags", "turnaround", "standing_quote"])]
    offer: Option<PathBuf>,
    /// What is offered, in one line
    #[arg(long, required_unless_present = "offer")]
    title: Option<String>,
    /// What is offered, at length
    #[arg(long)]
    description: Option<String>,
    /// A word to find it by; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The price of every job, such as 0.001XNO; also in the place of the file's
    #[arg(long, value_name = "AMOUNT", value_parser = amount::parse)]
    price: Option<RawAmount>,
    /// How many seconds a result takes at most, once it is paid
    #[arg(long, value_name = "SECONDS")]
    turnaround: Option<u32>,
    /// Promise that every quote is at this price and stands so many seconds
    #[arg(long, value_name = "SECONDS")]
    standing_quote: Option<u32>,
}

/// The turnaround that is promised unless another is.
const TURNAROUND: u32 = 60;

impl Terms {
    /// The offer, checked.
    pub(super) fn read(&self, has_quoter: bool) -> Result<OfferFile, Failure> {
        if let Some(file) = &self.offer {
            let named = file.display().to_string();
            let offer = OfferFile::parse(&input::file(file)?).map_err(|error| wrong(&named, &error))?;
            return match self.price {
                Some(price) => offer.with_price(price).map_err(|error| wrong("--price", &error)),
                None => Ok(offer),
            };
        }
        OfferFile::parse(&self.as_file(has_quoter).to_string()).map_err(|error| wrong("the offer", &error))
    }

    /// The options as the file that they stand for.
    fn as_file(&self, has_quoter: bool) -> Value {
        let mut file = Map::new();
        let mut put = |name: &str, value: Value| file.insert(name.to_owned(), value);
        put("title", self.title.clone().unwrap_or_default().into());
        put("turnaround_seconds", self.turnaround.unwrap_or(TURNAROUND).into());
        put("tags", self.tags.clone().into());
        if let Some(description) = &self.description {
            put("description", description.clone().into());
        }
        match self.price {
            Some(price) => put("price_raw", price.to_string().into()),
            None => put("price_per_job", has_quoter.into()),
        };
        if let Some(standing) = self.standing_quote {
            put("standing_quote_seconds", standing.into());
        }
        Value::Object(file)
    }
}

fn wrong(what: &str, error: &InvalidOfferFile) -> Failure {
    let next = match error {
        InvalidOfferFile::Price => {
            "say what a job costs with --price 0.001XNO, or who says so with --quote-exec PROGRAM"
        }
        InvalidOfferFile::Json(_)
        | InvalidOfferFile::Xno(_)
        | InvalidOfferFile::Standing
        | InvalidOfferFile::Lifetime
        | InvalidOfferFile::Name
        | InvalidOfferFile::Terms(_) => "mend what the message names; docs/cli.md describes offer files",
    };
    Failure::usage(format!("{what}: {error}"), next)
}
