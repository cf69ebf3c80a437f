//! The same for offers: what sellers and the sweep order, and what a buyer relies on when it requests a job.

use std::cell::RefCell;
use std::collections::BTreeMap;

use nanoark_domain::bot::BotId;
use nanoark_domain::offer::{
    Example, Offer, OfferCommand, OfferEdit, OfferGuard, OfferOrder, OfferRejection, OfferStatus, OfferTerms, Pricing,
    RelianceOnOffer, StandingQuote,
};
use nanoark_domain::payload::Input;
use nanoark_domain::statement::StatementSignature;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_store::{CommitError, Committed, NewJob};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::jobs::{BUYER, OFFER, SELLER, STRANGER, T0, amount, any_job, instant};
use super::tables::{Tables, reliance_on};
use super::{config, runtime};

fn pricing() -> impl Strategy<Value = Pricing> {
    let standing = (30..=31_u32, 1..=2_u8).prop_map(|(lifetime, signature)| StandingQuote {
        quote_lifetime_seconds: Seconds(lifetime),
        signature: StatementSignature::from_bytes([signature; 64]),
    });
    let fixed = (amount(), prop::option::of(standing)).prop_map(|(amount_raw, standing_quote)| Pricing::Fixed {
        amount_raw,
        standing_quote,
    });
    prop_oneof![1 => Just(Pricing::Quote {}), 2 => fixed]
}

fn turnaround() -> impl Strategy<Value = Seconds> {
    (59..=61_u32).prop_map(Seconds)
}

fn schema() -> impl Strategy<Value = Option<Value>> {
    prop::option::of(select(vec![
        json!(true),
        json!({}),
        json!({ "type": "object", "#x": [1.5, null, "„"] }),
    ]))
}

fn example() -> impl Strategy<Value = Option<Example>> {
    prop::option::of(Just(Example {
        input: json!({ "text": "a b" }),
        output: json!(2),
    }))
}

fn tags() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(select(vec!["a", "b-c", "ü"]).prop_map(str::to_owned), 0..3)
}

fn any_offer() -> impl Strategy<Value = Offer> {
    let terms = (tags(), pricing(), turnaround(), schema(), schema(), example()).prop_map(
        |(tags, pricing, turnaround, input_schema, output_schema, example)| OfferTerms {
            title: "title".to_owned(),
            description: String::new(),
            tags,
            pricing,
            turnaround,
            input_schema,
            output_schema,
            example,
        },
    );
    let status = prop_oneof![
        3 => Just(OfferStatus::Active),
        3 => Just(OfferStatus::Paused),
        1 => Just(OfferStatus::Cancelled),
        1 => Just(OfferStatus::Expired),
    ];
    (terms, status, 1..=2_u64, instant()).prop_map(|(terms, status, revision, expires_at)| Offer {
        id: OFFER,
        seller: SELLER,
        terms,
        status,
        revision,
        created_at: T0,
        updated_at: T0,
        expires_at,
    })
}

fn any_edit() -> impl Strategy<Value = OfferEdit> {
    let texts = (
        prop::option::of(Just("other".to_owned())),
        prop::option::of(Just("#v".to_owned())),
    );
    let parts = (
        prop::option::of(tags()),
        prop::option::of(pricing()),
        prop::option::of(turnaround()),
        prop::option::of(instant()),
    );
    (texts, parts, schema(), schema(), example()).prop_map(
        |((title, description), (tags, pricing, turnaround, expires_at), input_schema, output_schema, example)| {
            OfferEdit {
                title,
                description,
                tags,
                pricing,
                turnaround,
                input_schema,
                output_schema,
                example,
                expires_at,
            }
        },
    )
}

/// A command, who asks (mostly whoever may), and how far the clock is from the offer's expiry.
fn any_order() -> impl Strategy<Value = (OfferCommand, bool, Option<BotId>, i64)> {
    let command = prop_oneof![
        any_edit().prop_map(|edit| OfferCommand::Edit(Box::new(edit))),
        Just(OfferCommand::Pause),
        Just(OfferCommand::Resume),
        Just(OfferCommand::Cancel),
        Just(OfferCommand::Expire),
    ];
    let other = select(vec![None, Some(SELLER), Some(STRANGER)]);
    (command, prop::bool::weighted(0.8), other, -1..=1_i64)
}

fn guard_name(guard: &OfferGuard) -> &'static str {
    match guard {
        OfferGuard::Exists => "exists",
        OfferGuard::NotForCaller => "caller",
        OfferGuard::SellerIs(_) => "seller",
        OfferGuard::StatusIn(_) => "status",
        OfferGuard::ExpiresAfter(_) => "stands",
        OfferGuard::ExpiredBy(_) => "expired",
        OfferGuard::RevisionIs(_) => "revision",
        OfferGuard::PricedAt(_) => "price",
        OfferGuard::TurnaroundIs(_) => "turnaround",
    }
}

