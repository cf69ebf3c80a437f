//! Finding offers over HTTP, while their sellers publish, pause, cancel and let them expire.

use std::collections::BTreeSet;
use std::time::Duration;

use nanoark_client::wire::offers::{OfferView, PublishOffer};
use nanoark_client::{OffersQuery, PricingKind};
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::{OfferStatus, Pricing, Sort};
use nanoark_domain::time::Seconds;
use nanoark_nano::RawAmount;

use crate::dice::Dice;
use crate::world::{Deal, World, plain_offer};

const SORTS: [Sort; 5] = [
    Sort::Relevance,
    Sort::Newest,
    Sort::PriceAsc,
    Sort::PriceDesc,
    Sort::TurnaroundAsc,
];

fn fixed(raw: u128) -> Pricing {
    Pricing::Fixed {
        amount_raw: RawAmount::from_raw(raw),
        standing_quote: None,
    }
}

fn titled(title: &str) -> PublishOffer {
    PublishOffer {
        title: title.to_owned(),
        description: String::new(),
        tags: Vec::new(),
        ..plain_offer()
    }
}

/// The seller publishes this, a moment after what was before.
async fn publish(deal: &Deal<'_>, offer: &PublishOffer) -> OfferView {
    deal.world.pass(Duration::from_millis(10));
    let key = deal.seller.fresh_key().unwrap();
    deal.seller.publish_offer(&key, offer).await.unwrap().value
}

/// The titles that a search finds, in order.
async fn titles(deal: &Deal<'_>, query: &OffersQuery) -> Vec<String> {
    let page = deal.buyer.search_offers(query).await.unwrap().value;
    assert_eq!(page.cursor, None);
    page.offers.into_iter().map(|offer| offer.terms.title).collect()
}

#[tokio::test]
async fn words_in_titles_come_before_words_in_tags_and_those_before_words_in_descriptions() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let described = |title: &str, tags: &[&str], description: &str| PublishOffer {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        description: description.to_owned(),
        ..titled(title)
    };
    for offer in [
        described("Read PDF files", &[], "of any size"),
        described("Convert documents", &["pdf"], "quickly"),
        described("Read documents", &["text"], "such as a PDF, or a scan"),
        described("Read PDF scans", &["pdf", "scan"], ""),
        described("Größe von Bäumen", &["forst"], "messen"),
    ] {
        publish(&deal, &offer).await;
    }
    for (words, expected) in [
        // Of equals the newer comes first.
        (
            "pdf",
            vec![
                "Read PDF scans",
                "Read PDF files",
                "Convert documents",
                "Read documents",
            ],
        ),
        (
            "PDF",
            vec![
                "Read PDF scans",
                "Read PDF files",
                "Convert documents",
                "Read documents",
            ],
        ),
        // Every word must be found, wherever.
        ("pdf scan", vec!["Read PDF scans", "Read documents"]),
        ("read pdf", vec!["Read PDF scans", "Read PDF files", "Read documents"]),
        (
            "pdf, PDF; pdf!",
            vec![
                "Read PDF scans",
                "Read PDF files",
                "Convert documents",
                "Read documents",
            ],
        ),
        ("größe", vec!["Größe von Bäumen"]),
        ("FORST", vec!["Größe von Bäumen"]),
        // Words are whole words.
        ("pd", vec![]),
        ("pdf nothing", vec![]),
    ] {
        assert_eq!(
            titles(&deal, &OffersQuery::for_words(words)).await,
            expected,
            "{words:?}"
        );
    }
}

