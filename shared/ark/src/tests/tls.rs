//! Over TLS: arkd often runs behind a certificate of the operator's own.

use std::sync::{Arc, Mutex};

use nanoark_domain::time::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::arkd::Arkd;
use crate::error::ArkdError;
use crate::exchange::Limits;
use crate::tests::double::info;
use crate::tests::http::{Fate, serve};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// An arkd with a certificate of this authority's for this name, and how often it was asked.
async fn start(authority: &Authority, name: &str) -> (String, Arc<Mutex<Vec<String>>>) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust us hangs up.
            if let Ok(stream) = acceptor.accept(stream).await {
                let answer = Fate::Answer(200, info("d1").to_string());
                tokio::spawn(serve(stream, answer, Arc::clone(&heard)));
            }
        }
    });
    (url, requests)
}

async fn ask(url: &str, ca: Option<&str>) -> Result<(), ArkdError> {
    let clock = Arc::new(|| Timestamp::from_seconds(1_800_000_000));
    let arkd = Arkd::new(url, Limits::default(), ca.map(str::as_bytes), clock).unwrap();
    arkd.info().await.map(|_| ())
}

#[tokio::test]
async fn an_authority_of_the_operators_own_is_trusted_when_it_is_named() {
    let authority = authority();
    let (url, requests) = start(&authority, "127.0.0.1").await;
    let named = authority.pem();
    assert_eq!(ask(&url, Some(&named)).await, Ok(()));
    let bundle = format!("{}{named}", self::authority().pem());
    assert_eq!(ask(&url, Some(&bundle)).await, Ok(()));
    assert_eq!(requests.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn nothing_is_said_to_an_arkd_that_is_not_trusted() {
    let (ours, theirs) = (authority(), authority());
    let (url, requests) = start(&ours, "127.0.0.1").await;
    let (elsewhere, misdirected) = start(&ours, "127.0.0.2").await;
    for (url, ca) in [(&url, None), (&url, Some(theirs.pem())), (&elsewhere, Some(ours.pem()))] {
        let error = ask(url, ca.as_deref()).await.unwrap_err();
        assert!(matches!(error, ArkdError::Unreachable { .. }), "{error:?}");
    }
    assert_eq!(
        (requests.lock().unwrap().len(), misdirected.lock().unwrap().len()),
        (0, 0)
    );
}
