//! The budget of calls when the table fails: no answer is ever taken for a permit.

use std::time::Duration;

use adapters::dynamo::DynamoStore;
use cli::engine::Engine;
use domain::{
    budget::{Class, Limits, Window},
    failure::StoreError,
    ports::{Budget, Permit, Wanted},
};
use tests::contract::{
    Place,
    wire::{Canned, Wire},
};

fn window() -> Window {
    Window::of(jiff::Timestamp::UNIX_EPOCH)
}

fn one(class: Class, limits: &Limits) -> Wanted<'_> {
    Wanted { account: "b", window: window(), class, calls: 1, limits }
}

/// Taking, looking and shutting: what each came to.
async fn asked(store: &DynamoStore) -> [Result<(), StoreError>; 3] {
    let limits = Limits::default();
    let nothing = |permit: Permit| assert_ne!(permit, Permit::Granted, "out of nothing");
    [
        store.take(&one(Class::Interactive, &limits)).await.map(nothing),
        store.room(&one(Class::Sweep, &limits)).await.map(nothing),
        store.shut("b", &[window()]).await,
    ]
}

#[tokio::test]
async fn a_table_that_throttles_or_cannot_be_reached_is_busy_and_one_that_refuses_has_refused() {
    let engine = Engine::in_memory().expect("memory is there");
    let place = Place::on(engine.client()).await;
    let saying = |status, code| Wire::always_saying(engine.http_client(), Canned::error(status, code));
    for wire in [
        saying(400, "ThrottlingException"),
        saying(500, "InternalServerError"),
        Wire::never_connecting(engine.http_client()),
    ] {
        let store = place.over(wire).granting_within(Duration::from_mins(1));
        for outcome in asked(&store).await {
            assert!(matches!(outcome, Err(StoreError::Busy(_))), "{outcome:?}");
        }
    }
    for code in ["AccessDeniedException", "ResourceNotFoundException"] {
        for outcome in asked(&place.over(saying(400, code))).await {
            assert!(matches!(outcome, Err(StoreError::Refused(_))), "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_grant_that_is_not_there_in_time_is_no_grant() {
    let engine = Engine::in_memory().expect("memory is there");
    let place = Place::on(engine.client()).await;
    let store = place.over(Wire::silent(engine.http_client())).granting_within(Duration::from_millis(20));
    for outcome in asked(&store).await {
        assert!(matches!(outcome, Err(StoreError::Busy(_))), "{outcome:?}");
    }
}

/// The SDK repeats the call, which counts twice: fewer calls are made than might be, and never more.
#[tokio::test]
async fn a_grant_whose_answer_was_lost_counts_at_least_once() {
    let engine = Engine::in_memory().expect("memory is there");
    let place = Place::on(engine.client()).await;
    let store =
        place.over(Wire::losing_answers(engine.http_client(), 1)).granting_within(Duration::from_mins(1));
    let (mut granted, limits) = (0, Limits::default());
    while store.take(&one(Class::Interactive, &limits)).await.expect("up") == Permit::Granted {
        granted += 1;
    }
    assert_eq!(granted, 6, "of seven, one was counted twice");
}
