//! What every function asks of DynamoDB, and what that costs: one call per mutation, done or refused, and never a read
//! before it. The table in `docs/budget.md` is this test's; `UPDATE_DOCS=1` writes it anew.

mod cpu;
mod endpoints;
mod gateway;
mod measure;
mod page;
mod triggers;

use nanoark_http::routes::{ROUTES, Service, of_function};
use nanoark_local::functions;

use crate::world::World;
use measure::{Meter, Row};

/// The functions behind the WebSocket API, which carries hints only: no promise about the work rests on them.
const SOCKETS: [&str; 4] = ["connect-socket", "disconnect-socket", "socket-message", "push-hints"];

/// Everything, each group in a world of its own.
async fn measured() -> Vec<Row> {
    let mut rows = endpoints::offers(&Meter::of(&World::new().await)).await;
    rows.extend(endpoints::jobs(&Meter::of(&World::new().await)).await);
    rows.extend(endpoints::work(&Meter::of(&World::new().await)).await);
    rows.extend(triggers::payments(&Meter::of(&World::new().await)).await);
    rows.extend(triggers::operations(&Meter::of(&World::new().await)).await);
    // In the order of the route table; what nobody calls comes last.
    rows.sort_by_key(|row| {
        let place = ROUTES.iter().position(|route| route.function == row.function);
        place.unwrap_or(ROUTES.len())
    });
    rows
}

#[tokio::test]
async fn every_function_keeps_its_budget() {
    let rows = measured().await;
    let measured_here = |name: &str| !SOCKETS.contains(&name) && !gateway::is_of_gateway(name);
    for function in functions::all().filter(|function| measured_here(function.name)) {
        assert!(
            rows.iter().any(|row| row.function == function.name),
            "{} is not measured",
            function.name
        );
    }
    for row in &rows {
        let mutation = of_function(row.function).is_some_and(|route| route.max_body > 0);
        // Done, refused or answered from the record: always the one transaction.
        assert!(!mutation || row.calls == "1 TransactWriteItems", "{row:?}");
    }
    for route in ROUTES.iter().filter(|route| route.service == Service::JobRelay) {
        let cases = rows.iter().filter(|row| row.function == route.function).count();
        let cannot_be_refused = matches!(route.function, "health" | "ready");
        assert!(
            cases >= 2 || cannot_be_refused,
            "no refusal of {} is measured",
            route.function
        );
    }
    page::settle("budget", &rows);
}
