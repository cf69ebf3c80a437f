//! The tables, and sessions to put into them.

use std::collections::BTreeMap;

use bitcoin::hashes::Hash as _;
use bitcoin::key::{Keypair, Secp256k1, TweakedPublicKey};
use bitcoin::{Amount, OutPoint, Txid, XOnlyPublicKey};
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::{
    Action, ActionId, Destination, Fee, Intent, Leg, ReceiptMode, Receiver, Swap, Transfer,
};
use nanoark_domain::ceremony::{Cipher, HoldChange, PartyIntent, Received, Session, Timing, Transition};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_testkit::dynamodb::InProcessDynamoDb;
use serde_json::{Value, json};

use crate::{Store, TableNames};

pub(super) const T0: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// How long after [`T0`] every intent expires.
pub(super) const LIFE: Seconds = Seconds(3_600);

pub(super) struct World {
    pub(super) dynamodb: InProcessDynamoDb,
    pub(super) store: Store,
}

impl World {
    pub(super) fn new() -> Self {
        let dynamodb = InProcessDynamoDb::in_memory().unwrap();
        dynamodb.create_table(&table("sessions", "session_id", None)).unwrap();
        dynamodb
            .create_table(&table("authors", "author", Some("entry")))
            .unwrap();
        dynamodb.create_table(&table("vtxos", "outpoint", None)).unwrap();
        dynamodb.create_table(&table("relays", "relay", None)).unwrap();
        dynamodb.create_table(&table("receipts", "ark_txid", None)).unwrap();
        let name = |kind: &str| kind.to_owned();
        let tables = TableNames {
            offers: name("offers"),
            jobs: name("jobs"),
            payloads: name("payloads"),
            claims: name("claims"),
            idempotency: name("idempotency"),
            connections: name("connections"),
            sessions: name("sessions"),
            authors: name("authors"),
            vtxos: name("vtxos"),
            relays: name("relays"),
            receipts: name("receipts"),
        };
        let store = Store::new(dynamodb.client(), tables);
        Self { dynamodb, store }
    }

    /// The operations that were called since this was last asked.
    pub(super) fn operations(&self) -> Vec<String> {
        let calls = self.dynamodb.calls().take();
        calls.into_iter().map(|call| call.operation).collect()
    }

    /// All items of the tables, to compare before and after what must change nothing.
    pub(super) fn everything(&self) -> BTreeMap<&'static str, Value> {
        let items = |table| {
            let request = serde_json::from_value(json!({ "TableName": table })).unwrap();
            let found = self.dynamodb.database().scan(request).unwrap();
            serde_json::to_value(found).unwrap()["Items"].clone()
        };
        ["sessions", "authors", "vtxos", "relays", "receipts"]
            .into_iter()
            .map(|table| (table, items(table)))
            .collect()
    }

    /// Opens this party's transfer.
    pub(super) async fn opened(&self, party: u8, name: &str) -> Session {
        let session = transfer_session(party, name);
        self.open(&session, party, name).await;
        session
    }

    /// Opens a session by the event of its party.
    pub(super) async fn open(&self, session: &Session, party: u8, name: &str) {
        let taken = self
            .store
            .open_session(session, &key(party), &order(name, party), 100)
            .await;
        assert_eq!(taken.unwrap(), crate::Opened::Now);
    }

    /// Changes these holds together with the session, which is at its next version afterwards if that went well.
    pub(super) async fn hold(
        &self,
        session: &mut Session,
        now: Timestamp,
        holds: Vec<HoldChange>,
    ) -> Result<(), crate::CommitError<crate::ChangeRefusal>> {
        let transition = touched(session, now, holds);
        self.store.change_session(session.version, &transition).await?;
        *session = transition.session;
        Ok(())
    }
}

