//! Rules of [`FollowUps`](domain::ports::FollowUps): a session is due until it made a link or was looked up, and the
//! agenda has one writer at a time.

use domain::{change::Change, follow_up::Agenda, session::LinkSession};

use super::{
    Store,
    samples::{at, commit, link_id, registered, session, writer},
};

/// Nobody issued one, or nobody wants it looked up.
pub async fn nothing_is_due_at_first(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let old = commit(writer(1), vec![Change::Session(session(&ana, 1))]); // from before there was a list
    store.commit(&old).await.expect("new");
    assert_eq!(store.due_sessions(at(9_999), 9).await.expect("up"), []);
    assert_eq!(store.agenda().await.expect("up"), Agenda::default());
}

/// By the transaction that settles it.
pub async fn a_session_is_due_until_it_made_a_link_or_was_looked_up(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let due = |number: u8| LinkSession { due_at: Some(at(700 + i64::from(number))), ..session(&ana, number) };
    let issued = (1..=3).map(|number| Change::Session(due(number))).collect();
    store.commit(&commit(writer(1), issued)).await.expect("new");
    let named = |number| (ana.clone(), due(number).id);
    assert_eq!(store.due_sessions(at(700), 9).await.expect("up"), []);
    let all = [named(1), named(2), named(3)];
    assert_eq!(store.due_sessions(at(703), 9).await.expect("up"), all, "longest due first");
    assert_eq!(store.due_sessions(at(703), 1).await.expect("up"), all[..1]);
    let settled = vec![Change::Session(due(1).spent_on(link_id(1))), Change::Session(due(2).looked_up())];
    store.commit(&commit(writer(2), settled)).await.expect("fresh");
    assert_eq!(store.due_sessions(at(9_999), 9).await.expect("up"), [named(3)]);
    let kept = store.ledger(&ana).await.expect("up").expect("registered").sessions;
    assert_eq!(kept, [due(1).spent_on(link_id(1)), due(2).looked_up(), due(3)]);
}

/// The later of two who read the same has nothing to add.
pub async fn the_agenda_is_replaced_only_by_who_read_it_last(store: &impl Store) {
    let first = Agenda { consents_page: 2, consents_read_at: None, revision: 1 };
    let second = Agenda { consents_page: 1, consents_read_at: Some(at(60)), revision: 2 };
    assert!(!store.put_agenda(&second).await.expect("up"), "there is none");
    assert!(store.put_agenda(&first).await.expect("up"));
    assert!(!store.put_agenda(&first).await.expect("up"));
    assert_eq!(store.agenda().await.expect("up"), first);
    let (one, two) = tokio::join!(store.put_agenda(&second), store.put_agenda(&second));
    assert_ne!(one.expect("up"), two.expect("up"));
    assert_eq!(store.agenda().await.expect("up"), second);
}
