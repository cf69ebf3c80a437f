//! The list of cases, held against the tests and the table of what is not played.

use std::collections::BTreeSet;

const SOURCES: [&str; 7] = [
    include_str!("amounts.rs"),
    include_str!("claims.rs"),
    include_str!("nodes.rs"),
    include_str!("parties.rs"),
    include_str!("small_change.rs"),
    include_str!("time.rs"),
    include_str!("wrong_blocks.rs"),
];
const TABLE: &str = include_str!("mod.rs");

/// The numbers with which tests begin their descriptions.
fn played() -> BTreeSet<usize> {
    let mut numbers = BTreeSet::new();
    for source in SOURCES {
        let lines: Vec<&str> = source.lines().collect();
        for (line, text) in lines.iter().enumerate() {
            let number = text.strip_prefix("/// ").and_then(|text| text.split_once(": "));
            let Some(Ok(number)) = number.map(|(number, _)| number.parse()) else {
                continue;
            };
            let mut rest = lines[line..].iter().skip_while(|text| text.starts_with("///"));
            assert_eq!(
                rest.next(),
                Some(&"#[tokio::test(start_paused = true)]"),
                "case {number}"
            );
            numbers.insert(number);
        }
    }
    numbers
}

/// The numbers of the table of what is not played.
fn unseen() -> BTreeSet<usize> {
    let rows = TABLE.lines().filter_map(|line| line.strip_prefix("//! | "));
    rows.filter_map(|row| row.split(" | ").next()?.parse().ok()).collect()
}

#[test]
fn every_case_is_played_or_said_not_to_reach_a_worker() {
    let (played, unseen) = (played(), unseen());
    assert!(played.is_disjoint(&unseen));
    assert!(played.union(&unseen).copied().eq(1..=42), "{played:?} {unseen:?}");
}
