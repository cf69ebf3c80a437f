//! Every code there is, in one table.

use std::fmt;
use std::str::FromStr;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Retry, TYPE_BASE};

/// Makes [`Code`] from rows of: variant, code, status, title, what to do, usual retry hint.
macro_rules! codes {
    ($($variant:ident $code:literal $status:ident $title:literal $advice:literal $retry:expr;)+) => {
        /// The stable name of a kind of problem. A code keeps its meaning for ever; new ones may come.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code {
            $(
                #[doc = concat!("`", $code, "`: ", $title, ". ", $advice)]
                #[serde(rename = $code)]
                $variant,
            )+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it stands in documents.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The status of a response with this code: a 4xx or a 5xx.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// The code in a few words, the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            /// One sentence for the developer of the client: what to do.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice),+ }
            }

            /// The retry hint, where the case gives no better one.
            #[must_use]
            pub const fn retry(self) -> Retry {
                match self { $(Self::$variant => $retry),+ }
            }
        }
    };
}

const fn after(after_seconds: u32) -> Retry {
    Retry::After { after_seconds }
}

codes! {
    MalformedJson "malformed_json" BAD_REQUEST "Malformed JSON"
        "Send one JSON value in UTF-8, nested at most 32 levels deep, with no member twice and nothing after it." Retry::NewRequest;
    UnknownField "unknown_field" UNPROCESSABLE_ENTITY "Unknown field"
        "Remove or rename the field that `fields` points to." Retry::NewRequest;
    InvalidField "invalid_field" UNPROCESSABLE_ENTITY "Invalid field"
        "Correct the fields that `fields` points to." Retry::NewRequest;
    BodyTooLarge "body_too_large" PAYLOAD_TOO_LARGE "Body too large"
        "Send less: the limit of each route is in the route table, and large results go by URL and hash." Retry::NewRequest;
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "Unsupported media type"
        "Send the body as `Content-Type: application/json`, not compressed." Retry::NewRequest;
    UnknownRoute "unknown_route" NOT_FOUND "Unknown route"
        "Check the path against the route table; there is no trailing slash." Retry::Never;
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "Method not allowed"
        "Use one of the methods in the `Allow` header." Retry::Never;
    BadCursor "bad_cursor" BAD_REQUEST "Bad cursor"
        "Start again without a cursor, and send cursors exactly as you received them, with the same filters." Retry::NewRequest;
    Misdirected "misdirected" MISDIRECTED_REQUEST "Signed for another server"
        "Send the request to the host it was signed for, or sign it for the host you send it to." Retry::NewRequest;
    SignatureMissing "signature_missing" UNAUTHORIZED "Signature missing"
        "Sign the request (RFC 9421, Ed25519) and send both `Signature-Input` and `Signature`." Retry::SameRequest;
    SignatureMalformed "signature_malformed" UNAUTHORIZED "Signature cannot be read"
        "Write `Signature-Input` and `Signature` as RFC 9421 says, with one signer and nothing twice." Retry::SameRequest;
    SignatureInvalid "signature_invalid" UNAUTHORIZED "Signature does not fit"
        "Compare your signature base byte by byte with the worked example, and check that no proxy changes the request." Retry::SameRequest;
    SignatureComponentsMissing "signature_components_missing" UNAUTHORIZED "Signature covers too little"
        "Cover `@method`, `@authority`, `@path` and `@query`, `content-digest` with a body, `idempotency-key` on a mutation." Retry::SameRequest;
    SignatureClockOff "signature_clock_off" UNAUTHORIZED "Clock is off"
        "Set your clock (`server_time` is ours), then sign the same request again." Retry::SameRequest;
    SignatureExpired "signature_expired" UNAUTHORIZED "Signature expired"
        "Sign the same request again and send it at once." Retry::SameRequest;
    SignatureLifetime "signature_lifetime" UNAUTHORIZED "Signature lifetime out of range"
        "Let `expires` be 1 to 300 seconds after `created`." Retry::SameRequest;
    SignatureKeyInvalid "signature_key_invalid" UNAUTHORIZED "Key cannot be used"
        "Use as `keyid` your Ed25519 public key in 64 lower-case hex digits, made by an ordinary key generator." Retry::Never;
    DigestMissing "digest_missing" BAD_REQUEST "Content-Digest missing"
        "Send `Content-Digest` (RFC 9530) with the SHA-256 of the body, and cover it by the signature." Retry::SameRequest;
    DigestMismatch "digest_mismatch" BAD_REQUEST "Content-Digest does not fit the body"
        "Compute `Content-Digest` over the very bytes you send, with sha-256 or sha-512." Retry::SameRequest;
    IdempotencyKeyMissing "idempotency_key_missing" BAD_REQUEST "Idempotency-Key missing"
        "Send a fresh `Idempotency-Key` with every new mutation, and the same one with its retries." Retry::SameRequest;
    IdempotencyKeyInvalid "idempotency_key_invalid" BAD_REQUEST "Idempotency-Key invalid"
        "Send one `Idempotency-Key` of 1 to 128 visible ASCII characters; a UUID is fine." Retry::NewRequest;
    IdempotencyConflict "idempotency_conflict" CONFLICT "Idempotency-Key already used"
        "This key belongs to a different request of yours; use a new key for a new intention." Retry::NewRequest;
    ConcurrentRequest "concurrent_request" CONFLICT "Concurrent request"
        "Another request is changing the same thing right now; send the same request again after the wait." after(1);
    NotFound "not_found" NOT_FOUND "Not found"
        "Check the id; what you are no party to is not found either." Retry::Never;
    Forbidden "forbidden" FORBIDDEN "Forbidden"
        "Only the other party may do this." Retry::Never;
    WrongState "wrong_state" CONFLICT "Not possible in this state"
        "Read the thing again; `current_state` says where it stands." Retry::Never;
    TooLate "too_late" CONFLICT "Too late"
        "Its time is over; `ended_at` says since when. Money that arrived is on record: read the job." Retry::Never;
    OwnOffer "own_offer" UNPROCESSABLE_ENTITY "Own offer"
        "A bot cannot buy from itself; request the job as another bot." Retry::Never;
    OfferChanged "offer_changed" CONFLICT "Offer changed"
        "Read the offer again, decide whether you still want it, and send a new request with what you read." Retry::NewRequest;
    JobMismatch "job_mismatch" CONFLICT "Not what the job holds"
        "Read the job, copy the fields that `fields` points to from it, sign again, and send a new request." Retry::NewRequest;
    PriceFixed "price_fixed" CONFLICT "Price is fixed"
        "Quote the offer's price, `fixed_amount_raw`." Retry::NewRequest;
    QuoteTooShort "quote_too_short" CONFLICT "Quote stands too short"
        "Let the quote stand at least as long as your offer promises, `quote_lifetime_seconds`." Retry::NewRequest;
    StatementSignatureInvalid "statement_signature_invalid" UNPROCESSABLE_ENTITY "Quote, receipt or promise wrongly signed"
        "Sign exactly the text in `statement` with the key you sign requests with." Retry::NewRequest;
    InvoiceAccountUsed "invoice_account_used" CONFLICT "Invoice account was used before"
        "Derive a fresh account for every job, and quote with that." Retry::NewRequest;
    InvoiceAccountUnusable "invoice_account_unusable" CONFLICT "Invoice account is the buyer's"
        "Quote with an account of your own." Retry::NewRequest;
    BlockUsed "block_used" CONFLICT "Block belongs to another job"
        "Name the block that pays this job; if another job took yours by mistake it is given back within minutes." after(60);
    PaymentExists "payment_exists" CONFLICT "A payment was named already"
        "Read the job: `payment_status` says what is known of it. Do not pay again." Retry::Never;
    PaymentNotConfirmed "payment_not_confirmed" CONFLICT "Payment is not confirmed"
        "Wait until the job's payment is confirmed, or verify it yourself and say `payment_verified_by_seller`." Retry::Never;
    Locked "locked" CONFLICT "Another worker holds the lock"
        "Leave the job to the other worker, or try after `lease_expires_at`." Retry::Never;
    LockLost "lock_lost" CONFLICT "The lock is not yours"
        "Stop working on this job: another worker took it over, or the token was never its." Retry::Never;
    RefundExists "refund_exists" CONFLICT "Refund is recorded already"
        "Read the job: its refunds say what is known of this block." Retry::Never;
    JobFull "job_full" CONFLICT "Job takes no more entries"
        "Settle what is left with the other party; the record of this job is full." Retry::Never;
    WalletSignatureRequired "wallet_signature_required" UNAUTHORIZED "Wallet's signature missing"
        "Send `Authorization: Nostr` with an event of the kind 27235 for this very request (NIP-98), signed by your Nostr key." Retry::SameRequest;
    WalletSignatureInvalid "wallet_signature_invalid" UNAUTHORIZED "Wallet's signature does not fit"
        "Sign a fresh event of the kind 27235 with the URL and method you call, the hash of the body, and the right time (`server_time` is ours)." Retry::SameRequest;
    EventRefused "event_refused" UNPROCESSABLE_ENTITY "Nostr event refused"
        "Look up `gateway_code` in the table of event codes, then compose and sign another event." Retry::NewRequest;
    SessionRefused "session_refused" CONFLICT "Session refused"
        "Look up `gateway_code` in the table of event codes; the session, if there is one, says where it stands." Retry::Never;
    UnknownSession "unknown_session" NOT_FOUND "Unknown session"
        "Check the id; a session that you are no party to is not found either." Retry::Never;
    UnknownReceipt "unknown_receipt" NOT_FOUND "Unknown receipt"
        "Check the id of the Ark transaction; there is a receipt once a session has ended with it." Retry::Never;
    RateLimited "rate_limited" TOO_MANY_REQUESTS "Too many requests"
        "Send the same request again after the wait; nothing was recorded." after(1);
    Internal "internal" INTERNAL_SERVER_ERROR "Internal error"
        "Send the same request again, and report the request id if it fails again; a retry with the same key is safe." Retry::SameRequest;
    Unavailable "unavailable" SERVICE_UNAVAILABLE "Temporarily unavailable"
        "Send the same request again after the wait; a retry with the same key is safe." after(2);
    OperatorUnavailable "operator_unavailable" SERVICE_UNAVAILABLE "Ark operator does not answer"
        "Send the same request again after the wait; sessions that are open go on by themselves." after(5);
}

