//! Rules of reading: [`Ledgers`](domain::ports::Ledgers).

use domain::{
    change::Change,
    link::Marker,
    plan::Markers,
    session::{LinkSession, Outcome, OutcomeKind},
    values::Code,
};

use super::{
    Store,
    samples::{
        at, binding, bound, commit, id, institution, link_id, pending, quarantined, registered, session,
        writer,
    },
};

/// Unknown is not empty.
pub async fn an_unknown_user_has_neither_ledger_nor_links(store: &impl Store) {
    registered(store, "ana").await;
    assert_eq!(store.ledger(&id("bia")).await.expect("up"), None);
    assert_eq!(store.links(&id("bia")).await.expect("up"), None);
}

/// Every field of every record comes back as it went.
pub async fn what_was_committed_is_read_back_whole(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let outcome = Outcome {
        kind: OutcomeKind::Event,
        code: Some(Code::parse("login_error").expect("a code")),
        institution: Some(institution()),
        step: None,
        at: at(9),
    };
    let spent = LinkSession { link_id: Some(link_id(1)), outcome: Some(outcome), ..session(&ana, 9) };
    let (links, sessions) = (vec![bound(&ana, 1), pending(&ana, 2)], vec![session(&ana, 3), spent]);
    let changes = links.iter().cloned().map(Change::Link);
    let changes = changes.chain(sessions.iter().rev().cloned().map(Change::Session));
    store.commit(&commit(writer(1), changes.collect())).await.expect("new");
    let ledger = store.ledger(&ana).await.expect("up").expect("registered");
    assert_eq!(ledger.links, links);
    assert_eq!(ledger.sessions, sessions, "oldest first");
}

/// Listing must not pay for sessions.
pub async fn links_are_the_links_without_sessions(store: &impl Store) {
    let ana = registered(store, "ana").await;
    let changes = vec![Change::Link(bound(&ana, 1)), Change::Session(session(&ana, 1))];
    store.commit(&commit(writer(1), changes)).await.expect("new");
    assert_eq!(store.links(&ana).await.expect("up"), Some(vec![bound(&ana, 1)]));
}

/// Also when one id begins with the other (I12).
pub async fn no_user_sees_anything_of_another(store: &impl Store) {
    let (ana, anabel) = (registered(store, "ana").await, registered(store, "anabel").await);
    store.commit(&binding(&anabel, 1, writer(1))).await.expect("new");
    let changes = vec![Change::Session(session(&anabel, 1))];
    store.commit(&commit(writer(2), changes)).await.expect("new");
    let ledger = store.ledger(&ana).await.expect("up").expect("registered");
    assert_eq!((ledger.user.external_id, ledger.links.len(), ledger.sessions.len()), (ana, 0, 0));
    let ledger = store.ledger(&anabel).await.expect("up").expect("registered");
    assert_eq!((ledger.links.len(), ledger.sessions.len()), (1, 1));
}

/// One question for many ids.
pub async fn markers_tell_owners_and_quarantine_and_leave_out_what_nobody_holds(store: &impl Store) {
    let ana = registered(store, "ana").await;
    store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    let aside = vec![Change::Quarantine(quarantined(2)), Change::Link(pending(&ana, 3))];
    store.commit(&commit(writer(2), aside)).await.expect("new");
    let markers = store.markers(&[link_id(1), link_id(2), link_id(3), link_id(4)]).await.expect("up");
    let expected =
        Markers::from([(link_id(1), Marker::Owned(ana)), (link_id(2), Marker::Quarantined(quarantined(2)))]);
    assert_eq!(markers, expected, "who only names a link does not hold it");
    assert!(store.markers(&[]).await.expect("up").is_empty());
}

/// A list of Belvo's may show a link on two pages, so callers may ask twice for one.
pub async fn markers_of_a_repeated_id_are_told_once(store: &impl Store) {
    let ana = registered(store, "ana").await;
    store.commit(&binding(&ana, 1, writer(1))).await.expect("new");
    let markers = store.markers(&[link_id(1), link_id(2), link_id(1), link_id(2)]).await.expect("up");
    assert_eq!(markers, Markers::from([(link_id(1), Marker::Owned(ana))]));
}
