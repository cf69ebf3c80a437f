//! The WebSocket API: its stage, its routes, and the functions behind them.

use serde_json::{Value, json};

use super::model::{SocketApi, SocketRoute};
use super::properties::Properties;
use super::reader::Resource;
use super::scope::Scope;
use super::{ACCOUNT, Settings, Template, TemplateError};

/// The kinds of resources that make up a WebSocket API.
pub(super) const KINDS: [&str; 6] = [
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::RouteResponse",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Lambda::Permission",
];

/// What a stage says about its deployment only.
const OF_THE_STAGE: [&str; 5] = [
    "AccessLogSettings",
    "DefaultRouteSettings",
    "Description",
    "RouteSettings",
    "Tags",
];

/// Reads the WebSocket API, if there is one, once every function is known.
pub(super) fn read(
    resources: &[Resource<'_>],
    scope: &Scope,
    settings: &Settings,
    template: &Template,
) -> Result<Option<SocketApi>, TemplateError> {
    let of_kind = |kind: &'static str| resources.iter().filter(move |resource| resource.kind == kind);
    let mut apis = of_kind("AWS::ApiGatewayV2::Api");
    let Some(api) = apis.next() else { return Ok(None) };
    if let Some(other) = apis.next() {
        return Err(TemplateError::Unsupported(format!(
            "a second WebSocket API, {}",
            other.id
        )));
    }
    let place = format!("the API {}", api.id);
    let understood = ["ProtocolType", "RouteSelectionExpression"];
    let properties = Properties::new(
        &place,
        api.properties,
        scope,
        &understood,
        &["Description", "Name", "Tags"],
    )?;
    if properties.text("ProtocolType")? != "WEBSOCKET" {
        return Err(properties.invalid("ProtocolType", "is not WEBSOCKET"));
    }
    if properties.text("RouteSelectionExpression")? != "$request.body.action" {
        return Err(properties.invalid("RouteSelectionExpression", "is not $request.body.action"));
    }
    let api_id = scope.text(&json!({"Ref": api.id}))?;
    let stage = stage(
        &of_kind("AWS::ApiGatewayV2::Stage").copied().collect::<Vec<_>>(),
        scope,
        &api_id,
    )?;
    let permissions = of_kind("AWS::Lambda::Permission")
        .map(|resource| permission(resource, scope))
        .collect::<Result<Vec<_>, _>>()?;
    let answering = of_kind("AWS::ApiGatewayV2::RouteResponse")
        .map(|resource| route_response(resource, scope))
        .collect::<Result<Vec<_>, _>>()?;

    let mut routes: Vec<SocketRoute> = Vec::new();
    for resource in of_kind("AWS::ApiGatewayV2::Route") {
        let place = format!("the route {}", resource.id);
        let understood = ["ApiId", "RouteKey", "RouteResponseSelectionExpression", "Target"];
        let passed_over = ["AuthorizationType", "OperationName"];
        let route = Properties::new(&place, resource.properties, scope, &understood, &passed_over)?;
        let key = route.text("RouteKey")?;
        let target = route.text("Target")?;
        let mut integrations = of_kind("AWS::ApiGatewayV2::Integration");
        let integration = integrations.find(|one| target.strip_prefix("integrations/") == Some(one.id));
        let integration = integration.ok_or(TemplateError::Unknown(target))?;
        let (function, arn) = function_of(integration, scope, settings, template)?;
        let source = format!("arn:aws:execute-api:{}:{ACCOUNT}:{api_id}/", settings.region);
        let allowed = [format!("{source}*/{key}"), format!("{source}{stage}/{key}")];
        // A permission names the function by its ARN or by its name, which is the end of it.
        let is_called = |called: &str| called == arn || arn.rsplit(':').next() == Some(called);
        let mut permissions = permissions.iter();
        if !permissions.any(|(called, caller)| is_called(called) && allowed.contains(caller)) {
            return Err(route.invalid("Target", "may not be called: there is no permission for it"));
        }
        if routes.iter().any(|other| other.key == key) {
            return Err(TemplateError::Invalid(format!("{key} has two routes")));
        }
        let selects = match route.optional_text("RouteResponseSelectionExpression")?.as_deref() {
            None => false,
            Some("$default") => true,
            Some(_) => return Err(route.invalid("RouteResponseSelectionExpression", "is not $default")),
        };
        routes.push(SocketRoute {
            answers: selects && answering.iter().any(|id| id == resource.id),
            key,
            function,
        });
    }
    Ok(Some(SocketApi { api_id, stage, routes }))
}

fn stage(stages: &[Resource<'_>], scope: &Scope, api_id: &str) -> Result<String, TemplateError> {
    let [resource] = stages else {
        return Err(TemplateError::Unsupported(
            "a WebSocket API without exactly one stage".into(),
        ));
    };
    let place = format!("the stage {}", resource.id);
    let stage = Properties::new(
        &place,
        resource.properties,
        scope,
        &["ApiId", "AutoDeploy", "StageName"],
        &OF_THE_STAGE,
    )?;
    if stage.text("ApiId")? != api_id {
        return Err(stage.invalid("ApiId", "is no WebSocket API"));
    }
    // Without it the routes of the template would wait for a deployment that nobody makes.
    if !stage.truth("AutoDeploy")? {
        return Err(stage.invalid("AutoDeploy", "is not true"));
    }
    stage.text("StageName")
}

/// The function that may be called, and by what.
fn permission(resource: &Resource<'_>, scope: &Scope) -> Result<(String, String), TemplateError> {
    let place = format!("the permission {}", resource.id);
    let understood = ["Action", "FunctionName", "Principal", "SourceArn"];
    let permission = Properties::new(&place, resource.properties, scope, &understood, &[])?;
    for (key, value) in [
        ("Action", "lambda:InvokeFunction"),
        ("Principal", "apigateway.amazonaws.com"),
    ] {
        if permission.text(key)? != value {
            return Err(permission.invalid(key, &format!("is not {value}")));
        }
    }
    Ok((permission.text("FunctionName")?, permission.text("SourceArn")?))
}

/// The logical id of the route that answers over the connection.
fn route_response(resource: &Resource<'_>, scope: &Scope) -> Result<String, TemplateError> {
    let place = format!("the route response {}", resource.id);
    let understood = ["ApiId", "RouteId", "RouteResponseKey"];
    let response = Properties::new(&place, resource.properties, scope, &understood, &[])?;
    if response.text("RouteResponseKey")? != "$default" {
        return Err(response.invalid("RouteResponseKey", "is not $default"));
    }
    response.text("RouteId")
}

/// The function behind an integration, by its binary and by its ARN.
fn function_of(
    resource: &Resource<'_>,
    scope: &Scope,
    settings: &Settings,
    template: &Template,
) -> Result<(String, String), TemplateError> {
    let place = format!("the integration {}", resource.id);
    let understood = ["ApiId", "IntegrationType", "IntegrationUri"];
    let integration = Properties::new(&place, resource.properties, scope, &understood, &["Description"])?;
    if integration.text("IntegrationType")? != "AWS_PROXY" {
        return Err(integration.invalid("IntegrationType", "is not AWS_PROXY"));
    }
    let uri = integration.text("IntegrationUri")?;
    let before = format!(
        "arn:aws:apigateway:{}:lambda:path/2015-03-31/functions/",
        settings.region
    );
    let arn = uri
        .strip_prefix(&before)
        .and_then(|rest| rest.strip_suffix("/invocations"))
        .ok_or_else(|| integration.invalid("IntegrationUri", "does not invoke a function"))?;
    let function = template.functions.values().find(|function| function.arn == arn);
    let function = function.ok_or_else(|| TemplateError::Unknown(arn.into()))?;
    Ok((function.name.clone(), arn.into()))
}

/// Gives the parts of the API the names by which they refer to each other.
pub(super) fn define_names(
    scope: &mut Scope,
    resource: &Resource<'_>,
    settings: &Settings,
) -> Result<(), TemplateError> {
    let id = resource.id;
    match resource.kind {
        "AWS::ApiGatewayV2::Api" => {
            let name = id.to_ascii_lowercase();
            let host = format!("{name}.execute-api.{}.amazonaws.com", settings.region);
            scope.define_attribute(id, "ApiEndpoint", format!("wss://{host}"));
            scope.define(id, name);
        }
        "AWS::ApiGatewayV2::Stage" => {
            let name = resource.properties.get("StageName").unwrap_or(&Value::Null);
            let name = scope.text(name)?;
            scope.define(id, name);
        }
        "AWS::ApiGatewayV2::Integration" | "AWS::ApiGatewayV2::Route" => scope.define(id, id),
        _ => {}
    }
    Ok(())
}
