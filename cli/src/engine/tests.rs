//! What the store relies on, asked through the real SDK.

mod files;
mod metering;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, Put,
    ReturnValuesOnConditionCheckFailure as OnFailure, ScalarAttributeType, TimeToLiveSpecification,
    TransactWriteItem,
};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::*;

const TABLE: &str = "linkkeeper";

fn item(pk: &str, owner: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk.to_owned())),
        ("owner".to_owned(), AttributeValue::S(owner.to_owned())),
    ])
}

fn owner(item: Option<&HashMap<String, AttributeValue>>) -> Option<&str> {
    Some(item?.get("owner")?.as_s().ok()?.as_str())
}

async fn create_table(client: &Client) {
    let key = KeySchemaElement::builder().attribute_name("pk");
    let attribute = AttributeDefinition::builder().attribute_name("pk");
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key.key_type(KeyType::Hash).build().expect("key"))
        .attribute_definitions(attribute.attribute_type(ScalarAttributeType::S).build().expect("attribute"))
        .send()
        .await
        .expect("the table is new");
}

async fn put(client: &Client, pk: &str, owner: &str) {
    let put = client.put_item().table_name(TABLE);
    let put = put.set_item(Some(item(pk, owner)));
    put.send().await.expect("put");
}

async fn get(client: &Client, pk: &str) -> Option<HashMap<String, AttributeValue>> {
    let key = AttributeValue::S(pk.to_owned());
    let get = client.get_item().table_name(TABLE).key("pk", key);
    get.send().await.expect("get").item
}

/// An engine with an empty table, nothing counted yet.
async fn engine() -> Engine {
    let engine = Engine::in_memory().expect("memory");
    create_table(&engine.client()).await;
    engine.reset_meter();
    engine
}

#[tokio::test]
async fn a_refused_condition_shows_the_item_that_stands_in_the_way() {
    let client = engine().await.client();
    put(&client, "LINK#1", "ana").await;
    let second = client
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item("LINK#1", "bia")))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(OnFailure::AllOld);
    let error = second.send().await.expect_err("taken").into_service_error();
    let PutItemError::ConditionalCheckFailedException(told) = error else {
        panic!("another error: {error}");
    };
    assert_eq!(owner(told.item()), Some("ana"));
    assert_eq!(owner(get(&client, "LINK#1").await.as_ref()), Some("ana"));
}

