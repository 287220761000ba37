//! Rules of [`Deletions`](domain::ports::Deletions): what is on its way to be deleted, and the switch.

use domain::{
    change::Change,
    deletion::{Intent, Stage, Why},
    external_id::ExternalId,
    failure::CommitError,
};

use super::{
    Store,
    samples::{at, commit, link_id, registered, writer},
};

fn marked(owner: &ExternalId, number: u32, due: i64) -> Intent {
    let intent = Intent::mark(link_id(number), owner.clone(), Why::Disconnect, at(0));
    Intent { due_at: Some(at(due)), ..intent }
}

fn next(intent: &Intent, stage: Stage, due: Option<i64>) -> Intent {
    Intent {
        stage,
        due_at: due.map(at),
        asked_at: Some(at(9)),
        revision: intent.revision + 1,
        ..intent.clone()
    }
}

async fn put(store: &impl Store, number: u8, intent: &Intent) -> Result<(), CommitError> {
    store.commit(&commit(writer(number), vec![Change::Intent(intent.clone())])).await
}

/// What is read is what was written, by link.
pub async fn an_intent_is_read_as_it_was_written(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let (one, two) = (marked(&ana, 1, 10), marked(&ana, 2, 20));
    put(store, 1, &one).await.expect("new");
    put(store, 2, &two).await.expect("new");
    let read = store.intents(&[link_id(1), link_id(2), link_id(3), link_id(1)]).await.expect("up");
    assert_eq!(read.into_values().collect::<Vec<_>>(), [one, two]);
}

/// Only the next revision replaces it.
pub async fn an_intent_changes_by_its_revision(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let one = marked(&ana, 1, 10);
    put(store, 1, &one).await.expect("new");
    assert!(matches!(put(store, 2, &one).await, Err(CommitError::Stale)), "there is one already");
    let armed = next(&one, Stage::Armed, Some(30));
    put(store, 3, &armed).await.expect("the next");
    assert!(matches!(put(store, 4, &armed).await, Err(CommitError::Stale)), "somebody was quicker");
    put(store, 3, &armed).await.expect("our own, again");
    let read = store.intents(&[link_id(1)]).await.expect("up");
    assert_eq!(read.get(&link_id(1)), Some(&armed));
}

/// Longest waiting first; what is over is not among them.
pub async fn what_is_due_is_told_longest_waiting_first(store: &impl Store) {
    let ana = registered(store, "ana").await;
    for (number, due) in [(1, 30), (2, 10), (3, 20), (4, 99)] {
        put(store, number, &marked(&ana, number.into(), due)).await.expect("new");
    }
    let done = next(&marked(&ana, 3, 20), Stage::Done, None);
    put(store, 5, &done).await.expect("the next");
    let told = async |now, most| -> Vec<_> {
        let due = store.due(at(now), most).await.expect("up");
        due.into_iter().map(|intent| intent.link_id).collect()
    };
    assert_eq!(told(30, 10).await, [link_id(2), link_id(1)]);
    assert_eq!(told(30, 1).await, [link_id(2)]);
    assert_eq!(told(9, 10).await, []);
}

/// The pair that makes deleting duplicates safe: none for the sake of one that is to be deleted itself.
pub async fn no_link_is_marked_for_the_sake_of_one_that_is(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let for_the_sake_of = |number, other| {
        let why = Why::SupersededBy(link_id(other));
        let intent = Intent { why, ..marked(&ana, number, 10) };
        vec![Change::Intent(intent), Change::Unmarked(link_id(other))]
    };
    store.commit(&commit(writer(1), for_the_sake_of(1, 2))).await.expect("nobody wants 2");
    let other = store.commit(&commit(writer(2), for_the_sake_of(2, 1))).await;
    assert!(matches!(other, Err(CommitError::Stale)), "{other:?}");
    let cancelled = next(&marked(&ana, 1, 10), Stage::Cancelled, None);
    put(store, 3, &cancelled).await.expect("taken back");
    store.commit(&commit(writer(4), for_the_sake_of(2, 1))).await.expect("nobody wants 1 any more");
}

/// Nor for the sake of one that was deleted: it is not there any more.
pub async fn no_link_is_marked_for_the_sake_of_one_that_was_deleted(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let one = marked(&ana, 1, 10);
    put(store, 1, &one).await.expect("new");
    put(store, 2, &next(&one, Stage::Done, None)).await.expect("the next");
    let changes = vec![Change::Intent(marked(&ana, 2, 10)), Change::Unmarked(link_id(1))];
    let late = store.commit(&commit(writer(3), changes)).await;
    assert!(matches!(late, Err(CommitError::Stale)), "{late:?}");
}

/// At once and in turn.
pub async fn of_two_duplicates_marked_at_once_one_stays(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let for_the_sake_of =
        |number, other| vec![Change::Intent(marked(&ana, number, 10)), Change::Unmarked(link_id(other))];
    let (one, two) = (commit(writer(1), for_the_sake_of(1, 2)), commit(writer(2), for_the_sake_of(2, 1)));
    let (one, two) = tokio::join!(store.commit(&one), store.commit(&two));
    assert!(one.is_err() || two.is_err(), "both");
}

/// Read by whoever comes next.
pub async fn the_switch_stands_where_it_was_put(store: &impl Store) {
    assert!(!store.stopped().await.expect("up"));
    assert_eq!(store.looked_through().await.expect("up"), None);
    store.stop(true).await.expect("up");
    store.note_looked_through(at(7)).await.expect("up");
    assert!(store.stopped().await.expect("up"), "whatever else is noted beside it");
    assert_eq!(store.looked_through().await.expect("up"), Some(at(7)));
    store.stop(false).await.expect("up");
    assert!(!store.stopped().await.expect("up"));
}
