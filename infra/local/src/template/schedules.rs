//! Schedules: `rate(…)` of EventBridge Scheduler.

use std::time::Duration;

use serde_json::Value;

use super::model::Schedule;
use super::properties::Properties;
use super::scope::Scope;
use super::{ACCOUNT, TemplateError};

/// Reads the schedule `id` that calls `function`.
pub(super) fn read(
    place: &str,
    id: String,
    function: &str,
    properties: &Value,
    scope: &Scope,
) -> Result<Schedule, TemplateError> {
    let passed_over = ["Description", "FlexibleTimeWindow", "RetryPolicy"];
    let schedule = Properties::new(
        place,
        properties,
        scope,
        &["Input", "Name", "ScheduleExpression"],
        &passed_over,
    )?;
    let expression = schedule.text("ScheduleExpression")?;
    let every = rate(&expression).ok_or_else(|| {
        TemplateError::Unsupported(format!(
            "the schedule {expression:?} of {place}: only rate(…) runs here"
        ))
    })?;
    let input = schedule
        .optional_text("Input")?
        .map(|text| serde_json::from_str(&text).map_err(|_| schedule.invalid("Input", "is no JSON")))
        .transpose()?;
    let region = scope.text(&serde_json::json!({"Ref": "AWS::Region"}))?;
    let name = schedule.optional_text("Name")?.unwrap_or_else(|| id.clone());
    let arn = format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule/default/{name}");
    Ok(Schedule {
        id,
        function: function.into(),
        arn,
        every,
        input,
    })
}

/// The period of `rate(5 minutes)`; the unit is singular for one and plural for more, as AWS insists.
fn rate(expression: &str) -> Option<Duration> {
    let (count, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let count: u64 = count.parse().ok()?;
    let seconds = match (count, unit) {
        (0, _) => return None,
        (1, "minute") => 60,
        (1, "hour") => 3_600,
        (1, "day") => 86_400,
        (1, _) => return None,
        (_, "minutes") => 60,
        (_, "hours") => 3_600,
        (_, "days") => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(count.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_count_and_its_unit_in_the_right_number() {
        for (expression, seconds) in [
            ("rate(1 minute)", Some(60)),
            ("rate(5 minutes)", Some(300)),
            ("rate(2 days)", Some(172_800)),
        ] {
            assert_eq!(rate(expression).map(|period| period.as_secs()), seconds, "{expression}");
        }
        for expression in [
            "rate(1 minutes)",
            "rate(5 minute)",
            "rate(0 minutes)",
            "rate(1 second)",
            "cron(0 * * * ? *)",
        ] {
            assert_eq!(rate(expression), None, "{expression}");
        }
    }
}
