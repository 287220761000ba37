//! Pages with anything in them: whatever cannot be read is counted and set aside, and all that can be read
//! is read. No panic, whatever the bytes.

use domain::link::ProviderLink;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{other_link_id, plain, record};
use crate::belvo::wire;

/// A value of the wrong kind, or of the right kind and without sense.
fn poison() -> impl Strategy<Value = Value> {
    let deep = (1..200_usize).prop_map(|depth| (0..depth).fold(Value::Null, |inner, _| json!([inner])));
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(Value::from),
        (100..2_000_usize).prop_map(|length| Value::from("x".repeat(length))),
        Just(json!("../../etc/passwd")),
        Just(json!("9999-99-99T99:99:99Z")),
        Just(json!({"id": "0b6a1f3e-0000-4000-8000-00000000000a"})),
        deep,
    ]
}

const FIELDS: [&str; 8] = [
    "id",
    "institution",
    "access_mode",
    "status",
    "external_id",
    "created_at",
    "institution_user_id",
    "a_new_field",
];

/// One record, good unless a needed field is poisoned.
fn one(number: usize) -> impl Strategy<Value = String> {
    let field = proptest::sample::select(&FIELDS[..]);
    prop_oneof![
        3 => Just(plain(other_link_id(number))),
        2 => (field.clone(), poison()).prop_map(move |(field, value)| {
            record(other_link_id(number), |record| record[field] = value)
        }),
        1 => field.prop_map(move |field| record(other_link_id(number), |record| {
            record.as_object_mut().expect("an object").remove(field);
        })),
        1 => poison().prop_map(|value| value.to_string()),
    ]
}

fn page_of(records: &[String], count: &Value, next: &Value) -> Vec<u8> {
    format!(r#"{{"count":{count},"next":{next},"results":[{}]}}"#, records.join(",")).into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_good_record_is_read_and_every_other_is_counted(
        records in (0..12_usize).prop_flat_map(|length| (0..length).map(one).collect::<Vec<_>>()),
        next in poison(),
    ) {
        let untouched = |number: &usize| records[*number] == plain(other_link_id(*number));
        let good: Vec<_> = (0..records.len()).filter(untouched).map(other_link_id).collect();
        let read = wire::page::<ProviderLink>(&page_of(&records, &json!(3), &next)).expect("a page");
        prop_assert_eq!(read.records.len() + read.unreadable, records.len());
        prop_assert_eq!(read.more, !next.is_null());
        for id in good {
            prop_assert!(read.records.iter().any(|(known, link)| *known == id && link.id == id));
        }
    }

    #[test]
    fn a_page_with_a_poisoned_frame_is_read_or_refused_and_never_guessed(
        count in poison(),
        next in poison(),
        results in poison(),
    ) {
        let body = json!({"count": count, "next": next, "results": results}).to_string();
        let read = wire::page::<ProviderLink>(body.as_bytes());
        let whole = count.is_u64() && results.is_array();
        prop_assert_eq!(read.is_ok(), whole, "{}", body);
    }

    #[test]
    fn bytes_that_were_cut_or_changed_anywhere_do_no_harm(
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut body = page_of(&[plain(other_link_id(1)), plain(other_link_id(2))], &json!(2), &Value::Null);
        let at = at.index(body.len());
        if cut {
            body.truncate(at);
            prop_assert!(wire::page::<ProviderLink>(&body).is_err());
        } else {
            body[at] = byte;
            if let Ok(read) = wire::page::<ProviderLink>(&body) {
                prop_assert!(read.records.len() + read.unreadable <= 2);
            }
        }
        drop(wire::link(&body));
        drop(wire::token(&body));
    }
}
