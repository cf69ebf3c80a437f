//! DynamoDB tables of Nanoark, one file a table; the only crate that names the DynamoDB SDK
