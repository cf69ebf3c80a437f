//! Work: values against thresholds, and text.

use crate::hash::BlockHash;
use crate::network::Network;
use crate::subtype::Subtype;
use crate::work::{Difficulty, InvalidWork, Root, Thresholds, Work, is_valid, value};

fn root() -> Root {
    "92BA74A7D6DC7557F3EDA95ADC6341D51AC777A0A6FF0688A5C492AB2B2CB40D"
        .parse::<BlockHash>()
        .unwrap()
        .into()
}

#[test]
fn values_decide_against_the_thresholds_of_today() {
    let Thresholds { send, receive } = Thresholds::LIVE;
    let cases = [
        ("0000000012b28f0c", "fffffffd1fb213b6", true, true),
        ("0000000000272bbb", "fffffe4ec9d4748f", false, true),
        ("0000000000000000", "", false, false),
    ];
    for (work, reached, sends, receives) in cases {
        let work: Work = work.parse().unwrap();
        if !reached.is_empty() {
            assert_eq!(value(&root(), work).to_string(), reached);
        }
        assert_eq!(
            (is_valid(&root(), work, send), is_valid(&root(), work, receive)),
            (sends, receives),
            "{work}"
        );
    }
}

/// Work values that a `dev` node stated, here in decimal as RsNano writes them.
#[test]
fn values_are_those_a_node_states() {
    let cases = [
        (
            "04270D7F11C4B2B472F2854C5A59F2A7E84226CE9ED799DE75744BD7D85FC9D9",
            "2F16F69BC30F814F",
            18_437_321_235_223_531_153,
        ),
        (
            "04270D7F11C4B2B472F2854C5A59F2A7E84226CE9ED799DE75744BD7D85FC9D9",
            "0000000000000000",
            6_581_251_135_857_155_845,
        ),
        (
            "39CC2C32DE31075C1B6E29C89B91093884E802A29B22CBD645A4EBD7537A2C4F",
            "B9379BE5ACA76F0D",
            18_440_127_544_172_938_495,
        ),
        (
            "7442BB86A58594F1212F0AA9904E13F19816C211BA87F533F12407615A630419",
            "d76d4331009c4a66",
            18_446_744_046_700_363_103,
        ),
    ];
    for (root, work, expected) in cases {
        let root = root.parse::<BlockHash>().unwrap().into();
        assert_eq!(value(&root, work.parse().unwrap()), Difficulty::from_value(expected));
    }
}

#[test]
fn the_threshold_itself_is_enough() {
    let work = Work::from_nonce(5);
    let reached = value(&root(), work);
    assert!(is_valid(&root(), work, reached));
    assert!(!is_valid(&root(), work, Difficulty::from_value(reached.get() + 1)));
    let Thresholds { send, receive } = Thresholds::DEV;
    let by_subtype = [
        (Subtype::Send, send),
        (Subtype::Change, send),
        (Subtype::Receive, receive),
        (Subtype::Open, receive),
        (Subtype::Epoch, receive),
    ];
    for (subtype, threshold) in by_subtype {
        assert_eq!(Thresholds::DEV.of(subtype), threshold);
    }
    for network in [Network::Live, Network::Beta, Network::Dev] {
        assert!(network.thresholds().send > network.thresholds().receive);
    }
}

#[test]
fn text_is_sixteen_hex_digits_in_either_case() {
    let work: Work = "8A142E07A10996D5".parse().unwrap();
    assert_eq!(work, Work::from_nonce(0x8a14_2e07_a109_96d5));
    assert_eq!(work.to_string(), "8a142e07a10996d5");
    assert_eq!(Work::from_nonce(1).to_string(), "0000000000000001");
    for wrong in [
        "",
        "1",
        "8a142e07a10996d",
        "8a142e07a10996d55",
        "0x8a142e07a10996",
        "8a142e07a10996dz",
        " 8a142e07a10996d",
    ] {
        assert_eq!(wrong.parse::<Work>(), Err(InvalidWork), "{wrong:?}");
        assert_eq!(wrong.parse::<Difficulty>(), Err(InvalidWork), "{wrong:?}");
    }
}
