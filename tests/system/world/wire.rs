//! The way from a client to the stack without a socket.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use nanoark_client::{Pending, Transport, TransportError};
use nanoark_local::Stack;

/// Hands requests to the stack's gateway.
#[derive(Clone)]
pub(crate) struct StackTransport(pub(crate) Arc<Stack>);

impl Transport for StackTransport {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move { Ok(self.0.http(request).await) })
    }
}
