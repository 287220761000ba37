//! What DynamoDB may say when it does not do what it was asked, and what callers hear of it: only what
//! they can do about it, and nothing of what was asked (reliability §2.3).

use adapters::dynamo::DynamoStore;
use cli::engine::Engine;
use domain::{
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    link::Marker,
    ports::{Census, Ledgers, Registered, Sweeps, Users},
};
use jiff::civil::date;
use tests::contract::{
    Place,
    damage::discreet,
    samples::{at, at_rest, binding, id, link_id, plan, registered, report, user, writer},
    wire::{Canned, Wire},
};

async fn engine() -> (Engine, Place, ExternalId) {
    let engine = Engine::in_memory().expect("memory is there");
    let place = Place::on(engine.client()).await;
    let ana = registered(&place.store, "ana").await;
    (engine, place, ana)
}

fn busy(error: &StoreError) -> bool {
    discreet(error);
    matches!(error, StoreError::Busy(_))
}

fn refused(error: &StoreError) -> bool {
    discreet(error);
    matches!(error, StoreError::Refused(_))
}

/// What every operation of the store says to this answer.
async fn errors(place: &Place, engine: &Engine, answer: Canned) -> Vec<StoreError> {
    let store = place.over(Wire::always_saying(engine.http_client(), answer));
    let (bia, event) = user("bia");
    let commit = store.commit(&binding(&id("ana"), 1, writer(1))).await;
    let commit = match commit.expect_err("no commit") {
        CommitError::Store(error) => error,
        CommitError::Stale | CommitError::OwnedByAnother(_) => panic!("the store could not do it"),
    };
    vec![
        commit,
        store.register(&bia, &event, &writer(1)).await.expect_err("no registration"),
        store.ledger(&id("ana")).await.expect_err("no ledger"),
        store.links(&id("ana")).await.expect_err("no links"),
        store.markers(&[link_id(1)]).await.expect_err("no markers"),
    ]
    .into_iter()
    .chain(errors_of_the_sweep(&store).await)
    .collect()
}

/// The same of what sweeps and operators ask.
async fn errors_of_the_sweep(store: &DynamoStore) -> [StoreError; 12] {
    let (day, plan) = (date(2026, 3, 2), plan(1));
    [
        store.made_between(day, day).await.expect_err("no entries"),
        store.named(9).await.expect_err("no names"),
        store.standing(&[(id("ana"), link_id(1))]).await.expect_err("no standing"),
        store.grouped(None).await.expect_err("no groups"),
        store.quarantine(9).await.expect_err("no quarantine"),
        store.state().await.expect_err("no state"),
        store.put_state(&at_rest(1), 1).await.expect_err("no checkpoint"),
        store.put_state(&at_rest(2), 1).await.expect_err("no lease"),
        store.finish(&at_rest(1), 1, &report(0), Some(&plan)).await.expect_err("no end"),
        store.reports(9).await.expect_err("no reports"),
        store.mark_applied(&plan, at(1)).await.expect_err("no mark"),
        store.users_page(None).await.expect_err("no users"),
    ]
}

#[tokio::test]
async fn what_may_pass_is_busy_for_every_operation() {
    let (engine, place, _) = engine().await;
    let html = Canned { status: 503, body: "<html>maria.lopez@example.com</html>".to_owned() };
    let empty = Canned { status: 500, body: String::new() };
    let cut = Canned { status: 200, body: "{\"Items\":[{\"pk\":{\"S\":\"maria".to_owned() };
    for answer in [
        Canned::error(400, "ThrottlingException"),
        Canned::error(400, "ProvisionedThroughputExceededException"),
        Canned::error(400, "RequestLimitExceeded"),
        Canned::error(400, "TransactionConflictException"),
        Canned::error(400, "TransactionInProgressException"),
        Canned::error(500, "InternalServerError"),
        Canned::error(503, "ServiceUnavailable"),
        html,
        empty,
    ] {
        let errors = errors(&place, &engine, answer.clone()).await;
        assert!(errors.iter().all(busy), "{answer:?}: {errors:?}");
    }
    let store = place.over(Wire::always_saying(engine.http_client(), cut));
    assert!(busy(&store.ledger(&id("ana")).await.expect_err("half an answer")));
}

