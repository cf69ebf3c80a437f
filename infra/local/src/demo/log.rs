//! What the seller does, from the worker's own log.

use std::fmt;
use std::sync::Arc;

use nanoark_nano::RawAmount;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::timeline::{Timeline, Who};
use crate::Failure;

/// Has the worker's log told on the timeline from here on.
pub(super) fn tell(told: &Arc<Timeline>) -> Result<(), Failure> {
    let listening = Registry::default().with(Listener(Arc::clone(told)));
    Ok(tracing::subscriber::set_global_default(listening)?)
}

struct Listener(Arc<Timeline>);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let about = event.metadata();
        if !about.target().starts_with("nanoark_bots::seller") || *about.level() > Level::INFO {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let text = |name: &str| {
            fields
                .0
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (step, message) = (text("step"), text("message"));
        let amount = || {
            text("amount_raw")
                .parse::<RawAmount>()
                .map_or_else(|_| String::new(), RawAmount::to_xno)
        };
        let (name, words) = match (step.as_str(), message.as_str()) {
            ("quote", _) => (
                "quote-job",
                format!("signs a quote: {} XNO to a fresh account", amount()),
            ),
            ("check_payment", _) => (
                "verify-payment",
                "verifies the payment itself, by its own nodes".to_owned(),
            ),
            ("lock", _) => ("lock-job", "locks the job".to_owned()),
            ("run", "the tool ended") => ("work", "has done the work".to_owned()),
            ("deliver", _) => ("deliver-job", "delivers, with a signed receipt".to_owned()),
            ("pocket", _) => ("receive", format!("takes in {} XNO", amount())),
            (_, "changes the offer") => ("publish-offer", "publishes an offer, priced per request".to_owned()),
            _ => return,
        };
        let (Self(told), mut facts) = (self, fields.0);
        for own in ["step", "message"] {
            facts.remove(own);
        }
        // Whoever listens to the story may have gone; the worker goes on.
        let _ = told.step(name, Who::Seller, &words, &Value::Object(facts));
    }
}

/// An event's fields as JSON.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }
}
