//! Making the table where nobody deploys a template: by whoever comes first, and whole.

use adapters::dynamo::{TableError, create_if_missing, stream_if_missing, stream_of};
use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        TimeToLiveSpecification, TimeToLiveStatus,
    },
};
use cli::engine::{Engine, client_over};
use tests::contract::wire::{Canned, Wire};

const TABLE: &str = "linkkeeper";

fn engine() -> Engine {
    Engine::in_memory().expect("memory is there")
}

/// The attribute by which old items are removed, if they are.
async fn time_to_live(client: &Client) -> Option<String> {
    let answer = client.describe_time_to_live().table_name(TABLE).send().await.expect("a table");
    let told = answer.time_to_live_description?;
    (told.time_to_live_status == Some(TimeToLiveStatus::Enabled)).then_some(told.attribute_name?)
}

#[tokio::test]
async fn a_table_is_made_once_however_often_it_is_asked_for() {
    let engine = engine();
    let client = engine.client();
    let (one, two) = tokio::join!(create_if_missing(&client, TABLE), create_if_missing(&client, TABLE));
    one.and(two).expect("one of them made it");
    create_if_missing(&client, TABLE).await.expect("it is there");
    let tables = client.list_tables().send().await.expect("up").table_names.unwrap_or_default();
    assert_eq!(tables, [TABLE]);
    assert_eq!(time_to_live(&client).await.as_deref(), Some("purge_at"));
}

#[tokio::test]
async fn a_table_whose_maker_died_halfway_is_finished() {
    let client = engine().client();
    create_if_missing(&client, TABLE).await.expect("new");
    let off = TimeToLiveSpecification::builder().attribute_name("purge_at").enabled(false);
    let off = off.build().expect("complete");
    let update = client.update_time_to_live().table_name(TABLE).time_to_live_specification(off);
    update.send().await.expect("switched off");
    create_if_missing(&client, TABLE).await.expect("it is there");
    assert_eq!(time_to_live(&client).await.as_deref(), Some("purge_at"));
}

/// A table of an earlier version would be read as if it held nothing.
#[tokio::test]
async fn a_table_without_the_indexes_is_refused_with_the_way_out() {
    let client = engine().client();
    let text = |name: &str| {
        let text = AttributeDefinition::builder().attribute_name(name);
        text.attribute_type(ScalarAttributeType::S).build().expect("complete")
    };
    let key = |name: &str, of| {
        KeySchemaElement::builder().attribute_name(name).key_type(of).build().expect("complete")
    };
    let create = client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    let create = create.attribute_definitions(text("pk")).attribute_definitions(text("sk"));
    let create = create.key_schema(key("pk", KeyType::Hash)).key_schema(key("sk", KeyType::Range));
    create.send().await.expect("made, as it was once");
    let error = create_if_missing(&client, TABLE).await.expect_err("old");
    assert_eq!(
        error.to_string(),
        "the table was made by an earlier version: it lacks the index by-time; add the indexes (see \
         template.yaml), or for local data delete the folder .linkkeeper"
    );
}

#[tokio::test]
async fn why_there_is_no_table_is_told_in_a_sentence() {
    let denied = Canned::error(400, "AccessDeniedException");
    let client = client_over(Wire::always_saying(engine().http_client(), denied));
    let error = create_if_missing(&client, TABLE).await.expect_err("not allowed");
    assert_eq!(error.to_string(), "DynamoDB refused to make the table: AccessDeniedException");
    let client = client_over(Wire::never_connecting(engine().http_client()));
    let error = create_if_missing(&client, TABLE).await.expect_err("nobody there");
    assert!(matches!(error, TableError::Unreachable), "{error:?}");
}

/// A file of an earlier version has a table that tells nobody of its changes.
#[tokio::test]
async fn a_table_gets_its_stream_once_whoever_made_it() {
    let client = engine().client();
    create_if_missing(&client, TABLE).await.expect("new");
    assert_eq!(stream_of(&client, TABLE).await.expect("up"), None);
    let (one, two) = tokio::join!(stream_if_missing(&client, TABLE), stream_if_missing(&client, TABLE));
    one.and(two).expect("one of them gave it");
    let stream = stream_of(&client, TABLE).await.expect("up");
    assert!(stream.is_some());
    stream_if_missing(&client, TABLE).await.expect("it has one");
    assert_eq!(stream_of(&client, TABLE).await.expect("up"), stream);
}

/// It answers, and never makes the stream that it was asked for.
#[tokio::test]
async fn a_table_that_gets_no_stream_is_told_with_the_way_out() {
    let body = r#"{"Table":{"TableName":"linkkeeper","TableStatus":"ACTIVE"}}"#;
    let deaf = Canned { status: 200, body: body.to_owned() };
    let client = client_over(Wire::always_saying(engine().http_client(), deaf));
    let error = stream_if_missing(&client, TABLE).await.expect_err("no stream");
    assert!(matches!(error, TableError::NoStream), "{error:?}");
    assert_eq!(error.to_string(), "the table has no stream: enable one with new images (see template.yaml)");
}
