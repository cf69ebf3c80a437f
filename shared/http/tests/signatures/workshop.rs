//! Makes signed requests of every shape, good and bad, and writes them as JSON for other languages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use nanoark_domain::time::Timestamp;
use nanoark_http::digest::content_digest;
use nanoark_http::request::{Request, Scheme};
use nanoark_http::signature::{
    Ed25519Signer, SignatureError, SignatureInput, SignatureRules, Signed, Signer, signature_base, verify,
};
use serde_json::{Value, json};

pub(crate) const HOST: &str = "api.nanoark.example";
pub(crate) const NOW: u64 = 1_795_253_400;
pub(crate) const BODY: &str = r#"{"quote_id":"qt_01","amount_raw":"1000000000000000000000000000"}"#;
pub(crate) const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/// What a `POST` with a body must cover.
pub(crate) const COVERED: &str = r#""@method" "@authority" "@path" "@query" "content-digest" "idempotency-key""#;

pub(crate) fn signer() -> Ed25519Signer {
    Ed25519Signer::from_seed(&[0x11; 32])
}

pub(crate) fn stranger() -> Ed25519Signer {
    Ed25519Signer::from_seed(&[0x22; 32])
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// The parameters of an ordinary signature of this signer.
pub(crate) fn parameters_of(signer: &impl Signer) -> String {
    format!(r#";created={NOW};expires={};keyid="{}""#, NOW + 60, signer.bot())
}

pub(crate) fn parameters() -> String {
    parameters_of(&signer())
}

/// A `POST` with everything but a signature.
pub(crate) fn post() -> Request {
    let mut request = Request::new(Method::POST, HOST, "/v1/jobs/jb_01/accept");
    request.query = Some("dry_run=false&tag=a%20b".to_owned());
    set(&mut request, "content-type", "application/json");
    set(&mut request, "idempotency-key", KEY);
    with_body(request, BODY)
}

pub(crate) fn get() -> Request {
    let mut request = Request::new(Method::GET, HOST, "/v1/jobs");
    request.query = Some("role=seller".to_owned());
    request
}

pub(crate) fn with_body(mut request: Request, body: &str) -> Request {
    set(&mut request, "content-digest", &content_digest(body.as_bytes()));
    request.body = Bytes::copy_from_slice(body.as_bytes());
    request
}

pub(crate) fn set(request: &mut Request, name: &str, value: &str) {
    request.headers.insert(
        HeaderName::from_bytes(name.as_bytes()).unwrap(),
        HeaderValue::from_str(value).unwrap(),
    );
}

pub(crate) fn add(request: &mut Request, name: &str, value: &str) {
    request.headers.append(
        HeaderName::from_bytes(name.as_bytes()).unwrap(),
        HeaderValue::from_str(value).unwrap(),
    );
}

pub(crate) fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    request.headers[name].to_str().unwrap()
}

/// Signs with this input, whether or not the relay would like it. What cannot even be read gets the signature of
/// nothing, so that it is the reading that fails.
pub(crate) fn sign_as(mut request: Request, signer: &impl Signer, covered: &str, parameters: &str) -> Request {
    let input = format!("sig=({covered}){parameters}");
    let base = SignatureInput::parse(&input).and_then(|(_, parsed)| signature_base(&request, &parsed));
    let signature = signer.sign(base.unwrap_or_default().as_bytes());
    set(&mut request, "signature-input", &input);
    set_signature(&mut request, &signature);
    request
}

pub(crate) fn sign(request: Request, covered: &str, parameters: &str) -> Request {
    sign_as(request, &signer(), covered, parameters)
}

pub(crate) fn signed_post() -> Request {
    sign(post(), COVERED, &parameters())
}

pub(crate) fn set_signature(request: &mut Request, signature: &[u8]) {
    set(request, "signature", &format!("sig=:{}:", STANDARD.encode(signature)));
}

pub(crate) fn signature_of(request: &Request) -> [u8; 64] {
    let text = header(request, "signature")
        .trim_start_matches("sig=:")
        .trim_end_matches(':');
    STANDARD.decode(text).unwrap().try_into().unwrap()
}

pub(crate) fn check(request: &Request) -> Result<Signed, SignatureError> {
    check_at(request, NOW)
}

pub(crate) fn check_at(request: &Request, now: u64) -> Result<Signed, SignatureError> {
    verify(request, at(now), &SignatureRules::default())
}

pub(crate) fn request_to_json(request: &Request) -> Value {
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    json!({
        "method": request.method.as_str(),
        "scheme": request.scheme.as_str(),
        "authority": request.authority,
        "path": request.path,
        "query": request.query,
        "headers": headers,
        "body": String::from_utf8(request.body.to_vec()).unwrap(),
    })
}

pub(crate) fn request_from_json(json: &Value) -> Request {
    let text = |name: &str| json[name].as_str().unwrap();
    let mut request = Request::new(text("method").parse().unwrap(), text("authority"), text("path"));
    // A stored authority is taken as it is: some vectors are about one that is not normalised.
    text("authority").clone_into(&mut request.authority);
    request.scheme = if text("scheme") == "http" {
        Scheme::Http
    } else {
        Scheme::Https
    };
    request.query = json["query"].as_str().map(str::to_owned);
    for line in json["headers"].as_array().unwrap() {
        let name = HeaderName::from_bytes(line[0].as_str().unwrap().as_bytes()).unwrap();
        request.headers.append(
            name,
            HeaderValue::from_bytes(line[1].as_str().unwrap().as_bytes()).unwrap(),
        );
    }
    request.body = Bytes::copy_from_slice(text("body").as_bytes());
    request
}
