//! State blocks of the live ledger and of a `dev` node: hash, signature, subtype, JSON, and what tampering does.

use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use crate::account::Account;
use crate::amount::RawAmount;
use crate::block::{InvalidBlock, Link, SignedBlock, StateBlock};
use crate::hash::BlockHash;
use crate::key::{BadSignature, Seed, Signature, verify};
use crate::legacy::LegacyBlock;
use crate::network::Network;
use crate::subtype::{NoSubtype, Subtype};
use crate::work::{Root, Work};

#[derive(Deserialize)]
struct Vector {
    source: String,
    hash: BlockHash,
    subtype: Subtype,
    previous_balance: Option<RawAmount>,
    amount: RawAmount,
    block: Value,
}

fn vectors() -> Vec<(Vector, SignedBlock)> {
    let vectors: Vec<Vector> = read(include_str!("../../vectors/blocks.json"));
    let parse = |vector: Vector| {
        let block = SignedBlock::deserialize(&vector.block).unwrap();
        (vector, block)
    };
    vectors.into_iter().map(parse).collect()
}

#[test]
fn the_fields_give_the_hash() {
    for (vector, signed) in vectors() {
        assert_eq!(signed.block.hash(), vector.hash, "{}", vector.source);
    }
}

#[test]
fn the_account_signs_all_but_epoch_blocks() {
    for (vector, signed) in vectors() {
        let by_the_network = verify(
            &Network::Dev.genesis_account(),
            vector.hash.as_bytes(),
            &signed.signature,
        );
        match vector.subtype {
            Subtype::Epoch => assert_eq!((signed.verify_signature(), by_the_network), (Err(BadSignature), Ok(()))),
            Subtype::Send | Subtype::Receive | Subtype::Open | Subtype::Change => {
                assert_eq!(signed.verify_signature(), Ok(()), "{}", vector.hash);
            }
        }
    }
}

#[test]
fn the_balance_before_gives_subtype_and_amount() {
    for (vector, signed) in vectors() {
        assert_eq!(
            Subtype::of(&signed.block, vector.previous_balance),
            Ok(vector.subtype),
            "{}",
            vector.hash
        );
        let before = vector.previous_balance.unwrap_or(RawAmount::ZERO).raw();
        assert_eq!(before.abs_diff(signed.block.balance.raw()), vector.amount.raw());
        if !signed.block.previous.is_zero() {
            assert_eq!(Subtype::of(&signed.block, None), Err(NoSubtype::PreviousBalanceUnknown));
        }
    }
}

#[test]
fn json_is_the_nodes_and_link_as_account_is_not_read() {
    for (vector, signed) in vectors() {
        let written = serde_json::to_value(&signed).unwrap();
        for (name, value) in vector.block.as_object().unwrap() {
            let (written, value) = (written[name].as_str().unwrap(), value.as_str().unwrap());
            assert!(written.eq_ignore_ascii_case(value), "{name}: {written} {value}");
        }
        let mut lying = written.clone();
        lying["link_as_account"] = json!(Account::BURN);
        assert_eq!(SignedBlock::deserialize(&lying).unwrap(), signed);
        lying["link_as_account"] = json!(17);
        assert_eq!(SignedBlock::deserialize(&lying).unwrap(), signed);
    }
}

#[test]
fn json_of_another_shape_is_refused() {
    let (_, signed) = vectors().swap_remove(0);
    let right = serde_json::to_value(&signed).unwrap();
    let wrong = [
        ("type", json!("send")),
        ("type", json!("State")),
        ("type", Value::Null),
        ("account", json!("nano_1")),
        ("previous", json!("0")),
        ("previous", json!(0)),
        ("representative", json!("")),
        ("balance", json!(1)),
        ("balance", json!("01")),
        ("balance", json!("-1")),
        ("balance", json!("340282366920938463463374607431768211456")),
        ("link", json!(Account::BURN)),
        ("signature", json!("00")),
        ("work", json!("zz")),
        ("work", json!(1)),
    ];
    for (name, value) in wrong {
        let mut json = right.clone();
        json[name] = value.clone();
        assert!(SignedBlock::deserialize(&json).is_err(), "{name}: {value}");
        json.as_object_mut().unwrap().remove(name);
        assert!(SignedBlock::deserialize(&json).is_err(), "without {name}");
    }
}