fn table(name: &str, key: &str, range: Option<&str>) -> Value {
    let attribute = |name: &str, kind: &str| json!({ "AttributeName": name, "AttributeType": kind });
    let part = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
    let mut attributes = vec![attribute(key, "S")];
    let mut keys = vec![part(key, "HASH")];
    if let Some(range) = range {
        attributes.push(attribute(range, "S"));
        keys.push(part(range, "RANGE"));
    }
    let mut table = json!({ "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys });
    if name == "sessions" {
        attributes.extend([attribute("due", "S"), attribute("due_at", "N")]);
        table["GlobalSecondaryIndexes"] = json!([{
            "IndexName": "due",
            "KeySchema": [part("due", "HASH"), part("due_at", "RANGE")],
            "Projection": { "ProjectionType": "KEYS_ONLY" },
        }]);
    }
    table["AttributeDefinitions"] = Value::Array(attributes);
    table
}

/// The session as it is, one version later, with these holds.
pub(super) fn touched(session: &Session, now: Timestamp, holds: Vec<HoldChange>) -> Transition {
    let mut session = session.clone();
    session.version = session.version.saturating_add(1);
    session.timings.push(Timing {
        stage: session.progress.stage(),
        at: now,
    });
    Transition {
        session,
        holds,
        closed_for: Vec::new(),
        receipt: None,
    }
}

pub(super) fn release(number: u8) -> HoldChange {
    HoldChange::Release {
        outpoint: outpoint(number),
    }
}

/// The transition that a party's order brings about.
pub(super) fn joining(session: &Session, party: u8, intent: PartyIntent) -> Transition {
    match session.join(&key(party), intent, T0).unwrap() {
        Received::Now(transition) => *transition,
        Received::Before => panic!("party {party} has joined before"),
    }
}

pub(super) fn pair(number: u8) -> Keypair {
    Keypair::from_seckey_slice(&Secp256k1::new(), &[number; 32]).unwrap()
}

pub(super) fn key(number: u8) -> XOnlyPublicKey {
    pair(number).x_only_public_key().0
}

pub(super) fn event(number: u8) -> EventId {
    EventId::from_byte_array([number; 32])
}

/// What an author orders by this name: something else for every number.
pub(super) fn order(name: &str, number: u8) -> Intent {
    Intent {
        expires_at: T0.plus(LIFE).plus(Seconds(number.into())).as_seconds(),
        ..party_intent(number, name, swap(&[1, 2])).intent
    }
}

pub(super) fn action(name: &str) -> ActionId {
    format!("action-{name}").parse().unwrap()
}

pub(super) fn txid(number: u8) -> Txid {
    Txid::from_byte_array([number; 32])
}

pub(super) fn outpoint(number: u8) -> OutPoint {
    OutPoint::new(txid(number), 1)
}

pub(super) fn address(number: u8) -> ArkAddress {
    ArkAddress::new(
        Network::Regtest,
        key(200),
        TweakedPublicKey::dangerous_assume_tweaked(key(number)),
    )
}

fn fee() -> Fee {
    Fee {
        address: address(100),
        amount: Amount::from_sat(330),
    }
}

/// The order of a party by this name; its event is the party's.
pub(super) fn party_intent(party: u8, name: &str, ordered: Action) -> PartyIntent {
    PartyIntent {
        event: event(party),
        intent: Intent {
            action_id: action(name),
            network: Network::Regtest,
            expires_at: T0.plus(LIFE).as_seconds(),
            receipt: ReceiptMode::Full,
            action: ordered,
        },
        gateway: key(201),
        cipher: Cipher::Nip44,
        relays: vec!["wss://relay.example".to_owned()],
    }
}

pub(super) fn transfer_session(party: u8, name: &str) -> Session {
    let receiver = Receiver {
        to: Destination::Address(address(50)),
        amount: Amount::from_sat(1_000),
    };
    let transfer = Action::Transfer(Transfer {
        inputs: None,
        receivers: vec![receiver],
        fee: fee(),
    });
    Session::open(key(party), party_intent(party, name, transfer), &[key(party)], T0)
}

/// A swap around: each party gives to the next, the last to the first.
pub(super) fn swap(parties: &[u8]) -> Action {
    let next = parties.iter().cycle().skip(1);
    Action::Swap(Swap {
        swap_id: action("the-swap"),
        legs: parties
            .iter()
            .zip(next)
            .map(|(from, to)| Leg {
                from: key(*from),
                to: key(*to),
                amount: Amount::from_sat(2_000),
                assets: Vec::new(),
            })
            .collect(),
        fee: fee(),
    })
}

/// The swap of these parties as this one of them opens it.
pub(super) fn swap_session(parties: &[u8], opener: u8, name: &str) -> Session {
    let keys: Vec<_> = parties.iter().map(|party| key(*party)).collect();
    Session::open(key(opener), party_intent(opener, name, swap(parties)), &keys, T0)
}
