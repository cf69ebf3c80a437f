use alloc::vec;

use ark_core::asset::packet as theirs;
use ark_core::extension::packet_txout;
use proptest::prelude::*;

use super::*;

fn event(byte: u8) -> EventId {
    EventId::from_byte_array([byte; 32])
}

fn entries() -> impl Strategy<Value = Vec<AssetEntry>> {
    prop::collection::vec(
        (any::<u16>(), any::<u64>()).prop_map(|(index, amount)| AssetEntry { index, amount }),
        0..4,
    )
}

fn assets() -> impl Strategy<Value = AssetPacket> {
    let group = (any::<[u8; 32]>(), any::<u16>(), entries(), entries()).prop_map(|(txid, group, inputs, outputs)| {
        let mut asset = [0; 34];
        asset[..32].copy_from_slice(&txid);
        asset[32..].copy_from_slice(&group.to_le_bytes());
        AssetGroup {
            asset: AssetId::from_bytes(asset),
            inputs,
            outputs,
        }
    });
    prop::collection::vec(group, 1..5).prop_map(|groups| AssetPacket { groups })
}

fn as_theirs(packet: &AssetPacket) -> theirs::Packet {
    let groups = packet.groups.iter().map(|group| theirs::AssetGroup {
        asset_id: Some(alloc::format!("{}", group.asset).parse().unwrap()),
        control_asset: None,
        metadata: None,
        inputs: group
            .inputs
            .iter()
            .map(|entry| theirs::AssetInput {
                input_index: entry.index,
                amount: entry.amount,
            })
            .collect(),
        outputs: group
            .outputs
            .iter()
            .map(|entry| theirs::AssetOutput {
                output_index: entry.index,
                amount: entry.amount,
            })
            .collect(),
    });
    theirs::Packet {
        groups: groups.collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn assets_are_written_as_ark_core_does(packet in assets()) {
        let bytes = as_theirs(&packet).encode();
        prop_assert_eq!(&packet.to_bytes(), &bytes);
        prop_assert_eq!(AssetPacket::parse(&bytes), Ok(packet));
    }

    #[test]
    fn an_extension_is_read_as_written(assets in prop::option::of(assets()), count in 1_u8..40) {
        let extension = Extension { assets, intents: (0..count).map(event).collect() };
        prop_assert_eq!(Extension::parse(&extension.to_script()), Ok(extension));
    }

    #[test]
    fn intents_are_written_as_ark_core_does(count in 1_u8..40) {
        let intents: Vec<EventId> = (0..count).map(event).collect();
        let output = packet_txout(INTENTS, &intents_record(&intents));
        prop_assert_eq!(Extension::of(intents).to_output(), output);
    }

    #[test]
    fn no_bytes_are_too_strange(script in prop::collection::vec(any::<u8>(), 0..200)) {
        let script = ScriptBuf::from_bytes(script);
        if let Ok(extension) = Extension::parse(&script) {
            prop_assert_eq!(extension.to_script(), script);
        }
    }

    #[test]
    fn what_is_changed_is_refused_or_means_something_else(assets in assets(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let extension = Extension { assets: Some(assets), intents: vec![event(7)] };
        let mut bytes = extension.to_script().to_bytes();
        *at.get_mut(&mut bytes) ^= 1 << bit;
        prop_assert_ne!(Extension::parse(Script::from_bytes(&bytes)), Ok(extension));
    }
}

/// A script with this after `ARK`.
fn script(payload: &[u8]) -> ScriptBuf {
    let mut data = MAGIC.to_vec();
    data.extend_from_slice(payload);
    let mut script = vec![OP_RETURN.to_u8()];
    push_data(&mut script, &data);
    ScriptBuf::from_bytes(script)
}

fn record(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_record(&mut bytes, kind, data);
    bytes
}

#[test]
fn what_is_no_extension_is_refused() {
    let one = record(INTENTS, &[1; 32]);
    let asset = |presence: u8, kind: u8| {
        let mut data = vec![1, presence];
        data.extend_from_slice(&[9; 34]);
        data.extend_from_slice(&[1, kind, 0, 0, 5, 0]);
        record(ASSETS, &data)
    };
    let cases: Vec<(&str, Vec<u8>, InvalidExtension)> = vec![
        ("nothing", vec![], InvalidExtension::Intents),
        ("no data", record(INTENTS, &[]), InvalidExtension::Intents),
        ("31 bytes", record(INTENTS, &[1; 31]), InvalidExtension::Intents),
        ("33 bytes", record(INTENTS, &[1; 33]), InvalidExtension::Intents),
        ("the same twice", record(INTENTS, &[1; 64]), InvalidExtension::Intents),
        (
            "two records",
            [one.clone(), record(INTENTS, &[2; 32])].concat(),
            InvalidExtension::Order,
        ),
        (
            "assets last",
            [one.clone(), asset(1, 1)].concat(),
            InvalidExtension::Order,
        ),
        (
            "assets twice",
            [asset(1, 1), asset(1, 1), one.clone()].concat(),
            InvalidExtension::Order,
        ),
        ("assets only", asset(1, 1), InvalidExtension::Intents),
        (
            "an introspector's record",
            [record(1, &[0]), one.clone()].concat(),
            InvalidExtension::Unknown(1),
        ),
        (
            "an issuance",
            [asset(0, 1), one.clone()].concat(),
            InvalidExtension::AssetGroup,
        ),
        (
            "a control asset",
            [asset(3, 1), one.clone()].concat(),
            InvalidExtension::AssetGroup,
        ),
        (
            "metadata",
            [asset(5, 1), one.clone()].concat(),
            InvalidExtension::AssetGroup,
        ),
        (
            "an input from elsewhere",
            [asset(1, 2), one.clone()].concat(),
            InvalidExtension::AssetGroup,
        ),
        (
            "a type alone",
            [one.clone(), vec![0x4e]].concat(),
            InvalidExtension::Truncated,
        ),
        (
            "a length too long",
            vec![INTENTS, 33, 1, 1],
            InvalidExtension::Truncated,
        ),
        (
            "a length with a superfluous digit",
            [vec![INTENTS, 0xa0, 0], vec![1; 32]].concat(),
            InvalidExtension::Number,
        ),
        (
            "a length beyond 64 bits",
            [vec![INTENTS], vec![0xff; 9], vec![2]].concat(),
            InvalidExtension::Number,
        ),
        (
            "bytes after the groups",
            [record(ASSETS, &[0, 0]), one.clone()].concat(),
            InvalidExtension::NotCanonical,
        ),
    ];
    for (name, payload, expected) in cases {
        assert_eq!(Extension::parse(&script(&payload)), Err(expected), "{name}");
    }
    assert!(Extension::parse(&script(&one)).is_ok());
}

#[test]
fn a_script_of_another_form_is_refused() {
    let good = script(&record(INTENTS, &[1; 32])).to_bytes();
    let long_push = [&[OP_RETURN.to_u8(), 0x4c][..], &good[1..]].concat();
    let cases = [
        ("nothing", vec![], InvalidExtension::Form),
        (
            "another magic",
            [&good[..2], b"ARC", &good[5..]].concat(),
            InvalidExtension::Form,
        ),
        ("no OP_RETURN", good[1..].to_vec(), InvalidExtension::Form),
        (
            "a bare key",
            [&[OP_RETURN.to_u8(), 32][..], &[1; 32]].concat(),
            InvalidExtension::Form,
        ),
        ("a longer push than needed", long_push, InvalidExtension::NotCanonical),
        (
            "a second push",
            [&good[..], &[1, 1]].concat(),
            InvalidExtension::NotCanonical,
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(Extension::parse(Script::from_bytes(&bytes)), Err(expected), "{name}");
    }
}
