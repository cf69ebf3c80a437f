//! A relay that tells the seller something else about a job than it has on record.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use nanoark_client::{Pending, Transport, TransportError};
use serde_json::Value;

use crate::simulation::ways::ToRelay;

type Told = Box<dyn Fn(&mut Value) + Send>;

/// What the seller is told in the place of the truth. Clones are the same tale.
#[derive(Clone, Default)]
pub(super) struct Tale(Arc<Mutex<Option<Told>>>);

impl Tale {
    /// From now on every job that is shown to the seller goes through this first.
    pub(super) fn tell(&self, tale: impl Fn(&mut Value) + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(tale));
    }

    /// From now on the seller is told the truth.
    pub(super) fn end(&self) {
        *self.0.lock().unwrap() = None;
    }

    fn touch(&self, answer: Response<Bytes>) -> Response<Bytes> {
        match &*self.0.lock().unwrap() {
            Some(tale) if answer.status().is_success() => answer.map(|body| {
                let mut job: Value = serde_json::from_slice(&body).unwrap();
                tale(&mut job);
                job.to_string().into()
            }),
            Some(_) | None => answer,
        }
    }
}

/// The seller's way to the relay.
#[derive(Clone)]
pub(super) struct ToldToSeller {
    pub(super) way: ToRelay,
    pub(super) tale: Tale,
}

impl Transport for ToldToSeller {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>> {
        let shows_a_job = request.method() == Method::GET && request.uri().path().starts_with("/v1/jobs/");
        Box::pin(async move {
            let answer = self.way.send(request).await?;
            Ok(if shows_a_job { self.tale.touch(answer) } else { answer })
        })
    }
}
