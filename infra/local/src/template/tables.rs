//! Tables, as the CreateTable request that makes them.

use serde_json::{Value, json};

use super::TemplateError;
use super::model::Table;
use super::properties::Properties;
use super::reader::Resource;
use super::scope::Scope;

/// What CreateTable takes as the template has it.
const CREATED: [&str; 4] = [
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
];

/// Reads a table.
pub(super) fn read(resource: &Resource<'_>, scope: &Scope) -> Result<Table, TemplateError> {
    let place = format!("the table {}", resource.id);
    let mut understood = vec!["TableName", "StreamSpecification", "TimeToLiveSpecification"];
    understood.extend(CREATED);
    // Backups, encryption and the guard against deletion have no counterpart in a file on the operator's own disk.
    let passed_over = [
        "DeletionProtectionEnabled",
        "PointInTimeRecoverySpecification",
        "SSESpecification",
        "Tags",
    ];
    let table = Properties::new(&place, resource.properties, scope, &understood, &passed_over)?;

    let name = scope.text(&json!({"Ref": resource.id}))?;
    let mut create = json!({"TableName": name});
    for key in CREATED {
        if let Some(value) = table.resolved(key)? {
            set(&mut create, key, value);
        }
    }
    let stream = table.resolved("StreamSpecification")?;
    if let Some(stream) = &stream {
        let view = stream
            .get("StreamViewType")
            .ok_or_else(|| table.missing("StreamViewType"))?;
        set(
            &mut create,
            "StreamSpecification",
            json!({"StreamEnabled": true, "StreamViewType": view}),
        );
    }
    let stream_arn = match stream {
        Some(_) => Some(scope.text(&json!({"Fn::GetAtt": [resource.id, "StreamArn"]}))?),
        None => None,
    };
    let ttl_attribute = table
        .resolved("TimeToLiveSpecification")?
        .filter(|ttl| ttl.get("Enabled").and_then(Value::as_bool) == Some(true))
        .and_then(|ttl| ttl.get("AttributeName").and_then(Value::as_str).map(str::to_owned));
    Ok(Table {
        id: resource.id.into(),
        name,
        stream_arn,
        create,
        ttl_attribute,
    })
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.into(), value);
    }
}
