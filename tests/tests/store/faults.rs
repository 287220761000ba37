//! Answers that get lost: the SDK repeats the call, and the store must know its own work (reliability §2.2).

use adapters::dynamo::DynamoStore;
use cli::engine::Engine;
use domain::{
    change::{Change, WriterId},
    failure::{CommitError, StoreError},
    ports::{Census, Ledgers, Meter, Registered, Sweeps, Users},
};
use tests::contract::{
    Place,
    samples::{at, at_rest, binding, bound, commit, link_id, next, plan, registered, report, user, writer},
    wire::Wire,
};

/// An engine with a place on it, so that a wire can be put before the same table.
async fn engine() -> (Engine, Place) {
    let engine = Engine::in_memory().expect("memory is there");
    let place = Place::on(engine.client()).await;
    (engine, place)
}

/// A store whose first write loses its answer. There are two ways of telling our own repeated write:
/// DynamoDB by the token, and, when it has forgotten the token, we by the writer's mark.
fn lossy(engine: &Engine, place: &Place, with_token: bool) -> DynamoStore {
    let http = engine.http_client();
    if with_token {
        place.over(Wire::losing_answers(http, 1))
    } else {
        place.over(Wire::losing_answers(Wire::without_tokens(http), 1))
    }
}

#[tokio::test]
async fn a_registration_whose_answer_was_lost_is_new() {
    for with_token in [true, false] {
        let (engine, place) = engine().await;
        let store = lossy(&engine, &place, with_token);
        let (ana, event) = user("ana");
        let answer = store.register(&ana, &event, &writer(1)).await.expect("repeated");
        assert_eq!(answer, Registered::New(ana.clone()), "with token: {with_token}");
        assert_eq!(engine.meter().of("TransactWriteItems"), 2, "the SDK asked twice");
        assert_eq!(place.items("USER#user_ana", "AUDIT#").await.len(), 1);
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_done() {
    for with_token in [true, false] {
        let (engine, place) = engine().await;
        let ana = registered(&place.store, "ana").await;
        let store = lossy(&engine, &place, with_token);
        store.commit(&binding(&ana, 1, writer(1))).await.expect("our own write");
        store.commit(&commit(writer(2), vec![Change::Link(next(&bound(&ana, 1)))])).await.expect("fresh");
        assert_eq!(store.links(&ana).await.expect("up"), Some(vec![next(&bound(&ana, 1))]));
        assert_eq!(place.items("USER#user_ana", "AUDIT#").await.len(), 2);
    }
}

#[tokio::test]
async fn every_part_of_a_large_commit_may_lose_its_answer() {
    let (engine, place) = engine().await;
    let ana = registered(&place.store, "ana").await;
    let store = place.over(Wire::losing_answers(Wire::without_tokens(engine.http_client()), 1));
    let mut wanted = commit(writer(1), Vec::new());
    wanted.changes = (1..=60).flat_map(|number| binding(&ana, number, writer(1)).changes).collect();
    store.commit(&wanted).await.expect("our own write");
    let again = place.over(Wire::losing_answers(Wire::without_tokens(engine.http_client()), 2));
    again.commit(&wanted).await.expect("our own write still");
    assert_eq!(store.links(&ana).await.expect("up").map(|links| links.len()), Some(60));
}

#[tokio::test]
async fn somebody_elses_write_is_not_taken_for_our_own() {
    let (engine, place) = engine().await;
    let ana = registered(&place.store, "ana").await;
    place.store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    let store = place.over(Wire::losing_answers(engine.http_client(), 1));
    let late = store.commit(&binding(&ana, 1, writer(2))).await;
    assert!(matches!(late, Err(CommitError::Stale)), "{late:?}");
    let (again, event) = user("ana");
    let answer = store.register(&again, &event, &WriterId::mint([77; 16])).await.expect("up");
    assert!(matches!(answer, Registered::Known(_)), "{answer:?}");
}

#[tokio::test]
async fn a_write_whose_answer_never_comes_may_have_been_made_and_says_so() {
    let (engine, place) = engine().await;
    let ana = registered(&place.store, "ana").await;
    let store = place.over(Wire::losing_answers(engine.http_client(), usize::MAX));
    let unknown = store.commit(&binding(&ana, 1, writer(1))).await;
    assert!(matches!(unknown, Err(CommitError::Store(StoreError::Busy(_)))), "{unknown:?}");
    assert_eq!(place.store.links(&ana).await.expect("up").map(|links| links.len()), Some(1));
    place.store.commit(&binding(&ana, 1, writer(1))).await.expect("the same caller may ask again");
}

/// The engine answers a repeated token from memory; this shows that the wire really takes the token off.
#[tokio::test]
async fn without_its_token_a_repeat_meets_its_own_items() {
    let (engine, place) = engine().await;
    let ana = registered(&place.store, "ana").await;
    let store = place.over(Wire::without_tokens(engine.http_client()));
    store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    let before = engine.meter().units.write;
    store.commit(&binding(&ana, 1, writer(1))).await.expect("our own");
    let written = engine.meter().units.write - before;
    assert!(written.abs() < f64::EPSILON, "{written}");
}

/// The transaction's token tells: another who wants the very same is not taken for us.
#[tokio::test]
async fn a_lease_whose_answer_was_lost_is_ours() {
    let (engine, place) = engine().await;
    let store = lossy(&engine, &place, true);
    assert!(store.put_state(&at_rest(1), 0).await.expect("repeated"));
    assert!(!place.store.put_state(&at_rest(1), 0).await.expect("up"));
    assert_eq!(place.store.state().await.expect("up"), at_rest(1));
}

#[tokio::test]
async fn the_end_of_a_sweep_whose_answer_was_lost_is_the_end() {
    for with_token in [true, false] {
        let (engine, place) = engine().await;
        let store = lossy(&engine, &place, with_token);
        assert!(store.finish(&at_rest(0), 0, &report(0), Some(&plan(1))).await.expect("repeated"));
        assert_eq!(place.store.reports(9).await.expect("up"), [report(0)]);
        let marking = place.over(Wire::losing_answers(engine.http_client(), 1));
        assert!(marking.mark_applied(&plan(1), at(9)).await.expect("repeated"));
    }
}

/// Units are those of the engine's own account; a request counts once, however often it was sent.
#[tokio::test]
async fn what_the_store_spent_is_what_the_engine_billed() {
    let (engine, place) = engine().await;
    engine.reset_meter();
    let before = place.store.spent();
    let ana = registered(&place.store, "ana").await;
    place.store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    place.store.commit(&binding(&ana, 1, writer(1))).await.expect("our own: a repeat reads");
    place.store.ledger(&ana).await.expect("up");
    place.store.markers(&[link_id(1)]).await.expect("up");
    place.store.grouped(None).await.expect("up");
    assert!(place.store.finish(&at_rest(0), 0, &report(0), None).await.expect("up"));
    assert!(place.store.put_state(&at_rest(0), 0).await.expect("up"));
    let (spent, billed) = (place.store.spent() - before, engine.meter());
    assert_eq!(spent.table_requests, billed.total());
    assert_eq!((spent.read_units, spent.write_units), (billed.units.read, billed.units.write));
    let lossy = lossy(&engine, &place, true);
    lossy.commit(&binding(&ana, 2, writer(2))).await.expect("repeated");
    assert_eq!(lossy.clone().spent().table_requests, 1, "clones count together");
}
