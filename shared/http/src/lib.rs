//! HTTP contract: signed requests, idempotency keys, problem documents, routes, wire types