#[tokio::test]
async fn a_cancelled_transaction_says_why_for_each_item_and_writes_none() {
    let client = engine().await.client();
    put(&client, "LINK#1", "ana").await;
    let claim = |pk| {
        let put = Put::builder()
            .table_name(TABLE)
            .set_item(Some(item(pk, "bia")))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        TransactWriteItem::builder().put(put.build().expect("put")).build()
    };
    let both = client.transact_write_items().transact_items(claim("LINK#2")).transact_items(claim("LINK#1"));
    let error = both.send().await.expect_err("taken").into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(told) = error else {
        panic!("another error: {error}");
    };
    let reasons = told.cancellation_reasons();
    let codes: Vec<_> = reasons.iter().filter_map(|reason| reason.code()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    assert_eq!(owner(reasons[1].item()), Some("ana"));
    assert_eq!(get(&client, "LINK#2").await, None);
}

#[tokio::test]
async fn an_expired_item_stays_until_the_sweep_takes_it() {
    let engine = engine().await;
    let client = engine.client();
    let ttl = TimeToLiveSpecification::builder().attribute_name("expires").enabled(true);
    client
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(ttl.build().expect("ttl"))
        .send()
        .await
        .expect("ttl");
    for (pk, expires) in [("PAST", "1700000000"), ("FUTURE", "4100000000")] {
        let expires = AttributeValue::N(expires.to_owned());
        let put = client.put_item().table_name(TABLE).item("expires", expires);
        let put = put.item("pk", AttributeValue::S(pk.to_owned()));
        put.send().await.expect("put");
    }
    assert!(get(&client, "PAST").await.is_some());
    assert_eq!(engine.sweep_expired().expect("sweep"), 1);
    assert!(get(&client, "PAST").await.is_none());
    assert!(get(&client, "FUTURE").await.is_some());
}

#[test]
fn what_is_not_dynamodb_is_refused_in_dynamodbs_words() {
    let engine = Engine::in_memory().expect("memory");
    for (target, body, error) in [
        ("DynamoDB_20120810.Explode", "{}", "UnknownOperationException"),
        ("Kinesis_20131202.PutItem", "{}", "UnknownOperationException"),
        ("", "{}", "UnknownOperationException"),
        ("DynamoDB_20120810.GetItem", "", "SerializationException"),
        ("DynamoDB_20120810.GetItem", "{\"TableName\":", "SerializationException"),
        ("DynamoDB_20120810.GetItem", "[7]", "SerializationException"),
        ("DynamoDB_20120810.GetItem", r#"{"TableName":7}"#, "SerializationException"),
        ("DynamoDB_20120810.GetItem", "{}", "ValidationException"),
        (
            "DynamoDB_20120810.PutItem",
            r#"{"TableName":"linkkeeper","Item":{"pk":{"N":"seven"}}}"#,
            "ValidationException",
        ),
        (
            "DynamoDB_20120810.PutItem",
            r#"{"TableName":"linkkeeper","Item":{"pk":{}}}"#,
            "ValidationException",
        ),
        ("DynamoDB_20120810.ListTables", "{}", "TableNames"),
    ] {
        let answer = engine.dispatch(target, body.as_bytes());
        let text = String::from_utf8(answer.body).expect("JSON is text");
        assert!(text.contains(error), "{target} {body}: {text}");
        assert_eq!(answer.status == 200, error == "TableNames", "{target} {body}");
    }
}

#[test]
fn every_operation_of_the_table_is_reached() {
    let engine = Engine::in_memory().expect("memory");
    let names = "CreateTable DeleteTable DescribeTable UpdateTable ListTables UpdateTimeToLive \
                 DescribeTimeToLive GetItem BatchGetItem Query Scan TransactGetItems PutItem UpdateItem \
                 DeleteItem BatchWriteItem TransactWriteItems";
    let streams = "ListStreams DescribeStream GetShardIterator GetRecords";
    let targets = |service, names: &'static str| names.split(' ').map(move |n| format!("{service}.{n}"));
    for target in targets("DynamoDB_20120810", names).chain(targets("DynamoDBStreams_20120810", streams)) {
        assert_ne!(engine.dispatch(&target, b"{}"), operations::unknown(), "{target}");
    }
    assert_eq!(engine.meter().total(), 21);
}

#[test]
fn a_body_of_the_wrong_shape_is_not_repeated_in_the_refusal() {
    let engine = Engine::in_memory().expect("memory");
    for body in [
        r#"{"TableName":"linkkeeper","Key":"ana@example.com"}"#,
        r#"{"TableName":"linkkeeper","Key":{"pk":{"S":"a"}},"ConsistentRead":"ana@example.com"}"#,
    ] {
        let answer = engine.dispatch("DynamoDB_20120810.GetItem", body.as_bytes());
        let text = String::from_utf8(answer.body).expect("JSON is text");
        assert!(!text.contains("ana@"), "{text}");
    }
}

/// A network that loses the first answers: the request arrives, the caller never hears of it.
#[derive(Debug, Clone)]
struct Lossy {
    inner: SharedHttpConnector,
    left: Arc<AtomicU32>,
}

#[derive(Debug)]
struct LossyClient<C>(C, Arc<AtomicU32>);

impl<C: HttpClient> HttpClient for LossyClient<C> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Lossy {
            inner: self.0.http_connector(settings, components),
            left: Arc::clone(&self.1),
        })
    }
}

impl HttpConnector for Lossy {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, left) = (self.inner.call(request), Arc::clone(&self.left));
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            let spend = |n: u32| n.checked_sub(1);
            match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spend) {
                Ok(_) => Err(ConnectorError::io("lost".into())),
                Err(_) => answer,
            }
        })
    }
}

#[tokio::test]
async fn a_test_can_put_faults_between_the_sdk_and_the_engine() {
    let engine = engine().await;
    let lossy = LossyClient(engine.http_client(), Arc::new(AtomicU32::new(2)));
    put(&client_over(lossy), "LINK#1", "ana").await;
    assert_eq!(engine.meter().of("PutItem"), 3, "two answers lost, the third heard");
}
