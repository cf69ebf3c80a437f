//! API Gateway's events (HTTP API, payload format 2.0) as requests, and responses as its answers.

use aws_lambda_events::encodings::Body;
use aws_lambda_events::event::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::HOST;
use nanoark_http::request::{Request, Response, Scheme, normalise_authority};

/// The request that API Gateway received, byte for byte as far as it tells.
pub(crate) fn request(event: ApiGatewayV2httpRequest, invocation_id: &str) -> Request {
    let scheme = match event
        .headers
        .get("x-forwarded-proto")
        .and_then(|value| value.to_str().ok())
    {
        Some("http") => Scheme::Http,
        Some(_) | None => Scheme::Https,
    };
    let host = event
        .headers
        .get(HOST)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let authority = host.or(event.request_context.domain_name).unwrap_or_default();
    let body = event.body.unwrap_or_default();
    // What is no base64 although the gateway says so stays as it is; no digest will fit it.
    let body = if event.is_base64_encoded {
        STANDARD.decode(&body).map_or_else(|_| Bytes::from(body), Bytes::from)
    } else {
        Bytes::from(body)
    };
    let http = event.request_context.http;
    Request {
        method: http.method,
        scheme,
        authority: normalise_authority(&authority, scheme),
        path: event.raw_path.unwrap_or_default(),
        query: event.raw_query_string.filter(|query| !query.is_empty()),
        headers: event.headers,
        body,
        path_parameters: event.path_parameters.into_iter().collect(),
        source_ip: http.source_ip.and_then(|address| address.parse().ok()),
        request_id: event
            .request_context
            .request_id
            .unwrap_or_else(|| invocation_id.to_owned()),
    }
}

/// The answer that API Gateway sends on.
pub(crate) fn response(response: Response) -> ApiGatewayV2httpResponse {
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(response.status.as_u16());
    answer.headers = response.headers;
    if !response.body.is_empty() {
        match String::from_utf8(response.body.to_vec()) {
            Ok(text) => answer.body = Some(Body::Text(text)),
            Err(binary) => {
                answer.body = Some(Body::Binary(binary.into_bytes()));
                answer.is_base64_encoded = true;
            }
        }
    }
    answer
}
