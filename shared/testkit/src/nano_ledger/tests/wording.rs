//! Shapes and words of the two dialects. What RsNano says in full is in the replayed exchanges.

use super::*;

fn both(request: &Value) -> (Answer, Answer) {
    let world = World::new();
    let body = request.to_string();
    let answer = |dialect| world.node.clone().speaking(dialect).answer(body.as_bytes());
    (answer(Dialect::NanoNode), answer(Dialect::RsNano))
}

#[test]
fn malformed_input_is_an_answer_for_one_node_and_an_http_error_for_the_other() {
    for (request, nano_node, rs_nano) in [
        (
            json!({ "action": "block_info", "hash": "Z" }),
            "Invalid block hash",
            "expected a hex string containing 32 bytes",
        ),
        (
            json!({ "action": "blocks_info", "hashes": ["Z"] }),
            "Bad hash number",
            "expected a hex string containing",
        ),
        (
            json!({ "action": "account_info", "account": "nano_1" }),
            "Bad account number",
            "expected an account in the form",
        ),
        (
            json!({ "action": "pay" }),
            "Unknown command",
            "action: unknown variant `pay`",
        ),
        (
            json!({ "action": "process", "json_block": "true", "block": {} }),
            "Block is invalid",
            "missing field `type`",
        ),
        (
            json!({ "action": "process", "subtype": "pay" }),
            "Invalid block subtype",
            "unknown variant `pay`",
        ),
        (
            json!({ "hash": "00" }),
            "Unable to parse JSON",
            "missing field `action`",
        ),
    ] {
        let (cpp, rust) = both(&request);
        assert_eq!(
            (cpp.status, cpp.body),
            (200, json!({ "error": nano_node }).to_string()),
            "{request}"
        );
        assert_eq!(rust.status, 422, "{request}");
        assert!(rust.body.contains(rs_nano), "{}", rust.body);
    }
}

#[test]
fn what_both_nodes_refuse_they_refuse_in_the_same_words() {
    let unknown = BlockHash::from_bytes([7; 32]);
    let nobody = DevWallet::numbered(9, 9, &World::new().ledger).account();
    for (request, words) in [
        (json!({ "action": "block_info", "hash": unknown }), "Block not found"),
        (
            json!({ "action": "account_info", "account": nobody }),
            "Account not found",
        ),
        (
            json!({ "action": "work_generate", "hash": unknown }),
            "RPC control is disabled",
        ),
    ] {
        let (cpp, rust) = both(&request);
        let expected = json!({ "error": words }).to_string();
        assert_eq!(
            (cpp.status, cpp.body, rust.status, rust.body),
            (200, expected.clone(), 200, expected)
        );
    }
}

#[test]
fn an_empty_list_is_a_text_for_one_node_and_a_list_for_the_other() {
    let nobody = DevWallet::numbered(9, 9, &World::new().ledger).account();
    let read = |answer: &Answer| serde_json::from_str::<Value>(&answer.body).unwrap()["blocks"].clone();
    for (request, empty) in [
        (json!({ "action": "receivable", "account": nobody }), json!([])),
        (
            json!({ "action": "receivable", "account": nobody, "source": "true" }),
            json!({}),
        ),
        (
            json!({ "action": "accounts_receivable", "accounts": [nobody] }),
            json!({}),
        ),
    ] {
        let (cpp, rust) = both(&request);
        assert_eq!((read(&cpp), read(&rust)), (json!(""), empty), "{request}");
    }
}

#[test]
fn a_block_is_a_text_for_one_node_unless_an_object_is_asked_for() {
    let world = World::new();
    let send = world.pay();
    let contents = |dialect, json_block: &str| {
        let node = world.node.clone().speaking(dialect);
        let request = json!({ "action": "block_info", "hash": send.block.hash(), "json_block": json_block });
        ask(&node, request)["contents"].clone()
    };
    let text = contents(Dialect::NanoNode, "false");
    let block: SignedBlock = serde_json::from_str(text.as_str().unwrap()).unwrap();
    assert_eq!(block, send);
    assert_eq!(contents(Dialect::NanoNode, "true")["work"], send.work.to_string());
    assert_eq!(
        contents(Dialect::RsNano, "false")["work"],
        send.work.to_string().to_uppercase()
    );
}

