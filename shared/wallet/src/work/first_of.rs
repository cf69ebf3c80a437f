//! One source of work, and another one for when it fails.

use std::sync::Arc;

use nanoark_nano::work::Root;
use nanoark_nano::{Subtype, Work};
use nanoark_surroundings::Pending;

use super::{NoWork, WorkSource};

/// One source of work, and another one for when it fails: a server first, else this machine.
#[derive(Debug, Clone)]
pub struct FirstOf {
    first: Arc<dyn WorkSource>,
    then: Arc<dyn WorkSource>,
}

impl FirstOf {
    /// Asks `first`, and `then` only when that gives none. Both failing, the error is that of `then`; the other is
    /// logged.
    #[must_use]
    pub fn new(first: Arc<dyn WorkSource>, then: Arc<dyn WorkSource>) -> Self {
        Self { first, then }
    }

    async fn either(&self, root: Root, subtype: Subtype) -> Result<Work, NoWork> {
        match self.first.work(root, subtype).await {
            Ok(work) => Ok(work),
            Err(error) => {
                tracing::warn!(%error, "the first source of work fails, the second one is asked");
                self.then.work(root, subtype).await
            }
        }
    }
}

impl WorkSource for FirstOf {
    fn work(&self, root: Root, subtype: Subtype) -> Pending<'_, Result<Work, NoWork>> {
        Box::pin(self.either(root, subtype))
    }
}