/// Which conditions alone refused something.
#[derive(Default)]
struct Alone(BTreeMap<&'static str, u32>);

impl Alone {
    fn count(&mut self, offer: &Offer, guards: &[OfferGuard]) {
        let failing: Vec<&OfferGuard> = guards.iter().filter(|guard| guard.check(offer).is_err()).collect();
        let name = match failing.as_slice() {
            [] => "done",
            [alone] => guard_name(alone),
            _ => return,
        };
        *self.0.entry(name).or_default() += 1;
    }

    #[expect(clippy::print_stdout, reason = "the figures are wanted with --nocapture")]
    fn assert_complete(&self, names: &[&str]) {
        println!("{:?}", self.0);
        for name in names {
            assert!(self.0.contains_key(name), "{name} never decided alone");
        }
    }
}

fn at(offer: &Offer, offset: i64) -> Timestamp {
    Timestamp::from_millis(offer.expires_at.as_millis().saturating_add_signed(offset))
}

#[test]
fn the_rule_about_offers_accepts_what_the_condition_accepts_and_foretells_the_offer() {
    let runtime = runtime();
    let tables = runtime.block_on(Tables::new());
    let alone = RefCell::new(Alone::default());
    let cases = (any_offer(), prop::collection::vec(any_order(), 1..5));
    TestRunner::new(config())
        .run(&cases, |(offer, drafts)| {
            tables.clear();
            runtime.block_on(tables.import_offer(&offer));
            let mut offer = offer;
            for (command, rightly, other, offset) in drafts {
                let right = (command != OfferCommand::Expire).then_some(SELLER);
                let order = OfferOrder {
                    caller: if rightly { right } else { other },
                    command,
                    now: at(&offer, offset),
                };
                let before = tables.snapshot();
                let foretold = order.decide(Some(&offer));
                alone.borrow_mut().count(&offer, &order.guards());
                let done = runtime.block_on(give(&tables, &offer, &order));
                prop_assert_eq!(&done, &foretold, "{:?}", order);
                let after = tables.snapshot();
                match done {
                    Ok(changed) => {
                        prop_assert!(after.is_offer_index_right(&changed), "{:?}", order);
                        offer = changed;
                    }
                    Err(_) => prop_assert_eq!(after, before),
                }
            }
            Ok(())
        })
        .unwrap();
    let names = ["done", "caller", "seller", "status", "stands", "expired"];
    alone.into_inner().assert_complete(&names);
}

/// Gives the order; the offer as it is read back, or the rejection.
async fn give(tables: &Tables, offer: &Offer, order: &OfferOrder) -> Result<Offer, OfferRejection> {
    let outcome = match order.caller {
        None => tables.store.settle_offer(offer.id, order).await,
        Some(bot) => {
            let record = tables.record(bot, order.now);
            let ordered = tables.store.order_offer(&record, offer.id, order).await;
            ordered.map(|committed| assert_eq!(committed, Committed::Now))
        }
    };
    match outcome {
        Ok(()) => Ok(tables.store.offer(offer.id).await.unwrap().unwrap()),
        Err(CommitError::Rejected(rejection)) => Err(rejection),
        Err(error) => panic!("{error}: {order:?} of {offer:?}"),
    }
}

#[test]
fn an_order_about_an_offer_that_does_not_exist_is_refused_alike() {
    let runtime = runtime();
    let tables = runtime.block_on(Tables::new());
    let offer = super::tables::plain_offer();
    for (caller, command) in [
        (None, OfferCommand::Expire),
        (Some(SELLER), OfferCommand::Pause),
        (Some(SELLER), OfferCommand::Edit(Box::default())),
        (Some(SELLER), OfferCommand::Expire),
    ] {
        let order = OfferOrder {
            caller,
            command,
            now: T0,
        };
        assert_eq!(order.decide(None), Err(OfferRejection::NotFound));
        let given = runtime.block_on(give(&tables, &offer, &order));
        assert_eq!(given, Err(OfferRejection::NotFound));
    }
}

#[test]
fn a_job_begins_exactly_when_the_offer_is_what_its_buyer_relies_on() {
    let runtime = runtime();
    let tables = runtime.block_on(Tables::new());
    let alone = RefCell::new(Alone::default());
    let cases = (any_offer(), any_offer(), 0..=7_u8, -1..=1_i64, any_job(), any::<bool>());
    TestRunner::new(config())
        .run(&cases, |(offer, other, flaw, offset, job, exists)| {
            tables.clear();
            if exists || flaw < 5 {
                runtime.block_on(tables.import_offer(&offer));
            }
            let mut reliance: RelianceOnOffer = reliance_on(&offer);
            match flaw {
                1 => reliance.revision = other.revision,
                2 => reliance.pricing = other.terms.pricing,
                3 => reliance.turnaround = other.terms.turnaround,
                4 => reliance.seller = STRANGER,
                _ => {}
            }
            let now = at(&offer, offset);
            let stored = runtime.block_on(tables.store.offer(OFFER)).unwrap();
            let foretold = reliance.check(stored.as_ref(), now);
            if let Some(offer) = &stored {
                alone.borrow_mut().count(offer, &reliance.guards(now));
            }
            let new = NewJob {
                job,
                reliance,
                input: Input::Json(json!(null)),
            };
            let before = tables.snapshot();
            let begun = runtime.block_on(tables.store.begin_job(&tables.record(BUYER, now), &new));
            match (begun, foretold) {
                (Ok(Committed::Now), Ok(())) => {
                    let read = runtime.block_on(tables.store.job(new.job.id)).unwrap();
                    prop_assert_eq!(read, Some(new.job));
                }
                (Err(CommitError::Rejected(rejection)), Err(foretold)) => {
                    prop_assert_eq!(rejection, foretold);
                    prop_assert_eq!(tables.snapshot(), before);
                }
                (begun, foretold) => prop_assert!(false, "{begun:?}, but {foretold:?}"),
            }
            Ok(())
        })
        .unwrap();
    let names = ["done", "seller", "status", "stands", "revision", "price", "turnaround"];
    alone.into_inner().assert_complete(&names);
}
