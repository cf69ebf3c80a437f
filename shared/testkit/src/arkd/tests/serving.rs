use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::wallet::{Owner, operator, sat, submission};
use crate::arkd::{Arkd, Endpoint, Fault, RunningArkd};

async fn running() -> (Arkd, RunningArkd) {
    let (arkd, _) = operator();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let served = arkd.serve(listener).unwrap();
    (arkd, served)
}

async fn send(served: &RunningArkd, method: &str, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.address()).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: arkd\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn everything(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    // A connection that is reset has said what it has said.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn it_speaks_http() {
    let (arkd, served) = running().await;
    assert_eq!(served.url(), format!("http://{}", served.address()));
    let answer = everything(send(&served, "GET", "/v1/info", "").await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-type: application/json"));
    assert!(answer.ends_with('}') && answer.contains(&arkd.info().digest));
    let answer = everything(send(&served, "POST", "/v1/tx/submit", "{}").await).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    served.stop().await;
}

#[tokio::test]
async fn lost_replies_are_closed_connections() {
    let (arkd, served) = running().await;
    let alice = Owner::new(&arkd, 1);
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let body = submission(&alice.signed(&arkd, &[coin], &[])).to_string();
    for (fault, pending) in [(Fault::LostRequest, 0), (Fault::LostReplyAfterCommit, 1)] {
        arkd.faults().next(Endpoint::SubmitTx, fault);
        let answer = everything(send(&served, "POST", "/v1/tx/submit", &body).await).await;
        assert_eq!(answer, "");
        assert_eq!(arkd.pending().len(), pending);
    }
}

#[tokio::test]
async fn stalled_answers_stay_away_until_the_end() {
    let (arkd, served) = running().await;
    arkd.faults().next(Endpoint::Info, Fault::Stall);
    let stalled = send(&served, "GET", "/v1/info", "").await;
    // Another call is answered in the meantime, so the first one is not just slow to start.
    while arkd.faults().count(Endpoint::Info) == 0 {
        tokio::task::yield_now().await;
    }
    let answer = everything(send(&served, "GET", "/v1/info", "").await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    let mut nothing = [0; 1];
    assert_eq!(
        stalled.try_read(&mut nothing).unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
    served.stop().await;
    assert!(!everything(stalled).await.contains("200 OK"));
}
