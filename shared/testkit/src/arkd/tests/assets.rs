use ark_core::Asset;
use ark_core::asset::AssetId;
use ark_core::asset::packet::{AssetGroup, AssetInput, AssetOutput, AssetRef, Packet, add_asset_packet_to_psbt};
use ark_core::extension::add_packet_to_psbt;
use ark_core::send::{OffchainTransactions, SendReceiver, build_asset_send_transactions};
use bitcoin::OutPoint;
use serde_json::json;

use super::wallet::{Owner, get, operator, sat, submit};
use crate::arkd::Arkd;

fn transfer(asset: AssetId, inputs: &[(u16, u64)], outputs: &[(u16, u64)]) -> AssetGroup {
    AssetGroup {
        asset_id: Some(asset),
        control_asset: None,
        metadata: None,
        inputs: inputs
            .iter()
            .map(|(input_index, amount)| AssetInput {
                input_index: *input_index,
                amount: *amount,
            })
            .collect(),
        outputs: outputs
            .iter()
            .map(|(output_index, amount)| AssetOutput {
                output_index: *output_index,
                amount: *amount,
            })
            .collect(),
    }
}

fn issuance(control: Option<AssetRef>, outputs: &[(u16, u64)]) -> AssetGroup {
    let nobody = AssetId {
        txid: bitcoin::hashes::Hash::all_zeros(),
        group_index: 0,
    };
    AssetGroup {
        asset_id: None,
        control_asset: control,
        metadata: Some(vec![("name".to_owned(), "Thing".to_owned())]),
        ..transfer(nobody, &[], outputs)
    }
}

fn with(arkd: &Arkd, owner: &Owner, coin: OutPoint, groups: Vec<AssetGroup>) -> OffchainTransactions {
    let mut transactions = owner.transfer(arkd, &[coin], &[(owner, 600)]);
    if !groups.is_empty() {
        add_asset_packet_to_psbt(&mut transactions.ark_tx, &Packet { groups }).unwrap();
    }
    add_packet_to_psbt(&mut transactions.ark_tx, 0x4e, &[7; 32]).unwrap();
    owner.sign(&mut transactions.ark_tx);
    transactions
}

#[test]
fn assets_move_with_their_packet() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let asset = arkd.issue_asset(None);
    let coin = arkd.fund_with_assets(&alice.script(), sat(1_000), &[(asset, 100)]);
    let receiver = SendReceiver {
        address: bob.address(),
        amount: sat(400),
        assets: vec![Asset {
            asset_id: asset,
            amount: 30,
        }],
    };
    let inputs = [alice.input(&arkd, coin)];
    let mut transactions = build_asset_send_transactions(&[receiver], &alice.address(), &inputs, &arkd.info()).unwrap();
    alice.sign(&mut transactions.ark_tx);
    let txid = alice.finish(&arkd, &transactions);
    assert_eq!(arkd.vtxo(OutPoint::new(txid, 0)).unwrap().assets, [(asset, 30)]);
    assert_eq!(arkd.vtxo(OutPoint::new(txid, 1)).unwrap().assets, [(asset, 70)]);
    let told = get(&arkd, &format!("/v1/indexer/vtxos?outpoints={txid}:0")).json();
    assert_eq!(
        told["vtxos"][0]["assets"],
        json!([{ "assetId": asset.to_string(), "amount": "30" }])
    );
    let facts = get(&arkd, &format!("/v1/indexer/asset/{asset}")).json();
    assert_eq!(facts["supply"], "100");
    assert_eq!(facts["controlAsset"], "");
}

#[test]
fn assets_are_issued_burnt_and_issued_again() {
    let (arkd, _) = operator();
    let alice = Owner::new(&arkd, 1);
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let groups = vec![
        issuance(None, &[(0, 1)]),
        issuance(Some(AssetRef::ByGroup(0)), &[(0, 50)]),
    ];
    let issued = alice.finish(&arkd, &with(&arkd, &alice, coin, groups));
    let [control, asset] = [0, 1].map(|group_index| AssetId {
        txid: issued,
        group_index,
    });
    let coin = OutPoint::new(issued, 0);
    assert_eq!(arkd.vtxo(coin).unwrap().assets, [(control, 1), (asset, 50)]);
    let facts = get(&arkd, &format!("/v1/indexer/asset/{asset}")).json();
    assert_eq!(facts["controlAsset"], control.to_string());
    assert!(facts["metadata"].as_str().unwrap().contains(&hex::encode("Thing")));

    let groups = vec![
        transfer(control, &[(0, 1)], &[(0, 1)]),
        transfer(asset, &[(0, 50)], &[(0, 80)]),
    ];
    let more = alice.finish(&arkd, &with(&arkd, &alice, coin, groups));
    let groups = vec![
        transfer(control, &[(0, 1)], &[(0, 1)]),
        transfer(asset, &[(0, 80)], &[(0, 10)]),
    ];
    alice.finish(&arkd, &with(&arkd, &alice, OutPoint::new(more, 0), groups));
    let supply = get(&arkd, &format!("/v1/indexer/asset/{asset}")).json()["supply"].clone();
    assert_eq!(supply, "10");
}

