use super::wallet::{Owner, finalize, get, operator, sat, submit};
use crate::arkd::{Endpoint, Fault, Lost};

#[test]
fn a_fault_strikes_before_or_after_the_deed() {
    let table = [
        (Fault::LostRequest, false, Some(Lost::Cut), 500),
        (Fault::LostReplyAfterCommit, true, Some(Lost::Cut), 200),
        (Fault::Stall, true, Some(Lost::Stalled), 200),
        (Fault::InternalError, false, None, 500),
        (Fault::InternalErrorAfterCommit, true, None, 500),
    ];
    for (fault, done, lost, status) in table {
        let (arkd, _) = operator();
        let alice = Owner::new(&arkd, 1);
        let coin = arkd.fund(&alice.script(), sat(1_000));
        let transactions = alice.signed(&arkd, &[coin], &[]);
        arkd.faults().next(Endpoint::SubmitTx, fault);
        assert_eq!(get(&arkd, "/v1/info").status, 200);
        let outcome = submit(&arkd, &transactions);
        assert_eq!((outcome.fault, outcome.status), (lost, status), "{fault:?}");
        assert_eq!(arkd.pending().len(), usize::from(done), "{fault:?}");
        assert_eq!(arkd.faults().outstanding(), 0);
        let again = submit(&arkd, &transactions);
        assert_eq!(again.status, if done { 400 } else { 200 });
        assert_eq!(arkd.faults().count(Endpoint::SubmitTx), 2);
        assert_eq!(
            arkd.faults().calls(),
            [Endpoint::Info, Endpoint::SubmitTx, Endpoint::SubmitTx]
        );
    }
}

#[test]
fn the_world_changes_just_before_the_call() {
    let (arkd, _) = operator();
    let alice = Owner::new(&arkd, 1);
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let transactions = alice.signed(&arkd, &[coin], &[]);
    arkd.faults().next(Endpoint::SubmitTx, Fault::DigestChange);
    assert_eq!(
        submit(&arkd, &transactions).error_name().as_deref(),
        Some("DIGEST_MISMATCH")
    );
    arkd.faults().next(Endpoint::SubmitTx, Fault::SpentElsewhereBefore);
    assert_eq!(
        submit(&arkd, &transactions).error_name().as_deref(),
        Some("VTXO_ALREADY_SPENT")
    );
    let coin = arkd.vtxo(coin).unwrap();
    assert!(coin.spent_by.is_some() && !coin.pending);
    assert_eq!(arkd.balance_of(&alice.script()), sat(0));
    assert_eq!(arkd.total_unspent(), sat(1_000));
}

#[test]
fn predicates_choose_the_call() {
    let (arkd, _) = operator();
    let alice = Owner::new(&arkd, 1);
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let accepted = submit(&arkd, &alice.signed(&arkd, &[coin], &[])).json();
    let txid = accepted["arkTxid"].as_str().unwrap().to_owned();
    arkd.faults().when(2, Fault::InternalError, move |site| {
        site.endpoint == Endpoint::FinalizeTx && String::from_utf8_lossy(site.body).contains(&txid)
    });
    for status in [500, 500, 200] {
        let outcome = finalize(&arkd, &accepted, |psbt| alice.sign_checkpoint(psbt));
        assert_eq!(outcome.status, status);
    }
    arkd.faults().times(3, Endpoint::Info, Fault::LostRequest);
    assert_eq!(arkd.faults().outstanding(), 3);
    arkd.faults().clear();
    assert_eq!(get(&arkd, "/v1/info").fault, None);
}
