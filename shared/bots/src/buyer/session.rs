//! Taking a purchase from step to step until what the caller wants is reached.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use nanoark_client::wire::jobs::JobView;
use nanoark_client::{Client, Hint, Hints, NoEntropy, Surroundings, Transport};
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::payload::Input;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::{Account, RawAmount};
use nanoark_nano_rpc::NodeSet;
use serde::Serialize;

use super::book::{Begun, Book};
use super::error::BuyError;
use super::next::Waiting;
use super::policy::Policy;
use super::progress::Progress;
use super::purchase::{Purchase, PurchaseKey};
use super::purse::Purse;
use super::quote::Margins;
use super::steps::{Session, Went};
use super::timeline::{Happened, Observer};

/// A buyer: one bot with one wallet, one memory and one owner's policy. Several processes may share all of them.
pub struct Buyer<T> {
    pub(super) client: Client<T>,
    pub(super) purse: Arc<dyn Purse>,
    pub(super) nodes: NodeSet,
    pub(super) book: Book,
    pub(super) settings: Settings,
    /// Names this process where only one may act.
    pub(super) signer: String,
}

/// How a buyer buys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What the owner allows. Without a policy only the bound of each call does.
    pub policy: Option<Policy>,
    /// How much time there must be to pay.
    pub margins: Margins,
    /// How long a process that has the wallet sign may be silent before another one takes over.
    pub signing_lease: Seconds,
    /// The first wait between two looks at a job. It grows by half each time, up to `longest_wait`.
    pub shortest_wait: Duration,
    /// The longest wait between two looks at a job.
    pub longest_wait: Duration,
}

impl Default for Settings {
    /// No policy, the usual margins, a lease of 6 s, looks every 1 to 10 s.
    fn default() -> Self {
        Self {
            policy: None,
            margins: Margins::default(),
            signing_lease: Seconds(6),
            shortest_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(10),
        }
    }
}

/// What is to be bought.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// Under which offer.
    pub offer: OfferId,
    /// What to work on.
    pub input: Input,
    /// The most that it may cost, in raw.
    pub max: RawAmount,
    /// Where money is to come back to; left out, to the wallet's main account.
    pub refund_account: Option<Account>,
    /// The purchase's name. Without one, an unfinished purchase of the same offer and input is taken up, and a new one
    /// begun if there is none. With one, that purchase is taken up for ever, finished or not.
    pub key: Option<PurchaseKey>,
}

/// How far a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until the relay was told of the payment, or nothing will be paid.
    Named,
    /// Until the work is over.
    Over,
}

/// How long a call waits, and what wakes it.
#[derive(Debug)]
pub struct Patience {
    /// How far it goes.
    pub until: Until,
    /// How long it waits in all; for ever if left out.
    pub limit: Option<Duration>,
    /// Hints that spare waiting.
    pub hints: Hints,
}

impl Patience {
    /// Goes so far, however long it takes, without hints.
    #[must_use]
    pub const fn until(until: Until) -> Self {
        Self {
            until,
            limit: None,
            hints: Hints::none(),
        }
    }
}

/// Where a call left a purchase.
#[derive(Debug, Clone, PartialEq)]
pub struct Bought {
    /// The purchase.
    pub purchase: Purchase,
    /// How it stands.
    pub standing: Standing,
    /// The job as the relay showed it last, where this call looked at it, or as it was kept when the work ended.
    pub job: Option<JobView>,
}

/// How a purchase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The work is over: see the purchase's outcome.
    Over,
    /// The relay was told of the payment, and that is all that was asked for.
    Named,
    /// Patience ran out; ask again to go on.
    StillGoing,
    /// What arrived is short, late or refused: the owner has to decide.
    NeedsOwner,
}

