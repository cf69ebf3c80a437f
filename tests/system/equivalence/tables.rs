//! The template's tables, with a way to put any job or offer into them and to see everything that they hold.

use std::collections::BTreeMap;

use nanoark_domain::bot::BotId;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::OfferId;
use nanoark_domain::job::Job;
use nanoark_domain::offer::{Offer, OfferStatus, OfferTerms, Pricing, RelianceOnOffer};
use nanoark_domain::payload::Input;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_local::{ArkGateway, Options, Stack};
use nanoark_store::{Committed, IdempotencyRecord, NewJob, Store, StoredResponse, TableNames};
use nanoark_testkit::dynamodb::InProcessDynamoDb;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

use super::jobs::{OFFER, SELLER, T0};

/// The tables with the keys of their items.
const TABLES: [(&str, &[&str]); 5] = [
    ("nanoark-offers", &["offer_id"]),
    ("nanoark-jobs", &["job_id"]),
    ("nanoark-payloads", &["job_id", "kind"]),
    ("nanoark-claims", &["claim"]),
    ("nanoark-idempotency", &["id"]),
];

pub(super) struct Tables {
    pub(super) store: Store,
    stack: Stack,
    keys: AtomicU64,
}

/// Everything that the tables hold.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot(BTreeMap<&'static str, Vec<Value>>);

impl Tables {
    pub(super) async fn new() -> Self {
        let options = Options::new().parameter("NanoRpcUrls", "http://127.0.0.1:1");
        let stack = Stack::start(options.ark_gateway(&ArkGateway::default())).await.unwrap();
        let name = |kind: &str| format!("nanoark-{kind}");
        let names = TableNames {
            offers: name("offers"),
            jobs: name("jobs"),
            payloads: name("payloads"),
            claims: name("claims"),
            idempotency: name("idempotency"),
            connections: String::new(),
            sessions: String::new(),
            authors: String::new(),
            vtxos: String::new(),
            relays: String::new(),
            receipts: String::new(),
        };
        let client = InProcessDynamoDb::over(stack.database().clone()).client();
        Self {
            store: Store::new(client, names),
            stack,
            keys: AtomicU64::new(0),
        }
    }

    /// Deletes every item.
    pub(super) fn clear(&self) {
        TABLES.iter().for_each(|(table, keys)| self.clear_table(table, keys));
    }

    /// Deletes every item but the offers.
    pub(super) fn clear_jobs(&self) {
        TABLES
            .iter()
            .skip(1)
            .for_each(|(table, keys)| self.clear_table(table, keys));
    }

    fn clear_table(&self, table: &str, keys: &[&str]) {
        let database = self.stack.database();
        for item in self.items(table) {
            let key: BTreeMap<&str, &Value> = keys.iter().map(|key| (*key, &item[*key])).collect();
            let request = json!({ "TableName": table, "Key": key });
            database.delete_item(serde_json::from_value(request).unwrap()).unwrap();
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot(TABLES.iter().map(|(table, _)| (*table, self.items(table))).collect())
    }

    fn items(&self, table: &str) -> Vec<Value> {
        let request = serde_json::from_value(json!({ "TableName": table })).unwrap();
        let found = self.stack.database().scan(request).unwrap();
        let found = serde_json::to_value(found).unwrap();
        found["Items"].as_array().cloned().unwrap_or_default()
    }

    /// A place in the idempotency table that nobody had before.
    pub(super) fn record(&self, caller: BotId, now: Timestamp) -> IdempotencyRecord {
        let number = self.keys.fetch_add(1, Ordering::SeqCst);
        IdempotencyRecord {
            caller,
            function: "any",
            key: number.to_string(),
            fingerprint: *Sha256Digest::of(&number.to_be_bytes()).as_bytes(),
            response: StoredResponse {
                status: 200,
                body: b"{}".to_vec(),
            },
            now,
            retention: Seconds(86_400),
        }
    }

    /// Puts a job into the table as it is, whatever its stage: a job that begins is written whole, so any can be. Its offer
    /// is [`plain_offer`], which must be there.
    pub(super) async fn import_job(&self, job: &Job) {
        let new = NewJob {
            job: job.clone(),
            reliance: reliance_on(&plain_offer()),
            input: Input::Json(json!("input")),
        };
        let begun = self.store.begin_job(&self.record(job.buyer, T0), &new).await.unwrap();
        assert_eq!(begun, Committed::Now);
        let read = self.store.job(job.id).await.unwrap();
        assert_eq!(read.as_ref(), Some(job), "an item is read back as it was written");
    }

    /// Puts an offer into the table as it is, whatever its status.
    pub(super) async fn import_offer(&self, offer: &Offer) {
        let published = self.store.publish_offer(&self.record(offer.seller, T0), offer).await;
        assert_eq!(published.unwrap(), Committed::Now);
        assert_eq!(self.store.offer(offer.id).await.unwrap().as_ref(), Some(offer));
    }
}

impl Snapshot {
    /// How many answers are remembered.
    pub(super) fn answers(&self) -> usize {
        self.0["nanoark-idempotency"].len()
    }

    /// Whether the sparse indexes hold the job exactly when the job says so: a deadline without its index is one that
    /// nobody ever sweeps.
    pub(super) fn is_sparse_index_right(&self, job: &Job) -> bool {
        let id = json!({ "S": job.id.to_string() });
        self.0["nanoark-jobs"].iter().any(|item| {
            item["job_id"] == id
                && item.get("due").is_some() == job.due_at.is_some()
                && item.get("watch").is_some() == job.watch_at.is_some()
        })
    }

    /// The same of an offer: listed while it is active, due until it is over.
    pub(super) fn is_offer_index_right(&self, offer: &Offer) -> bool {
        let id = json!({ "S": offer.id.to_string() });
        let open = matches!(offer.status, OfferStatus::Active | OfferStatus::Paused);
        self.0["nanoark-offers"].iter().any(|item| {
            let due_at = item.get("due_at").map(|due_at| due_at["N"].clone());
            item["offer_id"] == id
                && item.get("listed").is_some() == (offer.status == OfferStatus::Active)
                && item.get("due").is_some() == open
                && due_at == open.then(|| json!(offer.expires_at.as_millis().to_string()))
        })
    }
}

/// What a buyer who read this offer relies on.
pub(super) fn reliance_on(offer: &Offer) -> RelianceOnOffer {
    RelianceOnOffer {
        seller: offer.seller,
        revision: offer.revision,
        pricing: offer.terms.pricing,
        turnaround: offer.terms.turnaround,
    }
}

/// The offer under which every job here was requested.
pub(super) fn plain_offer() -> Offer {
    Offer {
        id: OFFER,
        seller: SELLER,
        terms: OfferTerms {
            title: "title".to_owned(),
            description: String::new(),
            tags: Vec::new(),
            pricing: Pricing::Quote {},
            turnaround: Seconds(60),
            input_schema: None,
            output_schema: None,
            example: None,
        },
        status: OfferStatus::Active,
        revision: 1,
        created_at: T0,
        updated_at: T0,
        expires_at: T0.plus(Seconds(3_600)),
    }
}

/// Another offer of nobody.
pub(super) const OTHER_OFFER: OfferId = OfferId::from_bytes([0x0e; 16]);
