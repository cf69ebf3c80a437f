use super::*;
use crate::offer::samples::{fixed, terms};
use serde_json::json;

fn pointers(terms: &OfferTerms) -> Vec<&'static str> {
    let faults = terms.faults(&Limits::default());
    faults.into_iter().map(|fault| fault.pointer).collect()
}

fn standing(amount: u128, lifetime: u32) -> Pricing {
    Pricing::Fixed {
        amount_raw: RawAmount::from_raw(amount),
        standing_quote: Some(StandingQuote {
            quote_lifetime_seconds: Seconds(lifetime),
            signature: StatementSignature::from_bytes([0; 64]),
        }),
    }
}

/// A JSON string whose canonical form has this many bytes.
fn text_of(bytes: usize) -> Value {
    json!("x".repeat(bytes.saturating_sub(2)))
}

#[test]
fn each_part_may_reach_its_limit_and_not_pass_it() {
    let schema_of = |bytes: usize| json!({ "x": "y".repeat(bytes - 8) });
    let example = |input: Value, output: Value| Some(Example { input, output });
    let with = |change: &dyn Fn(&mut OfferTerms)| {
        let mut changed = terms();
        change(&mut changed);
        changed
    };
    let rows: Vec<(OfferTerms, &[&str])> = vec![
        (terms(), &[]),
        (with(&|terms| terms.title = String::new()), &["/title"]),
        (with(&|terms| terms.title = "t".repeat(120)), &[]),
        (with(&|terms| terms.title = "t".repeat(121)), &["/title"]),
        // Bytes, not characters.
        (with(&|terms| terms.title = "ü".repeat(60)), &[]),
        (with(&|terms| terms.title = "ü".repeat(61)), &["/title"]),
        (with(&|terms| terms.title = "a\u{7}".to_owned()), &["/title"]),
        (with(&|terms| terms.description = "d".repeat(2_000)), &[]),
        (with(&|terms| terms.description = "d".repeat(2_001)), &["/description"]),
        (
            with(&|terms| terms.description = "two\nlines\tand a tab".to_owned()),
            &[],
        ),
        (with(&|terms| terms.description = "\u{0}".to_owned()), &["/description"]),
        (
            with(&|terms| terms.tags = (0..16).map(|tag| tag.to_string()).collect()),
            &[],
        ),
        (
            with(&|terms| terms.tags = (0..17).map(|tag| tag.to_string()).collect()),
            &["/tags"],
        ),
        (with(&|terms| terms.tags = vec!["t".repeat(32)]), &[]),
        (with(&|terms| terms.tags = vec!["t".repeat(33)]), &["/tags"]),
        (
            with(&|terms| terms.tags = vec!["c-1_x.y".to_owned(), "ü".to_owned()]),
            &[],
        ),
        (with(&|terms| terms.tags = vec![String::new()]), &["/tags"]),
        (with(&|terms| terms.tags = vec!["two words".to_owned()]), &["/tags"]),
        (with(&|terms| terms.tags = vec!["a,b".to_owned()]), &["/tags"]),
        (with(&|terms| terms.turnaround = Seconds(0)), &["/turnaround_seconds"]),
        (with(&|terms| terms.turnaround = Seconds(1)), &[]),
        (with(&|terms| terms.turnaround = Seconds(2_592_000)), &[]),
        (
            with(&|terms| terms.turnaround = Seconds(2_592_001)),
            &["/turnaround_seconds"],
        ),
        (with(&|terms| terms.pricing = fixed(0)), &["/pricing/amount_raw"]),
        (with(&|terms| terms.pricing = fixed(1)), &[]),
        (with(&|terms| terms.pricing = fixed(u128::MAX)), &[]),
        (with(&|terms| terms.pricing = standing(1, 1)), &[]),
        (with(&|terms| terms.pricing = standing(1, 3_600)), &[]),
        (
            with(&|terms| terms.pricing = standing(1, 0)),
            &["/pricing/standing_quote/quote_lifetime_seconds"],
        ),
        (
            with(&|terms| terms.pricing = standing(0, 3_601)),
            &["/pricing/amount_raw", "/pricing/standing_quote/quote_lifetime_seconds"],
        ),
        (with(&|terms| terms.input_schema = Some(schema_of(8_192))), &[]),
        (
            with(&|terms| terms.input_schema = Some(schema_of(8_193))),
            &["/input_schema"],
        ),
        (
            with(&|terms| terms.output_schema = Some(schema_of(8_193))),
            &["/output_schema"],
        ),
        (with(&|terms| terms.input_schema = Some(json!(false))), &[]),
        (
            with(&|terms| terms.input_schema = Some(json!("object"))),
            &["/input_schema"],
        ),
        (
            with(&|terms| terms.output_schema = Some(json!([]))),
            &["/output_schema"],
        ),
        (
            with(&|terms| terms.example = example(text_of(8_192), text_of(8_192))),
            &[],
        ),
        (
            with(&|terms| terms.example = example(text_of(8_193), json!(null))),
            &["/example/input"],
        ),
        (
            with(&|terms| terms.example = example(json!(null), text_of(8_193))),
            &["/example/output"],
        ),
    ];
    for (terms, expected) in rows {
        let shown: String = format!("{terms:?}").chars().take(200).collect();
        assert_eq!(pointers(&terms), expected, "{shown}");
    }
}

#[test]
fn every_fault_is_named_at_once() {
    let mut wrong = terms();
    wrong.title = String::new();
    wrong.description = "\u{1}".to_owned();
    wrong.tags = vec![String::new(); 17];
    wrong.turnaround = Seconds(0);
    assert_eq!(
        pointers(&wrong),
        ["/title", "/description", "/tags", "/tags", "/turnaround_seconds"]
    );
}

#[test]
fn terms_have_one_normal_form() {
    let mut loose = terms();
    loose.title = "  Title\n".to_owned();
    loose.description = "\ttext ".to_owned();
    loose.tags = ["Text", " text ", "ÜBER", "über", "b"].map(str::to_owned).to_vec();
    let normal = loose.normalised();
    assert_eq!((normal.title.as_str(), normal.description.as_str()), ("Title", "text"));
    assert_eq!(normal.tags, ["text", "über", "b"]);
    assert_eq!(normal.clone().normalised(), normal);
}

#[test]
fn a_standing_quote_is_signed_for_one_seller_offer_price_and_lifetime() {
    let (seller, offer) = (BotId::from_bytes([1; 32]), OfferId::from_bytes([2; 16]));
    let one = StandingQuote::statement(&seller, &offer, RawAmount::from_raw(5), Seconds(60));
    let lines: Vec<String> = one.as_str().lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "nanoark-standing-quote-v1".to_owned(),
            format!("offer_id={offer}"),
            format!("seller={seller}"),
            "amount_raw=5".to_owned(),
            "quote_lifetime_seconds=60".to_owned(),
        ]
    );
}

#[test]
fn a_price_is_read_strictly() {
    let read = |text: &str| serde_json::from_str::<Pricing>(text).ok();
    assert_eq!(read(r#"{"type":"quote"}"#), Some(Pricing::Quote {}));
    assert_eq!(read(r#"{"type":"fixed","amount_raw":"7"}"#), Some(fixed(7)));
    for wrong in [
        r#"{"type":"quote","amount_raw":"7"}"#,
        r#"{"type":"fixed"}"#,
        r#"{"type":"fixed","amount_raw":7}"#,
        r#"{"type":"fixed","amount_raw":"-7"}"#,
        r#"{"type":"fixed","amount_raw":"340282366920938463463374607431768211456"}"#,
        r#"{"type":"auction"}"#,
    ] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}
