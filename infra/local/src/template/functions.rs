//! Functions and the events that SAM writes inside them: routes and schedules.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::model::{Function, Route};
use super::properties::Properties;
use super::reader::Resource;
use super::scope::Scope;
use super::{Template, TemplateError, schedules};

/// What a function says about its deployment only.
const OF_THE_DEPLOYMENT: [&str; 10] = [
    "Architectures",
    "Description",
    "EventInvokeConfig",
    "FunctionName",
    "Handler",
    "LoggingConfig",
    "Policies",
    "Runtime",
    "Tags",
    "Tracing",
];

/// AWS Lambda's own defaults.
const DEFAULT_TIMEOUT_SECONDS: u64 = 3;
const DEFAULT_MEGABYTES: u64 = 128;

/// Reads a function with its routes and schedules into the template.
pub(super) fn read(
    resource: &Resource<'_>,
    globals: &Value,
    scope: &Scope,
    template: &mut Template,
) -> Result<(), TemplateError> {
    let place = format!("the function {}", resource.id);
    let understood = ["CodeUri", "Environment", "Events", "MemorySize", "Timeout"];
    let own = Properties::new(&place, resource.properties, scope, &understood, &OF_THE_DEPLOYMENT)?;
    let nothing = Value::Object(serde_json::Map::new());
    let shared = globals.get("Function").unwrap_or(&nothing);
    let shared = Properties::new(
        "Globals",
        shared,
        scope,
        &["Environment", "MemorySize", "Timeout"],
        &OF_THE_DEPLOYMENT,
    )?;

    let name = resource
        .metadata
        .get("BuildProperties")
        .and_then(|build| build.get("Binary"));
    let name = name
        .and_then(Value::as_str)
        .ok_or_else(|| own.missing("Binary in its BuildProperties"))?;
    let timeout = own
        .natural("Timeout")?
        .or(shared.natural("Timeout")?)
        .unwrap_or(DEFAULT_TIMEOUT_SECONDS);
    let mut environment = variables(&shared, scope)?;
    environment.extend(variables(&own, scope)?);

    if let Some(events) = own.raw("Events") {
        let events = events.as_object().ok_or_else(|| own.invalid("Events", "is no map"))?;
        for (event_id, event) in events {
            read_event(resource.id, name, event_id, event, scope, template)?;
        }
    }
    let function = Function {
        id: resource.id.into(),
        name: name.into(),
        package: own.text("CodeUri")?,
        arn: scope.text(&serde_json::json!({"Fn::GetAtt": [resource.id, "Arn"]}))?,
        timeout: Duration::from_secs(timeout),
        megabytes: own
            .natural("MemorySize")?
            .or(shared.natural("MemorySize")?)
            .unwrap_or(DEFAULT_MEGABYTES),
        environment,
    };
    match template.functions.insert(name.into(), function) {
        None => Ok(()),
        Some(other) => Err(TemplateError::Invalid(format!(
            "{} and {} have one binary",
            other.id, resource.id
        ))),
    }
}

fn variables(properties: &Properties<'_>, scope: &Scope) -> Result<BTreeMap<String, String>, TemplateError> {
    let variables = properties
        .raw("Environment")
        .and_then(|environment| environment.get("Variables"));
    let Some(variables) = variables.and_then(Value::as_object) else {
        return Ok(BTreeMap::new());
    };
    variables
        .iter()
        .map(|(name, value)| Ok((name.clone(), scope.text(value)?)))
        .collect()
}

fn read_event(
    function_id: &str,
    function: &str,
    event_id: &str,
    event: &Value,
    scope: &Scope,
    template: &mut Template,
) -> Result<(), TemplateError> {
    let place = format!("the event {event_id} of the function {function_id}");
    let properties = event.get("Properties").unwrap_or(&Value::Null);
    match event.get("Type").and_then(Value::as_str) {
        Some("HttpApi") => {
            let http = Properties::new(&place, properties, scope, &["Method", "Path"], &["ApiId"])?;
            let key = match (http.optional_text("Method")?, http.optional_text("Path")?) {
                (None, None) => "$default".to_owned(),
                (Some(method), Some(path)) => format!("{} {path}", method.to_ascii_uppercase()),
                (None, Some(_)) => return Err(http.missing("Method")),
                (Some(_), None) => return Err(http.missing("Path")),
            };
            if let Some(other) = template.routes.iter().find(|route| route.key == key) {
                return Err(TemplateError::Invalid(format!(
                    "{key} leads to {} and to {function}",
                    other.function
                )));
            }
            template.routes.push(Route {
                key,
                function: function.into(),
            });
        }
        Some("ScheduleV2") => {
            let id = format!("{function_id}{event_id}");
            template
                .schedules
                .push(schedules::read(&place, id, function, properties, scope)?);
        }
        other => return Err(TemplateError::Unsupported(format!("{place} of the type {other:?}"))),
    }
    Ok(())
}