#[tokio::test]
async fn every_filter_must_match() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    deal.seller
        .cancel_offer(&deal.key(), deal.offer.offer_id)
        .await
        .unwrap();
    let other = Deal::between(&world, 4, 2).await;
    other
        .seller
        .cancel_offer(&other.key(), other.offer.offer_id)
        .await
        .unwrap();
    let tagged = |title: &str, tags: &[&str], pricing| PublishOffer {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        pricing,
        ..titled(title)
    };
    publish(&deal, &tagged("a", &["x", "y"], fixed(10))).await;
    publish(&deal, &tagged("b", &["X", "z"], fixed(20))).await;
    publish(&deal, &tagged("c", &["y"], Pricing::Quote {})).await;
    publish(&other, &tagged("d", &["x"], fixed(u128::MAX))).await;
    let tags = |names: &[&str]| OffersQuery {
        tags: names.iter().map(|name| (*name).to_owned()).collect(),
        ..OffersQuery::default()
    };
    let price = |least: Option<u128>, most: Option<u128>| OffersQuery {
        price_min: least.map(RawAmount::from_raw),
        price_max: most.map(RawAmount::from_raw),
        ..OffersQuery::default()
    };
    let pricing = |kind| OffersQuery {
        pricing: Some(kind),
        ..OffersQuery::default()
    };
    let seller = |deal: &Deal<'_>| OffersQuery {
        seller: Some(deal.seller.bot().id()),
        ..OffersQuery::default()
    };
    for (case, query, expected) in [
        ("nothing asked", OffersQuery::default(), "dcba"),
        ("a tag", tags(&["x"]), "dba"),
        ("a tag in another case", tags(&["X"]), "dba"),
        ("both tags", tags(&["x", "y"]), "a"),
        ("a tag that nobody has", tags(&["x", "nobody"]), ""),
        ("a seller", seller(&deal), "cba"),
        ("another seller", seller(&other), "d"),
        ("fixed prices", pricing(PricingKind::Fixed), "dba"),
        ("prices by quote", pricing(PricingKind::Quote), "c"),
        ("from a price on", price(Some(20), None), "db"),
        ("up to a price", price(None, Some(20)), "ba"),
        ("within prices", price(Some(11), Some(20)), "b"),
        ("at a price", price(Some(10), Some(10)), "a"),
        ("at no price", price(Some(11), Some(19)), ""),
        (
            "all of them",
            OffersQuery {
                tags: vec!["x".to_owned()],
                price_max: Some(RawAmount::from_raw(15)),
                ..seller(&deal)
            },
            "a",
        ),
        (
            "cheapest first",
            OffersQuery {
                sort: Some(Sort::PriceAsc),
                ..OffersQuery::default()
            },
            "abdc",
        ),
        (
            "dearest first",
            OffersQuery {
                sort: Some(Sort::PriceDesc),
                ..OffersQuery::default()
            },
            "dbac",
        ),
    ] {
        assert_eq!(titles(&deal, &query).await.concat(), expected, "{case}");
    }
}

/// 300 offers; what is true of each is drawn by lot.
async fn market(deal: &Deal<'_>, dice: &mut Dice) -> Vec<OfferView> {
    let mut offers = Vec::new();
    for _ in 0..300 {
        let pricing = match dice.roll(3) {
            0 => Pricing::Quote {},
            _ => fixed(1 + dice.roll(20) as u128),
        };
        let offer = PublishOffer {
            title: format!("{} {}", dice.pick(&["red", "green"]), dice.pick(&["apple", "pear"])),
            description: dice.pick(&["apple", "plum", ""]).to_string(),
            tags: vec![dice.pick(&["apple", "fruit"]).to_string()],
            pricing,
            turnaround_seconds: Seconds(1 + dice.roll(5) as u32),
            // A few will be over while they are read.
            expires_at: (dice.roll(10) == 0).then(|| deal.world.now().plus(Seconds(600 + dice.roll(60) as u32))),
            ..plain_offer()
        };
        let key = deal.seller.fresh_key().unwrap();
        if dice.roll(4) > 0 {
            deal.world.pass(Duration::from_millis(1));
        }
        offers.push(deal.seller.publish_offer(&key, &offer).await.unwrap().value);
    }
    offers
}

/// What must not decrease from one result to the next in this order.
fn rank(sort: Sort, offer: &OfferView) -> (u128, u128) {
    let price = offer.terms.pricing.fixed_amount().map(RawAmount::raw);
    match sort {
        Sort::Relevance => {
            // The word is "apple".
            let title = offer.terms.title.contains("apple");
            let tag = offer.terms.tags.iter().any(|tag| tag == "apple");
            (u128::from(!title), u128::from(!title && !tag))
        }
        Sort::Newest => (0, 0),
        Sort::PriceAsc => (u128::from(price.is_none()), price.unwrap_or(0)),
        Sort::PriceDesc => (u128::from(price.is_none()), u128::MAX - price.unwrap_or(0)),
        Sort::TurnaroundAsc => (offer.terms.turnaround.0.into(), 0),
    }
}

