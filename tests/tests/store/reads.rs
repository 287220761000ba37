//! What is decided on is read consistently; an index may lag and only finds. DynamoDB's own default is the other way
//! round, and the embedded engine never lags, so it is looked at what is asked.

use std::sync::{Arc, Mutex};

use cli::engine::Engine;
use domain::ports::{Census, Ledgers, Sweeps, Tombstones};
use serde_json::Value;
use tests::contract::{
    Place,
    samples::{at, binding, link_id, plan, registered, writer},
    wire::Wire,
};

type Notes = Arc<Mutex<Vec<(String, Value)>>>;

/// The reads that were noted since the last look, each with whether it reads an index and whether consistently.
fn reads(notes: &Notes) -> Vec<(bool, bool)> {
    let all = std::mem::take(&mut *notes.lock().expect("one thread"));
    let asked = all.into_iter().filter_map(|(target, body)| {
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let consistent = |body: &Value| body["ConsistentRead"] == true;
        match operation.as_str() {
            "GetItem" | "Query" | "Scan" => Some((body["IndexName"].is_string(), consistent(&body))),
            "BatchGetItem" => {
                let tables = body["RequestItems"].as_object().expect("a batch");
                Some((false, tables.values().all(consistent)))
            }
            _ => None,
        }
    });
    asked.collect()
}

#[tokio::test]
async fn what_is_decided_on_is_read_consistently() {
    let engine = Engine::in_memory().expect("memory is there");
    let place = Place::on(engine.client()).await;
    let ana = registered(&place.store, "ana").await;
    place.store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    let notes = Notes::default();
    let store = place.over(Wire::noting(engine.http_client(), Arc::clone(&notes)));
    let decided = |what: &str| {
        let reads = reads(&notes);
        assert!(!reads.is_empty() && reads.iter().all(|read| *read == (false, true)), "{what}: {reads:?}");
    };
    store.ledger(&ana).await.expect("up");
    decided("a ledger");
    store.links(&ana).await.expect("up");
    decided("links");
    store.markers(&[link_id(1)]).await.expect("up");
    decided("holders");
    store.state().await.expect("up");
    decided("the state of sweeps");
    store.plan(&plan(1).id).await.expect("up");
    decided("a plan");
    Tombstones::erasure(&store, &ana).await.expect("up");
    decided("a tombstone");
}

#[tokio::test]
async fn an_index_is_never_asked_for_what_it_cannot_promise() {
    let engine = Engine::in_memory().expect("memory is there");
    let place = Place::on(engine.client()).await;
    let notes = Notes::default();
    let store = place.over(Wire::noting(engine.http_client(), Arc::clone(&notes)));
    store
        .made_between(at(0).to_zoned(jiff::tz::TimeZone::UTC).date(), jiff::civil::date(2026, 3, 9))
        .await
        .expect("up");
    store.named(9).await.expect("up");
    store.grouped(None).await.expect("up");
    let reads = reads(&notes);
    assert!(reads.len() >= 3 && reads.iter().all(|read| *read == (true, false)), "{reads:?}");
}
