//! The list of cases, held against the tests.

/// Every case of `nano.md` section 5.7 and the test that plays it.
const CASES: [(usize, &str); 42] = [
    (1, "one_node_alone_confirms_nothing"),
    (2, "a_block_that_lost_a_double_spend_never_pays"),
    (3, "a_send_to_another_account_pays_nothing"),
    (4, "one_raw_too_little_is_short"),
    (5, "what_is_too_much_pays_and_is_owed_back"),
    (6, "a_second_full_payment_is_owed_back_and_a_top_up_completes"),
    (7, "the_exact_sum_of_two_short_sends_is_the_price"),
    (8, "one_block_does_not_pay_two_jobs_of_a_seller"),
    (9, "a_hash_is_the_same_however_it_is_written"),
    (
        10,
        "a_stranger_who_names_the_block_first_gains_nothing_and_delays_little",
    ),
    (11, "a_receive_is_no_payment"),
    (12, "a_change_of_representative_is_no_payment"),
    (13, "an_epoch_block_is_no_payment"),
    (14, "a_legacy_send_is_refused_although_it_goes_to_the_invoice_account"),
    (15, "an_open_block_is_no_payment"),
    (16, "money_that_is_burnt_is_paid_to_nobody"),
    (17, "an_account_is_read_in_every_spelling_and_shown_in_one"),
    (18, "a_mistyped_account_is_refused"),
    (19, "an_amount_is_written_in_one_way"),
    (20, "an_amount_is_no_json_number"),
    (21, "a_broken_answer_is_no_verdict"),
    (22, "not_found_is_not_unpaid"),
    (23, "as_many_nodes_as_agreed_on_decide"),
    (24, "a_lie_about_amount_or_destination_gives_itself_away"),
    (25, "money_that_the_seller_pocketed_at_once_counts_named_or_not"),
    (26, "a_send_from_before_the_quote_pays_no_part_of_it"),
    (27, "what_was_paid_in_time_counts_whenever_it_is_confirmed"),
    (28, "what_comes_too_late_is_late_and_owed_back"),
    (29, "what_is_paid_to_a_cancelled_job_is_owed_back"),
    (30, "an_invoice_account_cannot_pay_itself"),
    (31, "dust_does_not_hide_a_payment"),
    (32, "a_refund_goes_where_the_buyer_wants_it"),
    (
        33,
        "a_rounded_payment_is_short_by_the_digits_it_dropped_and_can_be_completed",
    ),
    (34, "a_dropped_block_counts_from_when_it_was_seen_if_it_comes_back"),
    (
        35,
        "an_amount_that_cannot_be_proved_is_not_believed_and_one_node_can_prove_it",
    ),
    (36, "nodes_of_another_network_confirm_no_money_of_this_one"),
    (37, "a_check_that_comes_again_changes_nothing"),
    (38, "two_workers_come_to_one_verdict_and_one_of_them_works"),
    (39, "no_request_can_name_a_node"),
    (40, "nobody_is_quoted_his_own_account"),
    (41, "an_invoice_account_belongs_to_one_job_for_ever"),
    (42, "what_was_accepted_stays_and_is_signed"),
];

const SOURCES: [&str; 7] = [
    include_str!("amounts.rs"),
    include_str!("claims.rs"),
    include_str!("front_run.rs"),
    include_str!("nodes.rs"),
    include_str!("numbers.rs"),
    include_str!("parties.rs"),
    include_str!("wrong_blocks.rs"),
];
const TIME: &str = include_str!("time.rs");

/// The tests whose description begins with a number, in the order of the numbers.
fn numbered() -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for source in SOURCES.into_iter().chain([TIME]) {
        let lines: Vec<&str> = source.lines().collect();
        for (line, text) in lines.iter().enumerate() {
            let number = text.strip_prefix("/// ").and_then(|text| text.split_once(": "));
            let Some(Ok(number)) = number.map(|(number, _)| number.parse()) else {
                continue;
            };
            // The description goes on for some lines; then come the attribute and the function.
            let test: Vec<&str> = lines[line..]
                .iter()
                .copied()
                .skip_while(|text| text.starts_with("///"))
                .collect();
            assert_eq!(test[0], "#[tokio::test]", "case {number}");
            let name = test[1].strip_prefix("async fn ").and_then(|rest| rest.split_once('('));
            found.push((number, name.unwrap().0.to_owned()));
        }
    }
    found.sort();
    found
}

#[test]
fn every_case_is_played_by_the_test_of_its_name() {
    let listed: Vec<(usize, String)> = CASES.map(|(number, name)| (number, name.to_owned())).into();
    assert_eq!(numbered(), listed);
    assert!(CASES.iter().map(|(number, _)| *number).eq(1..=42));
}