#[test]
fn no_field_can_be_changed_under_a_signature() {
    for (vector, signed) in vectors() {
        let block = &signed.block;
        let more = block
            .balance
            .checked_add(RawAmount::from_raw(1))
            .unwrap_or(RawAmount::ZERO);
        let hash = BlockHash::from_bytes([7; 32]);
        let account = Account::from_bytes([7; 32]);
        let changed = [
            StateBlock {
                account,
                ..block.clone()
            },
            StateBlock {
                previous: hash,
                ..block.clone()
            },
            StateBlock {
                representative: account,
                ..block.clone()
            },
            StateBlock {
                balance: more,
                ..block.clone()
            },
            StateBlock {
                link: hash.into(),
                ..block.clone()
            },
        ];
        for block in changed {
            assert_ne!(block.hash(), vector.hash);
            assert_eq!(
                SignedBlock {
                    block,
                    ..signed.clone()
                }
                .verify_signature(),
                Err(BadSignature)
            );
        }
        let other_work = SignedBlock {
            work: Work::from_nonce(1),
            ..signed.clone()
        };
        assert_eq!(other_work.block.hash(), vector.hash, "work is outside the hash");
    }
}

/// The node takes S + L (see `nano.md` section 8); a strict check does not. Both vectors are the same block.
#[test]
fn a_signature_with_an_unreduced_scalar_is_refused() {
    let (_, signed) = vectors().swap_remove(1);
    let unreduced = "96237B8831BE428637D901583CB8C05F81909D68C182D5328255A877187A0AE506B73CE4C0B8BC929E3CF0FFAF133924\
                     E456C5B363E48FB841AA12BBD62D4F10";
    let signature: Signature = unreduced.parse().unwrap();
    assert_eq!(
        SignedBlock { signature, ..signed }.verify_signature(),
        Err(BadSignature)
    );
}

#[test]
fn our_own_send_is_reproduced_to_the_last_bit() {
    let (vector, expected) = vectors().swap_remove(1);
    let seed = Seed::from_bytes([0; 32]);
    let (key, destination) = (seed.private_key(0), seed.private_key(1).public());
    let StateBlock {
        previous,
        representative,
        balance,
        ..
    } = expected.block;
    let before = vector.previous_balance.unwrap();
    let amount = before.checked_sub(balance).unwrap();
    let block = StateBlock::send(key.public(), previous, before, amount, destination, representative).unwrap();
    assert_eq!(block.sign(&key, expected.work), expected);
}

#[test]
fn builders_make_only_blocks_a_ledger_could_take() {
    let [account, other] = [1, 2].map(|index| Seed::from_bytes([9; 32]).private_key(index).public());
    let (some, none) = (BlockHash::from_bytes([3; 32]), BlockHash::ZERO);
    let raw = RawAmount::from_raw;
    let (zero, max) = (RawAmount::ZERO, RawAmount::MAX);

    let send = |previous, before, amount| StateBlock::send(account, previous, before, amount, other, other);
    assert_eq!(send(some, raw(5), raw(5)).unwrap().balance, zero);
    assert_eq!(send(some, raw(5), raw(2)).unwrap().link.as_account(), other);
    assert_eq!(
        Subtype::of(&send(some, raw(5), raw(2)).unwrap(), Some(raw(5))),
        Ok(Subtype::Send)
    );
    assert_eq!(send(some, raw(5), raw(6)), Err(InvalidBlock::InsufficientBalance));
    assert_eq!(send(some, raw(5), zero), Err(InvalidBlock::ZeroAmount));
    assert_eq!(send(none, raw(5), raw(2)), Err(InvalidBlock::NotOpened));

    let receive = |previous, before, amount| StateBlock::receive(account, previous, before, amount, some, other);
    assert_eq!(receive(some, raw(5), raw(2)).unwrap().balance, raw(7));
    assert_eq!(receive(some, raw(5), raw(2)).unwrap().link.as_hash(), some);
    assert_eq!(
        Subtype::of(&receive(some, raw(5), raw(2)).unwrap(), Some(raw(5))),
        Ok(Subtype::Receive)
    );
    assert_eq!(receive(some, max, raw(1)), Err(InvalidBlock::BalanceTooLarge));
    assert_eq!(receive(some, raw(5), zero), Err(InvalidBlock::ZeroAmount));
    assert_eq!(receive(none, raw(5), raw(2)), Err(InvalidBlock::NotOpened));

    let open = StateBlock::open(account, raw(2), some, other).unwrap();
    assert_eq!(
        (open.previous, open.balance, open.root()),
        (none, raw(2), Root::from(account))
    );
    assert_eq!(Subtype::of(&open, None), Ok(Subtype::Open));
    assert_eq!(
        StateBlock::open(account, zero, some, other),
        Err(InvalidBlock::ZeroAmount)
    );

    let change = StateBlock::change(account, some, raw(5), other).unwrap();
    assert_eq!((change.link, change.root()), (Link::ZERO, Root::from(some)));
    assert_eq!(Subtype::of(&change, Some(raw(5))), Ok(Subtype::Change));
    assert_eq!(
        StateBlock::change(account, none, raw(5), other),
        Err(InvalidBlock::NotOpened)
    );
}

