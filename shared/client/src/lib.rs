//! Typed client of the relay for bots: signs requests, keeps idempotency keys across retries
