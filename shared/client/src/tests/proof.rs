use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Outcome, Quote, QuoteSubject, ReceiptSubject};
use nanoark_domain::statement::StatementSignature;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::signature::StatementError;
use nanoark_nano::{Account, BlockHash, RawAmount};

use crate::{Bot, Proof, SignedStatement, Unproved};

fn seller() -> Bot {
    Bot::from_seed(&[0x11; 32])
}

fn quoted() -> QuoteSubject {
    let key = "k".parse().unwrap();
    QuoteSubject {
        job_id: JobId::from_bytes([5; 16]),
        offer_id: seller().offer_id(&key),
        buyer: Bot::from_seed(&[0x22; 32]).id(),
        seller: seller().id(),
        input_hash: Sha256Digest::of(b"input"),
        turnaround: Seconds(60),
    }
}

fn quote_text(subject: &QuoteSubject) -> String {
    let quote = Quote {
        amount: RawAmount::from_raw(5),
        invoice: Account::from_bytes([3; 32]),
        expires_at: Timestamp::from_seconds(1_795_254_300),
        quoted_at: Timestamp::EPOCH,
        signature: StatementSignature::from_bytes([0; 64]),
    };
    quote.statement(subject).to_string()
}

fn receipt_text(payment_hash: Option<BlockHash>, outcome: Outcome) -> String {
    let quoted = quoted();
    let subject = ReceiptSubject {
        job_id: quoted.job_id,
        buyer: quoted.buyer,
        seller: quoted.seller,
        input_hash: quoted.input_hash,
        payment_hash,
    };
    outcome.receipt(&subject).to_string()
}

fn delivered() -> Outcome {
    Outcome::Delivered {
        output_hash: Sha256Digest::of(b"output"),
    }
}

fn signed(bot: &Bot, statement: String) -> SignedStatement {
    let signature = nanoark_http::signature::sign_statement(bot.signer(), statement.as_bytes()).unwrap();
    SignedStatement {
        statement,
        signature: StatementSignature::from_bytes(signature),
    }
}

fn proof(quote: Option<String>, receipt: Option<String>) -> Proof {
    let sign = |text: Option<String>| text.map(|text| signed(&seller(), text));
    Proof {
        seller: seller().id(),
        quote: sign(quote),
        receipt: sign(receipt),
    }
}

#[test]
fn a_proof_is_read_back_from_its_text_alone() {
    let paid = Some(BlockHash::from_bytes([4; 32]));
    let failed = Outcome::Failed {
        error_hash: Sha256Digest::of(b"no"),
    };
    for (payment, outcome) in [(paid, delivered()), (None, delivered()), (paid, failed)] {
        let proof = proof(Some(quote_text(&quoted())), Some(receipt_text(payment, outcome)));
        let stored = serde_json::to_string(&proof).unwrap();
        let verified = serde_json::from_str::<Proof>(&stored).unwrap().verify().unwrap();
        let (quote, receipt) = (verified.quote.unwrap(), verified.receipt.unwrap());
        assert_eq!((quote.subject, quote.amount), (quoted(), RawAmount::from_raw(5)));
        assert_eq!(quote.invoice_account, Account::from_bytes([3; 32]));
        assert_eq!((receipt.subject.payment_hash, receipt.outcome), (payment, outcome));
    }
    for proof in [
        proof(Some(quote_text(&quoted())), None),
        proof(None, Some(receipt_text(None, delivered()))),
    ] {
        assert!(proof.verify().is_ok());
    }
    assert_eq!(proof(None, None).verify(), Err(Unproved::Missing("quote")));
}

#[test]
fn what_is_signed_but_written_in_another_way_is_no_statement() {
    let quote = quote_text(&quoted());
    let receipt = receipt_text(None, delivered());
    for (text, other) in [
        ("nanoark-quote-v1", "nanoark-quote-v2"),
        ("amount_raw=5", "amount_raw=05"),
        ("amount_raw=5", "amount_raw=5\namount_raw=5"),
        ("turnaround_seconds=60", "turnaround_seconds=+60"),
        ("turnaround_seconds=60", "turnaround=60"),
        ("T09:45:00Z", "T09:45:00.000Z"),
        ("nano_", "xrb_"),
        ("\nexpires_at", "\r\nexpires_at"),
    ] {
        assert!(quote.contains(text), "{text} {quote}");
        let proof = proof(Some(quote.replacen(text, other, 1)), None);
        assert_eq!(proof.verify(), Err(Unproved::Unreadable("quote")), "{other}");
    }
    for (text, other) in [
        ("payment_hash=none", "payment_hash="),
        ("outcome=delivered", "outcome=running"),
        ("outcome=delivered", "outcome=Delivered"),
    ] {
        let proof = proof(None, Some(receipt.replacen(text, other, 1)));
        assert_eq!(proof.verify(), Err(Unproved::Unreadable("receipt")), "{other}");
    }
    let exchanged = proof(Some(receipt.clone()), Some(quote.clone()));
    assert_eq!(exchanged.verify(), Err(Unproved::Unreadable("quote")));
    for end in ["\n", "\nmore=1", " "] {
        assert!(proof(Some(format!("{quote}{end}")), None).verify().is_err(), "{end:?}");
    }
}

#[test]
fn another_seller_another_job_or_another_key_proves_nothing() {
    let stranger = Bot::from_seed(&[9; 32]);
    let receipt = || Some(receipt_text(None, delivered()));
    let other = |subject| proof(Some(quote_text(&subject)), receipt()).verify();
    for subject in [
        QuoteSubject {
            job_id: JobId::from_bytes([6; 16]),
            ..quoted()
        },
        QuoteSubject {
            buyer: stranger.id(),
            ..quoted()
        },
        QuoteSubject {
            input_hash: Sha256Digest::of(b"x"),
            ..quoted()
        },
        QuoteSubject {
            seller: stranger.id(),
            ..quoted()
        },
    ] {
        assert_eq!(other(subject), Err(Unproved::Unrelated));
    }
    let mut forged = proof(Some(quote_text(&quoted())), None);
    forged.quote = Some(signed(&stranger, quote_text(&quoted())));
    assert_eq!(
        forged.verify(),
        Err(Unproved::Signature(StatementError::WrongSignature))
    );
    forged.seller = stranger.id();
    assert_eq!(forged.verify(), Err(Unproved::Unrelated));
}
