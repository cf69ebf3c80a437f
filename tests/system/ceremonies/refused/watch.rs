//! A house whose tables, operator and queues are watched: what is refused must change nothing in any of them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bytes::Bytes;
use dynoxide::types::Item;
use http::{Request, StatusCode};
use nanoark_domain::ceremony::{FailureCode, Stage};
use nanoark_http::wire::gateway::SessionView;
use nanoark_nostr::received::{GatewayMessage, receive};
use nanoark_testkit::arkd::{Endpoint, VtxoRecord};
use serde_json::{Value, json};

use super::book::{Book, Why};
use crate::ceremonies::house::{GATEWAY, House};
use crate::ceremonies::wallet::Wallet;
use crate::world::problem;

/// Everything that could have changed.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    /// Every item, by its table.
    items: BTreeMap<String, Vec<Item>>,
    /// How often the operator was asked to do something.
    deeds: [usize; 3],
    /// What the operator has on record.
    coins: Vec<VtxoRecord>,
}

/// A house that is watched, and the book of what was heard there.
pub(super) struct Watch<'a> {
    pub(super) house: &'a House,
    book: RefCell<Book>,
}

/// A posted event.
pub(super) fn posted(event: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(format!("{GATEWAY}/v1/events"))
        .header("content-type", "application/json")
        .body(event.into())
        .unwrap()
}

impl<'a> Watch<'a> {
    pub(super) fn over(house: &'a House) -> Self {
        Self {
            house,
            book: RefCell::default(),
        }
    }

    pub(super) fn close(self) -> Book {
        self.book.into_inner()
    }

    /// Takes over what was heard in another house.
    pub(super) fn take(&self, other: Book) {
        self.book.borrow_mut().take(other);
    }

    pub(super) fn look(&self) -> Seen {
        let faults = self.house.arkd.faults();
        let tables = self.house.stack.template().tables.iter();
        Seen {
            items: tables
                .map(|table| (table.id.clone(), self.items(&table.name)))
                .collect(),
            deeds: [Endpoint::SubmitTx, Endpoint::FinalizeTx, Endpoint::PendingTx]
                .map(|endpoint| faults.count(endpoint)),
            coins: self.house.arkd.vtxos(),
        }
    }

    fn items(&self, table: &str) -> Vec<Item> {
        let (mut items, mut start) = (Vec::new(), Value::Null);
        loop {
            let scan = json!({ "TableName": table, "ExclusiveStartKey": start });
            let page = self.house.stack.database().scan(serde_json::from_value(scan).unwrap());
            let page = page.unwrap();
            items.extend(page.items.unwrap_or_default());
            match page.last_evaluated_key {
                Some(last) => start = json!(last),
                None => return items,
            }
        }
    }

    /// How many VTXOs are held by a session.
    pub(super) fn holds(&self) -> usize {
        let tables = &self.house.stack.template().tables;
        let vtxos = tables.iter().find(|table| table.id == "Vtxos").unwrap();
        let items = self.items(&vtxos.name);
        items.iter().filter(|item| item.contains_key("holder")).count()
    }

    /// Sends a request that is refused for this reason, and changes nothing, neither at once nor by what it set going.
    pub(super) async fn refused(&self, name: &str, request: Request<Bytes>, why: Why) -> Value {
        let before = self.look();
        let document = self.refused_at_once(name, request, why).await;
        self.house.settle().await;
        assert!(self.look() == before, "{name}: something was set going");
        document
    }

    /// The same where the clock has run ahead of the house: what becomes due by it is left for later.
    pub(super) async fn refused_at_once(&self, name: &str, request: Request<Bytes>, why: Why) -> Value {
        let before = self.look();
        let answer = self.house.send(request).await;
        let document = problem(name, &answer, why.problem());
        match why.told() {
            Some((number, told)) => {
                let heard = (document["gateway_code"].as_u64(), document["gateway_name"].as_str());
                assert_eq!(heard, (Some(number.into()), Some(told)), "{name}: {document}");
            }
            None => assert!(document.get("gateway_code").is_none(), "{name}: {document}"),
        }
        assert!(self.look() == before, "{name}: something has changed");
        self.book.borrow_mut().enter(name, why);
        document
    }

    /// The same for an event that is posted.
    pub(super) async fn event(&self, name: &str, event: impl Into<Bytes>, why: Why) -> Value {
        self.refused(name, posted(event), why).await
    }

    /// A table of events.
    pub(super) async fn events<'n>(&self, rows: impl IntoIterator<Item = (&'n str, String, Why)>) {
        for (name, event, why) in rows {
            self.event(name, event, why).await;
        }
    }

    /// Posts an event that is taken, and changes nothing: it was there before.
    pub(super) async fn known(&self, name: &str, event: &str) {
        let before = self.look();
        let answer = self.house.send(posted(event.to_owned())).await;
        let text = String::from_utf8_lossy(answer.body());
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{name}: {text}");
        self.house.settle().await;
        assert!(self.look() == before, "{name}: something has changed");
    }

    /// A session that failed with this code: its party is told by one event, nothing is held, and the operator was not
    /// asked to do anything.
    pub(super) fn failed(&self, name: &str, wallet: &Wallet<'_>, session: &SessionView, code: FailureCode) {
        self.failed_at_the_operator(name, wallet, session, code);
        assert_eq!(self.look().deeds, [0; 3], "{name}");
    }

    /// The same for one that the operator had to do with.
    pub(super) fn failed_at_the_operator(
        &self,
        name: &str,
        wallet: &Wallet<'_>,
        session: &SessionView,
        code: FailureCode,
    ) {
        assert_eq!(session.stage, Stage::Failed, "{name}");
        let failure = session.failure.as_ref().unwrap();
        assert_eq!(
            (failure.code, failure.name.as_str()),
            (code.number(), code.name()),
            "{name}: {}",
            failure.message
        );
        assert_eq!((session.awaits, &session.challenge), (None, &None), "{name}");
        let told: Vec<_> = session
            .events
            .iter()
            .filter_map(|event| {
                let received = receive(event.to_string().as_bytes(), &wallet.key, &[wallet.gateway()]);
                match received.unwrap().message {
                    GatewayMessage::Failure(failure) => Some((failure.code, failure.session_id)),
                    GatewayMessage::Challenge(_)
                    | GatewayMessage::ServiceResponse(_)
                    | GatewayMessage::Notice(_)
                    | GatewayMessage::Confirmation(_)
                    | GatewayMessage::Announcement(_) => None,
                }
            })
            .collect();
        assert_eq!(told, [(code.number(), Some(session.session_id))], "{name}");
        self.book.borrow_mut().enter(name, Why::Session(code));
    }
}
