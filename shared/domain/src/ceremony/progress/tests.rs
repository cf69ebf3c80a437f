use nanoark_ark_verifier::challenge::Step;

use super::Stage;
use crate::ceremony::transition::tests::at;

/// Stage, step, whether the gateway has something to do, whether it can end, whether it is over, what is asked for.
type Row = (Stage, u8, bool, bool, bool, Option<Step>);

const ROWS: [Row; 8] = [
    (Stage::Gathering, 1, false, true, false, None),
    (Stage::Accepted, 2, true, true, false, None),
    (Stage::Challenged, 3, false, true, false, Some(Step::ArkTransaction)),
    (Stage::Signed, 4, true, false, false, None),
    (Stage::Submitted, 5, false, false, false, Some(Step::Checkpoints)),
    (Stage::Countersigned, 6, true, false, false, None),
    (Stage::Finalized, 6, false, false, true, None),
    (Stage::Failed, 0, false, false, true, None),
];

#[test]
fn every_stage_has_its_row() {
    assert_eq!(ROWS.map(|row| row.0), Stage::ALL);
    for (stage, step, is_ours, can_end, is_over, asks_for) in ROWS {
        assert_eq!(stage.step(), step, "{stage:?}");
        assert_eq!(
            (stage.is_ours(), stage.can_end(), stage.is_over()),
            (is_ours, can_end, is_over),
            "{stage:?}"
        );
        let progress = at(stage).progress;
        assert_eq!((progress.stage(), progress.asks_for()), (stage, asks_for));
    }
}

#[test]
fn a_stage_is_written_as_it_is_called() {
    for stage in Stage::ALL {
        assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
    }
}
