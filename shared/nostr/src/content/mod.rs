//! What events say, beside intents, challenges and answers, which are
//! [`nanoark_ark_verifier`]'s. Amounts of bitcoin are JSON numbers of satoshi.

mod announcement;
mod confirmation;
mod failure;
mod notice;
mod service;

pub use announcement::{AcceptedEncryption, AnnouncedKeys, Announcement, Endpoints, Successor};
pub use confirmation::{Confirmation, ConfirmationStatus, Results};
pub use failure::{Failure, FailureStatus};
pub use notice::{Notice, Subject};
pub use service::{Outcome, QuoteRequest, Service, ServiceName, ServiceRequest, ServiceResponse};