#[tokio::test]
async fn a_cursor_shows_no_offer_twice_and_skips_none_while_offers_come_and_go() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let mut dice = Dice::seeded(7);
    let offers = market(&deal, &mut dice).await;
    world.set_clock(offers[0].created_at.plus(Seconds(590)));
    let mut gone: BTreeSet<OfferId> = BTreeSet::new();
    for sort in SORTS {
        let mut query = OffersQuery {
            sort: Some(sort),
            limit: Some(1 + dice.roll(60) as u32),
            ..OffersQuery::for_words("apple")
        };
        let begun = world.now();
        let listed_at_first: BTreeSet<OfferId> = offers
            .iter()
            .filter(|offer| {
                offer.terms.title.contains("apple")
                    || offer.terms.tags == ["apple"]
                    || offer.terms.description == "apple"
            })
            .filter(|offer| offer.expires_at > begun && !gone.contains(&offer.offer_id))
            .map(|offer| offer.offer_id)
            .collect();
        let mut shown: Vec<OfferView> = Vec::new();
        loop {
            let page = deal.buyer.search_offers(&query).await.unwrap().value;
            for offer in page.offers {
                assert_eq!(offer.status, OfferStatus::Active);
                assert!(
                    offer.expires_at > world.now() && !gone.contains(&offer.offer_id),
                    "{sort:?}: not to be bought"
                );
                shown.push(offer);
            }
            query.cursor = page.cursor;
            if query.cursor.is_none() {
                break;
            }
            // Between two pages offers are paused, cancelled and published, and some run out.
            world.pass(Duration::from_secs(1));
            let leaves = dice.pick(&offers).offer_id;
            if dice.roll(2) == 0 {
                deal.seller.pause_offer(&deal.key(), leaves).await.ok();
            } else {
                deal.seller.cancel_offer(&deal.key(), leaves).await.ok();
            }
            gone.insert(leaves);
            publish(&deal, &titled("a new apple")).await;
        }
        let ids: BTreeSet<OfferId> = shown.iter().map(|offer| offer.offer_id).collect();
        assert_eq!(ids.len(), shown.len(), "{sort:?}: shown twice");
        let ranks: Vec<(u128, u128)> = shown.iter().map(|offer| rank(sort, offer)).collect();
        assert!(ranks.is_sorted(), "{sort:?}");
        let newest_first = shown
            .windows(2)
            .all(|pair| rank(sort, &pair[0]) != rank(sort, &pair[1]) || pair[0].created_at >= pair[1].created_at);
        assert!(newest_first, "{sort:?}: of equals the newer comes first");
        assert!(
            shown.iter().all(|offer| offer.created_at <= begun),
            "{sort:?}: published since the first page"
        );
        let stayed: BTreeSet<OfferId> = offers
            .iter()
            .filter(|offer| offer.expires_at > world.now() && !gone.contains(&offer.offer_id))
            .map(|offer| offer.offer_id)
            .collect();
        let skipped: Vec<&OfferId> = listed_at_first
            .intersection(&stayed)
            .filter(|id| !ids.contains(id))
            .collect();
        assert!(skipped.is_empty(), "{sort:?}: {skipped:?} skipped");
        assert!(ids.len() > 50, "{sort:?}: {} offers are no test", ids.len());
        // The new ones are there for those who begin now; they leave before the next order is looked at.
        query.limit = Some(100);
        loop {
            let found = deal
                .buyer
                .search_offers(&OffersQuery {
                    limit: Some(100),
                    ..OffersQuery::for_words("new")
                })
                .await;
            let found = found.unwrap().value.offers;
            for offer in &found {
                deal.seller.cancel_offer(&deal.key(), offer.offer_id).await.unwrap();
            }
            if found.is_empty() {
                break;
            }
        }
    }
}

#[tokio::test]
async fn what_is_paused_cancelled_or_over_is_not_found_but_can_be_read() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let id = deal.offer.offer_id;
    let found = async || titles(&deal, &OffersQuery::default()).await.len();
    assert_eq!(found().await, 1);
    deal.seller.pause_offer(&deal.key(), id).await.unwrap();
    assert_eq!(found().await, 0);
    assert_eq!(deal.buyer.offer(id).await.unwrap().value.status, OfferStatus::Paused);
    deal.seller.resume_offer(&deal.key(), id).await.unwrap();
    assert_eq!(found().await, 1);
    // Over is over, whether the sweep has come or not.
    world.set_clock(deal.offer.expires_at);
    assert_eq!(found().await, 0);
    assert_eq!(deal.buyer.offer(id).await.unwrap().value.status, OfferStatus::Active);
    world.trigger("expire").await;
    assert_eq!(found().await, 0);
    assert_eq!(deal.buyer.offer(id).await.unwrap().value.status, OfferStatus::Expired);
}
