//! A gateway that does not do its duty is found out: otherwise the verdict would say nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nanoark_domain::ceremony::Stage;
use serde_json::Value;

use super::effects::{Omitted, Strike};
use super::matrix::{acts, carry_out, players};
use super::scene::Scene;
use super::verdict::{Before, Watch};

fn is_of(item: &Value, table: &str) -> bool {
    let mut parts = item.as_object().into_iter().flat_map(serde_json::Map::values);
    parts.any(|part| part["TableName"] == table)
}

/// A transfer through a gateway that leaves something out of its writes. What the verdict is angry about.
fn verdict_on(omitted: Omitted) -> String {
    let played = catch_unwind(AssertUnwindSafe(|| {
        super::alone(async {
            let scene = Scene::new().await;
            scene.pass(61).await;
            let act = &acts()[0];
            let players = players(&scene, act, 1);
            let before = Before::of(&scene, &players);
            let order = act
                .wish
                .order(&players, "broken-1", 600, &scene.fee(), None, Some(scene.asset));
            let mut watch = Watch::default();
            scene.storm.effects.judge(|_, _| Strike::Nothing);
            scene.storm.effects.omit(omitted);
            let stage = carry_out(&scene, &players, &order, &mut watch, false).await;
            assert_eq!(stage, Stage::Finalized);
            before
                .judge(&scene, &watch, &players, std::slice::from_ref(&order))
                .await;
        });
    }));
    match played {
        Ok(()) => String::new(),
        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
    }
}

#[test]
fn a_gateway_that_does_not_do_its_duty_is_found_out() {
    let table: [(Omitted, &str); 4] = [
        (|_| false, ""),
        (|item| is_of(item, "nanoark-vtxos"), "is not on record as held"),
        (
            |item| is_of(item, "nanoark-authors") && item.to_string().contains("DELETE"),
            "sessions that are over are open",
        ),
        (|item| is_of(item, "nanoark-receipts"), "the receipt is on record"),
    ];
    for (omitted, words) in table {
        let verdict = verdict_on(omitted);
        assert!(
            verdict.contains(words) && verdict.is_empty() == words.is_empty(),
            "{words:?}: {verdict}"
        );
    }
}
