//! The tables of the template in the embedded engine.

use std::path::Path;

use dynoxide::Database;
use serde_json::{Value, json};

use super::StackError;
use crate::clock::Clock;
use crate::template::Table;

/// Opens the engine, in the file or in memory.
pub(super) fn open(file: Option<&Path>, clock: &Clock) -> Result<Database, StackError> {
    Ok(match file {
        Some(file) => Database::new(&file.to_string_lossy())?,
        None => Database::memory_with_clock(clock.for_database())?,
    })
}

/// Creates the tables that are not there yet.
///
/// # Errors
///
/// When one that is there has other keys or indexes: a table cannot be changed in those, here or on AWS.
pub(super) fn create(database: &Database, tables: &[Table]) -> Result<(), StackError> {
    for table in tables {
        if database.get_table_metadata(&table.name)?.is_some() {
            compare(database, table)?;
        } else {
            database.create_table(request(table.create.clone())?)?;
        }
        if let Some(attribute) = &table.ttl_attribute {
            let specification = json!({"AttributeName": attribute, "Enabled": true});
            let ttl = json!({"TableName": table.name, "TimeToLiveSpecification": specification});
            database.update_time_to_live(request(ttl)?)?;
        }
    }
    Ok(())
}

fn compare(database: &Database, table: &Table) -> Result<(), StackError> {
    let found = database.describe_table(request(json!({"TableName": table.name}))?)?;
    let found = serde_json::to_value(found).map_err(|error| unreadable(&error))?;
    let found = found.get("Table").unwrap_or(&Value::Null);
    if shape(found) == shape(&table.create) {
        Ok(())
    } else {
        Err(StackError::OtherTable(table.name.clone()))
    }
}

/// The keys of a table and of its indexes, in an order of their own.
fn shape(table: &Value) -> Vec<(String, Value)> {
    let key = |value: &Value| value.get("KeySchema").cloned().unwrap_or_default();
    let indexes = table.get("GlobalSecondaryIndexes").and_then(Value::as_array);
    let named = |index: &Value| {
        index
            .get("IndexName")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut shape: Vec<_> = indexes
        .into_iter()
        .flatten()
        .map(|index| (named(index), key(index)))
        .collect();
    shape.push((String::new(), key(table)));
    shape.sort_by(|(a, _), (b, _)| a.cmp(b));
    shape
}

fn request<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, StackError> {
    serde_json::from_value(value).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> StackError {
    StackError::Database(dynoxide::DynoxideError::ValidationException(error.to_string()))
}
