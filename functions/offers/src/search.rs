//! `GET /v1/offers`: what can be bought right now.

use http::StatusCode;
use nanoark_domain::bot::BotId;
use nanoark_domain::limits::Limits;
use nanoark_domain::offer::{Position, Query, Sort, search};
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::{Request, Response};
use nanoark_http::wire::offers::{OfferPage, OfferView};
use nanoark_http::wire::{cursor_text, parse_cursor};
use nanoark_nano::RawAmount;
use nanoark_runtime::{Function, Relay, Trigger, query, read_failed};
use serde::{Deserialize, Serialize};

/// The function.
pub const FUNCTION: Function = Function {
    name: "search-offers",
    trigger: Trigger::Public(|relay, request| Box::pin(handle(relay, request))),
};

/// A place in the result of one very query.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    /// The digest of the query, so that a cursor is not taken into another.
    query: String,
    position: Position,
}

async fn handle(relay: &Relay, request: &Request) -> Result<Response, Problem> {
    let wanted = Wanted::read(request.query.as_deref().unwrap_or(""), relay.limits())?;
    let listed = relay.store().listed_offers().await.map_err(read_failed)?;
    let page = search(&wanted.query, wanted.after.as_ref(), wanted.limit, listed, relay.now());
    let next = page.next.map(|position| Cursor {
        query: wanted.fingerprint,
        position,
    });
    let page = OfferPage {
        offers: page.offers.into_iter().map(OfferView::from).collect(),
        cursor: next.as_ref().map(cursor_text),
    };
    Response::json(StatusCode::OK, &page).map_err(|error| Problem::new(Code::Internal, error.to_string()))
}

/// What the query string asks for.
struct Wanted {
    query: Query,
    fingerprint: String,
    after: Option<Position>,
    limit: usize,
}

impl Wanted {
    fn read(text: &str, limits: &Limits) -> Result<Self, Problem> {
        const KNOWN: [&str; 9] = [
            "q",
            "tags",
            "seller",
            "pricing",
            "price_min_raw",
            "price_max_raw",
            "sort",
            "cursor",
            "limit",
        ];
        let parameters = query::read(text, &KNOWN)?;
        let amount = |text: &str| text.parse::<RawAmount>().map_err(|_| "must be decimal raw");
        let mut query = Query::for_words(parameters.get("q").unwrap_or(""))?;
        query.tags = parameters.list("tags", |tag| Ok(tag.trim().to_lowercase()))?;
        query.seller = parameters.optional("seller", |text| {
            text.parse::<BotId>()
                .map_err(|_| "must be a bot id: 64 lower-case hex digits")
        })?;
        query.fixed_price = parameters.optional("pricing", |text| match text {
            "fixed" => Ok(true),
            "quote" => Ok(false),
            _ => Err("must be fixed or quote"),
        })?;
        query.price_min = parameters.optional("price_min_raw", amount)?;
        query.price_max = parameters.optional("price_max_raw", amount)?;
        let sort = parameters.optional("sort", |text| {
            Sort::named(text).ok_or("must be relevance, newest, price_asc, price_desc or turnaround_asc")
        })?;
        query.sort = sort.unwrap_or_else(|| query.natural_sort());

        let fingerprint = query.fingerprint();
        let after = match parameters.get("cursor") {
            None => None,
            Some(text) => {
                let cursor: Cursor = parse_cursor(text)?;
                if cursor.query != fingerprint {
                    return Err(Problem::new(Code::BadCursor, "The cursor belongs to another query."));
                }
                Some(cursor.position)
            }
        };
        Ok(Self {
            query,
            fingerprint,
            after,
            limit: parameters.page_size(limits)?,
        })
    }
}
