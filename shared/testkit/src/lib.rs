//! Strict doubles: a Nano ledger behind a node's RPC, DynamoDB in process, clocks and faults
