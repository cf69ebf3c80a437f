//! The Ark gateway's ceremony: from a signed intent to a final ark transaction, in steps that may each be run twice.
//!
//! A [`Session`] is a record of fixed facts and a [`Progress`]. What happens to it is a [`Transition`]: the next record,
//! what becomes of the VTXOs it holds, and whose open sessions become fewer, to be committed in one write. Nothing here
//! talks to the operator; the shell does between two transitions, and tells the outcome to the next.

mod code;
mod coin;
mod fee;
mod hold;
mod order;
mod plan;
mod progress;
mod receipt;
mod selection;
mod session;
mod transition;

pub use code::{FailureCode, reference_markdown};
pub use coin::{Coin, TooManyAssets};
pub use fee::{FeePolicy, Quote};
pub use hold::{HoldChange, HoldState};
pub use order::{FeePart, Order, OrderRefusal, Ordered, Orderer, Payout};
pub use plan::{Addresses, Bounds, Input, Output, OutputRole, Plan, PlanRefusal};
pub use progress::{Asked, Challenged, Failure, OperatorSigned, PartyAnswer, Progress, Stage, Submitted, Unsigned};
pub use receipt::{Receipt, ReceiptHash, ReceiptInput, ReceiptOutput};
pub use selection::{Selection, SelectionRefusal, Wanted, select, take_all};
pub use session::{Cipher, IntentDigest, Outgoing, Party, PartyIntent, Session, Timing};
pub use transition::{AnswerRefusal, Expected, JoinRefusal, Received, Transition, TransitionRefusal};