#[test]
fn a_block_is_published_as_a_text_or_as_an_object() {
    let world = World::new();
    let send = world.buyer.build_send(world.seller.account(), raw(5)).unwrap();
    let text = serde_json::to_string(&send).unwrap();
    assert_eq!(
        world.ask(json!({ "action": "process", "block": text })),
        json!({ "hash": send.block.hash() })
    );
    let request = json!({ "action": "process", "json_block": "true", "subtype": "send", "block": send });
    assert_eq!(
        world.ask(request),
        json!({ "error": "Invalid block balance for given subtype" })
    );
    assert_eq!(process(&world.node, &send), json!({ "error": "Old block" }));
}

#[test]
fn one_bad_account_spoils_the_list_for_one_node_only() {
    let world = World::new();
    let request = json!({ "action": "accounts_balances", "accounts": [world.buyer.account(), "nano_bad"] });
    let (cpp, rust) = both(&request);
    let answer: Value = serde_json::from_str(&cpp.body).unwrap();
    assert_eq!(answer["errors"], json!({ "nano_bad": "Bad account number" }));
    assert_eq!(
        answer["balances"][world.buyer.account().to_string()]["balance"],
        json!(XNO)
    );
    assert_eq!(rust.status, 422);
}

#[test]
fn work_is_made_only_by_a_node_under_control() {
    let world = World::new();
    let root = world.ledger.head(&world.buyer.account()).unwrap().frontier;
    for dialect in Dialect::ALL {
        let node = world.node.clone().speaking(dialect).with_control(true);
        let made = ask(&node, json!({ "action": "work_generate", "hash": root }));
        let checked = ask(
            &node,
            json!({ "action": "work_validate", "hash": root, "work": made["work"] }),
        );
        assert_eq!(
            (checked["valid_all"].as_str(), &checked["difficulty"]),
            (Some("1"), &made["difficulty"])
        );
        assert_eq!(checked.get("valid").is_some(), dialect == Dialect::RsNano);
    }
}

#[test]
fn the_largest_sends_come_first_when_sorted_and_counted() {
    let world = World::new();
    for amount in [1, 3, 2] {
        world.buyer.send(world.seller.account(), raw(amount)).unwrap();
    }
    world.clock.advance(1_000);
    let listed = |request: Value| {
        let mut request = request;
        request["action"] = json!("receivable");
        request["account"] = json!(world.seller.account());
        world.ask(request)["blocks"].clone()
    };
    assert_eq!(listed(json!({})).as_array().unwrap().len(), 3);
    let largest = listed(json!({ "sorting": "true", "count": "1" }));
    assert_eq!(largest.as_object().unwrap().values().collect::<Vec<_>>(), [&json!("3")]);
    assert_eq!(listed(json!({ "threshold": "2" })).as_object().unwrap().len(), 2);
    let with_source = listed(json!({ "threshold": "3", "source": "true" }));
    let only = with_source.as_object().unwrap().values().next().unwrap().clone();
    assert_eq!(only, json!({ "amount": "3", "source": world.buyer.account() }));
}

#[test]
fn a_history_shows_money_and_a_raw_history_every_block() {
    let world = World::new();
    world.buyer.change(world.seller.account()).unwrap();
    let send = world.pay();
    let history = |raw: &str, count: &str| {
        let request =
            json!({ "action": "account_history", "account": world.buyer.account(), "raw": raw, "count": count });
        world.ask(request)
    };
    let kinds = |answer: &Value, field: &str| -> Vec<String> {
        answer["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item[field].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kinds(&history("false", "-1"), "type"), ["send", "receive"]);
    assert_eq!(kinds(&history("true", "10"), "subtype"), ["send", "change", "receive"]);
    assert_eq!(history("true", "1")["previous"], json!(send.block.previous));
}

#[test]
fn the_names_before_v24_are_answered_and_called_deprecated() {
    let world = World::new();
    let send = world.pay().block.hash();
    world.ledger.confirm_now(&send);
    let answer = world.ask(json!({ "action": "pending", "account": world.seller.account() }));
    assert_eq!(answer, json!({ "blocks": [send], "deprecated": "1" }));
    let exists = world.ask(json!({ "action": "pending_exists", "hash": send }));
    assert_eq!(exists, json!({ "exists": "1", "deprecated": "1" }));
}

#[test]
fn what_the_double_cannot_do_it_says() {
    let (cpp, rust) = both(&json!({ "action": "ledger" }));
    assert_eq!(
        cpp.body,
        json!({ "error": "Not implemented by the development ledger" }).to_string()
    );
    assert_eq!(rust, cpp);
}
