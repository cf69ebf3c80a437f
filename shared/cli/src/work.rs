//! Proof of work for the wallet: from a server if one is set, else on this machine, with progress for whoever watches.

use std::sync::Arc;

use nanoark_client::{Pending, System};
use nanoark_nano::work::{Root, is_valid};
use nanoark_nano::{Network, Subtype, Work};
use nanoark_nano_rpc::Node;
use nanoark_wallet::work::{FirstOf, LocalWork, NoWork, NodeWork, Searching, WorkSource};
use tokio::sync::Mutex;

use crate::progress::Progress;

/// The wallet's source of work.
pub(crate) fn source(server: Option<Node>, network: Network, progress: &Arc<Progress>) -> Arc<dyn WorkSource> {
    let progress = Arc::clone(progress);
    let here = LocalWork::new(network, Arc::new(System)).reporting_to(move |search| progress.say(sentence(search)));
    let here: Arc<dyn WorkSource> = Arc::new(here);
    let source: Arc<dyn WorkSource> = match server {
        Some(server) => Arc::new(FirstOf::new(Arc::new(NodeWork::new(server, network)), here)),
        None => here,
    };
    Arc::new(OneAtATime {
        source,
        network,
        last: Mutex::default(),
    })
}

fn sentence(search: Searching) -> String {
    let speed = search.per_second / 1_000_000;
    let left = search.remaining.map_or_else(String::new, |left| {
        format!(
            ", about {} s to go, at most {} s",
            left.mean.as_secs(),
            left.most.as_secs()
        )
    });
    format!("computing proof of work at {speed} MH/s{left}")
}

/// A source that is asked one thing at a time. What is made ahead and needed meanwhile is waited for, not made twice.
#[derive(Debug)]
struct OneAtATime {
    source: Arc<dyn WorkSource>,
    network: Network,
    last: Mutex<Option<(Root, Work)>>,
}

impl WorkSource for OneAtATime {
    fn work(&self, root: Root, subtype: Subtype) -> Pending<'_, Result<Work, NoWork>> {
        Box::pin(async move {
            let mut last = self.last.lock().await;
            if let Some((of, work)) = *last
                && of == root
                && is_valid(&root, work, self.network.thresholds().of(subtype))
            {
                return Ok(work);
            }
            let work = self.source.work(root, subtype).await?;
            *last = Some((root, work));
            Ok(work)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use nanoark_nano_work::search;

    use super::*;

    #[derive(Debug, Default)]
    struct Counting(AtomicU32);

    impl WorkSource for Counting {
        fn work(&self, root: Root, subtype: Subtype) -> Pending<'_, Result<Work, NoWork>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            let threshold = Network::Dev.thresholds().of(subtype);
            Box::pin(async move {
                tokio::task::yield_now().await;
                search(&root, threshold, 0, 1, &nanoark_nano_work::Progress::default()).ok_or(NoWork::Stopped)
            })
        }
    }

    #[tokio::test]
    async fn what_is_being_made_is_not_made_twice() {
        let counting = Arc::new(Counting::default());
        let source = OneAtATime {
            source: Arc::<Counting>::clone(&counting),
            network: Network::Dev,
            last: Mutex::default(),
        };
        let root = Root::from_bytes([1; 32]);
        let (ahead, needed) = tokio::join!(source.work(root, Subtype::Send), source.work(root, Subtype::Send));
        assert_eq!(ahead, needed);
        assert_eq!(counting.0.load(Ordering::SeqCst), 1);
        source.work(Root::from_bytes([2; 32]), Subtype::Send).await.unwrap();
        assert_eq!(counting.0.load(Ordering::SeqCst), 2);
    }
}
