//! The `vtxos` table: who holds a VTXO. The rules are [`nanoark_domain::ceremony::HoldChange`]'s, as conditions.
//!
//! The holder is kept as a set of one text, because taking a text out of a set needs no condition: a session gives back
//! what it holds, and nothing happens to what somebody else holds, in the same write as all the rest. An item without a
//! holder is free; it stays until its TTL, so that the fence goes on growing.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use bitcoin::OutPoint;
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_domain::ceremony::{HoldChange, HoldState};
use nanoark_domain::time::{Seconds, Timestamp};

use crate::Store;
use crate::error::ReadError;
use crate::expression::Expression;
use crate::item::{Item, ItemError, Reader, instant, number, text};
use crate::transaction::{BuildError, built};

/// How long an item stays after it is of no more use: after the lease, or after the VTXO was spent. By then the operator's
/// indexer says of a spent VTXO that it is.
const KEPT: Seconds = Seconds(30 * 86_400);

/// Who holds a VTXO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The session.
    pub holder: SessionId,
    /// How firmly.
    pub state: HoldState,
    /// When another may take it; `None` unless it is [`HoldState::Reserved`].
    pub lease_until: Option<Timestamp>,
    /// Grows whenever it is taken.
    pub fence: u64,
}

impl Hold {
    /// Whether it keeps this session from taking the VTXO: the rule of [`HoldChange::Reserve`].
    #[must_use]
    pub fn bars(&self, session: SessionId, now: Timestamp) -> bool {
        match self.state {
            HoldState::Reserved => self.holder != session && self.lease_until.is_none_or(|until| until > now),
            HoldState::Submitted | HoldState::Spent => true,
        }
    }
}

const fn state_name(state: HoldState) -> &'static str {
    match state {
        HoldState::Reserved => "reserved",
        HoldState::Submitted => "submitted",
        HoldState::Spent => "spent",
    }
}

fn state_named(name: &str) -> Option<HoldState> {
    [HoldState::Reserved, HoldState::Submitted, HoldState::Spent]
        .into_iter()
        .find(|state| state_name(*state) == name)
}

/// The change as a part of a transaction, for this session at this time.
pub(super) fn part(
    table: &str,
    change: &HoldChange,
    session: SessionId,
    now: Timestamp,
) -> Result<TransactWriteItem, BuildError> {
    let me = session.to_string();
    let mut expression = Expression::new();
    match change {
        HoldChange::Reserve { lease_until, .. } => reserve(&mut expression, me, *lease_until, now),
        HoldChange::Submit { .. } => {
            let mine = expression.is_member("holder", &me);
            expression.require(mine);
            expression.one_of("state", [HoldState::Reserved, HoldState::Submitted].map(state_name));
            expression.set("state", text(state_name(HoldState::Submitted)));
            expression.remove("lease_until");
            expression.remove("expires_at");
        }
        HoldChange::Spend { .. } => {
            let mine = expression.is_member("holder", &me);
            expression.require(mine);
            expression.set("state", text(state_name(HoldState::Spent)));
            expression.remove("lease_until");
            expression.set("expires_at", number(now.plus(KEPT).as_seconds()));
        }
        HoldChange::Release { .. } => expression.delete_member("holder", &me),
    }
    let update = Update::builder()
        .table_name(table)
        .key("outpoint", text(change.outpoint()))
        .update_expression(expression.update_text())
        .set_condition_expression(expression.condition_text())
        .set_expression_attribute_names(expression.names())
        .set_expression_attribute_values(expression.values());
    Ok(TransactWriteItem::builder().update(built(update.build())?).build())
}

fn reserve(expression: &mut Expression, me: String, lease_until: Timestamp, now: Timestamp) {
    let mine = expression.is_member("holder", &me);
    let (holder, state, lease) = (
        expression.name("holder"),
        expression.name("state"),
        expression.name("lease_until"),
    );
    let (reserved, by) = (
        expression.value(text(state_name(HoldState::Reserved))),
        expression.value(instant(now)),
    );
    expression.require(format!(
        "(attribute_not_exists({holder}) OR ({state} = {reserved} AND ({lease} <= {by} OR {mine})))"
    ));
    expression.set("holder", AttributeValue::Ss(vec![me]));
    expression.set("state", text(state_name(HoldState::Reserved)));
    expression.set("lease_until", instant(lease_until));
    expression.set("expires_at", number(lease_until.plus(KEPT).as_seconds()));
    let (fence, zero, one) = (
        expression.name("fence"),
        expression.value(number(0_u64)),
        expression.value(number(1_u64)),
    );
    expression.set_to(&fence, &format!("if_not_exists({fence}, {zero}) + {one}"));
}

fn read(item: &Item) -> Result<Option<(OutPoint, Hold)>, ItemError> {
    let reader = Reader(item);
    let holder = match reader.texts("holder")? {
        [] => return Ok(None),
        [holder] => holder.parse().map_err(|_| ItemError::new("holder", "malformed"))?,
        [_, _, ..] => return Err(ItemError::new("holder", "more than one")),
    };
    let hold = Hold {
        holder,
        state: reader.named("state", state_named)?,
        lease_until: reader.optional_instant("lease_until")?,
        fence: reader.number("fence")?,
    };
    Ok(Some((reader.parse("outpoint")?, hold)))
}

impl Store {
    /// Who holds these VTXOs, consistently read. One that nobody holds is left out; a lease that is over is not.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn holds_on(&self, outpoints: &[OutPoint]) -> Result<BTreeMap<OutPoint, Hold>, ReadError> {
        let distinct: BTreeSet<&OutPoint> = outpoints.iter().collect();
        let keys = distinct
            .into_iter()
            .map(|outpoint| Item::from([("outpoint".to_owned(), text(outpoint))]));
        let found = self.items_of(&self.tables.vtxos, keys.collect()).await?;
        let mut holds = BTreeMap::new();
        for item in &found {
            holds.extend(read(item)?);
        }
        Ok(holds)
    }
}
