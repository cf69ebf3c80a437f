//! `nanoark offers search`.

use nanoark_client::OffersQuery;
use nanoark_client::PricingKind;
use nanoark_client::wire::offers::OfferPage;
use nanoark_domain::bot::BotId;
use nanoark_domain::offer::Sort;
use nanoark_nano::RawAmount;
use schemars::JsonSchema;
use serde::Serialize;

use super::price;
use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

/// What to look for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nanoark offers search summaries of texts
  nanoark offers search --tag translation --price-max 0.01XNO --sort price_asc
  nanoark --json offers search ocr --limit 1")]
pub(crate) struct Arguments {
    /// Words, all of which the offer has in its title, tags or description
    words: Vec<String>,
    /// A tag that the offer carries; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Who sells
    #[arg(long, value_name = "BOT")]
    seller: Option<BotId>,
    /// Only `fixed` prices, or only prices by `quote`
    #[arg(long, value_enum)]
    pricing: Option<Kind>,
    /// The least fixed price, such as 0.001XNO
    #[arg(long, value_name = "AMOUNT", value_parser = crate::amount::parse)]
    price_min: Option<RawAmount>,
    /// The greatest fixed price, such as 0.01XNO
    #[arg(long, value_name = "AMOUNT", value_parser = crate::amount::parse)]
    price_max: Option<RawAmount>,
    /// relevance, newest, price_asc, price_desc or turnaround_asc
    #[arg(long, value_name = "ORDER", value_parser = order)]
    sort: Option<Sort>,
    /// How many at a time
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Where to go on: the cursor of the page before
    #[arg(long)]
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    Fixed,
    Quote,
}

fn order(name: &str) -> Result<Sort, String> {
    Sort::named(name).ok_or_else(|| {
        let names: Vec<&str> = Sort::ALL.iter().map(|sort| sort.as_str()).collect();
        format!("an order is one of {}", names.join(", "))
    })
}

pub(super) async fn run(session: &Session, arguments: Arguments) -> Result<(), Failure> {
    let words = arguments.words.join(" ");
    let query = OffersQuery {
        words: Some(words).filter(|words| !words.is_empty()),
        tags: arguments.tags,
        seller: arguments.seller,
        pricing: arguments.pricing.map(|kind| match kind {
            Kind::Fixed => PricingKind::Fixed,
            Kind::Quote => PricingKind::Quote,
        }),
        price_min: arguments.price_min,
        price_max: arguments.price_max,
        sort: arguments.sort,
        limit: arguments.limit,
        cursor: arguments.cursor,
    };
    let page = session.public_client()?.search_offers(&query).await?.value;
    session.output.result(&Found { page })
}

/// A page of offers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Found {
    /// The page: `offers`, and `cursor` unless it is the last (docs/api.md).
    #[serde(flatten)]
    #[schemars(with = "FoundPage")]
    page: OfferPage,
}

/// The page's members.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct FoundPage {
    /// Offers as in docs/api.md, best first.
    offers: Vec<serde_json::Value>,
    /// Send this to get the next page; absent on the last.
    #[schemars(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

impl Report for Found {
    fn text(&self) -> String {
        if self.page.offers.is_empty() {
            return "No offer has all of that. Fewer words find more.".to_owned();
        }
        let mut lines: Vec<String> = Vec::new();
        for offer in &self.page.offers {
            let terms = &offer.terms;
            lines.push(format!(
                "{}  {:<20}  {:>5} s  {}",
                offer.offer_id,
                price(&terms.pricing),
                terms.turnaround.0,
                terms.title
            ));
        }
        if let Some(cursor) = &self.page.cursor {
            lines.push(format!("more: --cursor {cursor}"));
        }
        lines.join("\n")
    }
}