impl Code {
    /// The address of the code's page, which is also its `type`.
    #[must_use]
    pub fn type_uri(self) -> String {
        format!("{TYPE_BASE}{}", self.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A text that is no code of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown problem code")]
pub struct UnknownCode;

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or(UnknownCode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_snake_case_unique_and_read_back() {
        for (position, code) in Code::ALL.iter().enumerate() {
            let text = code.as_str();
            assert!(
                text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{text}"
            );
            assert_eq!(
                Code::ALL.iter().position(|other| other.as_str() == text),
                Some(position),
                "{text} is not unique"
            );
            assert_eq!(text.parse(), Ok(*code));
            assert_eq!(serde_json::to_value(code).unwrap(), text);
        }
        assert_eq!("no_such_code".parse::<Code>(), Err(UnknownCode));
    }

    #[test]
    fn every_code_is_an_error_and_says_what_to_do() {
        for code in Code::ALL {
            assert!(
                code.status().is_client_error() || code.status().is_server_error(),
                "{code}"
            );
            assert!(code.advice().ends_with('.'), "{code}");
            assert!(!code.title().ends_with('.'), "{code}");
        }
    }

    #[test]
    fn a_server_error_or_a_limit_always_invites_the_same_request() {
        for code in Code::ALL
            .iter()
            .filter(|code| code.status().is_server_error() || code.status() == 429)
        {
            assert!(
                matches!(code.retry(), Retry::SameRequest | Retry::After { .. }),
                "{code}"
            );
        }
    }
}
