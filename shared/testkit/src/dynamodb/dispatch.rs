//! From an operation's name and JSON to the engine and back.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What the engine answers to the operation.
pub(super) fn answer(database: &Database, operation: &str, request: &Value) -> Result<Value, DynoxideError> {
    match operation {
        "CreateTable" => run(request, |input| database.create_table(input)),
        "DeleteTable" => run(request, |input| database.delete_table(input)),
        "DescribeTable" => run(request, |input| database.describe_table(input)),
        "UpdateTable" => run(request, |input| database.update_table(input)),
        "ListTables" => run(request, |input| database.list_tables(input)),
        "PutItem" => run(request, |input| database.put_item(input)),
        "GetItem" => run(request, |input| database.get_item(input)),
        "UpdateItem" => run(request, |input| database.update_item(input)),
        "DeleteItem" => run(request, |input| database.delete_item(input)),
        "Query" => run(request, |input| database.query(input)),
        "Scan" => run(request, |input| database.scan(input)),
        "BatchGetItem" => run(request, |input| database.batch_get_item(input)),
        "BatchWriteItem" => run(request, |input| database.batch_write_item(input)),
        "TransactGetItems" => run(request, |input| database.transact_get_items(input)),
        "TransactWriteItems" => run(request, |input| database.transact_write_items(input)),
        "UpdateTimeToLive" => run(request, |input| database.update_time_to_live(input)),
        "DescribeTimeToLive" => run(request, |input| database.describe_time_to_live(input)),
        "ListStreams" => run(request, |input| database.list_streams(input)),
        "DescribeStream" => run(request, |input| database.describe_stream(input)),
        "GetShardIterator" => run(request, |input| database.get_shard_iterator(input)),
        "GetRecords" => run(request, |input| database.get_records(input)),
        unknown => Err(DynoxideError::UnsupportedCapability(unknown.to_owned())),
    }
}

fn run<Input: DeserializeOwned, Output: Serialize>(
    request: &Value,
    call: impl FnOnce(Input) -> Result<Output, DynoxideError>,
) -> Result<Value, DynoxideError> {
    let input =
        Input::deserialize(request).map_err(|error| DynoxideError::SerializationException(error.to_string()))?;
    serde_json::to_value(call(input)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
