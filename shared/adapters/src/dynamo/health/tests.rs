//! Tables that somebody made by hand, and what is wrong with each.

use aws_sdk_dynamodb::types::{
    GlobalSecondaryIndexDescription, Projection, StreamSpecification, builders::TableDescriptionBuilder,
};

use super::*;

fn keys([hash, range]: [&str; 2]) -> Vec<KeySchemaElement> {
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    vec![key(hash, KeyType::Hash).expect("a key"), key(range, KeyType::Range).expect("a key")]
}

fn index(name: &str, of: [&str; 2], holds: ProjectionType) -> GlobalSecondaryIndexDescription {
    let projection = Projection::builder().projection_type(holds).build();
    let index = GlobalSecondaryIndexDescription::builder().index_name(name).projection(projection);
    index.set_key_schema(Some(keys(of))).build()
}

fn stream(view: StreamViewType) -> StreamSpecification {
    StreamSpecification::builder().stream_enabled(true).stream_view_type(view).build().expect("a stream")
}

/// As the template makes it.
fn whole() -> TableDescriptionBuilder {
    let indexes = INDEXES.map(|(name, keys)| index(name, keys, ProjectionType::KeysOnly));
    TableDescription::builder()
        .set_key_schema(Some(keys([PK, SK])))
        .set_global_secondary_indexes(Some(indexes.into()))
        .stream_specification(stream(StreamViewType::NewImage))
}

#[test]
fn a_table_as_the_template_makes_it_has_no_flaw() {
    assert_eq!(flaws_of(&whole().build()), [""; 0]);
}

#[test]
fn each_flaw_is_told_by_what_is_missing() {
    let [(by_time, time_keys), (by_group, group_keys)] = INDEXES;
    let good = index(by_group, group_keys, ProjectionType::KeysOnly);
    let only = |index| whole().set_global_secondary_indexes(Some(vec![good.clone(), index]));
    let cases = [
        (whole().set_key_schema(Some(keys([SK, PK]))), "its keys are not pk and sk"),
        (whole().set_global_secondary_indexes(Some(vec![good.clone()])), "the index by-time is missing"),
        (only(index(by_time, group_keys, ProjectionType::KeysOnly)), "the keys of the index by-time are not"),
        (only(index(by_time, time_keys, ProjectionType::All)), "the index by-time holds more than keys"),
        (whole().set_stream_specification(None), "it has no stream of new images"),
        (whole().stream_specification(stream(StreamViewType::KeysOnly)), "it has no stream of new images"),
    ];
    for (table, flaw) in cases {
        let told = flaws_of(&table.build());
        assert!(told.len() == 1 && told[0].starts_with(flaw), "{flaw}: {told:?}");
    }
}