/// The error's name, some of its words, what the coin carries, and the packet.
type Case = (&'static str, &'static str, Vec<(AssetId, u64)>, Vec<AssetGroup>);

#[test]
fn packets_that_do_not_add_up() {
    let (arkd, _) = operator();
    let alice = Owner::new(&arkd, 1);
    let (asset, other) = (arkd.issue_asset(None), arkd.issue_asset(None));
    let controlled = arkd.issue_asset(Some(other));
    let unknown = AssetId {
        txid: bitcoin::hashes::Hash::all_zeros(),
        group_index: 9,
    };
    let table: Vec<Case> = vec![
        (
            "ASSET_VALIDATION_FAILED",
            "asset packet not found",
            vec![(asset, 5)],
            vec![],
        ),
        (
            "ASSET_NOT_FOUND",
            "not present in the packet",
            vec![(asset, 5), (other, 1)],
            vec![transfer(asset, &[(0, 5)], &[(0, 5)])],
        ),
        (
            "ASSET_INPUT_INVALID",
            "amount mismatch: 4 != 5",
            vec![(asset, 5)],
            vec![transfer(asset, &[(0, 4)], &[(0, 4)])],
        ),
        (
            "ASSET_INPUT_INVALID",
            "not present in the asset group inputs",
            vec![(asset, 5)],
            vec![transfer(asset, &[], &[])],
        ),
        (
            "ASSET_INPUT_INVALID",
            "which does not contain any assets",
            vec![],
            vec![transfer(asset, &[(0, 5)], &[(0, 5)])],
        ),
        (
            "ASSET_INPUT_INVALID",
            "out of range",
            vec![(asset, 5)],
            vec![transfer(asset, &[(0, 5), (1, 5)], &[(0, 10)])],
        ),
        (
            "ASSET_INPUT_INVALID",
            "asset not found in tx input 0",
            vec![(asset, 5)],
            vec![
                transfer(asset, &[(0, 5)], &[(0, 5)]),
                transfer(other, &[(0, 5)], &[(0, 5)]),
            ],
        ),
        (
            "CONTROL_ASSET_INVALID",
            "does not have a control asset",
            vec![(asset, 5)],
            vec![transfer(asset, &[(0, 5)], &[(0, 6)])],
        ),
        (
            "ASSET_NOT_FOUND",
            "control asset",
            vec![(controlled, 5)],
            vec![transfer(controlled, &[(0, 5)], &[(0, 6)])],
        ),
        (
            "ASSET_VALIDATION_FAILED",
            "does not exist",
            vec![],
            vec![issuance(Some(AssetRef::ById(unknown)), &[(0, 1)])],
        ),
        (
            "ASSET_VALIDATION_FAILED",
            "out of range",
            vec![],
            vec![issuance(Some(AssetRef::ByGroup(3)), &[(0, 1)])],
        ),
        (
            "ASSET_OUTPUT_INVALID",
            "out of range",
            vec![(asset, 5)],
            vec![transfer(asset, &[(0, 5)], &[(9, 5)])],
        ),
        (
            "ASSET_OUTPUT_INVALID",
            "is a packet output",
            vec![(asset, 5)],
            vec![transfer(asset, &[(0, 5)], &[(2, 5)])],
        ),
        (
            "ASSET_OUTPUT_INVALID",
            "is an anchor output",
            vec![(asset, 5)],
            vec![transfer(asset, &[(0, 5)], &[(3, 5)])],
        ),
        (
            "ASSET_VALIDATION_FAILED",
            "invalid asset packet",
            vec![],
            vec![issuance(None, &[(0, 0)])],
        ),
    ];
    for (name, words, held, groups) in table {
        let coin = arkd.fund_with_assets(&alice.script(), sat(1_000), &held);
        let outcome = submit(&arkd, &with(&arkd, &alice, coin, groups));
        assert_eq!(
            outcome.error_name().as_deref(),
            Some(name),
            "{words}: {}",
            outcome.json()
        );
        let message = outcome.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "{message} does not say {words}");
    }
}
