//! From the plain document to the model: names first, then everything that refers to them.

use serde_json::{Map, Value};

use super::properties::Properties;
use super::scope::Scope;
use super::{ACCOUNT, Settings, Template, TemplateError, functions, queues, sockets, sources, tables};

/// Resources without a meaning on one machine.
const PASSED_OVER: [&str; 9] = [
    "AWS::ApiGateway::Account",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::SNS::Topic",
    "AWS::SQS::QueuePolicy",
];

/// A resource of the template.
#[derive(Clone, Copy)]
pub(super) struct Resource<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) properties: &'a Value,
    pub(super) metadata: &'a Value,
}

/// Reads the plain document.
pub(super) fn read(document: &Value, settings: &Settings) -> Result<Template, TemplateError> {
    let nothing = Scope::default();
    let document = Properties::new(
        "the template",
        document,
        &nothing,
        &["Transform", "Parameters", "Globals", "Resources"],
        &[
            "AWSTemplateFormatVersion",
            "Description",
            "Metadata",
            "Conditions",
            "Outputs",
        ],
    )?;
    let globals = document.raw("Globals").cloned().unwrap_or(Value::Null);
    let resources = resources(document.raw("Resources").ok_or_else(|| document.missing("Resources"))?)?;
    let parameters = document.raw("Parameters").cloned().unwrap_or_default();

    let mut scope = Scope::default();
    define_surroundings(&mut scope, settings);
    define_parameters(&mut scope, &parameters, settings)?;
    define_names(&mut scope, &resources, settings)?;

    let mut template = Template::default();
    let of_kind = |kind: &'static str| resources.iter().filter(move |resource| resource.kind == kind);
    for resource in of_kind("AWS::DynamoDB::Table") {
        template.tables.push(tables::read(resource, &scope)?);
    }
    for resource in of_kind("AWS::SQS::Queue") {
        template.queues.push(queues::read(resource, &scope)?);
    }
    queues::connect(
        &of_kind("AWS::SQS::Queue").copied().collect::<Vec<_>>(),
        &scope,
        &mut template,
    )?;
    for resource in of_kind("AWS::Serverless::Function") {
        functions::read(resource, &globals, &scope, &mut template)?;
    }
    for resource in of_kind("AWS::Lambda::EventSourceMapping") {
        let source = sources::read(resource, &scope, &template)?;
        template.sources.extend(source);
    }
    template.sockets = sockets::read(&resources, &scope, settings, &template)?;
    Ok(template)
}

fn resources(value: &Value) -> Result<Vec<Resource<'_>>, TemplateError> {
    let map = value
        .as_object()
        .ok_or_else(|| TemplateError::Invalid("Resources is no map".into()))?;
    let mut resources = Vec::new();
    for (id, resource) in map {
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "AWS::DynamoDB::Table"
            | "AWS::Lambda::EventSourceMapping"
            | "AWS::SQS::Queue"
            | "AWS::Serverless::Function"
            | "AWS::Serverless::HttpApi" => resources.push(Resource {
                id,
                kind,
                properties: resource.get("Properties").unwrap_or(&Value::Null),
                metadata: resource.get("Metadata").unwrap_or(&Value::Null),
            }),
            of_sockets if sockets::KINDS.contains(&of_sockets) => resources.push(Resource {
                id,
                kind,
                properties: resource.get("Properties").unwrap_or(&Value::Null),
                metadata: &Value::Null,
            }),
            passed_over if PASSED_OVER.contains(&passed_over) => {}
            other => {
                return Err(TemplateError::Unsupported(format!(
                    "the resource {id} of the type {other:?}"
                )));
            }
        }
    }
    Ok(resources)
}

fn define_surroundings(scope: &mut Scope, settings: &Settings) {
    scope.define("AWS::StackName", &settings.stack_name);
    scope.define("AWS::Region", &settings.region);
    scope.define("AWS::AccountId", ACCOUNT);
    scope.define("AWS::Partition", "aws");
    scope.define("AWS::URLSuffix", "amazonaws.com");
}

fn define_parameters(scope: &mut Scope, parameters: &Value, settings: &Settings) -> Result<(), TemplateError> {
    let none = Map::new();
    let parameters = parameters.as_object().unwrap_or(&none);
    if let Some(unknown) = settings.parameters.keys().find(|name| !parameters.contains_key(*name)) {
        return Err(TemplateError::Unknown(format!("the parameter {unknown}")));
    }
    for (name, declaration) in parameters {
        let value = match (settings.parameters.get(name), declaration.get("Default")) {
            (Some(given), _) => given.clone(),
            (None, Some(default)) => scope.text(default)?,
            (None, None) => return Err(TemplateError::MissingParameter(name.clone())),
        };
        let allowed = declaration.get("AllowedValues").and_then(Value::as_array);
        if allowed.is_some_and(|allowed| !allowed.iter().any(|one| scope.text(one).is_ok_and(|one| one == value))) {
            return Err(TemplateError::Invalid(format!(
                "the parameter {name} must not be {value:?}"
            )));
        }
        scope.define(name, value);
    }
    Ok(())
}

/// Gives every resource its name, its ARN and whatever else a template may ask of it.
fn define_names(scope: &mut Scope, resources: &[Resource<'_>], settings: &Settings) -> Result<(), TemplateError> {
    let region = &settings.region;
    for resource in resources {
        let Resource {
            id, kind, properties, ..
        } = resource;
        let named = |property: &str| -> Result<String, TemplateError> {
            match properties.get(property) {
                Some(name) => scope.text(name),
                None => Ok(format!("{}-{id}", settings.stack_name)),
            }
        };
        match *kind {
            "AWS::DynamoDB::Table" => {
                let name = named("TableName")?;
                let arn = format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}");
                if properties.get("StreamSpecification").is_some() {
                    scope.define_attribute(id, "StreamArn", format!("{arn}/stream/local"));
                }
                scope.define_attribute(id, "Arn", arn);
                scope.define(*id, name);
            }
            "AWS::SQS::Queue" => {
                let name = named("QueueName")?;
                scope.define_attribute(id, "Arn", format!("arn:aws:sqs:{region}:{ACCOUNT}:{name}"));
                scope.define(*id, format!("{}/{ACCOUNT}/{name}", settings.queue_endpoint));
                scope.define_attribute(id, "QueueName", name);
            }
            "AWS::Serverless::Function" => {
                let name = named("FunctionName")?;
                scope.define_attribute(id, "Arn", format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"));
                scope.define(*id, name);
            }
            "AWS::Serverless::HttpApi" => scope.define(*id, id.to_ascii_lowercase()),
            _ => sockets::define_names(scope, resource, settings)?,
        }
    }
    Ok(())
}
