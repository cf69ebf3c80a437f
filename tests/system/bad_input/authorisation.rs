//! Who may call what: every route, every role, every cell.

use nanoark_http::problem::Code;
use nanoark_http::routes::{ROUTES, Service};

use crate::calls::{BUYER, SELLER, STRANGER, mutations, ready};
use crate::world::{Deal, Draft, World};

/// What comes of a call that is right in everything but perhaps its caller.
#[derive(Clone, Copy, Debug)]
enum Cell {
    /// It is done.
    Done,
    /// It is not signed.
    Who,
    /// The caller may know of the thing, but not do this.
    NotYou,
    /// There is no such thing, for all that the caller can tell.
    NoSuch,
    /// A bot cannot buy from itself.
    Own,
}

use Cell::{Done, NoSuch, NotYou, Own, Who};

impl Cell {
    const fn code(self) -> Option<Code> {
        match self {
            Done => None,
            Who => Some(Code::SignatureMissing),
            NotYou => Some(Code::Forbidden),
            NoSuch => Some(Code::NotFound),
            Own => Some(Code::OwnOffer),
        }
    }
}

#[rustfmt::skip]
const MATRIX: [(&str, [Cell; 4]); 22] = [
    // function           anybody stranger buyer   seller
    ("publish-offer",    [Who,    Done,    Done,   Done]),
    ("search-offers",    [Done,   Done,    Done,   Done]),
    ("get-offer",        [Done,   Done,    Done,   Done]),
    ("edit-offer",       [Who,    NotYou,  NotYou, Done]),
    ("pause-offer",      [Who,    NotYou,  NotYou, Done]),
    ("resume-offer",     [Who,    NotYou,  NotYou, Done]),
    ("cancel-offer",     [Who,    NotYou,  NotYou, Done]),
    ("request-job",      [Who,    Done,    Done,   Own]),
    ("list-jobs",        [Who,    Done,    Done,   Done]),
    ("get-job",          [Who,    NoSuch,  Done,   Done]),
    ("quote-job",        [Who,    NoSuch,  NotYou, Done]),
    ("accept-job",       [Who,    NoSuch,  Done,   NotYou]),
    ("decline-job",      [Who,    NoSuch,  NotYou, Done]),
    ("cancel-job",       [Who,    NoSuch,  Done,   NotYou]),
    ("submit-payment",   [Who,    NoSuch,  Done,   NotYou]),
    ("lock-job",         [Who,    NoSuch,  NotYou, Done]),
    ("renew-lock",       [Who,    NoSuch,  NotYou, Done]),
    ("release-lock",     [Who,    NoSuch,  NotYou, Done]),
    ("deliver-job",      [Who,    NoSuch,  NotYou, Done]),
    ("record-refund",    [Who,    NoSuch,  NotYou, Done]),
    ("health",           [Done,   Done,    Done,   Done]),
    ("ready",            [Done,   Done,    Done,   Done]),
];

#[tokio::test]
async fn every_route_lets_exactly_its_callers_through() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.requested().await;
    let mut number = 0;
    for route in ROUTES.iter().filter(|route| route.service == Service::JobRelay) {
        let function = route.function;
        let (_, cells) = MATRIX
            .iter()
            .find(|(name, _)| *name == function)
            .unwrap_or_else(|| panic!("{function} is in no row"));
        for (role, cell) in [None, Some(STRANGER), Some(BUYER), Some(SELLER)].into_iter().zip(cells) {
            number += 1;
            let bot = role.unwrap_or(SELLER);
            let draft = if mutations().any(|mutation| mutation == route) {
                ready(&deal, function, bot, number).await
            } else {
                let query = if function == "list-jobs" { "?role=seller" } else { "" };
                let path = route.path.replace("{job_id}", &job_id.to_string());
                Draft::get(
                    bot,
                    path.replace("{offer_id}", &deal.offer.offer_id.to_string()) + query,
                )
            };
            let request = match role {
                Some(_) => draft.signed(&world),
                None => draft.unsigned(),
            };
            let case = format!("{function} by {role:?}");
            match cell.code() {
                None => drop(world.done(&case, request).await),
                Some(code) => drop(world.refused(&case, request, code).await),
            }
        }
    }
    assert_eq!(number as usize, MATRIX.len() * 4);
}

#[tokio::test]
async fn a_stranger_is_told_the_same_of_a_job_that_there_is_and_of_one_that_there_is_not() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (number, route) in mutations().filter(|route| route.path.contains("{job_id}")).enumerate() {
        let there = ready(&deal, route.function, STRANGER, number as u32).await;
        let id = there.target.split('/').nth(3).unwrap();
        let nowhere = there
            .clone()
            .with_target(there.target.replace(id, &format!("job_{}", "00".repeat(16))));
        let mut told = Vec::new();
        for draft in [there, nowhere] {
            let statement = draft.body.clone();
            let mut problem = world.send(draft.signed(&world)).await;
            // A quote or receipt names its job, so that for another job the signature is what is wrong first.
            if ["quote-job", "deliver-job"].contains(&route.function) && told.len() == 1 {
                assert!(!statement.is_empty());
                problem = world
                    .send(ready_nowhere(&deal, route.function, number as u32).await.signed(&world))
                    .await;
            }
            let mut document = crate::world::problem(route.function, &problem, Code::NotFound);
            for of_the_request in ["request_id", "instance"] {
                document.as_object_mut().unwrap().remove(of_the_request);
            }
            told.push(document);
        }
        assert_eq!(told[0], told[1], "{}", route.function);
    }
    // Nor does a list or a read of it differ.
    let job_id = deal.requested().await;
    let read = Draft::get(STRANGER, format!("/v1/jobs/{job_id}")).signed(&world);
    world.refused("read", read, Code::NotFound).await;
    for role in ["buyer", "seller"] {
        let list = Draft::get(STRANGER, format!("/v1/jobs?role={role}")).signed(&world);
        assert_eq!(world.done("list", list).await["jobs"], serde_json::json!([]));
    }
}

/// A rightly signed quote or delivery of a job that nobody has.
async fn ready_nowhere(deal: &Deal<'_>, function: &str, number: u32) -> Draft {
    use nanoark_client::Bot;
    use nanoark_client::wire::jobs::{DeliveredOutcome, JobView};
    use nanoark_domain::id::JobId;
    use nanoark_domain::time::Seconds;

    let bot = Bot::from_seed(&[STRANGER; 32]);
    let job_id = JobId::from_bytes([0; 16]);
    let job = JobView {
        job_id,
        seller: bot.id(),
        ..deal.job(deal.requested().await).await
    };
    let (verb, body) = if function == "quote-job" {
        let (account, expires_at) = (deal.invoice_key(number).public(), deal.world.now().plus(Seconds(60)));
        let quote = bot.quote(&job, crate::world::PRICE, account, expires_at);
        ("quote", serde_json::json!(quote.unwrap()))
    } else {
        let delivery = bot.delivery(&job, &"00".repeat(16), DeliveredOutcome::Error("no".to_owned()));
        ("deliver", serde_json::json!(delivery.unwrap()))
    };
    Draft::post(STRANGER, format!("/v1/jobs/{job_id}/{verb}"), "nowhere", &body)
}
