use super::*;
use crate::offer::samples::{at, fixed, offer};
use crate::time::Seconds;

/// The numbers of the offers on the only page.
fn found(query: &Query, listed: &[Offer]) -> Vec<u8> {
    let page = search(query, None, 100, listed.to_vec(), at(1_000));
    assert_eq!(page.next, None);
    numbers(&page.offers)
}

fn numbers(offers: &[Offer]) -> Vec<u8> {
    offers.iter().map(|offer| offer.id.as_bytes()[0]).collect()
}

fn words(text: &str) -> Query {
    let query = Query::for_words(text).unwrap();
    Query {
        sort: query.natural_sort(),
        ..query
    }
}

/// An offer with these words in its title, tags (separated by spaces) and description.
fn saying(number: u8, title: &str, tags: &str, description: &str) -> Offer {
    let mut offer = offer(number);
    offer.terms.title = title.to_owned();
    offer.terms.tags = tags.split_whitespace().map(str::to_owned).collect();
    offer.terms.description = description.to_owned();
    offer
}

#[test]
fn words_in_the_title_come_before_words_in_tags_before_words_in_the_description() {
    let listed = [
        saying(1, "other", "", "count words"),
        saying(2, "other", "count", "words"),
        saying(3, "other", "count words", ""),
        saying(4, "count", "", "words"),
        saying(5, "count", "words", ""),
        saying(6, "count words", "", ""),
        saying(7, "count words", "count words", "count words"),
        saying(8, "count", "", ""),
        saying(9, "count", "", "sword wordsmith"),
    ];
    // What stands in the better place counts once, and there; the newer one comes first among equals.
    assert_eq!(found(&words("count words"), &listed), [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(found(&words("words count words"), &listed), [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(found(&words("nothing"), &listed), [0; 0]);
}

#[test]
fn words_are_found_whatever_their_case_and_punctuation() {
    let listed = [
        saying(1, "Übersetzen (DE→EN), schnell!", "", ""),
        saying(2, "other", "text-to-speech", ""),
    ];
    for text in ["übersetzen", "ÜBERSETZEN", "de en", "schnell,", "en;DE"] {
        assert_eq!(found(&words(text), &listed), [1], "{text}");
    }
    for text in ["speech", "text-to-speech", "Text to SPEECH"] {
        assert_eq!(found(&words(text), &listed), [2], "{text}");
    }
    assert_eq!(found(&words(" , "), &listed), [2, 1], "no word at all is no condition");
}

#[test]
fn a_query_holds_so_many_words_and_repeats_count_once() {
    let many: Vec<String> = (0..Query::MAX_WORDS).map(|number| format!("w{number}")).collect();
    assert!(Query::for_words(&many.join(" ")).is_ok());
    assert!(Query::for_words(&[many.join(" "), many.join(" ")].join(" ")).is_ok());
    let more = format!("{} more", many.join(" "));
    assert_eq!(Query::for_words(&more), Err(InvalidQuery::TooManyWords));
}

#[test]
fn every_tag_that_is_asked_for_must_be_there() {
    let listed = [
        saying(1, "a", "x", ""),
        saying(2, "a", "x y", ""),
        saying(3, "a", "xy", ""),
    ];
    let tagged = |tags: &[&str]| Query {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        sort: Sort::Newest,
        ..Query::default()
    };
    assert_eq!(found(&tagged(&[]), &listed), [3, 2, 1]);
    assert_eq!(found(&tagged(&["x"]), &listed), [2, 1]);
    assert_eq!(found(&tagged(&["x", "y"]), &listed), [2]);
    assert_eq!(found(&tagged(&["x", "z"]), &listed), [0; 0]);
}

#[test]
fn a_price_range_holds_its_ends_and_no_offer_without_a_price() {
    let priced = |number, raw| {
        let mut offer = offer(number);
        offer.terms.pricing = fixed(raw);
        offer
    };
    let listed = [priced(1, 1), priced(2, 10), priced(3, u128::MAX), offer(4)];
    let between = |least: Option<u128>, most: Option<u128>, fixed_price| Query {
        price_min: least.map(RawAmount::from_raw),
        price_max: most.map(RawAmount::from_raw),
        fixed_price,
        sort: Sort::Newest,
        ..Query::default()
    };
    type Row = (Option<u128>, Option<u128>, Option<bool>, &'static [u8]);
    let rows: [Row; 9] = [
        (None, None, None, &[4, 3, 2, 1]),
        (Some(0), None, None, &[3, 2, 1]),
        (Some(10), None, None, &[3, 2]),
        (Some(11), None, None, &[3]),
        (None, Some(10), None, &[2, 1]),
        (None, Some(9), None, &[1]),
        (Some(10), Some(10), None, &[2]),
        (None, None, Some(true), &[3, 2, 1]),
        (None, None, Some(false), &[4]),
    ];
    for (least, most, fixed_price, expected) in rows {
        assert_eq!(
            found(&between(least, most, fixed_price), &listed),
            expected,
            "{least:?} to {most:?}"
        );
    }
}

#[test]
fn only_what_can_be_bought_now_is_shown() {
    let mut listed: Vec<Offer> = (1..=6).map(offer).collect();
    listed[0].status = OfferStatus::Paused;
    listed[1].status = OfferStatus::Cancelled;
    listed[2].status = OfferStatus::Expired;
    listed[3].expires_at = at(1_000);
    listed[4].expires_at = at(1_001);
    listed[5].seller = BotId::from_bytes([2; 32]);
    assert_eq!(found(&words(""), &listed), [6, 5]);
    let query = Query {
        seller: Some(BotId::from_bytes([1; 32])),
        ..Query::default()
    };
    assert_eq!(found(&query, &listed), [5]);
}

/// Twelve offers with ties in every order: three prices and none, three turnarounds, two an instant.
fn market() -> Vec<Offer> {
    (1..=12_u8)
        .map(|number| {
            let mut offer = saying(number, if number % 3 == 0 { "words" } else { "other" }, "", "words");
            offer.terms.pricing = if number % 4 == 0 {
                Pricing::Quote {}
            } else {
                fixed(u128::from(number % 4) * 10)
            };
            offer.terms.turnaround = Seconds(u32::from(number % 3) + 1);
            offer.created_at = at(u64::from(number) / 2);
            offer
        })
        .collect()
}

fn sorted_by(sort: Sort) -> Query {
    Query {
        sort,
        ..Query::for_words("words").unwrap()
    }
}

#[test]
fn each_order_is_what_it_says_and_ties_go_to_the_newer_and_then_to_the_smaller_id() {
    for (sort, expected) in [
        (Sort::Relevance, [12, 9, 6, 3, 10, 11, 8, 7, 4, 5, 2, 1]),
        (Sort::Newest, [12, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 1]),
        (Sort::PriceAsc, [9, 5, 1, 10, 6, 2, 11, 7, 3, 12, 8, 4]),
        (Sort::PriceDesc, [11, 7, 3, 10, 6, 2, 9, 5, 1, 12, 8, 4]),
        (Sort::TurnaroundAsc, [12, 9, 6, 3, 10, 7, 4, 1, 11, 8, 5, 2]),
    ] {
        assert_eq!(found(&sorted_by(sort), &market()), expected, "{sort}");
    }
}

#[test]
fn pages_of_any_size_put_together_are_the_whole() {
    for sort in Sort::ALL {
        let query = sorted_by(*sort);
        let whole = found(&query, &market());
        for size in 1..=13 {
            let (mut read, mut after) = (Vec::new(), None);
            loop {
                let page = search(&query, after.as_ref(), size, market(), at(1_000));
                assert!(
                    page.offers.len() == size || page.next.is_none(),
                    "only the last page is short"
                );
                read.extend(numbers(&page.offers));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(read, whole, "{sort}, {size} on a page");
        }
    }
}

#[test]
fn following_a_cursor_shows_nothing_twice_and_skips_nothing_that_stays() {
    for sort in Sort::ALL {
        let query = sorted_by(*sort);
        let whole = found(&query, &market());
        for size in 1..=6 {
            let mut listed = market();
            let (mut read, mut after, mut gone) = (Vec::new(), None, Vec::new());
            for round in 1..=50_u8 {
                let now = at(1_000 + u64::from(round));
                let page = search(&query, after.as_ref(), size, listed.clone(), now);
                read.extend(numbers(&page.offers));
                after = page.next;
                if after.is_none() {
                    break;
                }
                // Between two pages one offer is published, one that was read and one that was not are withdrawn, and one
                // expires: each as far from the other as may be.
                let mut late = saying(100 + round, "words", "", "");
                late.created_at = at(1_001 + u64::from(round));
                late.terms.pricing = fixed(u128::from(round));
                listed.push(late);
                let mut unread = whole
                    .iter()
                    .filter(|number| !read.contains(number) && !gone.contains(*number));
                let (paused, expired) = (unread.next().copied(), unread.next_back().copied());
                for offer in &mut listed {
                    let number = offer.id.as_bytes()[0];
                    if Some(number) == paused || Some(&number) == read.first() {
                        offer.status = OfferStatus::Paused;
                    } else if Some(number) == expired {
                        offer.expires_at = at(1_001 + u64::from(round));
                    }
                }
                gone.extend(paused.into_iter().chain(expired));
            }
            let stayed: Vec<u8> = whole.iter().copied().filter(|number| !gone.contains(number)).collect();
            assert_eq!(read, stayed, "{sort}, {size} on a page");
        }
    }
}

#[test]
fn a_page_ends_where_the_offers_end() {
    let query = sorted_by(Sort::Newest);
    assert_eq!(search(&query, None, 12, market(), at(1_000)).next, None);
    let page = search(&query, None, 11, market(), at(1_000));
    let last = search(&query, page.next.as_ref(), 11, market(), at(1_000));
    assert_eq!((last.offers.len(), last.next), (1, None));
    // Everything after the cursor may be gone by the time it is followed.
    let nothing = search(&query, page.next.as_ref(), 11, Vec::new(), at(1_000));
    assert_eq!((nothing.offers.len(), nothing.next), (0, None));
}

#[test]
fn a_cursor_survives_its_journey_and_queries_are_told_apart() {
    let page = search(&sorted_by(Sort::PriceDesc), None, 3, market(), at(1_000));
    let position = page.next.unwrap();
    let text = serde_json::to_string(&position).unwrap();
    assert_eq!(serde_json::from_str::<Position>(&text).unwrap(), position);

    let query = sorted_by(Sort::PriceAsc);
    assert_eq!(query.fingerprint(), sorted_by(Sort::PriceAsc).fingerprint());
    assert_ne!(query.fingerprint(), sorted_by(Sort::PriceDesc).fingerprint());
    let tagged = Query {
        tags: vec!["x".to_owned()],
        ..query.clone()
    };
    assert_ne!(query.fingerprint(), tagged.fingerprint());
}
