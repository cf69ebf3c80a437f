//! Event source mappings: which queue or stream calls which function, and how.

use std::time::Duration;

use serde_json::Value;

use super::model::{EventSource, Origin, QueueOrigin, StreamOrigin};
use super::properties::Properties;
use super::reader::Resource;
use super::scope::Scope;
use super::{Template, TemplateError};
use crate::stream::Filter;

const OF_BOTH: [&str; 6] = [
    "BatchSize",
    "Enabled",
    "EventSourceArn",
    "FunctionName",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
];

const OF_A_QUEUE: [&str; 1] = ["ScalingConfig"];

const OF_A_STREAM: [&str; 6] = [
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "StartingPosition",
];

/// How many batches of a queue are at work at once when the template does not say.
const DEFAULT_CONCURRENCY: u64 = 5;

/// Reads a mapping; nothing when it is switched off.
pub(super) fn read(
    resource: &Resource<'_>,
    scope: &Scope,
    template: &Template,
) -> Result<Option<EventSource>, TemplateError> {
    let place = format!("the mapping {}", resource.id);
    let understood: Vec<_> = OF_BOTH.into_iter().chain(OF_A_QUEUE).chain(OF_A_STREAM).collect();
    let mapping = Properties::new(&place, resource.properties, scope, &understood, &["Tags"])?;
    if mapping.raw("Enabled").is_some() && !mapping.truth("Enabled")? {
        return Ok(None);
    }

    let function = mapping.text("FunctionName")?;
    let called = template
        .functions
        .values()
        .find(|one| [one.arn.as_str(), one.arn.rsplit(':').next().unwrap_or_default()].contains(&function.as_str()));
    let called = called.ok_or(TemplateError::Unknown(function))?;
    let reports_failures = match mapping.resolved("FunctionResponseTypes")? {
        None => false,
        Some(types) if types == serde_json::json!(["ReportBatchItemFailures"]) => true,
        Some(other) => {
            return Err(TemplateError::Unsupported(format!(
                "the response types {other} of {place}"
            )));
        }
    };
    let arn = mapping.text("EventSourceArn")?;
    let window = mapping.natural("MaximumBatchingWindowInSeconds")?.unwrap_or(0);
    let (origin, default_size) = if let Some(queue) = template.queues.iter().find(|queue| queue.arn == arn) {
        refuse(&mapping, &OF_A_STREAM)?;
        // AWS refuses this too: a message would be handed out again while its function still runs.
        if queue.visibility_timeout < called.timeout {
            return Err(mapping.invalid("FunctionName", "may run for longer than its messages stay hidden"));
        }
        (
            Origin::Queue(QueueOrigin {
                queue: queue.name.clone(),
                concurrency: concurrency(&mapping, scope)?,
            }),
            10,
        )
    } else if let Some(table) = template
        .tables
        .iter()
        .find(|table| table.stream_arn.as_ref() == Some(&arn))
    {
        refuse(&mapping, &OF_A_QUEUE)?;
        (Origin::Stream(stream(&mapping, &table.name, scope, template)?), 100)
    } else {
        return Err(TemplateError::Unknown(arn));
    };
    let size = mapping.natural("BatchSize")?.unwrap_or(default_size);
    let most = match origin {
        // Ten is what a receive call returns at most; AWS lets a batching window gather more, which nobody here needs.
        Origin::Queue(_) => 10,
        Origin::Stream(_) => 1_000,
    };
    let batch_size = usize::try_from(size)
        .ok()
        .filter(|size| (1..=most).contains(size))
        .ok_or_else(|| mapping.invalid("BatchSize", &format!("is not between 1 and {most}")))?;
    Ok(Some(EventSource {
        id: resource.id.into(),
        function: called.name.clone(),
        arn,
        batch_size,
        batching_window: Duration::from_secs(window),
        reports_failures,
        origin,
    }))
}

fn refuse(mapping: &Properties<'_>, keys: &[&str]) -> Result<(), TemplateError> {
    match keys.iter().find(|key| mapping.raw(key).is_some()) {
        Some(key) => Err(mapping.invalid(key, "has no meaning for this kind of source here")),
        None => Ok(()),
    }
}

fn concurrency(mapping: &Properties<'_>, scope: &Scope) -> Result<usize, TemplateError> {
    let Some(scaling) = mapping.raw("ScalingConfig") else {
        return Ok(usize::try_from(DEFAULT_CONCURRENCY).unwrap_or(1));
    };
    let scaling = Properties::new("ScalingConfig", scaling, scope, &["MaximumConcurrency"], &[])?;
    let most = scaling.natural("MaximumConcurrency")?.unwrap_or(DEFAULT_CONCURRENCY);
    usize::try_from(most)
        .ok()
        .filter(|most| (2..=1_000).contains(most))
        .ok_or_else(|| scaling.invalid("MaximumConcurrency", "is not between 2 and 1000"))
}

fn stream(
    mapping: &Properties<'_>,
    table: &str,
    scope: &Scope,
    template: &Template,
) -> Result<StreamOrigin, TemplateError> {
    let from_start = match mapping.text("StartingPosition")?.as_str() {
        "TRIM_HORIZON" => true,
        "LATEST" => false,
        _ => return Err(mapping.invalid("StartingPosition", "is neither TRIM_HORIZON nor LATEST")),
    };
    let on_failure = mapping.resolved("DestinationConfig")?;
    let on_failure = on_failure
        .as_ref()
        .and_then(|config| config.pointer("/OnFailure/Destination"));
    let on_failure = match on_failure.and_then(Value::as_str) {
        None => None,
        Some(arn) => {
            let queue = template.queues.iter().find(|queue| queue.arn == arn);
            Some(queue.ok_or_else(|| TemplateError::Unknown(arn.into()))?.name.clone())
        }
    };
    Ok(StreamOrigin {
        table: table.into(),
        from_start,
        bisect: mapping.truth("BisectBatchOnFunctionError")?,
        retries: mapping
            .limit("MaximumRetryAttempts")?
            .and_then(|count| u32::try_from(count).ok()),
        max_age: mapping.limit("MaximumRecordAgeInSeconds")?.map(Duration::from_secs),
        filters: filters(mapping, scope)?,
        on_failure,
    })
}

fn filters(mapping: &Properties<'_>, scope: &Scope) -> Result<Vec<Filter>, TemplateError> {
    let Some(criteria) = mapping.raw("FilterCriteria") else {
        return Ok(Vec::new());
    };
    let criteria = Properties::new("FilterCriteria", criteria, scope, &["Filters"], &[])?;
    let filters = criteria
        .raw("Filters")
        .and_then(Value::as_array)
        .ok_or_else(|| criteria.missing("Filters"))?;
    let mut read = Vec::new();
    for filter in filters {
        let filter = Properties::new("a filter", filter, scope, &["Pattern"], &[])?;
        read.push(Filter::parse(&filter.text("Pattern")?)?);
    }
    Ok(read)
}
