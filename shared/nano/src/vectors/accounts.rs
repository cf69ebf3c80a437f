//! Addresses: the spellings that are read, the one that is written, and what is refused.

use serde::Deserialize;

use super::read;
use crate::account::{Account, InvalidAccount};
use crate::block::Link;

#[derive(Deserialize)]
struct Vectors {
    accept: Vec<Accept>,
    reject: Vec<Reject>,
}

#[derive(Deserialize)]
struct Accept {
    text: String,
    public: String,
}

#[derive(Deserialize)]
struct Reject {
    text: String,
    why: String,
}

fn vectors() -> Vectors {
    read(include_str!("../../vectors/accounts.json"))
}

#[test]
fn every_spelling_names_the_key_and_one_is_written() {
    for Accept { text, public } in vectors().accept {
        let account: Account = text.parse().unwrap();
        assert_eq!(hex::encode_upper(account.as_bytes()), public, "{text}");
        let written = account.to_string();
        assert!(written.starts_with("nano_"), "{written}");
        assert_eq!(written[5..], text[text.len() - 60..]);
        assert_eq!(written.parse(), Ok(account));
        let json = serde_json::to_string(&account).unwrap();
        assert_eq!(serde_json::from_str::<Account>(&json).unwrap(), account);
    }
}

#[test]
fn a_mistyped_address_is_refused_with_its_reason() {
    for Reject { text, why } in vectors().reject {
        let expected = match why.as_str() {
            "Prefix" => InvalidAccount::Prefix,
            "Digits" => InvalidAccount::Digits,
            "FirstDigit" => InvalidAccount::FirstDigit,
            "Checksum" => InvalidAccount::Checksum,
            other => panic!("unknown reason {other}"),
        };
        assert_eq!(text.parse::<Account>(), Err(expected), "{text:?}");
    }
}

#[test]
fn every_single_digit_error_is_caught() {
    let right = Account::from_bytes([0xa5; 32]).to_string();
    for at in 5..right.len() {
        for digit in "13456789abcdefghijkmnopqrstuwxyz".chars() {
            let mut wrong = right.clone();
            wrong.replace_range(at..=at, digit.encode_utf8(&mut [0; 4]));
            assert_eq!(wrong.parse::<Account>().is_ok(), wrong == right, "{wrong}");
        }
    }
}

#[test]
fn the_burn_account_is_the_zero_key() {
    let burn = "nano_1111111111111111111111111111111111111111111111111111hifc8npp";
    assert_eq!(Account::BURN.to_string(), burn);
    assert_eq!(Link::ZERO.as_account(), Account::BURN);
}