#[tokio::test]
async fn what_will_not_pass_is_refused_for_every_operation() {
    let (engine, place, _) = engine().await;
    for answer in [
        Canned::error(400, "ResourceNotFoundException"),
        Canned::error(400, "AccessDeniedException"),
        Canned::error(400, "IdempotentParameterMismatchException"),
        Canned::error(400, "ValidationException"),
        Canned::error(400, "UnrecognizedClientException"),
        Canned { status: 403, body: "maria.lopez@example.com".to_owned() },
    ] {
        let errors = errors(&place, &engine, answer.clone()).await;
        assert!(errors.iter().all(refused), "{answer:?}: {errors:?}");
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_is_refused() {
    let (engine, ..) = engine().await;
    let store = adapters::dynamo::DynamoStore::new(engine.client(), "another");
    assert!(refused(&store.ledger(&id("ana")).await.expect_err("no table")));
    assert!(refused(&store.state().await.expect_err("no table")));
    let (ana, event) = user("ana");
    assert!(refused(&store.register(&ana, &event, &writer(1)).await.expect_err("no table")));
}

#[tokio::test]
async fn a_throttled_call_is_repeated_by_itself() {
    let (engine, place, ana) = engine().await;
    let answers =
        || vec![Canned::error(400, "ThrottlingException"), Canned::error(500, "InternalServerError")];
    let store = place.over(Wire::saying_first(engine.http_client(), answers()));
    store.commit(&binding(&ana, 1, writer(1))).await.expect("the third time");
    let store = place.over(Wire::saying_first(engine.http_client(), answers()));
    assert!(store.ledger(&ana).await.expect("the third time").is_some());
}

/// What a commit comes to when its transaction is cancelled for these reasons.
async fn cancelled(reasons: &[&str]) -> CommitError {
    let (engine, place, ana) = engine().await;
    let answer = Canned::cancelled(reasons);
    let store = place.over(Wire::always_saying(engine.http_client(), answer));
    let error = store.commit(&binding(&ana, 1, writer(1))).await.expect_err("cancelled");
    if let CommitError::Store(error) = &error {
        discreet(error);
    }
    error
}

#[tokio::test]
async fn a_cancelled_commit_tells_what_its_caller_can_do() {
    for reasons in [
        ["TransactionConflict", "None", "None"],
        ["None", "ConditionalCheckFailed", "None"],
        ["TransactionConflict", "ConditionalCheckFailed", "ThrottlingError"],
        ["ValidationError", "ConditionalCheckFailed", "None"],
    ] {
        let error = cancelled(&reasons).await;
        assert!(matches!(error, CommitError::Stale), "{reasons:?}: {error:?}");
    }
    for reasons in [["ThrottlingError", "None", "None"], ["None", "ProvisionedThroughputExceeded", "None"]] {
        let error = cancelled(&reasons).await;
        assert!(matches!(error, CommitError::Store(StoreError::Busy(_))), "{reasons:?}: {error:?}");
    }
    for reasons in [["ValidationError", "None", "None"], ["ItemCollectionSizeLimitExceeded", "None", "None"]]
    {
        let error = cancelled(&reasons).await;
        assert!(matches!(error, CommitError::Store(StoreError::Refused(_))), "{reasons:?}: {error:?}");
    }
}

#[tokio::test]
async fn registrations_that_meet_are_tried_again() {
    let (engine, place, _) = engine().await;
    let (bia, event) = user("bia");
    let conflict = || Canned::cancelled(&["TransactionConflict", "None"]);
    let store = place.over(Wire::saying_first(engine.http_client(), vec![conflict(), conflict()]));
    let answer = store.register(&bia, &event, &writer(1)).await.expect("the third time");
    assert_eq!(answer, Registered::New(bia.clone()));
    let store = place.over(Wire::always_saying(engine.http_client(), conflict()));
    assert!(busy(&store.register(&bia, &event, &writer(1)).await.expect_err("never settled")));
}

#[tokio::test]
async fn keys_that_a_batch_leaves_out_are_asked_for_again() {
    let (engine, place, ana) = engine().await;
    for number in 1..=5 {
        place.store.commit(&binding(&ana, number.into(), writer(number))).await.expect("new");
    }
    let ids: Vec<_> = (1..=6).map(link_id).collect();
    let store = place.over(Wire::with_small_batches(engine.http_client(), 2));
    let markers = store.markers(&ids).await.expect("three batches of two");
    assert_eq!(markers.len(), 5);
    assert!(markers.values().all(|marker| *marker == Marker::Owned(ana.clone())));
    let store = place.over(Wire::with_small_batches(engine.http_client(), 1));
    assert!(busy(&store.markers(&ids).await.expect_err("a part is no answer")));
}