#[test]
fn subtypes_follow_from_link_and_balance() {
    let mut epoch = [0; 32];
    epoch[..14].copy_from_slice(b"epoch v2 block");
    let mut almost = epoch;
    almost[31] = 1;
    let [zero, epoch, almost] = [[0; 32], epoch, almost].map(Link::from_bytes);
    let (none, some) = (BlockHash::ZERO, BlockHash::from_bytes([3; 32]));
    let cases = [
        (none, 5, almost, None, Ok(Subtype::Open)),
        (none, 5, zero, None, Err(NoSubtype::OpensWithNothing)),
        (none, 0, almost, None, Err(NoSubtype::OpensWithNothing)),
        (none, 0, epoch, None, Ok(Subtype::Epoch)),
        (some, 5, almost, Some(6), Ok(Subtype::Send)),
        (some, 5, zero, Some(6), Ok(Subtype::Send)),
        (some, 5, almost, Some(4), Ok(Subtype::Receive)),
        (some, 5, zero, Some(5), Ok(Subtype::Change)),
        (some, 5, epoch, Some(5), Ok(Subtype::Epoch)),
        (some, 5, epoch, Some(6), Ok(Subtype::Send)),
        (some, 5, almost, Some(5), Err(NoSubtype::LinkWithoutAmount)),
        (some, 5, almost, None, Err(NoSubtype::PreviousBalanceUnknown)),
    ];
    for (previous, balance, link, before, expected) in cases {
        let (account, representative) = (Account::BURN, Account::BURN);
        let block = StateBlock {
            account,
            previous,
            representative,
            balance: RawAmount::from_raw(balance),
            link,
        };
        assert_eq!(
            Subtype::of(&block, before.map(RawAmount::from_raw)),
            expected,
            "{block:?} after {before:?}"
        );
    }
}

#[test]
fn legacy_hashes_are_those_of_the_genesis_blocks() {
    let genesis = [
        (
            Network::Live,
            "991CF190094C00F0B68E2E5F75F6BEE95A2E0BD93CEAA4A6734DB9F19B728948",
        ),
        (
            Network::Beta,
            "01A92459E69440D5C1088D3B31F4CA678BE944BAB3776C2E6B7665E9BD99BD5A",
        ),
        (
            Network::Dev,
            "04270D7F11C4B2B472F2854C5A59F2A7E84226CE9ED799DE75744BD7D85FC9D9",
        ),
    ];
    for (network, hash) in genesis {
        let account = network.genesis_account();
        let source = BlockHash::from_bytes(*account.as_bytes());
        let open = LegacyBlock::Open {
            source,
            representative: account,
            account,
        };
        assert_eq!(open.hash().to_string(), hash);
        assert_eq!(open.hash(), network.genesis());
        assert_eq!(network.to_string().parse(), Ok(network));
    }
}
