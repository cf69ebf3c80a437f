//! What a function returns, as the response that API Gateway makes of it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Lambda's limit of a response.
const MAX_BYTES: usize = 6 * 1024 * 1024;

/// Why no response can be made of what a function returned.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResponseError {
    #[error("the answer is longer than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("the answer is no response: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("{0} is no status")]
    Status(u16),
    #[error("the header {0} is malformed")]
    Header(String),
    #[error("the body is no base64")]
    Body(#[from] base64::DecodeError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The response that the function's answer stands for.
pub(super) fn from_function(answer: &RawValue) -> Result<Response<Bytes>, ResponseError> {
    if answer.get().len() > MAX_BYTES {
        return Err(ResponseError::TooLarge);
    }
    let value: Value = serde_json::from_str(answer.get())?;
    if value.get("statusCode").is_none() {
        // Format 2.0: an answer without a status is a body of JSON.
        return Ok(json(StatusCode::OK, value.to_string()));
    }
    let answer: Answer = serde_json::from_value(value)?;
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded {
        Bytes::from(STANDARD.decode(body)?)
    } else {
        Bytes::from(body)
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status_code).map_err(|_| ResponseError::Status(answer.status_code))?;
    let headers = response.headers_mut();
    for (name, value) in answer.headers.unwrap_or_default() {
        let text = match value {
            Value::String(text) => text,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
        };
        let malformed = |_| ResponseError::Header(name.clone());
        let key = HeaderName::try_from(&name).map_err(|_| ResponseError::Header(name.clone()))?;
        headers.insert(key, HeaderValue::try_from(text).map_err(malformed)?);
    }
    for cookie in answer.cookies.unwrap_or_default() {
        let cookie = HeaderValue::try_from(cookie).map_err(|_| ResponseError::Header("set-cookie".into()))?;
        headers.append(header::SET_COOKIE, cookie);
    }
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    Ok(response)
}

/// What API Gateway answers by itself.
pub(super) fn message(status: StatusCode, message: &str) -> Response<Bytes> {
    json(status, serde_json::json!({"message": message}).to_string())
}

fn json(status: StatusCode, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn response(answer: &Value) -> Result<Response<Bytes>, ResponseError> {
        from_function(&serde_json::value::to_raw_value(answer).unwrap())
    }

    #[test]
    fn status_headers_cookies_and_body_are_taken_over() {
        let response = response(&json!({
            "statusCode": 201,
            "headers": {"Content-Type": "application/json", "x-count": 7},
            "cookies": ["a=1", "b=2"],
            "body": "e30=",
            "isBase64Encoded": true,
            "multiValueHeaders": {"ignored": ["in format 2.0"]},
        }))
        .unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-count"], "7");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(response.body().as_ref(), b"{}");
    }

    #[test]
    fn an_answer_without_a_status_is_a_body() {
        let response = response(&json!({"hello": 1})).unwrap();
        assert_eq!(
            (response.status().as_u16(), response.body().as_ref()),
            (200, br#"{"hello":1}"#.as_slice())
        );
        assert_eq!(response.headers()["content-type"], "application/json");
    }

    #[test]
    fn a_malformed_answer_is_an_error() {
        for answer in [
            json!({"statusCode": "no"}),
            json!({"statusCode": 99}),
            json!({"statusCode": 200, "headers": {"bad name": "x"}}),
            json!({"statusCode": 200, "headers": {"x": "bad\nvalue"}}),
            json!({"statusCode": 200, "body": "?", "isBase64Encoded": true}),
        ] {
            assert!(response(&answer).is_err(), "{answer}");
        }
    }
}