impl<T: Transport> Buyer<T> {
    /// A buyer.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn new(
        client: Client<T>,
        purse: Arc<dyn Purse>,
        nodes: NodeSet,
        book: Book,
        settings: Settings,
    ) -> Result<Self, NoEntropy> {
        let signer = hex::encode(random(client.surroundings())?);
        Ok(Self {
            client,
            purse,
            nodes,
            book,
            settings,
            signer,
        })
    }

    /// What the buyer remembers.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// Buys, or goes on with what was begun.
    ///
    /// # Errors
    /// [`BuyError`]. What was begun is taken up by the next call with the same wish.
    pub async fn buy(&self, wish: Wish, patience: Patience, observer: &dyn Observer) -> Result<Bought, BuyError> {
        let begun = self.begin(wish).await?;
        let (purchase, first) = match begun {
            Begun::Fresh(purchase) => {
                let amount_raw = purchase.order.max;
                (purchase, Happened::SetAside { amount_raw })
            }
            Begun::Found(purchase) => {
                let progress = purchase.progress.clone();
                (purchase, Happened::Resumed { progress })
            }
        };
        let session = Session::new(purchase, observer);
        self.tell(&session, first);
        self.drive(session, patience).await
    }

    /// Goes on with a purchase.
    ///
    /// # Errors
    /// [`BuyError`].
    pub async fn resume(
        &self,
        key: &PurchaseKey,
        patience: Patience,
        observer: &dyn Observer,
    ) -> Result<Bought, BuyError> {
        let purchase = self
            .book
            .purchase(key)?
            .ok_or_else(|| BuyError::NoPurchase(key.clone()))?;
        let session = Session::new(purchase, observer);
        let progress = session.purchase.progress.clone();
        self.tell(&session, Happened::Resumed { progress });
        self.drive(session, patience).await
    }

    /// Goes on with every purchase that is not ended, as far as that needs no waiting: looks at refunds too.
    ///
    /// # Errors
    /// [`BuyError::Book`]. What is wrong with one purchase stands in its place and stops no other.
    pub async fn resume_all(
        &self,
        observer: &dyn Observer,
    ) -> Result<Vec<(PurchaseKey, Result<Bought, BuyError>)>, BuyError> {
        let mut all = Vec::new();
        for purchase in self.book.purchases()? {
            if matches!(purchase.progress, Progress::Ended { .. }) {
                continue;
            }
            let key = purchase.key.clone();
            let patience = Patience {
                limit: Some(Duration::ZERO),
                ..Patience::until(Until::Over)
            };
            let session = Session::new(purchase, observer);
            all.push((key, self.drive(session, patience).await));
        }
        Ok(all)
    }

    /// Steps until what is wanted is reached, nothing can be done, or patience is over.
    async fn drive(&self, mut session: Session<'_>, mut patience: Patience) -> Result<Bought, BuyError> {
        let begun = self.now();
        let mut wait = self.settings.shortest_wait;
        loop {
            if matches!(session.purchase.progress, Progress::Ended { .. }) {
                return self.bought(session, Standing::Over);
            }
            let paused = match self.step(&mut session).await {
                Ok(Went::On) => {
                    wait = self.settings.shortest_wait;
                    None
                }
                Ok(Went::Nowhere(waiting)) => {
                    self.tell_once(&mut session, Happened::Waiting { waiting_for: waiting });
                    Some(waiting)
                }
                Err(error) if error.is_passing() => {
                    session.forget();
                    if let Some(purchase) = self.book.purchase(&session.purchase.key)? {
                        session.purchase = purchase;
                    }
                    self.tell(
                        &session,
                        Happened::Trouble {
                            error: error.to_string(),
                        },
                    );
                    if self.is_out_of(&patience, begun) {
                        return Err(error);
                    }
                    Some(Waiting::Verdict)
                }
                Err(error) => return Err(error),
            };
            if let Some(standing) = reached(&session.purchase.progress, paused, patience.until) {
                return self.bought(session, standing);
            }
            if paused.is_none() {
                continue;
            }
            if self.is_out_of(&patience, begun) {
                return self.bought(session, Standing::StillGoing);
            }
            self.rest(&mut patience.hints, session.purchase.job_id, wait).await;
            session.forget();
            wait = grown(wait, self.settings.longest_wait);
        }
    }

    fn bought(&self, session: Session<'_>, standing: Standing) -> Result<Bought, BuyError> {
        let kept = self.book.proof(session.purchase.job_id)?;
        Ok(Bought {
            job: session.job.or(kept),
            purchase: session.purchase,
            standing,
        })
    }

    pub(super) fn is_out_of(&self, patience: &Patience, begun: Timestamp) -> bool {
        patience.limit.is_some_and(|limit| {
            let passed = self.now().as_millis().saturating_sub(begun.as_millis());
            u128::from(passed) >= limit.as_millis()
        })
    }

    /// Waits, or until a hint says that the job has changed.
    pub(super) async fn rest(&self, hints: &mut Hints, job: JobId, wait: Duration) {
        let hinted = async {
            loop {
                match hints.next().await {
                    Hint::Job { job_id, .. } if job_id == job => break,
                    Hint::Connected => break,
                    Hint::Job { .. } | Hint::Disconnected => {}
                }
            }
        };
        let slept = self.client.surroundings().sleep(wait);
        match select(Box::pin(hinted), slept).await {
            Either::Left(_) | Either::Right(_) => {}
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.client.surroundings().now()
    }
}

/// Whether what the caller wants is reached.
fn reached(progress: &Progress, paused: Option<Waiting>, until: Until) -> Option<Standing> {
    if progress.is_over() {
        // What was refunded at once is looked at; what takes longer is not waited for.
        return paused.map(|_| Standing::Over);
    }
    if paused == Some(Waiting::Owner) {
        return Some(Standing::NeedsOwner);
    }
    let named = matches!(progress, Progress::Named { .. });
    (named && until == Until::Named).then_some(Standing::Named)
}

fn grown(wait: Duration, longest: Duration) -> Duration {
    wait.saturating_mul(3).checked_div(2).unwrap_or(longest).min(longest)
}

pub(super) fn random(surroundings: &dyn Surroundings) -> Result<[u8; 16], NoEntropy> {
    let mut bytes = [0; 16];
    surroundings.fill(&mut bytes)?;
    Ok(bytes)
}
