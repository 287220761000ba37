//! The meter says what DynamoDB would have billed.

use aws_sdk_dynamodb::types::{
    DeleteRequest, KeysAndAttributes, ReturnConsumedCapacity, Update, WriteRequest,
};

use std::collections::BTreeMap;

use super::*;

fn units(read: f64, write: f64) -> Units {
    Units { read, write }
}

#[tokio::test]
async fn each_request_is_counted_under_its_name_with_its_units() {
    let engine = engine().await;
    let client = engine.client();
    put(&client, "LINK#1", "ana").await;
    get(&client, "LINK#1").await;
    get(&client, "LINK#2").await;
    let expected = BTreeMap::from([("GetItem", 2), ("PutItem", 1)]);
    let meter = engine.meter();
    assert_eq!((meter.requests.clone(), meter.total()), (expected, 3));
    assert_eq!(meter.units, units(1.0, 1.0), "eventual reads are half a unit");
    engine.reset_meter();
    assert_eq!(engine.meter(), Meter::default());
}

#[tokio::test]
async fn lists_and_batches_are_billed_too() {
    let engine = engine().await;
    let client = engine.client();
    put(&client, "LINK#1", "ana").await;
    engine.reset_meter();
    let query = client.query().table_name(TABLE).consistent_read(true);
    let query = query.key_condition_expression("pk = :pk");
    let query = query.expression_attribute_values(":pk", AttributeValue::S("LINK#1".to_owned()));
    assert_eq!(query.send().await.expect("query").count(), 1);
    assert_eq!(engine.meter().units, units(1.0, 0.0));
    client.scan().table_name(TABLE).send().await.expect("scan");
    assert_eq!(engine.meter().units, units(1.5, 0.0));
    let key = HashMap::from([("pk".to_owned(), AttributeValue::S("LINK#1".to_owned()))]);
    let keys = KeysAndAttributes::builder().keys(key).build().expect("keys");
    let batch = client.batch_get_item().request_items(TABLE, keys);
    batch.send().await.expect("batch");
    assert_eq!(engine.meter().units, units(2.0, 0.0));
    let delete = DeleteRequest::builder().key("pk", AttributeValue::S("LINK#1".to_owned()));
    let delete = WriteRequest::builder().delete_request(delete.build().expect("delete"));
    let batch = client.batch_write_item().request_items(TABLE, vec![delete.build()]);
    batch.send().await.expect("batch");
    assert_eq!(engine.meter().units, units(2.0, 1.0));
}

#[tokio::test]
async fn a_transaction_costs_double_and_its_repetition_costs_reads() {
    let engine = engine().await;
    let client = engine.client();
    let update = Update::builder()
        .table_name(TABLE)
        .key("pk", AttributeValue::S("LINK#1".to_owned()))
        .update_expression("SET version = :one")
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
    let update = TransactWriteItem::builder().update(update.build().expect("update"));
    let both = client.transact_write_items().client_request_token("once").transact_items(update.build());
    both.clone().send().await.expect("first");
    assert_eq!(engine.meter().units, units(0.0, 2.0));
    both.send().await.expect("again");
    assert_eq!(engine.meter().units, units(2.0, 2.0));
    assert_eq!(engine.meter().of("TransactWriteItems"), 2);
}

#[tokio::test]
async fn a_refused_write_is_counted_and_adds_no_units() {
    let engine = engine().await;
    let client = engine.client();
    let update = client.put_item().table_name(TABLE);
    let update = update.set_item(Some(item("LINK#1", "ana")));
    let update = update.condition_expression("attribute_exists(pk)");
    update.send().await.expect_err("nothing there");
    assert_eq!(engine.meter().of("PutItem"), 1, "no retry either");
    assert_eq!(engine.meter().units, Units::default());
}

#[tokio::test]
async fn who_asks_for_the_capacity_gets_it_and_who_does_not_is_not_bothered() {
    let client = engine().await.client();
    let get = client.get_item().table_name(TABLE);
    let get = get.key("pk", AttributeValue::S("LINK#1".to_owned()));
    let silent = get.clone().send().await.expect("get");
    assert_eq!(silent.consumed_capacity, None);
    let none = get.clone().return_consumed_capacity(ReturnConsumedCapacity::None);
    assert_eq!(none.send().await.expect("get").consumed_capacity, None);
    let asked = get.return_consumed_capacity(ReturnConsumedCapacity::Indexes);
    let told = asked.send().await.expect("get").consumed_capacity;
    assert_eq!(told.expect("asked").table_name(), Some(TABLE));
}
